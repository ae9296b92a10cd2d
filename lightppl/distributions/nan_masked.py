"""Normal families that take NaN as "not observed" and integrate it out.

NaN reaches neither the log density nor a gradient.  Draws are complete.
"""

import numpy as np

from lightppl.autodiff import as_array, is_traced, linalg
from lightppl.distributions import constraints
from lightppl.distributions.multivariate_normal import MultivariateNormal
from lightppl.distributions.real_line import LOG_SQRT_2_PI, Normal


class RealOrMissing(constraints.Real):
    """Finite numbers, and NaN for those that were not observed."""

    def __call__(self, x):
        return np.logical_not(np.isinf(x))


class NanMaskedNormal(Normal):
    """Normal distribution whose log density is zero where the value is NaN.

    Parameters
    ----------
    loc, scale : array_like
        Mean and standard deviation.

    Examples
    --------
    >>> NanMaskedNormal(0.0, 1.0).log_prob([0.0, np.nan])
    array([-0.91893853,  0.        ])
    """

    support = RealOrMissing()
    takes_nan = True

    def _log_density(self, value):
        missing = np.isnan(value)
        safe = np.where(missing, 0.0, value)
        return np.where(missing, 0.0, super()._log_density(safe))


class NanMaskedMultivariateNormal(MultivariateNormal):
    """Multivariate normal distribution of the entries that are not NaN.

    Rows with the same pattern of missing entries share one Cholesky factor.

    Parameters
    ----------
    loc : (..., D) array_like
    covariance_matrix, precision_matrix, scale_tril : (..., D, D) array_like, optional
        Exactly one of them.

    Examples
    --------
    >>> d = NanMaskedMultivariateNormal(np.zeros(2), covariance_matrix=np.eye(2))
    >>> d.log_prob([[0.0, np.nan], [np.nan, np.nan]])
    array([-0.91893853,  0.        ])
    """

    support = constraints.independent(RealOrMissing(), 1)
    takes_nan = True

    def _log_density(self, value):
        value = as_array(value)
        missing = np.isnan(value)
        # a traced value is a latent one, which is complete
        if is_traced(missing) or not np.any(missing):
            return super()._log_density(value)
        diff = np.where(missing, 0.0, np.where(missing, 0.0, value) - self.loc)
        observed = np.where(missing, 0.0, 1.0)
        if len(self.batch_shape) == 0 and np.ndim(value) > 1:
            patterns, index = np.unique(
                np.reshape(observed, (-1, self.event_shape[0])), axis=0, return_inverse=True
            )
            index = np.reshape(index, np.shape(value)[:-1])
        else:
            patterns, index = observed, None
        # missing entries become independent with variance one and difference zero
        outer = np.expand_dims(patterns, -1) * np.expand_dims(patterns, -2)
        unit = np.expand_dims(1.0 - patterns, -1) * np.eye(self.event_shape[0])
        factor = linalg.cholesky(self.covariance_matrix * outer + unit)
        log_det = linalg.log_det_triangular(factor)
        if index is not None:
            factor, log_det = factor[index], log_det[index]
        z = linalg.solve_triangular(factor, np.expand_dims(diff, -1))[..., 0]
        count = np.sum(observed, axis=-1)
        return 0.0 - (0.5 * np.sum(z * z, axis=-1) + log_det + count * LOG_SQRT_2_PI)
