"""`init_to_pathfinder`: chains start at a draw of an approximation found by optimisation.

Reference: Zhang, Carpenter, Gelman, Vehtari (2022), "Pathfinder: parallel quasi-Newton variational
inference", JMLR 23(306), sec. 1 and 5, for starting MCMC.
"""

from dataclasses import replace

import numpy as np

from lightppl.arguments import check_count
from lightppl.infer.paths.pathfinder import (
    check_path_options, draw_from_paths, weigh,
)
from lightppl.infer.paths.path import PathOptions, follow_path
from lightppl.records import record


@record
class StartAtPathfinder:
    """A strategy that looks at the density, not at one site after the other.

    `init_to_pathfinder` is one, with default options; called without a site it returns another.

    Attributes
    ----------
    num_paths : int
        Paths of each chain.
    options : PathOptions
    """

    num_paths: int = 1
    options: PathOptions = PathOptions()

    def __call__(
        self,
        site=None,
        num_paths=1,
        num_elbo_draws=10,
        maxcor=6,
        maxiter=1000,
        ftol=1e-13,
        gtol=1e-8,
    ):
        """Return a strategy with other options, or None for a site, whose start is left open.

        Parameters
        ----------
        site : Message, optional
        num_paths : int
            Paths of each chain; one of their draws is chosen by its importance weight.
        num_elbo_draws, maxcor, maxiter, ftol, gtol
            As in `lightppl.infer.pathfinder`.
        """
        if site is not None:
            return None
        return replace(
            self,
            num_paths=check_count(num_paths, "num_paths", least=1),
            options=check_path_options(maxcor, maxiter, ftol, gtol, num_elbo_draws),
        )

    def find_point(self, potential, propose, is_free, rng):
        """Return where a chain starts.

        Parameters
        ----------
        potential : callable
            ``(D,) -> (U, grad)``.
        propose : callable
            ``() -> (D,) float64``, a point with finite density and gradient to set out from.
        is_free : (D,) bool
            False for coordinates that keep the value they were given.
        rng : numpy.random.Generator

        Returns
        -------
        (D,) float64
            Where no path finds an approximation, the last point that was proposed.
        """
        paths = []
        for _ in range(self.num_paths):
            q = propose()
            if not np.any(is_free):
                return q
            restricted = _Restricted(potential, q, is_free)
            paths.append(follow_path(restricted, q[is_free], rng, self.options))
        paths = [path for path in paths if path is not None]
        if not paths:
            return q
        return restricted.complete(_choose(restricted, paths, rng))


init_to_pathfinder = StartAtPathfinder()
"""Start at a draw of the best normal approximation on an optimisation path.

See `StartAtPathfinder`.
"""

DRAWS_TO_CHOOSE_FROM = 100
"""Draws of each path among which one is chosen by its weight."""


def _choose(value_and_grad, paths, rng):
    """Return one draw of the paths; of several paths by importance."""
    num_draws = DRAWS_TO_CHOOSE_FROM if len(paths) > 1 else 1
    size = len(paths[0].approximation.mean)
    points, ratios = draw_from_paths(value_and_grad, paths, [rng] * len(paths), num_draws, size)
    if len(paths) == 1:
        return points[0, 0]
    log_weights, _ = weigh(ratios, "psis")
    return points.reshape(-1, size)[rng.choice(ratios.size, p=np.exp(log_weights.ravel()))]


class _Restricted:
    """The potential energy as a function of the free coordinates alone."""

    def __init__(self, potential, q, is_free):
        self.potential, self.q, self.is_free = potential, np.array(q), is_free

    def complete(self, free):
        """Return the whole point."""
        q = self.q.copy()
        q[self.is_free] = free
        return q

    def __call__(self, free):
        U, grad = self.potential(self.complete(free))
        return U, grad[self.is_free]
