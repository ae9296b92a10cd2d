"""A model on the path from its prior to its posterior: prior times likelihood ** beta.

Legend: ``D`` dimension of the unconstrained space; ``N`` draws; ``beta`` inverse temperature.
"""

import numpy as np

from lightppl.density import compile_density, map_over_draws
from lightppl.density.held import INVERSE_TEMPERATURE
from lightppl.distributions import biject_to
from lightppl.errors import InitializationError, ModelError
from lightppl.handlers import seed, trace
from lightppl.kernels.target import make_target
from lightppl.keys import as_generator


class TemperedDensity:
    """A compiled density whose likelihood has a power.

    Parameters
    ----------
    model : callable
    args : tuple
    kwargs : dict
    rng_key : key
        For the run that finds the sites.
    jit : bool
        If False, the density runs eagerly through autograd.

    Attributes
    ----------
    density : ModelDensity
        It holds the inverse temperature.

    Raises
    ------
    ModelError
        If there is no latent site, or one whose prior is no probability distribution.
    """

    def __init__(self, model, args, kwargs, rng_key, jit=True):
        self.density = compile_density(
            model, args, kwargs, rng_key=rng_key, jit=jit, tempered="likelihood"
        )
        if self.size == 0:
            raise ModelError("The model has no latent site, so there is no posterior to sample.")
        for name in self.density.layout.names:
            _require_proper(name, self.density.trace[name])

    @property
    def size(self):
        """D."""
        return self.density.size

    def target_at(self, beta):
        """Return a `Target`, with a workspace of its own, of the density at a temperature.

        Parameters
        ----------
        beta : float
            Between 0, the prior, and 1, the posterior.
        """
        target = make_target(self.density.potential)
        target.workspace[self.density.held.slices[INVERSE_TEMPERATURE]] = beta
        return target

    def constrain(self, points, num_threads):
        """Return the values of latent and deterministic sites at unconstrained points, (N, D)."""
        ones = np.ones((len(points), self.density.held.size))
        return self.density.constraining()(np.hstack([points, ones]), num_threads=num_threads)

    def raise_errors(self):
        """Raise what stopped a density that runs in Python when kernels called it, if anything."""
        getattr(self.density.potential, "raise_error", lambda: None)()

    def draw_prior(self, rng_key, num_draws):
        """Return unconstrained draws from the prior, (N, D).

        Parameters
        ----------
        rng_key : key
        num_draws : int

        Raises
        ------
        InitializationError
            If a draw lies on the edge of its support, where nothing finite corresponds to it.
        """

        def run(values, generator):
            with trace() as tr:
                model = seed(self.density.model, generator)
                model(*self.density.model_args, **self.density.model_kwargs)
            return self._unconstrained(tr)

        with np.errstate(all="ignore"):
            pieces = map_over_draws(run, {}, num_draws, as_generator(rng_key))
        for name, x in pieces.items():
            if not np.all(np.isfinite(x)):
                raise InitializationError(
                    f"The prior of site {name!r} has draws on the edge of its support, for which "
                    "there is no finite unconstrained value. Keep it away from there."
                )
        flat = [np.reshape(pieces[name], (num_draws, -1)) for name in self.density.layout.names]
        return np.ascontiguousarray(np.concatenate(flat, axis=1))

    def _unconstrained(self, found):
        """Return unconstrained values of the latent sites of a trace."""
        return {
            name: biject_to(found[name].fn.support).inv(found[name].value)
            for name in self.density.layout.names
        }


def _require_proper(name, site):
    if site.mask is not None or site.scale is not None or hasattr(site.fn, "_mask"):
        raise ModelError(
            f"The latent site {name!r} has a mask or a scale, so its prior is no probability "
            "distribution and has no draws to start from. Observe it, or weight the likelihood."
        )
    try:
        site.fn.sample(0)
    except NotImplementedError as error:
        raise ModelError(
            f"The prior of site {name!r} has no draws to start from "
            f"({type(site.fn).__name__}). Give the site a proper prior that can draw."
        ) from error
