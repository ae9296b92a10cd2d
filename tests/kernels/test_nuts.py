"""Step sizes of NUTS where the density jumps, and where it does not."""

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS
from lightppl.jit import python_function
from lightppl.kernels import nuts
from lightppl.kernels.adaptation.hamiltonian import WarmupOptions
from lightppl.kernels.metric import make_metric
from lightppl.kernels.target import make_target
from lightppl.kernels.trajectory import SAMPLE, make_tree
from tests.kernels import calls, potentials

JUMPS = 3.0 * np.random.default_rng(0).standard_normal(1000)


def stairs():
    x = lp.sample("x", dist.Normal(0.0, 1.0))
    step = np.clip(np.floor(20.0 * x + 500.0), 0.0, 999.0)
    lp.factor("jumps", np.sum(np.where(np.arange(1000.0) == step, JUMPS, 0.0)))


def last_step_sizes(model, **options):
    mcmc = MCMC(
        NUTS(model, adapt_mass_matrix=False, **options), num_warmup=150, num_samples=1,
        num_chains=16, progress_bar=False,
    )  # fmt: skip
    mcmc.run(0, extra_fields=("adapt_state.step_size",))
    return mcmc.get_extra_fields()["adapt_state.step_size"]


def accuracy(accept_prob, depth, quiet_share):
    options = nuts.Options(10, 10, WarmupOptions(0.8, True, False, True))
    info = nuts.Info(1.0, 2.0, accept_prob, 1023.0, float(depth), 0.0, 0.1, quiet_share)
    return python_function(nuts.accuracy_of)(options, info)


def test_quiet_steps_count_in_trajectories_of_the_largest_length_only():
    assert accuracy(0.2, 9, 0.95) == 0.2
    assert accuracy(0.2, 10, 0.1) == 0.2
    assert accuracy(0.2, 10, 0.95) == 0.95
    assert accuracy(0.9, 10, 0.5) == 0.9


def test_step_sizes_do_not_collapse_where_the_density_jumps():
    # dual averaging alone ends at 6e-4 in one chain of 16, and here at 7e-3
    assert last_step_sizes(stairs, max_tree_depth=6).min() > 3e-3


def share_of_quiet_steps(step_size):
    tree = make_tree(np.array([0.3]), 5)
    tree.points[SAMPLE, 1:2] = 1.7
    target, rng = make_target(potentials.gaussian(np.eye(1))), np.random.default_rng(0)
    return calls.grow(tree, target, make_metric(1), rng, step_size, 5, 0b10110).quiet_share


def test_steps_that_keep_the_energy_are_counted():
    # the first step of each of the five subtrees is not looked at
    assert share_of_quiet_steps(1e-4) == 26 / 31
    assert share_of_quiet_steps(1.0) == 0.0
