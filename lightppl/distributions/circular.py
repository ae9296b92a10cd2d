"""Directional families: angles from -pi to pi, pairs of angles, directions.

Legend: ``kappa`` concentration, ``phi`` and ``psi`` angles.
"""

import math

import numpy as np

from lightppl.autodiff import as_array
from lightppl.autodiff.special import i0e, i1e, log_bessel_i0, ndtr
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.real_line import LOG_SQRT_2_PI
from lightppl.distributions.validation import broadcast_or_raise
from lightppl.errors import ModelError, ShapeError
from lightppl.scipy_functions import SciPyFunction

roots_genlaguerre = SciPyFunction("roots_genlaguerre")
_LOG_2_PI = math.log(2.0 * math.pi)


def wrap_angle(angle):
    """Return angles moved by full turns to between -pi and pi.

    Parameters
    ----------
    angle : array_like

    Examples
    --------
    >>> round(float(wrap_angle(3.0 * np.pi + 0.5)), 6)
    -2.641593
    """
    return np.clip((angle + math.pi) % (2.0 * math.pi) - math.pi, -math.pi, math.pi)


class VonMises(Distribution):
    """Von Mises distribution of angles.

    Parameters
    ----------
    loc : array_like
        Mean angle.
    concentration : array_like
        Positive; 0 would be uniform.

    References
    ----------
    Mardia, Jupp (2000), "Directional statistics", sec. 3.5.4.

    Examples
    --------
    >>> VonMises(0.0, 4.0).sample(0, (3,)).shape
    (3,)
    """

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.circular
    reparametrized_params = ["loc"]

    def __init__(self, loc, concentration, *, validate_args=None):
        batch_shape = self.set_parameters(loc=loc, concentration=concentration)
        super().__init__(batch_shape, validate_args=validate_args)

    def _draw(self, rng, shape):
        # NumPy's rejection sampler: there is no quantile function to invert
        return wrap_angle(self.loc + rng.vonmises(0.0, self.concentration, size=shape))

    def _log_density(self, value):
        # kappa (cos - 1) keeps digits for large kappa
        half_sine = np.sin(0.5 * (value - self.loc))
        bend = -2.0 * self.concentration * half_sine * half_sine
        return bend - _log_i0e(self.concentration) - _LOG_2_PI

    @property
    def mean(self):
        """Mean direction."""
        return self._batched(wrap_angle(self.loc))

    @property
    def variance(self):
        """Circular variance, between 0 and 1."""
        return self._batched(_circular_variance(self.concentration))

    def entropy(self):
        spread = self.concentration * _circular_variance(self.concentration)
        return self._batched(_log_i0e(self.concentration) + _LOG_2_PI + spread)


_MANY = 100.0
_I0_SERIES = (
    1.0, 9 / 2, 75 / 2, 3675 / 8, 59535 / 8, 2401245 / 16, 57972915 / 16, 13043905875 / 128,
)
"""Coefficients of ``sqrt(2 pi x) exp(-x) I0(x) - 1`` in powers of ``1 / (8 x)``."""
_VARIANCE_SERIES = (1 / 2, 1 / 8, 1 / 8, 25 / 128, 13 / 32, 1073 / 1024)
"""Coefficients of ``1 - I1(x) / I0(x)`` in powers of ``1 / x``, from the first."""


def _log_i0e(x):
    """Return ``log(exp(-x) I0(x))``; from 100 on by its series (Abramowitz, Stegun 9.7.1).

    The derivative of the logarithm of the scaled Bessel function is a difference of two that agree
    to all digits when x is large.
    """
    many = np.greater(x, _MANY)
    large = np.where(many, x, _MANY)
    far = np.log1p(_power_series(_I0_SERIES, 0.125 / large)) - 0.5 * np.log(large) - 0.5 * _LOG_2_PI
    return np.where(many, far, np.log(i0e(np.where(many, 1.0, x))))


def _circular_variance(x):
    many = np.greater(x, _MANY)
    far = _power_series(_VARIANCE_SERIES, 1.0 / np.where(many, x, _MANY))
    near = np.where(many, 1.0, x)
    return np.where(many, far, 1.0 - i1e(near) / i0e(near))


def _power_series(coefficients, x):
    """Return ``c1 x + c2 x**2 + ...``."""
    total = 0.0
    for coefficient in reversed(coefficients):
        total = (total + coefficient) * x
    return total


class SineBivariateVonMises(Distribution):
    """Two dependent angles, with a sine interaction.

    Parameters
    ----------
    phi_loc, psi_loc : array_like
        Angles.
    phi_concentration, psi_concentration : array_like
        Positive.
    correlation : array_like, optional
        Strength of the interaction.
    weighted_correlation : array_like, optional
        The same divided by the geometric mean of the concentrations, between -1 and 1; exactly one
        of the two.

    Notes
    -----
    The normaliser is integrated over one angle by the trapezoid rule, which converges exponentially
    for periodic functions; `num_nodes` serve concentrations up to ten thousand.  NumPyro sums 50
    terms of a series that needs many more when the concentrations are large.

    References
    ----------
    Singh, Hnizdo, Demchuk (2002), "Probabilistic model for two dependent circular variables".

    Examples
    --------
    >>> d = SineBivariateVonMises(0.0, 0.0, 2.0, 3.0, correlation=0.5)
    >>> d.sample(0, (4,)).shape
    (4, 2)
    """

    num_nodes = 1024
    max_sample_nodes = 4096
    arg_constraints = {
        "phi_loc": constraints.circular,
        "psi_loc": constraints.circular,
        "phi_concentration": constraints.positive,
        "psi_concentration": constraints.positive,
        "correlation": constraints.real,
    }
    support = constraints.independent(constraints.circular, 1)

    def __init__(
        self,
        phi_loc,
        psi_loc,
        phi_concentration,
        psi_concentration,
        correlation=None,
        weighted_correlation=None,
        *,
        validate_args=None,
    ):
        if (correlation is None) == (weighted_correlation is None):
            raise ModelError(
                "SineBivariateVonMises expects exactly one of correlation and weighted_correlation."
            )
        if correlation is None:
            scale = np.sqrt(as_array(phi_concentration) * as_array(psi_concentration))
            correlation = as_array(weighted_correlation) * scale + 1e-8
        batch_shape = self.set_parameters(
            phi_loc=phi_loc,
            psi_loc=psi_loc,
            phi_concentration=phi_concentration,
            psi_concentration=psi_concentration,
            correlation=correlation,
        )
        super().__init__(batch_shape, (2,), validate_args=validate_args)

    def _log_marginal(self, phi):
        """Return the log density of the first angle, up to the normaliser, at ``phi + phi_loc``."""
        kappa, lam = self.phi_concentration, self.correlation
        pull = np.sqrt(self.psi_concentration**2 + (lam * np.sin(phi)) ** 2)
        return kappa * np.cos(phi) + log_bessel_i0(pull) + _LOG_2_PI

    @property
    def norm_const(self):
        """Logarithm of the normaliser."""
        # the marginal is even: nodes from 0 to pi, the ends counted half
        nodes = np.linspace(0.0, math.pi, self.num_nodes // 2 + 1)
        log_weights = np.full(nodes.shape, math.log(4.0 * math.pi / self.num_nodes))
        log_weights[[0, -1]] -= math.log(2.0)
        nodes = np.reshape(nodes, (-1,) + (1,) * len(self.batch_shape))
        log_values = self._log_marginal(nodes) + np.reshape(log_weights, nodes.shape)
        peak = np.max(log_values, axis=0, keepdims=True)
        return np.log(np.sum(np.exp(log_values - peak), axis=0)) + peak[0]

    def _log_density(self, value):
        phi = value[..., 0] - self.phi_loc
        psi = value[..., 1] - self.psi_loc
        return (
            self.phi_concentration * np.cos(phi)
            + self.psi_concentration * np.cos(psi)
            + self.correlation * np.sin(phi) * np.sin(psi)
            - self.norm_const
        )

    def _draw(self, rng, shape):
        # the first angle by inverting its cdf on a grid; given it, the second is von Mises.  The
        # grid search cannot be recorded.
        phi = self._draw_first(rng, tuple(shape))
        skew = self.correlation * np.sin(phi)
        pull = np.hypot(self.psi_concentration, skew)
        turn = np.arctan2(skew, self.psi_concentration)
        psi = turn + rng.vonmises(0.0, pull, size=shape)
        angles = [wrap_angle(phi + self.phi_loc), wrap_angle(psi + self.psi_loc)]
        return np.stack(angles, axis=-1)

    def _draw_first(self, rng, shape):
        grid = np.linspace(-math.pi, math.pi, self.max_sample_nodes + 1)
        nodes = np.reshape(grid, (-1,) + (1,) * len(self.batch_shape))
        log_values = np.broadcast_to(
            self._log_marginal(nodes), grid.shape + self.batch_shape
        ).reshape(grid.size, -1)
        values = np.exp(log_values - log_values.max(axis=0))
        mass = np.cumsum(0.5 * (values[1:] + values[:-1]), axis=0)
        cdf = np.concatenate([np.zeros((1, mass.shape[1])), mass / mass[-1]]).T
        # one sorted list for all batch members: member b occupies the interval from b to b + 1
        member = np.broadcast_to(np.arange(len(cdf)).reshape(self.batch_shape), shape)
        u = rng.random(size=shape)
        ladder = (cdf + np.arange(len(cdf))[:, None]).ravel()
        found = np.searchsorted(ladder, u + member, side="right") - 1
        cell = np.clip(found - member * grid.size, 0, grid.size - 2)
        low, high = cdf[member, cell], cdf[member, cell + 1]
        share = (u - low) / np.maximum(high - low, 1e-300)
        return grid[cell] + np.clip(share, 0.0, 1.0) * (grid[1] - grid[0])

    @property
    def mean(self):
        """Mean directions."""
        locs = [np.broadcast_to(loc, self.batch_shape) for loc in (self.phi_loc, self.psi_loc)]
        return wrap_angle(np.stack(locs, axis=-1))

    @classmethod
    def infer_shapes(cls, **shapes):
        return np.broadcast_shapes(*shapes.values()), (2,)


class SineSkewed(Distribution):
    """A symmetric distribution of angles, skewed by sines.

    Parameters
    ----------
    base_dist : Distribution
        Of D angles, symmetric about its `mean`.
    skewness : (..., D) array_like
        Absolute values sum to at most one.

    References
    ----------
    Ameijeiras-Alonso, Ley (2022), "Sine-skewed toroidal distributions and their application in
    protein bioinformatics".

    Examples
    --------
    >>> base = VonMises(np.zeros(1), 2.0).to_event(1)
    >>> SineSkewed(base, np.array([0.5])).sample(0).shape
    (1,)
    """

    arg_constraints = {"skewness": constraints.l1_ball}

    def __init__(self, base_dist, skewness, *, validate_args=None):
        if base_dist.event_dim != 1:
            raise ShapeError(
                "SineSkewed expects a base distribution of vectors of angles, found event shape "
                f"{base_dist.event_shape}; use to_event(1)."
            )
        batch_shape = self.set_parameters(skewness=skewness)
        batch_shape = broadcast_or_raise(
            "SineSkewed", {"skewness": batch_shape, "base": base_dist.batch_shape}
        )
        self.base_dist = base_dist
        super().__init__(batch_shape, base_dist.event_shape, validate_args=validate_args)

    @property
    def support(self):
        return constraints.independent(constraints.circular, 1)

    def _tilt(self, value):
        return np.sum(self.skewness * np.sin(value - self.base_dist.mean), axis=-1)

    def _draw(self, rng, shape):
        draws = self.base_dist._draw_inside(rng, shape)
        keep = np.less(2.0 * rng.random(size=shape) - 1.0, self._tilt(draws))
        mirrored = wrap_angle(2.0 * self.base_dist.mean - draws)
        return np.where(np.expand_dims(keep, -1), draws, mirrored)

    def _log_density(self, value):
        return self.base_dist.log_density(value) + np.log1p(self._tilt(value))


class ProjectedNormal(Distribution):
    """Direction of a normal vector with unit covariance.

    Parameters
    ----------
    concentration : (..., D) array_like
        Mean of the normal vector; its direction is the most likely one.

    References
    ----------
    Hernandez-Stumpfhauser, Breidt, van der Woerd (2017), "The general projected normal distribution
    of arbitrary dimension".

    Notes
    -----
    The length is integrated out for any D by a recursion (NumPyro: D = 2 and 3 only), and by
    Gauss-Laguerre quadrature where the direction opposes the mean and the recursion cancels.

    Examples
    --------
    >>> d = ProjectedNormal(np.zeros(3))
    >>> bool(np.isclose(d.log_prob([1.0, 0.0, 0.0]), -np.log(4 * np.pi)))
    True
    """

    arg_constraints = {"concentration": constraints.real_vector}
    support = constraints.sphere
    reparametrized_params = ["concentration"]

    def __init__(self, concentration, *, validate_args=None):
        batch_shape = self.set_parameters(concentration=concentration)
        event_shape = np.shape(self.concentration)[-1:]
        super().__init__(batch_shape, event_shape, validate_args=validate_args)

    def _draw(self, rng, shape):
        z = rng.standard_normal(size=tuple(shape) + self.event_shape) + self.concentration
        return z / np.sqrt(np.sum(z * z, axis=-1, keepdims=True))

    def _log_density(self, value):
        size = self.event_shape[0]
        along = np.sum(value * self.concentration, axis=-1)
        square = np.sum(self.concentration * self.concentration, axis=-1)
        return _log_radial_integral(along, size - 1) - 0.5 * square - size * LOG_SQRT_2_PI

    @property
    def mode(self):
        """Direction of the mean of the normal vector."""
        square = np.sum(self.concentration * self.concentration, axis=-1, keepdims=True)
        return self.concentration / np.sqrt(square)

    @staticmethod
    def infer_shapes(concentration):
        return tuple(concentration[:-1]), tuple(concentration[-1:])


def _log_radial_integral(t, k):
    """Return the log of the integral of ``r ** k exp(t r - r ** 2 / 2)`` over positive r."""
    opposed = np.less(t, -2.0)
    # M_0 = Phi(t) / phi(t), M_1 = 1 + t M_0, M_j = t M_(j-1) + (j - 1) M_(j-2);
    # all times exp(-t ** 2 / 2), which is put back on the log scale
    forward = np.where(opposed, 0.0, t)
    scale = np.exp(-0.5 * forward * forward)
    first = math.sqrt(2.0 * math.pi) * ndtr(forward)
    moments = [first, scale + forward * first]
    for j in range(2, k + 1):
        moments.append(forward * moments[-1] + (j - 1.0) * moments[-2])
    with_recursion = np.log(moments[k]) + 0.5 * forward * forward
    # s = |t| r makes the integrand a smooth function times s ** k exp(-s)
    backward = np.where(opposed, -t, 2.0)
    nodes, weights = roots_genlaguerre(64, k)
    inverse = np.expand_dims(1.0 / backward, -1)
    values = weights * np.exp(-0.5 * (nodes * inverse) ** 2)
    with_quadrature = np.log(np.sum(values, axis=-1)) - (k + 1.0) * np.log(backward)
    return np.where(opposed, with_quadrature, with_recursion)
