"""One transition of the no-U-turn sampler.

References: Hoffman and Gelman (2014), "The no-U-turn sampler"; Betancourt (2017), "A conceptual
introduction to Hamiltonian Monte Carlo", for multinomial sampling and the generalised criterion.
"""

from lightppl.jit import kernel
from lightppl.kernels.metric import draw_momentum
from lightppl.kernels.phase_point import point_at
from lightppl.kernels.trajectory import SAMPLE, sample_trajectory


@kernel(inline="always")
def nuts_transition(tree, target, metric, rng, step_size, max_depth, U):
    """Refresh the momentum and move the sample along a NUTS trajectory, in place.

    Parameters
    ----------
    tree : Tree
        The sample has position and gradient; everything is overwritten.
    target : Target
    metric : Metric
    rng : numpy.random.Generator
    step_size : float
    max_depth : int
        At most 50.
    U : float
        Potential energy of the current state.

    Returns
    -------
    TransitionInfo

    References
    ----------
    Betancourt (2017), appendix A.
    """
    sample = point_at(tree.points, SAMPLE)
    draw_momentum(metric, rng, sample.p, sample.v)
    directions = draw_directions(rng, max_depth)
    return sample_trajectory(tree, target, metric, rng, step_size, max_depth, directions, U)


@kernel(inline="always")
def draw_directions(rng, max_depth):
    """Return an integer whose first `max_depth` binary digits are independent fair coins."""
    return int(rng.random() * (1 << max_depth))
