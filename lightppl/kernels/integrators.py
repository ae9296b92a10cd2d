"""Symplectic integrators of Hamilton's equations.

Legend: ``D`` dimension; ``q, p, v, grad`` as in `phase_point.py`; ``a = M^-1 grad``; ``U``
potential energy.

Reference: Neal (2011), "MCMC using Hamiltonian dynamics", sec. 2.3.
"""

from lightppl.jit import kernel
from lightppl.kernels.kinetic import evaluate_kinetic, is_gaussian
from lightppl.kernels.metric import is_diagonal, set_velocity
from lightppl.kernels.phase_point import drift, kick
from lightppl.kernels.target import evaluate_potential


@kernel(small=True, separate=True)
def leapfrog(z, a, target, metric, step_size):
    """Move a phase point one leapfrog step along H(q, p) = U(q) + K(p), in place.

    Velocities of a metric that is not diagonal change by what momenta change, times M^-1.  So one
    product with M^-1 a step is enough, that with the new gradient, which the next step needs too.

    Parameters
    ----------
    z : PhasePoint
        ``grad`` must hold grad U(q) on entry, and ``v`` the velocity; all four vectors are
        overwritten.
    a : (D,) float64
        From `set_acceleration` on entry, or from the step before; overwritten.
    target : Target
    metric : Metric
    step_size : float
        Negative values move backwards; the step is exactly reversible up to rounding.

    Returns
    -------
    U : float
        Potential energy at the new ``z.q``; NaN or inf if the density fails there.
    K : float
        Kinetic energy of the new ``z.p``.

    References
    ----------
    Neal (2011), "MCMC using Hamiltonian dynamics", sec. 2.3.
    """
    if not (is_gaussian(target) and is_diagonal(metric)):
        return leapfrog_in_parts(z, a, target, metric, step_size)
    kick_and_drift(z.q, z.p, z.grad, metric.diagonal, step_size)
    U = evaluate_potential(target, z.q, z.grad)
    return U, kick_and_set_velocity(z.p, z.v, z.grad, metric.diagonal, step_size)


@kernel(separate=True)
def leapfrog_in_parts(z, a, target, metric, step_size):
    """Do what `leapfrog` does, for any metric and kinetic energy.

    Apart from `leapfrog`, which is inlined wherever it is called, so that there is but one copy.

    Parameters
    ----------
    z : PhasePoint
        Overwritten.
    a : (D,) float64
        Overwritten.
    target : Target
    metric : Metric
    step_size : float

    Returns
    -------
    U, K : float
    """
    if not is_gaussian(target):
        kick(z.p, z.grad, 0.5 * step_size)
        evaluate_kinetic(target.kinetic, z.p, z.v)  # v = grad K(p)
        drift(z.q, z.v, step_size)
        U = evaluate_potential(target, z.q, z.grad)
        kick(z.p, z.grad, 0.5 * step_size)
        return U, evaluate_kinetic(target.kinetic, z.p, z.v)
    kick_both_and_drift(z.q, z.p, z.v, z.grad, a, step_size)
    U = evaluate_potential(target, z.q, z.grad)
    set_velocity(metric, z.grad, a)
    return U, kick_both(z.p, z.v, z.grad, a, step_size)


@kernel(small=True, separate=True)
def kick_and_drift(q, p, grad, inverse_mass, step_size):
    """First half of a leapfrog step with a diagonal metric, in one loop."""
    for i in range(p.size):
        momentum = p[i] - 0.5 * step_size * grad[i]
        p[i] = momentum
        q[i] += step_size * (inverse_mass[i] * momentum)


@kernel(fastmath={"contract", "reassoc"}, small=True, separate=True)
def kick_and_set_velocity(p, v, grad, inverse_mass, step_size):
    """Second half of a leapfrog step with a diagonal metric, in one loop; return K(p)."""
    total = 0.0
    for i in range(p.size):
        momentum = p[i] - 0.5 * step_size * grad[i]
        velocity = inverse_mass[i] * momentum
        p[i], v[i] = momentum, velocity
        total += momentum * velocity
    return 0.5 * total


@kernel(small=True, separate=True)
def kick_both_and_drift(q, p, v, grad, a, step_size):
    """First half of a leapfrog step with any metric, in one loop."""
    for i in range(p.size):
        p[i] -= 0.5 * step_size * grad[i]
        velocity = v[i] - 0.5 * step_size * a[i]
        v[i] = velocity
        q[i] += step_size * velocity


@kernel(fastmath={"contract", "reassoc"}, small=True, separate=True)
def kick_both(p, v, grad, a, step_size):
    """Second half of a leapfrog step with any metric, in one loop; return K(p)."""
    total = 0.0
    for i in range(p.size):
        momentum = p[i] - 0.5 * step_size * grad[i]
        velocity = v[i] - 0.5 * step_size * a[i]
        p[i], v[i] = momentum, velocity
        total += momentum * velocity
    return 0.5 * total
