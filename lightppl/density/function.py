"""The compiled log density of a model as a function for SciPy, or for anybody's own sampler."""

import numpy as np

from lightppl.density.potential import compile_density


class LogDensityFunction:
    """Log density of a model in unconstrained space, with gradient.

    Made by `log_density_function`.

    Attributes
    ----------
    size : int
        Length D of the flat vector.
    """

    def __init__(self, density):
        self._density = density
        self._potential = density.potential
        self.size = density.layout.size

    def __call__(self, q):
        """Return the log density at `q`, (D,) float64."""
        return -self._potential(q)[0]

    def value_and_grad(self, q):
        """Return the log density and its gradient.

        Parameters
        ----------
        q : (D,) float64

        Returns
        -------
        value : float
        grad : (D,) float64
        """
        U, grad = self._potential(q)
        return -U, np.negative(grad, out=grad)

    def potential_and_grad(self, q):
        """Return minus the log density and its gradient: an objective for
        `scipy.optimize.minimize`.

        Parameters
        ----------
        q : (D,) float64
        """
        return self._potential(q)

    def unravel(self, q):
        """Return ``{site: constrained value}`` of a flat vector, deterministic sites included.

        Parameters
        ----------
        q : (D,) float64
        """
        values = self._density.constrain(np.asarray(q, dtype=np.float64)[None])
        return {name: value[0] for name, value in values.items()}

    def ravel(self, values):
        """Return the flat vector of ``{site: constrained value}``; the inverse of `unravel`."""
        return self._density.unconstrain(values)


def log_density_function(model, *args, **kwargs):
    """Compile the unconstrained log density of a model with its data.

    Parameters
    ----------
    model : callable
    *args, **kwargs
        Arguments of the model.

    Returns
    -------
    LogDensityFunction

    Notes
    -----
    Large arrays of float64 or int64 are not copied: what changes them in place later changes the
    function.

    Examples
    --------
    >>> import numpy as np
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model(y):
    ...     mu = lp.sample("mu", dist.Normal(0.0, 1.0))
    ...     lp.sample("y", dist.Normal(mu, 1.0), obs=y)
    >>> f = lp.log_density_function(model, 1.0)
    >>> value, grad = f.value_and_grad(np.array([1.0]))
    >>> f.size, grad
    (1, array([-1.]))
    """
    return LogDensityFunction(compile_density(model, args, kwargs))
