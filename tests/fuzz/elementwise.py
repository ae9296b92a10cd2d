"""Functions of each element, of one array or of two that broadcast."""

from tests.fuzz.pool import texts

FUNCTIONS = texts("""
np.tanh({x}) | np.sin({x}) | np.cos({x}) | np.exp(-({x} ** 2)) | np.exp({x}) | np.expm1({x})
np.log1p({x} ** 2) | np.sqrt(1.0 + {x} ** 2) | np.square({x}) | {x} ** 3 | -{x} | np.abs({x})
np.arctan({x}) | np.sinh({x}) | np.cosh({x}) | np.arcsinh({x}) | np.log(np.exp({x}) + 0.5)
1.0 / (2.0 + np.cos({x})) | {x} * {c} | {x} + {c} | {c} - {x} | {x} / (1.0 + {x} ** 2)
special.expit({x}) | special.softplus({x}) | special.log_expit({x}) | special.erf({x})
special.ndtr({x}) | special.log_ndtr({x}) | special.gammaln(2.0 + np.tanh({x}))
special.digamma(2.0 + np.tanh({x})) | special.logit(0.5 + 0.3 * np.tanh({x}))
np.maximum({x}, {c}) | np.minimum({x}, {c}) | np.clip({x}, -0.7, 0.8) | np.clip({x}, None, 0.4)
np.where({x} > 0.1, {x}, 0.5 * {x}) | ({x} > 0.0) * {x} | np.sign({x}) * {x} ** 2
np.where(np.isnan({x}), 0.0, {x}) | np.power(1.5 + np.tanh({x}), 1.7) | np.exp2({x})
np.arctan2({x}, 1.5) | np.logaddexp({x}, 0.0) | np.float64(0.7) * {x}
np.reciprocal(2.0 + {x} ** 2)
""")

PAIRS = texts("""
{x} + {y} | {x} - {y} | {x} * {y} | {x} / (1.0 + {y} ** 2) | np.where({x} > {y}, {x}, 0.5 * {y})
np.maximum({x}, {y}) | np.minimum({x}, {y}) | np.logaddexp({x}, {y}) | {x} * np.exp({y})
np.exp(-0.5 * ({x} - {y}) ** 2) | np.hypot(1.0 + {x} ** 2, {y}) | np.power(1.5 + {x} ** 2, {y})
np.arctan2({x}, 1.5 + {y} ** 2) | special.xlogy(1.0 + {x} ** 2, 1.0 + {y} ** 2)
special.betaln(1.0 + {x} ** 2, 1.0 + {y} ** 2) | ({x} < {y}) * {x} | {y} - {x} | {y} * {x} * {x}
np.where(np.logical_and({x} > 0, {y} > 0), {x} * {y}, {x}) | ({x} - {y}) ** 2 | {x} + {c} * {y}
""")


def function(pool):
    x, _ = pool.array()
    return pool.choose(FUNCTIONS).format(x=x, c=pool.constant())


def pair(pool):
    x, value = pool.array()
    return pool.choose(PAIRS).format(x=x, y=pool.partner(value), c=pool.constant())


def masked(pool):
    x, value = pool.array(1)
    condition = pool.mask(*value.shape[pool.integer(0, value.ndim - 1) :])
    return f"np.where({condition}, {x}, {pool.partner(value)})"


FORMS = [function, function, pair, pair, pair, masked]
