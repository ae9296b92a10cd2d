"""Isokinetic dynamics: motion at constant speed, whose direction the gradient turns.

A point has a position q and a direction u, a unit vector, in coordinates x = q / s that are scaled
to vary alike.  It moves along

    dx/dt = u,    du/dt = -(I - u u^T) grad U(x) / (D - 1),

which leaves exp(-U(q)), with directions uniform on the sphere, invariant.  Both halves have exact
solutions, of which integrators are composed: `drift` along u, and `turn` by a gradient that is held
fixed.  A turn changes the volume on the sphere; the logarithm of that, -delta_K, plays the part
that kinetic energy plays elsewhere, and delta_U + delta_K is zero but for the error of a step.

In many dimensions a step is that of Hamiltonian dynamics with unit masses and momenta of their
usual length sqrt(D): ``step_size / sqrt(D)`` is its step size there.

Legend: ``D`` dimension, at least 2; ``q, grad`` as in `phase_point.py`; ``u`` direction, kept in
the place of the momentum; ``s`` scales; ``e = -grad/|grad|``; ``delta`` angle-like length of a
turn; ``U`` potential energy; ``delta_K`` change of kinetic energy.

References
----------
Robnik, De Luca, Silverstein, Seljak (2023), "Microcanonical Hamiltonian Monte Carlo", Journal of
Machine Learning Research 24, sec. 3; Steeg and Galstyan (2021), "Hamiltonian dynamics with
non-Newtonian momentum for rapid sampling", eq. (14) to (17), for the turn; McLachlan (1995), "On
the numerical integration of ordinary differential equations by symmetric composition methods", for
the scheme with the smallest error.
"""

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.phase_point import dot
from lightppl.kernels.target import evaluate_potential

MINIMAL_NORM = 0.1931833275037836
"""Share of the first and the last turn in McLachlan's scheme of two gradients a step."""

LEAPFROG, MCLACHLAN = 0, 1
INTEGRATORS = {"leapfrog": LEAPFROG, "mclachlan": MCLACHLAN}
"""Integrators by name; they take one and two gradients a step."""


@kernel(separate=True)
def isokinetic_step(z, scale, target, step_size, integrator):
    """Move a point one step along isokinetic dynamics, in place.

    The same step from the end with the direction turned round leads back, up to rounding.

    Parameters
    ----------
    z : PhasePoint
        ``grad`` must hold grad U(q) on entry, and ``p`` the direction; these and ``q`` are
        overwritten.
    scale : (D,) float64
        s.
    target : Target
    step_size : float
        Length of the step in scaled coordinates.
    integrator : int
        ``LEAPFROG`` or ``MCLACHLAN``.

    Returns
    -------
    U : float
        Potential energy at the new ``z.q``; NaN or inf if the density fails there.
    delta_K : float
        Sum of what the turns returned.

    References
    ----------
    Robnik et al. (2023), sec. 3.3.
    """
    if integrator == LEAPFROG:
        delta_K = turn(z.p, z.grad, scale, 0.5 * step_size)
        drift_along(z.q, z.p, scale, step_size)
        U = evaluate_potential(target, z.q, z.grad)
        return U, delta_K + turn(z.p, z.grad, scale, 0.5 * step_size)
    delta_K = turn(z.p, z.grad, scale, MINIMAL_NORM * step_size)
    drift_along(z.q, z.p, scale, 0.5 * step_size)
    evaluate_potential(target, z.q, z.grad)
    delta_K += turn(z.p, z.grad, scale, (1.0 - 2.0 * MINIMAL_NORM) * step_size)
    drift_along(z.q, z.p, scale, 0.5 * step_size)
    U = evaluate_potential(target, z.q, z.grad)
    return U, delta_K + turn(z.p, z.grad, scale, MINIMAL_NORM * step_size)


@kernel(small=True, separate=True)
def drift_along(q, u, scale, time):
    """Move a position along its direction, in place: q <- q + time s u."""
    for i in range(q.size):
        q[i] += time * (scale[i] * u[i])


@kernel(fastmath={"contract", "reassoc"}, small=True, separate=True)
def turn(u, grad, scale, time):
    """Turn a direction by a gradient that is held fixed, in place.

    With ``delta = time |s grad| / (D - 1)`` the exact solution is

        u <- (u + e (sinh delta + (e.u) (cosh delta - 1))) / (cosh delta + (e.u) sinh delta),

    here with numerator and denominator times ``2 exp(-delta)``, which cannot overflow.

    Parameters
    ----------
    u : (D,) float64
        Unit vector; overwritten.
    grad : (D,) float64
        Of the potential energy by q.
    scale : (D,) float64
    time : float
        Not negative.

    Returns
    -------
    delta_K : float
        ``(D - 1) log(cosh delta + (e.u) sinh delta)``: minus the logarithm of the change of volume.

    References
    ----------
    Steeg and Galstyan (2021), eq. (14) to (17); Robnik et al. (2023), eq. (17).
    """
    square, inner = 0.0, 0.0
    for i in range(u.size):
        g = scale[i] * grad[i]
        square += g * g
        inner += g * u[i]
    if square == 0.0:
        return 0.0
    norm = np.sqrt(square)
    cosine = -inner / norm  # e.u
    delta = time * norm / (u.size - 1)
    zeta = np.exp(-delta)
    both = 1.0 + cosine + (1.0 - cosine) * zeta * zeta  # 2 exp(-delta) times the denominator
    along = -(1.0 - zeta) * (1.0 + zeta + cosine * (1.0 - zeta)) / (norm * both)
    kept = 2.0 * zeta / both
    for i in range(u.size):
        u[i] = kept * u[i] + along * (scale[i] * grad[i])
    return (u.size - 1) * (delta + np.log(0.5 * both))


@kernel
def refresh_direction(u, share, rng):
    """Mix a direction with noise, in place: u <- (u + share xi) / |u + share xi|.

    Parameters
    ----------
    u : (D,) float64
        Overwritten.
    share : float
        nu of the paper; infinite for a direction that is uniform on the sphere.
    rng : numpy.random.Generator
        Gives D normal variates.

    References
    ----------
    Robnik et al. (2023), eq. (24).
    """
    is_new = not share < np.inf
    for i in range(u.size):
        noise = rng.standard_normal()
        u[i] = noise if is_new else u[i] + share * noise
    factor = 1.0 / np.sqrt(dot(u, u))
    for i in range(u.size):
        u[i] *= factor


@kernel(small=True)
def share_of_noise(step_size, L, size):
    """Return nu, with which `refresh_direction` after each step forgets a direction along L.

    Parameters
    ----------
    step_size, L : float
    size : int
        D.

    References
    ----------
    Robnik et al. (2023), eq. (25).
    """
    return np.sqrt(np.expm1(2.0 * step_size / L) / size)
