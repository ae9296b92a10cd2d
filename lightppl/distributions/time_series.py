"""Processes in time whose whole path is one event.

Legend: ``T`` steps, ``D`` dimension of the state.
"""

import numpy as np

from lightppl.autodiff import as_array, plain_value
from lightppl.autodiff.over_time import each
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.multivariate_normal import MultivariateNormal
from lightppl.distributions.real_line import LOG_SQRT_2_PI, Normal
from lightppl.distributions.transformed import TransformedDistribution
from lightppl.distributions.transforms import RecursiveLinearTransform
from lightppl.distributions.validation import broadcast_or_raise
from lightppl.errors import ShapeError


class GaussianRandomWalk(Distribution):
    """Random walk with independent normal steps, the first of them from zero.

    Parameters
    ----------
    scale : array_like
        Standard deviation of a step, positive.
    num_steps : int
        T.

    Examples
    --------
    >>> GaussianRandomWalk(1.0, num_steps=5).sample(0).shape
    (5,)
    """

    arg_constraints = {"scale": constraints.positive}
    support = constraints.real_vector
    reparametrized_params = ["scale"]

    def __init__(self, scale=1.0, num_steps=1, *, validate_args=None):
        if num_steps < 1:
            raise ShapeError(
                f"GaussianRandomWalk got num_steps = {num_steps}; it must be positive."
            )
        self.num_steps = int(num_steps)
        batch_shape = self.set_parameters(scale=scale)
        super().__init__(batch_shape, (self.num_steps,), validate_args=validate_args)

    def _draw(self, rng, shape):
        steps = rng.standard_normal(size=tuple(shape) + self.event_shape)
        return np.expand_dims(self.scale, -1) * np.cumsum(steps, axis=-1)

    def _log_density(self, value):
        first, steps = value[..., 0], value[..., 1:] - value[..., :-1]
        square = first * first + np.sum(steps * steps, axis=-1)
        per_step = np.log(self.scale) + LOG_SQRT_2_PI
        return -0.5 * square / (self.scale * self.scale) - self.num_steps * per_step

    @property
    def mean(self):
        return np.zeros(self.batch_shape + self.event_shape)

    @property
    def variance(self):
        square = np.expand_dims(self.scale * self.scale, -1)
        return self._batched(square * np.arange(1.0, self.num_steps + 1.0))

    @staticmethod
    def infer_shapes(scale=(), num_steps=1):
        return tuple(scale), (num_steps,)


class GaussianStateSpace(TransformedDistribution):
    """Linear Gaussian state: ``z_t = A z_(t-1) + noise_t``.

    Parameters
    ----------
    num_steps : int
        T.
    transition_matrix : (..., D, D) array_like
        A.
    covariance_matrix, precision_matrix, scale_tril : (..., D, D) array_like, optional
        Exactly one: of the noise.
    initial_value : (..., D) array_like, optional
        z_0; zero by default.

    Examples
    --------
    >>> GaussianStateSpace(4, 0.9 * np.eye(2), np.eye(2)).sample(0).shape
    (4, 2)
    """

    arg_constraints = {
        "transition_matrix": constraints.real_matrix,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
        "initial_value": constraints.real_vector,
    }
    support = constraints.real_matrix
    reparametrized_params = list(arg_constraints)

    def __init__(
        self,
        num_steps,
        transition_matrix,
        covariance_matrix=None,
        precision_matrix=None,
        scale_tril=None,
        initial_value=None,
        *,
        validate_args=None,
    ):
        noise = MultivariateNormal(
            0.0, covariance_matrix, precision_matrix, scale_tril, validate_args=validate_args
        )
        self.num_steps = int(num_steps)
        self.transition_matrix = as_array(transition_matrix)
        self._initial_value = None if initial_value is None else as_array(initial_value)
        self._noise = noise
        base = noise
        if noise.batch_shape:  # one noise per batch member, the same at every step
            factor = np.expand_dims(noise.scale_tril, -3)
            base = MultivariateNormal(0.0, scale_tril=factor, validate_args=False)
        base = base.expand(noise.batch_shape + (self.num_steps,))
        transform = RecursiveLinearTransform(self.transition_matrix, self._initial_value)
        super().__init__(base.to_event(1), transform, validate_args=False)

    @property
    def initial_value(self):
        """The state before the first step."""
        if self._initial_value is None:
            return np.zeros(self.event_shape[-1:])
        return self._initial_value

    @property
    def covariance_matrix(self):
        """Covariance of the noise."""
        return self._noise.covariance_matrix

    @property
    def precision_matrix(self):
        """Inverse of the covariance of the noise."""
        return self._noise.precision_matrix

    @property
    def scale_tril(self):
        """Lower Cholesky factor of the covariance of the noise."""
        return self._noise.scale_tril

    @property
    def mean(self):
        if self._initial_value is None:
            return np.zeros(self.batch_shape + self.event_shape)
        return self._batched(self._transform(np.zeros(self.event_shape)))

    @property
    def variance(self):
        # P_t = A P_(t-1) A' + Q
        steps, spread = [], np.zeros(self.event_shape[-1:] * 2)
        transposed = np.swapaxes(self.transition_matrix, -1, -2)
        for _ in range(self.num_steps):
            carried = np.matmul(np.matmul(self.transition_matrix, spread), transposed)
            spread = carried + self.covariance_matrix
            steps.append(np.diagonal(spread, axis1=-2, axis2=-1))
        return self._batched(np.stack(steps, axis=-2))


class EulerMaruyama(Distribution):
    """Path of a stochastic differential equation, discretised by the Euler-Maruyama scheme.

    Parameters
    ----------
    t : (..., T) array_like
        Increasing times.
    sde_fn : callable
        ``sde_fn(x, t) -> (drift, diffusion)`` for one state `x` (of the event shape of `init_dist`)
        and one time.  If it also works for states with leading axes, all steps are scored at once;
        otherwise one after the other.
    init_dist : Distribution
        Of the state at the first time.

    References
    ----------
    Kloeden, Platen (1992), "Numerical solution of stochastic differential equations", sec. 9.1.

    Examples
    --------
    >>> d = EulerMaruyama(np.linspace(0, 1, 5), lambda x, t: (-x, 1.0), Normal(0.0, 1.0))
    >>> d.sample(0).shape
    (5,)
    """

    arg_constraints = {"t": constraints.ordered_vector}

    def __init__(self, t, sde_fn, init_dist, *, validate_args=None):
        self.sde_fn = sde_fn
        self.init_dist = init_dist
        batch_shape = broadcast_or_raise(
            "EulerMaruyama", {"t": self.set_parameters(t=t), "init_dist": init_dist.batch_shape}
        )
        event_shape = np.shape(self.t)[-1:] + init_dist.event_shape
        super().__init__(batch_shape, event_shape, validate_args=validate_args)

    @property
    def support(self):
        return constraints.independent(constraints.real, self.event_dim)

    def _draw(self, rng, shape):
        # one step after the other: each needs the last
        shape = tuple(shape)
        event = self.init_dist.event_shape
        states = [self.init_dist._draw_inside(rng, shape)]
        noise = rng.standard_normal(size=shape + (self.event_shape[0] - 1,) + event)
        step_axis = -1 - len(event)
        for i in range(self.event_shape[0] - 1):
            dt = self._state_axes(self.t[..., i + 1] - self.t[..., i])
            drift, diffusion = self._coefficients_of(states[-1], self.t[..., i])
            step = np.take(noise, i, axis=step_axis)
            states.append(states[-1] + drift * dt + diffusion * np.sqrt(dt) * step)
        return np.stack(states, axis=step_axis)

    def _state_axes(self, x):
        return np.reshape(x, np.shape(x) + (1,) * self.init_dist.event_dim)

    def _coefficients_of(self, x, t):
        """Return drift and diffusion at states of any leading shape."""
        event_dim = self.init_dist.event_dim
        if self._is_vectorized():
            return self.sde_fn(x, self._state_axes(t))
        lead = np.shape(x)[: np.ndim(x) - event_dim]
        flat = np.reshape(x, (-1,) + self.init_dist.event_shape)
        times = np.reshape(np.broadcast_to(t, lead), (-1,))

        def coefficients(x):
            event_shape = self.init_dist.event_shape
            return [np.broadcast_to(as_array(c), event_shape) for c in self.sde_fn(*x)]

        found = each(coefficients, [flat, times])
        return tuple(np.reshape(x, lead + self.init_dist.event_shape) for x in found)

    def _is_vectorized(self):
        """Try `sde_fn` on two made-up states, together and one by one."""
        event = self.init_dist.event_shape
        x = np.random.default_rng(0).uniform(0.5, 1.0, (3, 2) + event)
        t = np.linspace(0.25, 0.75, 6).reshape((3, 2))
        try:
            together = self.sde_fn(x, np.reshape(t, (3, 2) + (1,) * len(event)))
            for i in np.ndindex(3, 2):
                alone = self.sde_fn(x[i], t[i])
                for a, b in zip(together, alone):
                    a = np.broadcast_to(plain_value(a), (3, 2) + event)
                    if not np.allclose(a[i], plain_value(b), equal_nan=True):
                        return False
        except (ValueError, IndexError, TypeError):
            return False
        return True

    def _log_density(self, value):
        event_dim = self.init_dist.event_dim
        axis = np.ndim(value) - 1 - event_dim
        before = (slice(None),) * axis
        first, x = value[before + (0,)], value[before + (slice(None, -1),)]
        dt = self._state_axes(self.t[..., 1:] - self.t[..., :-1])
        drift, diffusion = self._coefficients_of(x, self.t[..., :-1])
        step = Normal(x + drift * dt, diffusion * np.sqrt(dt), validate_args=False)
        scores = step.log_density(value[before + (slice(1, None),)])
        axes = tuple(range(-1 - event_dim, 0))
        return self.init_dist.log_density(first) + np.sum(scores, axis=axes)
