"""Hidden Markov models with the hidden path summed or integrated out.

Both models follow Pyro: the state moves before the first emission, and vectors multiply from the
left.  Steps are combined pairwise, so that T steps take log2(T) operations on whole arrays.

Legend: ``T`` steps, ``S`` discrete states, ``H`` and ``O`` dimensions of hidden state and
observation.

References
----------
Sarkka, Garcia-Fernandez (2021), "Temporal parallelization of Bayesian smoothers".
"""

import numpy as np

from lightppl.autodiff import as_array, linalg
from lightppl.autodiff.special import log_softmax, logsumexp
from lightppl.distributions import constraints
from lightppl.distributions.categorical import pick
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import category
from lightppl.distributions.real_line import LOG_SQRT_2_PI
from lightppl.distributions.validation import broadcast_or_raise
from lightppl.errors import ShapeError


class DiscreteHMM(Distribution):
    """Hidden Markov model with discrete states.

    Parameters
    ----------
    initial_logits : (..., S) array_like
        Of the state before the first transition; unnormalised.
    transition_logits : (..., T or 1, S, S) array_like
        From row to column, unnormalised.  Without a time axis, or with one of length 1, the same at
        every step.
    observation_dist : Distribution
        Its batch shape ends in (T or 1, S), or in (S,).
    duration : int, optional
        T, needed if nothing else has a time axis longer than 1.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> emission = dist.Normal(np.array([-1.0, 1.0]), 0.5)
    >>> d = DiscreteHMM(np.zeros(2), np.zeros((2, 2)), emission, duration=6)
    >>> d.sample(0).shape
    (6,)
    """

    arg_constraints = {
        "initial_logits": constraints.real_vector,
        "transition_logits": constraints.real_matrix,
    }

    def __init__(
        self,
        initial_logits,
        transition_logits,
        observation_dist,
        duration=None,
        *,
        validate_args=None,
    ):
        initial, transition = as_array(initial_logits), as_array(transition_logits)
        num_states = np.shape(initial)[-1]
        if np.shape(transition)[-2:] != (num_states, num_states) or (
            observation_dist.batch_shape[-1:] != (num_states,)
        ):
            raise ShapeError(
                f"DiscreteHMM got initial_logits {np.shape(initial)}, transition_logits "
                f"{np.shape(transition)} and observations of batch shape "
                f"{observation_dist.batch_shape}; expected axes S, T S S and T S."
            )
        if np.ndim(transition) == 2:
            transition = np.expand_dims(transition, 0)
        if len(observation_dist.batch_shape) == 1:
            observation_dist = observation_dist.expand((1, num_states))
        times = {np.shape(transition)[-3], observation_dist.batch_shape[-2], duration or 1} - {1}
        if len(times) > 1:
            raise ShapeError(f"DiscreteHMM got time axes of different length: {sorted(times)}.")
        length = times.pop() if times else 1
        self.initial_logits = log_softmax(initial, axis=-1)
        self.transition_logits = log_softmax(transition, axis=-1)
        self.observation_dist = observation_dist
        batch_shape = broadcast_or_raise(
            "DiscreteHMM",
            {
                "initial_logits": np.shape(initial)[:-1],
                "transition_logits": np.shape(transition)[:-3],
                "observation_dist": observation_dist.batch_shape[:-2],
            },
        )
        super().__init__(
            batch_shape, (length,) + observation_dist.event_shape, validate_args=validate_args
        )

    def _parameter_constraints(self):
        return {}

    @property
    def support(self):
        return constraints.independent(self.observation_dist.support, 1)

    def log_prob(self, value, intermediates=None):
        value = self._as_value(value)
        return self._score(value, self.observation_dist.log_prob)

    def _log_density(self, value):
        return self._score(value, self.observation_dist.log_density)

    def _score(self, value, observation_score):
        spread = np.expand_dims(value, -1 - self.observation_dist.event_dim)
        emission = observation_score(spread)
        steps = self.transition_logits + np.expand_dims(emission, -2)
        steps = _with_time(steps, self.event_shape[0], axis=-3)
        product = _fold(steps, _log_matmul, axis=-3)
        ends = np.expand_dims(self.initial_logits, -1) + product
        return logsumexp(ends, axis=(-2, -1))

    def _draw(self, rng, shape):
        # one step after the other: each needs the last
        shape = tuple(shape)
        probs = np.exp(self.transition_logits)
        state = category(rng, np.exp(self.initial_logits), shape)
        length, num_states = self.event_shape[0], np.shape(self.initial_logits)[-1]
        probs = np.broadcast_to(probs, self.batch_shape + (length, num_states, num_states))
        states = []
        for t in range(length):
            rows = np.swapaxes(probs[..., t, :, :], -1, -2)  # the state that is left comes last
            row = pick(np.broadcast_to(rows, shape + rows.shape[-2:]), np.expand_dims(state, -1))
            state = category(rng, row, shape)
            states.append(state)
        path = np.stack(states, axis=-1)
        draws = self.observation_dist._draw(rng, shape + (length, num_states))
        event_dim = self.observation_dist.event_dim
        table = np.moveaxis(draws, -1 - event_dim, -1)
        return pick(table, np.reshape(path, np.shape(path) + (1,) * event_dim))


def _with_time(x, length, axis):
    """Return `x` with a time axis of length 1 repeated."""
    shape = list(np.shape(x))
    if shape[axis] == length:
        return x
    shape[axis] = length
    return np.broadcast_to(x, tuple(shape))


def _log_matmul(a, b):
    """Return the logarithm of the product of matrices given by their logarithms."""
    terms = np.expand_dims(a, -1) + np.expand_dims(b, -3)
    return logsumexp(terms, axis=-2)


def _fold(x, combine, axis):
    """Combine neighbours along `axis` (pairs, then pairs of pairs) until one is left."""
    length = np.shape(x)[axis]
    before = (slice(None),) * (np.ndim(x) + axis)
    while length > 1:
        even = length - length % 2
        paired = combine(x[before + (slice(0, even, 2),)], x[before + (slice(1, even, 2),)])
        if length % 2:
            paired = np.concatenate([paired, x[before + (slice(even, None),)]], axis=axis)
        x, length = paired, (length + 1) // 2
    return x[before + (0,)]


class GaussianHMM(Distribution):
    """Linear Gaussian state space model observed with noise.

    Parameters
    ----------
    initial_dist : MultivariateNormal
        Of the state before the first transition, dimension H.
    transition_matrix : (..., T or 1, H, H) array_like
        ``z_t = z_(t-1) @ transition_matrix + noise``; the time axis may be missing.
    transition_dist : MultivariateNormal
        Of that noise; batch shape (..., T or 1) or ().
    observation_matrix : (..., T or 1, H, O) array_like
        ``x_t = z_t @ observation_matrix + noise``; the time axis may be missing.
    observation_dist : MultivariateNormal
        Of that noise; batch shape (..., T or 1) or ().
    duration : int, optional
        T, needed if nothing else has a time axis longer than 1.

    Notes
    -----
    Each step is a Gaussian function of two neighbouring states; combining two steps integrates the
    state between them out.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> I = np.eye(1)
    >>> noise = dist.MultivariateNormal(np.zeros(1), I)
    >>> GaussianHMM(noise, I, noise, I, noise, duration=4).sample(0).shape
    (4, 1)
    """

    arg_constraints = {}
    support = constraints.real_matrix

    def __init__(
        self,
        initial_dist,
        transition_matrix,
        transition_dist,
        observation_matrix,
        observation_dist,
        duration=None,
        *,
        validate_args=None,
    ):
        self.initial_dist = initial_dist
        self.transition_dist, self.observation_dist = transition_dist, observation_dist
        self.transition_matrix = _add_time(as_array(transition_matrix))
        self.observation_matrix = _add_time(as_array(observation_matrix))
        self.hidden_dim, self.obs_dim = np.shape(self.observation_matrix)[-2:]
        expected = (self.hidden_dim, self.hidden_dim, self.hidden_dim, self.obs_dim)
        found = (
            np.shape(self.transition_matrix)[-1],
            initial_dist.event_shape[0],
            transition_dist.event_shape[0],
            observation_dist.event_shape[0],
        )
        if found != expected:
            raise ShapeError(
                "GaussianHMM got dimensions that do not fit: transition_matrix, initial_dist, "
                f"transition_dist, observation_dist have {found}, expected {expected}."
            )
        shapes = {
            "transition_matrix": np.shape(self.transition_matrix)[:-2],
            "observation_matrix": np.shape(self.observation_matrix)[:-2],
            "transition_dist": transition_dist.batch_shape or (1,),
            "observation_dist": observation_dist.batch_shape or (1,),
            "initial_dist": initial_dist.batch_shape + (1,),
            "duration": (duration or 1,),
        }
        shape = broadcast_or_raise("GaussianHMM", shapes)
        super().__init__(shape[:-1], (shape[-1], self.obs_dim), validate_args=validate_args)

    def _log_density(self, value):
        length = self.event_shape[0]
        step = _GaussianStep.of_model(self, value)
        step = _GaussianStep(*(_with_time(x, length, axis) for x, axis in step.with_axes()))
        while length > 1:
            even = length - length % 2
            paired = step.every(0, even, 2).then(step.every(1, even, 2))
            step = paired.followed_by(step.every(even, None, 1)) if length % 2 else paired
            length = (length + 1) // 2
        return step.total(self.initial_dist)

    def _draw(self, rng, shape):
        # one step after the other: each needs the last
        shape, length = tuple(shape), self.event_shape[0]
        z = self.initial_dist._draw(rng, shape)
        noise = self.transition_dist._draw(rng, shape + (length,))
        states = []
        for t in range(length):
            matrix = self.transition_matrix[
                ..., t if self.transition_matrix.shape[-3] > 1 else 0, :, :
            ]
            z = np.matmul(np.expand_dims(z, -2), matrix)[..., 0, :] + noise[..., t, :]
            states.append(z)
        path = np.expand_dims(np.stack(states, axis=-2), -2)
        emission = np.matmul(path, self.observation_matrix)[..., 0, :]
        return emission + self.observation_dist._draw(rng, shape + (length,))


def _add_time(matrix):
    return np.expand_dims(matrix, 0) if np.ndim(matrix) == 2 else matrix


class _GaussianStep:
    """Gaussian function of a state ``a`` and the next one ``b``, for a batch of steps.

    Its logarithm is ``c + u' a + v' b - (a' A a + 2 a' B b + b' D b) / 2``.
    """

    def __init__(self, A, B, D, u, v, c):
        self.A, self.B, self.D, self.u, self.v, self.c = A, B, D, u, v, c

    def with_axes(self):
        """Return the parts with the position of their time axis."""
        matrices, vectors = (self.A, self.B, self.D), (self.u, self.v)
        return [(x, -3) for x in matrices] + [(x, -2) for x in vectors] + [(self.c, -1)]

    @classmethod
    def of_model(cls, model, value):
        """Return transition density times emission density of every step."""
        F, Q = model.transition_matrix, _add_time(model.transition_dist.precision_matrix)
        G, R = model.observation_matrix, _add_time(model.observation_dist.precision_matrix)
        m = model.transition_dist.mean
        r = value - model.observation_dist.mean
        FQ, GR = np.matmul(F, Q), np.matmul(G, R)
        A = np.matmul(FQ, np.swapaxes(F, -1, -2))
        D = Q + np.matmul(GR, np.swapaxes(G, -1, -2))
        u = -_times(FQ, m)
        v = _times(Q, m) + _times(GR, r)
        size = model.hidden_dim + model.obs_dim
        log_dets = _log_det(Q) + _log_det(R)
        c = 0.5 * (log_dets - _quadratic(Q, m) - _quadratic(R, r)) - size * LOG_SQRT_2_PI
        batch = np.shape(c)
        parts = [np.broadcast_to(x, batch + np.shape(x)[-2:]) for x in (A, -FQ, D)]
        vectors = [np.broadcast_to(x, batch + np.shape(x)[-1:]) for x in (u, v)]
        return cls(*parts, *vectors, c)

    def every(self, start, stop, by):
        """Return a selection of the steps."""
        cut = slice(start, stop, by)
        return _GaussianStep(
            self.A[..., cut, :, :],
            self.B[..., cut, :, :],
            self.D[..., cut, :, :],
            self.u[..., cut, :],
            self.v[..., cut, :],
            self.c[..., cut],
        )

    def followed_by(self, other):
        """Return the steps of both, one list after the other."""
        pairs = zip(self.with_axes(), other.with_axes())
        return _GaussianStep(*(np.concatenate([x, y], axis=axis) for (x, axis), (y, _) in pairs))

    def then(self, other):
        """Return the steps of two at a time: the state between them is integrated out."""
        factor = linalg.cholesky(self.D + other.A)
        back = linalg.solve_triangular(factor, np.swapaxes(self.B, -1, -2))
        ahead = linalg.solve_triangular(factor, other.B)
        w = linalg.solve_triangular(factor, np.expand_dims(self.v + other.u, -1))
        back_t, ahead_t = np.swapaxes(back, -1, -2), np.swapaxes(ahead, -1, -2)
        size = np.shape(self.A)[-1]
        mass = 0.5 * np.sum(w * w, axis=(-2, -1)) - linalg.log_det_triangular(factor)
        return _GaussianStep(
            self.A - np.matmul(back_t, back),
            -np.matmul(back_t, ahead),
            other.D - np.matmul(ahead_t, ahead),
            self.u - np.matmul(back_t, w)[..., 0],
            other.v - np.matmul(ahead_t, w)[..., 0],
            self.c + other.c + mass + size * LOG_SQRT_2_PI,
        )

    def total(self, initial_dist):
        """Return the log integral over first and last state, the first weighted by its density."""
        step = self.every(0, 1, 1)
        P, m = initial_dist.precision_matrix, initial_dist.mean
        size = np.shape(P)[-1]
        c = 0.5 * (_log_det(P) - _quadratic(P, m)) - size * LOG_SQRT_2_PI
        zero = np.zeros((size, size))
        start = _GaussianStep(
            zero,
            zero,
            np.expand_dims(P, -3),
            np.zeros(size),
            np.expand_dims(_times(P, m), -2),
            c[..., None],
        )
        joined = start.then(step)
        end = _GaussianStep(zero, zero, zero, np.zeros(size), np.zeros(size), 0.0)
        return joined.then(end).c[..., 0]


def _times(matrix, vector):
    return np.matmul(matrix, np.expand_dims(vector, -1))[..., 0]


def _quadratic(matrix, vector):
    return np.sum(vector * _times(matrix, vector), axis=-1)


def _log_det(matrix):
    return 2.0 * linalg.log_det_triangular(linalg.cholesky(matrix))
