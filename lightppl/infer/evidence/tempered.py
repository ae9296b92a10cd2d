"""A model on the path from its prior to its posterior: prior times likelihood ** beta.

Legend: ``D`` dimension of the unconstrained space; ``N`` draws; ``beta`` inverse temperature.
"""

import numpy as np

from lightppl.density import compile_density, map_over_draws
from lightppl.density.layout import is_inferred
from lightppl.density.log_density import ConstrainSites, site_log_density
from lightppl.density.potential import compile_objective
from lightppl.distributions import biject_to
from lightppl.errors import InitializationError, ModelError, ShapeError
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
        Of the posterior.

    Raises
    ------
    ModelError
        If there is no latent site, or one whose prior is no probability distribution.
    """

    def __init__(self, model, args, kwargs, rng_key, jit=True):
        self.density = compile_density(model, args, kwargs, rng_key=rng_key, jit=jit)
        if self.size == 0:
            raise ModelError("The model has no latent site, so there is no posterior to sample.")
        for name in self.density.layout.names:
            _require_proper(name, self.density.trace[name])
        self._potentials = {1.0: self.density.potential}
        self._source, self._jit = None, jit
        self._potentials[0.0] = self._compiled(0.0)

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
        if beta not in self._potentials:
            # of temperatures between, only that of the moment is needed
            kept = {x: self._potentials[x] for x in (0.0, 1.0) if x in self._potentials}
            self._potentials = {**kept, beta: self._compiled(beta)}
        return make_target(self._potentials[beta])

    def _compiled(self, beta):
        power, stages = np.float64(beta), {}
        objective = lambda q: -self._log_density(q, power)  # noqa: E731
        start = self.density.flatten(self._unconstrained(self.density.trace))
        if beta == 0.0:
            return compile_objective(objective, start, self._jit)
        try:
            # the power is data: other temperatures take the same machine code
            potential = compile_objective(
                objective, start, self._jit, stages, source=self._source
            )
        except ShapeError:
            potential = compile_objective(objective, start, self._jit, stages)
        self._source = stages["program"].source if "program" in stages else None
        return potential

    def _log_density(self, q, beta):
        sites = ConstrainSites(unconstrained=self.density.unflatten(q), is_complete=True)
        with trace() as tr, sites:
            self.density.model(*self.density.model_args, **self.density.model_kwargs)
        log_prior, log_likelihood = sites.log_jacobian, 0.0
        for site in tr.values():
            if is_inferred(site):
                log_prior = log_prior + np.sum(site_log_density(site))
            elif site.type == "sample":
                log_likelihood = log_likelihood + np.sum(site_log_density(site))
        return log_prior if beta == 0.0 else log_prior + beta * log_likelihood

    def raise_errors(self):
        """Raise what stopped a density that runs in Python when kernels called it, if anything."""
        for potential in self._potentials.values():
            getattr(potential, "raise_error", lambda: None)()

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
