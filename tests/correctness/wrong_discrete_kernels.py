"""A sampler of discrete sites whose kernel has a planted fault; compiled when it is used."""

from dataclasses import replace

from lightppl.infer import DiscreteGibbs
from lightppl.jit import kernel
from lightppl.kernels import discrete_gibbs, discrete_sites
from lightppl.kernels.target import evaluate_potential


@kernel
def always_move(target, work, options, state, rng, phase):
    """Return what the modified Gibbs sampler does when it takes each proposal."""
    sites, q = work.sites, work.points[0]
    for b in range(sites.turns.size):
        K, start = sites.group_values[b], sites.group_start[b]
        discrete_sites.weigh_values(target, sites, q, b, 0, sites.group_size[b])
        for i in range(sites.group_size[b]):
            e = start + i
            current = discrete_sites.value_index(sites, e, sites.before[i])
            k, _ = discrete_sites.propose_by_weight(
                sites.log_weights, i * K, sites.num_values[e], current, options.rule, rng
            )
            target.workspace[sites.element_place[e]] = sites.values[sites.value_start[e] + k]
    U = evaluate_potential(target, q, work.gradient)
    return state, discrete_gibbs.Info(U)


class AlwaysMoving(DiscreteGibbs):
    """The modified Gibbs sampler without its acceptance probability."""

    algorithm = replace(
        discrete_gibbs.ALGORITHM, name="discrete_always_moving", transition=always_move
    )
