"""One of several categories."""

import numpy as np

from lightppl.autodiff import as_array
from lightppl.autodiff.special import log_softmax, softmax, take, xlogy
from lightppl.distributions import constraints
from lightppl.distributions.counts import exactly_one
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import category


def Categorical(probs=None, logits=None, *, validate_args=None):
    """Return the distribution of one of K categories.

    Parameters
    ----------
    probs : (..., K) array_like, optional
        Probabilities, summing to one.
    logits : (..., K) array_like, optional
        Unnormalised log probabilities; give exactly one of the two.

    Returns
    -------
    CategoricalProbs or CategoricalLogits

    Examples
    --------
    >>> Categorical(probs=np.array([0.5, 0.25, 0.25])).log_prob([0, 2])
    array([-0.69314718, -1.38629436])
    """
    exactly_one("Categorical", probs, logits)
    if probs is not None:
        return CategoricalProbs(probs, validate_args=validate_args)
    return CategoricalLogits(logits, validate_args=validate_args)


class _Categorical(Distribution):
    has_enumerate_support = True

    @property
    def num_categories(self):
        """Number of categories K."""
        return self._num_categories

    @property
    def support(self):
        return constraints.integer_interval(0, self._num_categories - 1)

    def _draw(self, rng, shape):
        return category(rng, self.probs, shape)

    @property
    def mean(self):
        return np.full(self.batch_shape, np.nan)

    @property
    def variance(self):
        return np.full(self.batch_shape, np.nan)

    @property
    def mode(self):
        return np.argmax(self.probs, axis=-1)

    def entropy(self):
        p = self.probs
        return -np.sum(xlogy(p, p), axis=-1)

    def enumerate_support(self, expand=True):
        return self._enumerated(np.arange(self._num_categories), expand)

    @classmethod
    def infer_shapes(cls, shape):
        return tuple(shape[:-1]), ()


class CategoricalProbs(_Categorical):
    """One of K categories given their probabilities.

    Parameters
    ----------
    probs : (..., K) array_like
    """

    arg_constraints = {"probs": constraints.simplex}

    def __init__(self, probs, *, validate_args=None):
        batch_shape = self.set_parameters(probs=probs)
        self._num_categories = np.shape(self.probs)[-1]
        super().__init__(batch_shape, validate_args=validate_args)

    @property
    def logits(self):
        """Log probabilities."""
        return np.log(self.probs)

    def _log_density(self, value):
        with np.errstate(divide="ignore"):
            return np.log(pick(self.probs, value))


class CategoricalLogits(_Categorical):
    """One of K categories given unnormalised log probabilities.

    Parameters
    ----------
    logits : (..., K) array_like
    """

    arg_constraints = {"logits": constraints.real_vector}

    def __init__(self, logits, *, validate_args=None):
        batch_shape = self.set_parameters(logits=logits)
        self._num_categories = np.shape(self.logits)[-1]
        super().__init__(batch_shape, validate_args=validate_args)

    @property
    def probs(self):
        """Probabilities."""
        return softmax(self.logits, axis=-1)

    def _parameter_constraints(self):
        return {"logits": _LogWeights()}

    def _log_density(self, value):
        return pick(log_softmax(self.logits, axis=-1), value)


class _LogWeights(constraints.Constraint):
    """Vectors of log weights: finite or minus infinity, not all of them the latter."""

    event_dim = 1

    def __call__(self, x):
        peak = np.max(x, axis=-1)
        return np.logical_and(np.isfinite(peak), np.all(np.equal(x, x), axis=-1))


def pick(table, index):
    """Return the entries of the last axis of `table` that `index` names, batch by batch.

    Parameters
    ----------
    table : (..., K) array
    index : (...) array of int
        Broadcasts against the leading axes of `table`.

    Examples
    --------
    >>> pick(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0, 1]))
    array([1., 4.])
    """
    index = index if hasattr(index, "shape") else as_array(index, keep_int=True)
    index = index if index.dtype.kind in "iu" else index.astype(np.int64)
    batch = np.shape(table)[:-1]
    if batch == ():
        return take(table, index)
    shape = np.broadcast_shapes(batch, np.shape(index))
    # row numbers of the batch, repeated as the index asks: one gather from the flat table
    rows = np.broadcast_to(np.arange(int(np.prod(batch))).reshape(batch), shape)
    flat = np.reshape(table, (-1,))
    return take(flat, rows * np.shape(table)[-1] + np.broadcast_to(index, shape))
