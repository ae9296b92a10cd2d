"""One path: from a point down the potential energy, and the best normal distribution on the way.

An optimiser that goes far enough passes the typical set before it reaches the mode; the point of
the path whose normal approximation has the largest evidence lower bound (ELBO) is where to draw.

Legend: ``D`` dimension; ``M`` draws; ``U`` potential energy; ``q, grad`` as in `inverse_hessian`.

Reference: Zhang, Carpenter, Gelman, Vehtari (2022), "Pathfinder: parallel quasi-Newton variational
inference", JMLR 23(306), algorithms 1 and 3.
"""

import numpy as np

from lightppl.infer.mcmc.blas_threads import single_threaded_blas
from lightppl.infer.paths.inverse_hessian import (
    has_curvature,
    normal_approximation,
    updated_diagonal,
)
from lightppl.records import record

FIRST_ROUND = 50
"""Steps of the optimiser before it is scaled anew; each round is twice as long as the one before.
"""

NUM_FINALISTS, FINAL_FACTOR = 5, 10
"""So many points of a path are judged again, by so many times as many draws."""


@record
class PathOptions:
    """How far to go, and how carefully to look.

    Attributes
    ----------
    maxcor : int
        Steps that the inverse Hessian remembers, J.
    maxiter : int
        Steps of the optimiser at most.
    ftol, gtol : float
        The optimiser ends when U falls relatively by less than `ftol`, or when no entry of its
        gradient is larger than `gtol`.
    num_elbo_draws : int
        Draws by which the ELBO of a point of the path is estimated.
    """

    maxcor: int = 6
    maxiter: int = 1000
    ftol: float = 1e-13
    gtol: float = 1e-8
    num_elbo_draws: int = 10


@record
class Path:
    """What one path found.

    Attributes
    ----------
    approximation : NormalApproximation
        The one with the largest ELBO.
    elbo : float
        Its evidence lower bound, estimated by draws that had no part in the choice of finalists.
    points : (L, D) float64
        Positions of the optimiser, the start first.
    elbos : (L,) float64
        First estimates for the approximation at each position; -inf where there is none.
    """

    approximation: object
    elbo: float
    points: np.ndarray
    elbos: np.ndarray


def follow_path(value_and_grad, q, rng, options):
    """Optimise from a point, and choose among the normal approximations on the way.

    Parameters
    ----------
    value_and_grad : callable
        ``(D,) -> (U, grad)``.
    q : (D,) float64
        Where U and its gradient are finite.
    rng : numpy.random.Generator
    options : PathOptions

    Returns
    -------
    Path, or None
        None if no point of the path has an approximation with a finite ELBO.

    References
    ----------
    Zhang et al. (2022), algorithm 1.  Two deviations make the choice less noisy: the draws behind
    the ELBO are the same standard normal variates at all points, there fresh ones; and the best
    points are judged again by more draws, there the first estimate decides.
    """
    # threads of BLAS cost more than they save on matrices of so few columns
    with single_threaded_blas(), np.errstate(all="ignore"):
        points, grads = minimize(value_and_grad, q, options)
        normals = rng.standard_normal((options.num_elbo_draws, len(q)))
        found = list(approximations_along(points, grads, options.maxcor))
        elbos = np.array([estimate_elbo(value_and_grad, x, normals) for x in found])
        normals = rng.standard_normal((FINAL_FACTOR * options.num_elbo_draws, len(q)))
        finalists = np.argsort(-elbos, kind="stable")[:NUM_FINALISTS]
        final_elbos = [estimate_elbo(value_and_grad, found[x], normals) for x in finalists]
    best = np.argmax(final_elbos)
    if not np.isfinite(final_elbos[best]):
        return None
    return Path(found[finalists[best]], float(final_elbos[best]), points, elbos)


def minimize(value_and_grad, q, options):
    """Return the positions of L-BFGS and the gradients there, (L, D) each, the start first.

    The optimiser runs in rounds, each in coordinates scaled by the diagonal that the path has shown
    so far.  L-BFGS begins from a multiple of the unit matrix, which is slow where scales differ: it
    needs 1000 steps and more for 20 normal variates with scales from 0.01 to 100, rounds need 170.

    Parameters
    ----------
    value_and_grad : callable
    q : (D,) float64
    options : PathOptions

    Returns
    -------
    points, grads : (L, D) float64
    """
    objective = _FiniteObjective(value_and_grad, q)
    points, grads = [np.array(q)], [objective.grad_at(q)]
    alpha, length = np.ones(len(q)), FIRST_ROUND
    while len(points) <= options.maxiter:
        first = len(points)
        length = min(length, options.maxiter + 1 - first)
        _run_round(objective, np.sqrt(alpha), length, points, grads, options)
        for index in range(first, len(points)):
            s, z = points[index] - points[index - 1], grads[index] - grads[index - 1]
            if has_curvature(s, z):
                alpha = updated_diagonal(alpha, s, z)
        if len(points) < first + length:
            break
        length *= 2
    return np.stack(points), np.stack(grads)


def _run_round(objective, scale, length, points, grads, options):
    """Run L-BFGS for some steps and append the positions and gradients it meets."""
    # scipy.optimize loads in 0.1 s or more, which only those who use Pathfinder should wait for
    from scipy.optimize import minimize as scipy_minimize

    def scaled_objective(x):
        U, grad = objective(scale * x)
        return U, scale * grad

    def keep(intermediate_result):
        points.append(scale * intermediate_result.x)
        grads.append(objective.grad_at(points[-1]))

    scipy_minimize(
        scaled_objective,
        points[-1] / scale,
        jac=True,
        method="L-BFGS-B",
        callback=keep,
        options={
            "maxcor": options.maxcor,
            "maxiter": length,
            "maxfun": 20 * length,
            "ftol": options.ftol,
            "gtol": options.gtol,
        },
    )


def approximations_along(points, grads, maxcor):
    """Yield the `NormalApproximation` at each position of a path, None where there is none.

    Parameters
    ----------
    points, grads : (L, D) float64
    maxcor : int

    References
    ----------
    Zhang et al. (2022), algorithm 3.  There the start is left out; here it counts, with unit
    covariance, because nothing else is left when it happens to be the mode.
    """
    alpha, steps, grad_steps = np.ones(points.shape[1]), [], []
    yield normal_approximation(points[0], grads[0], alpha, steps, grad_steps)
    for index in range(1, len(points)):
        s, z = points[index] - points[index - 1], grads[index] - grads[index - 1]
        if has_curvature(s, z):
            alpha = updated_diagonal(alpha, s, z)
            steps, grad_steps = [*steps, s][-maxcor:], [*grad_steps, z][-maxcor:]
        yield normal_approximation(points[index], grads[index], alpha, steps, grad_steps)


def estimate_elbo(value_and_grad, approximation, normals):
    """Return the mean of log p - log N over draws, -inf if log p is not finite at one of them.

    Parameters
    ----------
    value_and_grad : callable
    approximation : NormalApproximation, or None
        None has -inf.
    normals : (M, D) float64
    """
    if approximation is None:
        return -np.inf
    draws, log_density = approximation.draw(normals)
    elbo = np.mean(log_ratios(value_and_grad, draws, log_density))
    return elbo if np.isfinite(elbo) else -np.inf


def log_ratios(value_and_grad, draws, log_density):
    """Return log p - log N at each draw, -inf where p is zero or not a number.

    Parameters
    ----------
    value_and_grad : callable
    draws : (M, D) float64
    log_density : (M,) float64
        Of the distribution that the draws come from.
    """
    U = np.array([value_and_grad(draw)[0] for draw in draws])
    return np.where(np.isfinite(U), -U - log_density, -np.inf)


class _FiniteObjective:
    """The potential energy as SciPy's line search can bear it: large, never infinite or NaN.

    Parameters
    ----------
    value_and_grad : callable
    q : (D,) float64
        Where the potential energy is finite.
    """

    def __init__(self, value_and_grad, q):
        self.value_and_grad = value_and_grad
        U, _ = self(q)
        self.wall = abs(U) + 1e10

    def __call__(self, q):
        U, grad = self.value_and_grad(q)
        grad = np.array(grad)
        if not (np.isfinite(U) and np.all(np.isfinite(grad))):
            U, grad = self.wall, np.zeros(len(q))
        self.last = np.array(q), grad
        return float(U), grad

    def grad_at(self, q):
        """Return the gradient at a point, which the line search has mostly just seen."""
        if not np.array_equal(self.last[0], q):
            self(q)
        return self.last[1]
