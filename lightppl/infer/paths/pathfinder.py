"""`pathfinder`: draws of a posterior in seconds, from several optimisation paths.

Every path ends in the normal distribution that approximates best near it; their draws are pooled,
weighted by importance, the weights smoothed, and the result resampled.

Legend: ``D`` dimension; ``P`` paths; ``M`` draws of each path; ``N`` draws that are returned.

Reference: Zhang, Carpenter, Gelman, Vehtari (2022), "Pathfinder: parallel quasi-Newton variational
inference", JMLR 23(306), algorithm 2.
"""

import numpy as np

from lightppl.arguments import check_callable, check_choice, check_count, check_flag, check_number
from lightppl.density import compile_density
from lightppl.density.initialize import init_to_uniform
from lightppl.diagnostics.pareto import psis, reliable_k
from lightppl.errors import InitializationError, LightPPLWarning, ModelError
from lightppl.infer.paths.path import PathOptions, follow_path, log_ratios
from lightppl.keys import Purpose, as_generator, as_key, fold_in, split
from lightppl.records import record
from lightppl.user_line import warn

ROUNDING_ERROR = 1e-9
"""Log ratios that differ by less are equal: where the posterior is normal there is no tail to fit.
"""


@record
class PathfinderResult:
    """What `pathfinder` found.

    Attributes
    ----------
    samples : dict of str to (N, ...) array
        Constrained values of latent and deterministic sites, all of the same weight.
    elbo : (P,) float64
        Estimated evidence lower bound of each path's approximation; -inf for a path without one.
    pareto_k : float
        Shape of the tail of the importance weights; above 0.7 the draws misrepresent the posterior.
    log_weights : (P, M) float64
        Of the draws before resampling: smoothed, normalised, -inf for a path without draws.
    points : (P, M, D) float64
        Those draws, unconstrained.
    paths : list of Path
        None for a path without an approximation.
    """

    samples: dict
    elbo: np.ndarray
    pareto_k: float
    log_weights: np.ndarray
    points: np.ndarray
    paths: list


def pathfinder(
    rng_key,
    model,
    *model_args,
    num_paths=4,
    num_samples=1000,
    num_draws_per_path=1000,
    num_elbo_draws=10,
    maxcor=6,
    maxiter=1000,
    ftol=1e-13,
    gtol=1e-8,
    importance_sampling="psis",
    init_strategy=init_to_uniform,
    init_params=None,
    jit_compile=True,
    **model_kwargs,
):
    """Approximate a posterior by normal distributions found along optimisation paths.

    Much faster than MCMC, and exact only for normal posteriors; `pareto_k` of the result tells how
    far to trust it.

    Parameters
    ----------
    rng_key : key
    model : callable
    *model_args, **model_kwargs
        Arguments of the model.
    num_paths : int
        Paths from different points, P.
    num_samples : int
        Draws that are returned, N.
    num_draws_per_path : int
        Draws of each path's approximation, M.
    num_elbo_draws : int
        Draws by which each point of a path is judged.
    maxcor : int
        Steps that the inverse Hessian remembers.
    maxiter : int
        Steps of the optimiser at most.
    ftol, gtol : float
        The optimiser ends when -log density falls relatively by less than `ftol`, or when no entry
        of its gradient is larger than `gtol`.
    importance_sampling : {"psis", "psir", None}
        How draws are weighted before N of them are drawn with replacement: by smoothed importance
        ratios, by raw ones, or all alike, so that the result is the mixture of the paths.
    init_strategy : callable
        Where paths start.
    init_params : dict of str to array, optional
        Constrained values to start at; may be partial, and may have a leading axis of length P.
    jit_compile : bool
        If False, the density runs eagerly through autograd.

    Returns
    -------
    PathfinderResult

    Raises
    ------
    InitializationError
        If no path has an approximation.
    ModelError
        If the model has no latent site.

    Warns
    -----
    LightPPLWarning
        If `pareto_k` is too large for reliable importance sampling.

    References
    ----------
    Zhang et al. (2022), algorithm 2.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import pathfinder
    >>> def model(y):
    ...     mu = lp.sample("mu", dist.Normal(0.0, 10.0))
    ...     lp.sample("y", dist.Normal(mu, 1.0), obs=y)
    >>> result = pathfinder(0, model, np.array([1.0, 2.0, 3.0]))
    >>> round(float(result.samples["mu"].mean()), 1), bool(result.pareto_k < 0.7)
    (2.0, True)
    """
    if importance_sampling is not None:
        check_choice(importance_sampling, "importance_sampling", ("psis", "psir"))
    num_paths = check_count(num_paths, "num_paths", least=1)
    num_draws = check_count(num_draws_per_path, "num_draws_per_path", least=2)
    num_samples = check_count(num_samples, "num_samples", least=1)
    options = check_path_options(maxcor, maxiter, ftol, gtol, num_elbo_draws)
    key = as_key(rng_key)
    density = compile_density(
        check_callable(model, "model"),
        model_args,
        model_kwargs,
        rng_key=fold_in(key, Purpose.SITES),
        jit=check_flag(jit_compile, "jit_compile"),
    )
    if density.layout.size == 0:
        raise ModelError("The model has no latent site, so there is no posterior to approximate.")
    rngs = [as_generator(path_key) for path_key in split(fold_in(key, Purpose.PATHS), num_paths)]
    check_callable(init_strategy, "init_strategy")
    starts = density.initial_points(rngs, init_strategy, init_params)
    paths = [
        follow_path(density.potential, q, rng, options) for q, rng in zip(starts, rngs)
    ]
    if all(path is None for path in paths):
        raise InitializationError(
            f"None of the {num_paths} paths found a normal distribution whose draws all have a "
            "finite log density. Start elsewhere with init_strategy or init_params, or sample with "
            "NUTS.",
            starts=starts,
        )
    points, ratios = draw_from_paths(density.potential, paths, rngs, num_draws, starts.shape[1])
    log_weights, pareto_k = weigh(ratios, importance_sampling)
    if importance_sampling is not None and pareto_k > reliable_k(ratios.size):
        _warn_of_weights(pareto_k, reliable_k(ratios.size))
    rng = as_generator(fold_in(key, Purpose.RESAMPLING))
    chosen = rng.choice(ratios.size, size=num_samples, p=np.exp(log_weights.ravel()))
    samples = density.constrain(points.reshape(ratios.size, -1)[chosen])
    elbo = np.array([-np.inf if path is None else path.elbo for path in paths])
    return PathfinderResult(samples, elbo, float(pareto_k), log_weights, points, paths)


def check_path_options(maxcor, maxiter, ftol, gtol, num_elbo_draws):
    """Return the `PathOptions` of what a user gave."""
    return PathOptions(
        check_count(maxcor, "maxcor", least=1),
        check_count(maxiter, "maxiter", least=1),
        check_number(ftol, "ftol", least=0),
        check_number(gtol, "gtol", least=0),
        check_count(num_elbo_draws, "num_elbo_draws", least=1),
    )


def draw_from_paths(value_and_grad, paths, rngs, num_draws, size):
    """Return draws of each path's approximation and their log importance ratios.

    Parameters
    ----------
    value_and_grad : callable
    paths : list of Path
        P of them; None for a path without an approximation.
    rngs : list of numpy.random.Generator
    num_draws : int
        M.
    size : int
        D.

    Returns
    -------
    points : (P, M, D) float64
        Zero for a path without an approximation.
    ratios : (P, M) float64
        log p - log N; -inf for a path without an approximation.
    """
    points = np.zeros((len(paths), num_draws, size))
    ratios = np.full((len(paths), num_draws), -np.inf)
    for index, (path, rng) in enumerate(zip(paths, rngs)):
        if path is not None:
            normals = rng.standard_normal((num_draws, size))
            points[index], log_density = path.approximation.draw(normals)
            ratios[index] = log_ratios(value_and_grad, points[index], log_density)
    return points, ratios


def weigh(ratios, importance_sampling):
    """Return normalised log weights of draws, and the shape of the tail of their ratios.

    Parameters
    ----------
    ratios : (P, M) float64
        Log importance ratios; -inf for draws that are worth nothing.
    importance_sampling : {"psis", "psir", None}

    Returns
    -------
    log_weights : (P, M) float64
    pareto_k : float

    References
    ----------
    Zhang et al. (2022), algorithm 2, line 6.
    """
    usable = np.isfinite(ratios)
    log_weights = np.full(ratios.shape, -np.inf)
    found = ratios[usable]
    if np.ptp(found) < ROUNDING_ERROR:
        found = np.zeros(len(found))
    smoothed, pareto_k = psis(found) if len(found) > 1 else (0.0, np.inf)
    if importance_sampling == "psis":
        log_weights[usable] = smoothed
        return log_weights, pareto_k
    log_weights[usable] = ratios[usable] if importance_sampling == "psir" else 0.0
    log_weights -= log_weights.max()
    return log_weights - np.log(np.sum(np.exp(log_weights))), pareto_k


def _warn_of_weights(pareto_k, largest):
    warn(
        f"Pathfinder's draws represent the posterior badly: Pareto k is {pareto_k:.2f}, and above "
        f"{largest:.2f} a few draws carry all the weight. Use them to start NUTS, with "
        "init_strategy=init_to_pathfinder(), and not as its result.",
        LightPPLWarning,
    )
