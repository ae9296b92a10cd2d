"""Hidden Markov models with the hidden path summed or integrated out.

Both models follow Pyro: the state moves before the first emission, and vectors multiply from the
left.  The density is a loop over time (the forward algorithm, and its Gaussian twin).

Legend: ``T`` steps, ``S`` discrete states, ``H`` and ``O`` dimensions of hidden state and
observation.

References
----------
Rabiner (1989), "A tutorial on hidden Markov models", sec. III.A.
Anderson, Moore (1979), "Optimal Filtering", sec. 6.3 (the information filter).
"""

import numpy as np

from lightppl.autodiff import as_array, linalg
from lightppl.autodiff.over_time import fold
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
        length, moves = self.event_shape[0], self.transition_logits
        batch = np.broadcast_shapes(
            np.shape(emission)[:-2], np.shape(moves)[:-3], np.shape(self.initial_logits)[:-1]
        )

        def step(state, x):
            (log_weight,), (emission, *move) = state, x
            arriving = np.expand_dims(log_weight, -1) + (move[0] if move else only_move)
            return [logsumexp(arriving, axis=-2) + emission]

        xs = [_by_time(emission, length, axis=-2)]
        if np.shape(moves)[-3] > 1:
            xs.append(_by_time(moves, length, axis=-3))
        else:
            only_move = moves[..., 0, :, :]
        first = np.broadcast_to(self.initial_logits, batch + np.shape(self.initial_logits)[-1:])
        (log_weight,) = fold(step, [first], xs)
        return logsumexp(log_weight, axis=-1)

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
        draws = self.observation_dist._draw_inside(rng, shape + (length, num_states))
        event_dim = self.observation_dist.event_dim
        table = np.moveaxis(draws, -1 - event_dim, -1)
        return pick(table, np.reshape(path, np.shape(path) + (1,) * event_dim))


def _by_time(x, length, axis):
    """Return `x` with the axis of time in front, repeated if its length is 1."""
    x = np.moveaxis(x, axis, 0)
    return x if np.shape(x)[0] == length else np.broadcast_to(x, (length,) + np.shape(x)[1:])


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
    Each step is a Gaussian function of two neighbouring states; the loop integrates out the earlier
    one.

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
        steps = _GaussianSteps.of_model(self, value)
        P, m = self.initial_dist.precision_matrix, self.initial_dist.mean
        v = _times(P, m)
        c = 0.5 * (_log_det(P) - np.sum(m * v, axis=-1)) - self.hidden_dim * LOG_SQRT_2_PI
        return steps.integrate(P, v, c, self.event_shape[0])

    def _draw(self, rng, shape):
        # one step after the other: each needs the last
        shape, length = tuple(shape), self.event_shape[0]
        z = self.initial_dist._draw_inside(rng, shape)
        noise = self.transition_dist._draw_inside(rng, shape + (length,))
        states = []
        for t in range(length):
            matrix = self.transition_matrix[
                ..., t if self.transition_matrix.shape[-3] > 1 else 0, :, :
            ]
            z = np.matmul(np.expand_dims(z, -2), matrix)[..., 0, :] + noise[..., t, :]
            states.append(z)
        path = np.expand_dims(np.stack(states, axis=-2), -2)
        emission = np.matmul(path, self.observation_matrix)[..., 0, :]
        return emission + self.observation_dist._draw_inside(rng, shape + (length,))


def _add_time(matrix):
    return np.expand_dims(matrix, 0) if np.ndim(matrix) == 2 else matrix


class _GaussianSteps:
    """Gaussian functions of a state ``a`` and the next one ``b``, one for each step.

    The logarithm is ``c + u' a + v' b - (a' A a + 2 a' B b + b' D b) / 2``.

    Attributes
    ----------
    A, B, D : (..., T or 1, H, H) array
    u, v : (..., T or 1, H) array
    c : (..., T or 1) array
    """

    def __init__(self, A, B, D, u, v, c):
        self.A, self.B, self.D, self.u, self.v, self.c = A, B, D, u, v, c

    @classmethod
    def of_model(cls, model, value):
        """Return transition density times emission density of every step."""
        F, Q = model.transition_matrix, _add_time(model.transition_dist.precision_matrix)
        G, R = model.observation_matrix, _add_time(model.observation_dist.precision_matrix)
        m = model.transition_dist.mean
        r = value - model.observation_dist.mean
        FQ, GR = np.matmul(F, Q), np.matmul(G, R)
        size = model.hidden_dim + model.obs_dim
        log_dets = _log_det(Q) + _log_det(R)
        return cls(
            A=np.matmul(FQ, np.swapaxes(F, -1, -2)),
            B=-FQ,
            D=Q + np.matmul(GR, np.swapaxes(G, -1, -2)),
            u=-_times(FQ, m),
            v=_times(Q, m) + _times(GR, r),
            c=0.5 * (log_dets - _quadratic(Q, m) - _quadratic(R, r)) - size * LOG_SQRT_2_PI,
        )

    def integrate(self, D, v, c, length):
        """Return the log integral of the steps times ``exp(c + v' a - a' D a / 2)``.

        Parameters
        ----------
        D : (..., H, H) array
        v : (..., H) array
        c : (...) array
        length : int
            T.

        Returns
        -------
        (...) array
        """
        matrices = [(self.A, -3), (self.B, -3), (self.D, -3)]
        parts = [*matrices, (self.u, -2), (self.v, -2), (self.c, -1)]
        # series with the same matrices share the matrix of the state
        few = np.broadcast_shapes(np.shape(D)[:-2], *(np.shape(x)[:axis] for x, axis in matrices))
        batch = np.broadcast_shapes(np.shape(c), *(np.shape(x)[:axis] for x, axis in parts))
        size = np.shape(v)[-1:]
        state = [
            np.broadcast_to(D, few + size + size),
            np.broadcast_to(v, batch + size),
            np.broadcast_to(c, batch),
        ]
        xs = [_by_time(part, length, axis) for part, axis in parts]

        def step(state, x):
            D, v, c = state
            A, B, next_D, u, next_v, next_c = x
            factor = linalg.cholesky(D + A)
            ahead = linalg.solve_triangular(factor, B)
            w = linalg.solve_triangular(factor, np.expand_dims(v + u, -1))
            ahead_t = np.swapaxes(ahead, -1, -2)
            return [
                next_D - np.matmul(ahead_t, ahead),
                next_v - np.matmul(ahead_t, w)[..., 0],
                c + next_c + _log_mass(factor, w),
            ]

        D, v, c = fold(step, state, xs)
        factor = linalg.cholesky(D)
        return c + _log_mass(factor, linalg.solve_triangular(factor, np.expand_dims(v, -1)))


def _log_mass(factor, w):
    """Log integral of ``exp(v' a - a' D a / 2)``, with D's factor and w = factor^-1 v."""
    size = np.shape(factor)[-1]
    square = np.sum(w * w, axis=(-2, -1))
    return 0.5 * square - linalg.log_det_triangular(factor) + size * LOG_SQRT_2_PI


def _times(matrix, vector):
    return np.matmul(matrix, np.expand_dims(vector, -1))[..., 0]


def _quadratic(matrix, vector):
    return np.sum(vector * _times(matrix, vector), axis=-1)


def _log_det(matrix):
    return 2.0 * linalg.log_det_triangular(linalg.cholesky(matrix))
