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
        self.size = density.layout.size

    def __call__(self, q):
        """Return the log density at `q`, (D,) float64."""
        return -self._density.potential(q)[0]

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
        U, grad = self._density.potential(q)
        return -U, np.negative(grad, out=grad)

    def potential_and_grad(self, q):
        """Return minus the log density and its gradient: an objective for
        `scipy.optimize.minimize`.

        Parameters
        ----------
        q : (D,) float64
        """
        return self._density.potential(q)

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

    def set_data(self, *args, **kwargs):
        """Bind other data of the same shapes; nothing is compiled.

        Parameters
        ----------
        *args, **kwargs
            Arguments of the model, all of them.

        Raises
        ------
        ShapeError
            If the model does something else with them; then the function stays as it is.

        Examples
        --------
        >>> import numpy as np
        >>> import lightppl as lp, lightppl.distributions as dist
        >>> def model(y):
        ...     mu = lp.sample("mu", dist.Normal(0.0, 1.0))
        ...     lp.sample("y", dist.Normal(mu, 1.0), obs=y)
        >>> f = lp.log_density_function(model, 1.0)
        >>> f.set_data(3.0)
        >>> f.value_and_grad(np.array([1.0]))[1]
        array([1.])
        """
        self._density.set_data(*args, **kwargs)


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
    Data are bound once: the function keeps copies, and does not see what is done to an array later;
    its method ``set_data`` binds other data.  It may be called from several threads at once.

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
