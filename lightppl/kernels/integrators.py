"""Symplectic integrators of Hamilton's equations.

Legend: ``D`` dimension; ``q, p, v, grad`` as in `phase_point.py`; ``U`` potential energy.

Reference: Neal (2011), "MCMC using Hamiltonian dynamics", sec. 2.3.
"""

from lightppl.jit import kernel
from lightppl.kernels.metric import set_velocity
from lightppl.kernels.phase_point import drift, kick
from lightppl.kernels.target import evaluate_potential


@kernel
def leapfrog(z, target, metric, step_size):
    """Move a phase point one leapfrog step along H(q, p) = U(q) + K(p), in place.

    Parameters
    ----------
    z : PhasePoint
        ``grad`` must hold grad U(q) on entry; all four vectors are overwritten.
    target : Target
    metric : Metric
    step_size : float
        Negative values move backwards; the step is exactly reversible up to rounding.

    Returns
    -------
    U : float
        Potential energy at the new ``z.q``; NaN or inf if the density fails there.

    References
    ----------
    Neal (2011), "MCMC using Hamiltonian dynamics", sec. 2.3.
    """
    kick(z.p, z.grad, 0.5 * step_size)  # p <- p - eps/2 grad U(q)
    set_velocity(metric, z.p, z.v)
    drift(z.q, z.v, step_size)  # q <- q + eps M^-1 p
    U = evaluate_potential(target, z.q, z.grad)
    kick(z.p, z.grad, 0.5 * step_size)  # p <- p - eps/2 grad U(q)
    set_velocity(metric, z.p, z.v)
    return U
