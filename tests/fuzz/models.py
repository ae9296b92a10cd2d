"""Random models: sites of random families, plates, gathers by group, time series, factors."""

from dataclasses import replace

import numpy as np

import lightppl
from tests.fuzz import contraction, elementwise, indexing, movement, reduction
from tests.fuzz.pool import Pool, Rejected, texts
from tests.fuzz.program import Program

REAL = texts("""
dist.Normal({real}, {positive}) | dist.StudentT(4.0, {real}, {positive})
dist.Logistic({real}, 1.0)
dist.Laplace({real}, {positive}) | dist.Cauchy({real}, 1.0) | dist.Gumbel({real}, {positive})
dist.SoftLaplace({real}, {positive}) | dist.TruncatedNormal({real}, {positive}, low=-2.0)
dist.AsymmetricLaplace({real}, {positive}, 1.3) | dist.Uniform(-2.0, 3.0)
dist.SkewLogistic({real}, 1.0, {positive}) | dist.VonMises({real}, {positive})
dist.LeftTruncatedDistribution(dist.StudentT(4.0, {real}, {positive}), low=-2.0)
dist.TransformedDistribution(dist.Normal({real}, 1.0), dist.transforms.AffineTransform(0.5, 2.0))
""")
POSITIVE = texts("""
dist.HalfNormal({positive}) | dist.Exponential({positive}) | dist.Gamma(2.0, {positive})
dist.LogNormal({real}, {positive}) | dist.HalfCauchy({positive})
dist.InverseGamma(3.0, {positive})
dist.Weibull({positive}, 1.5) | dist.Chi2(3.0) | dist.Gompertz({positive}, 1.2)
dist.Dagum(2.0, {positive}, 1.3) | dist.Pareto(0.2, {positive})
dist.HalfNormal(1.5) | dist.Gamma({positive}, 1.0)
""")
UNIT = ["dist.Beta({positive}, 2.0)", "dist.Uniform(0.0, 1.0)", "dist.Kumaraswamy(2.0, {positive})"]
OBSERVED = {
    "numbers": [*REAL[:-2], "dist.Normal({real}, {positive})", "dist.Normal({real}, 0.7)"],
    "positive": [*POSITIVE, "dist.Gamma({positive}, {positive})"],
    "unit": ["dist.Beta({positive}, {positive})", "dist.BetaProportion(0.4, {positive})"],
    "small": texts("""
dist.Poisson(np.exp({real})) | dist.NegativeBinomial2(np.exp({real}), {positive})
dist.Poisson({positive}) | dist.Binomial(6, logits={real})
dist.Binomial(6, special.expit({real})) | dist.Geometric(logits={real})
dist.GammaPoisson({positive}, 1.5) | dist.HurdlePoisson(special.expit({real}), {positive})
dist.ZeroInflatedNegativeBinomial2({positive}, 2.0, gate_logits={real})
dist.ZeroInflatedPoisson(0.2, np.exp({real})) | dist.BetaBinomial({positive}, 2.0, 6)
"""),
    "binary": ["dist.Bernoulli(logits={real})", "dist.Bernoulli(special.expit({real}))"],
}
_DATA = {
    "numbers": "numbers({k}{s})", "positive": "np.exp(0.5 * numbers({k}{s}))",
    "unit": "special.expit(numbers({k}{s}))", "small": "counts({k}, 5{s})",
    "binary": "counts({k}, 2{s})",
}
_MOVES = [*elementwise.FORMS, *contraction.FORMS, *indexing.FORMS, *movement.FORMS,
          *reduction.FORMS]


def random_model(seed):
    """Return the program of a random model: the negative log density of its flat vector."""
    rng = np.random.default_rng([99, seed])
    lightppl.set_rng_seed(seed)
    pool = Pool(rng)
    pool.positive = []
    for _ in range(pool.integer(1, 4)):
        _attempt(pool, pool.choose([_latent, _latent, _latent_vector, _correlated]))
    for _ in range(pool.integer(1, 4)):
        _attempt(pool, pool.choose([_move, _group, _regression, _series, _latent]))
    for _ in range(pool.integer(1, 3)):
        _attempt(pool, pool.choose([_observe, _observe, _observe, _mixture, _categorical, _factor]))
    if not pool.names:
        return random_model(seed + 100_000)
    blocks = [*pool.blocks, f'lightppl.factor("end", -0.5 * np.sum({pool.names[-1]} ** 2))']
    program = Program("models", seed, 0, tuple(pool.data), tuple(blocks), pool.chance(0.3))
    return replace(program, size=program.function().size)


def _attempt(pool, action):
    try:
        action(pool)
    except (Rejected, ValueError, IndexError):
        pass


def _run(pool, text, name, letter="x"):
    """Run a statement and keep the variable it makes."""
    scope = {**pool.data_values, **pool.values}
    with np.errstate(all="ignore"):
        exec(text, scope)
    value = np.asarray(scope[name])
    if not np.all(np.isfinite(value)):
        raise Rejected(text)
    pool.keep(text, {name: value})


def _real(pool, shape):
    """Return the text of something real that does not grow a shape."""
    fit = [n for n in pool.names if np.shape(pool.values[n]) in ((), shape)]
    if fit and pool.chance(0.6):
        name = pool.choose(fit)
        return pool.choose([name, f"0.5 * {name}", f"1.0 - {name}", f"np.tanh({name})"])
    return pool.choose(["0.0", "0.5", "-1.0", pool.numbers(*shape)])


def _positive(pool, shape):
    fit = [n for n in pool.positive if np.shape(pool.values[n]) in ((), shape)]
    if fit and pool.chance(0.6):
        return pool.choose(fit)
    others = [n for n in pool.names if np.shape(pool.values[n]) in ((), shape)]
    if others and pool.chance(0.5):
        name = pool.choose(others)
        return pool.choose([f"np.exp(0.4 * {name})", f"special.softplus({name}) + 0.1"])
    return pool.choose(["1.0", "0.7", "2.5"])


def _fill(pool, families, shape):
    return pool.choose(families).format(real=_real(pool, shape), positive=_positive(pool, shape))


def _latent(pool):
    shape = pool.choose([(), (), (), (3,), (4,), (18,), (2, 3)])
    name = pool.new_name("z")
    kind = pool.choose([REAL, REAL, POSITIVE, UNIT])
    text = f'{name} = lightppl.sample("{name}", {_fill(pool, kind, shape)})'
    if shape:
        text = f'with lightppl.plate_stack("{pool.new_name("plate")}", {list(shape)}):\n    {text}'
    _run(pool, text, name)
    if kind is not REAL:
        pool.positive.append(name)


def _latent_vector(pool):
    name, n = pool.new_name("z"), pool.choose([2, 3, 5])
    matrix = f"numbers({pool.integer(0, 99)}, {n}, {n})"
    factor = pool.constant_of(f"np.linalg.cholesky(definite({matrix}))")
    family = pool.choose([
        f"dist.Dirichlet({_positive(pool, ())} * np.ones({n}))",
        f"dist.MultivariateNormal({pool.numbers(n)}, scale_tril={factor})",
        f"dist.MultivariateNormal(np.zeros({n}), covariance_matrix={factor} @ {factor}.T)",
        f"dist.Normal({_real(pool, (n,))}, 1.0).expand([{n}]).to_event(1)",
        f"dist.GaussianRandomWalk({_positive(pool, ())}, {n})",
        f"dist.ZeroSumNormal({_positive(pool, ())}, event_shape=({n},))",
        f"dist.MultivariateStudentT(5.0, {pool.numbers(n)}, {factor})",
        f"dist.LowRankMultivariateNormal(np.zeros({n}), {factor}[:, :1], np.ones({n}))",
    ])
    _run(pool, f'{name} = lightppl.sample("{name}", {family})', name)


def _correlated(pool):
    name, n = pool.new_name("z"), pool.choose([2, 3])
    text = f'{name} = lightppl.sample("{name}", dist.LKJCholesky({n}, {pool.choose([1.0, 2.5])}))'
    _run(pool, text, name)


def _move(pool):
    pool.add(pool.choose(_MOVES)(pool))


def _group(pool):
    x, value = pool.array(1, 2)
    shape = pool.choose([(20,), (7,), (6, 3)])
    idx = pool.positions(len(value), *shape)
    pool.add(f"{x}[{idx}]")


def _regression(pool):
    x, value = pool.array(1, 1)
    pool.add(f"{pool.numbers(pool.choose([5, 20]), len(value))} @ {x} + {_real(pool, ())}")


def _series(pool):
    """A state that goes along time, with a site and an observation at each step."""
    start, scale, n = _real(pool, ()), _positive(pool, ()), pool.choose([3, 20])
    name, step, y = pool.new_name("z"), pool.new_name("step"), pool.numbers(n)
    last, rows = pool.new_name("last"), pool.new_name("rows")
    reverse = pool.choose(["", ", reverse=True"])
    text = "\n".join([
        f"def {step}(carry, y):",
        f'    {name} = lightppl.sample("{name}", dist.Normal(0.8 * carry, {scale}))',
        f'    lightppl.sample("y{name}", dist.Normal({name}, 0.5), obs=y)',
        f"    return {name}, np.tanh({name} * y)",
        f"{last}, {rows} = scan({step}, {start}, {y}{reverse})",
    ])
    _run(pool, text, rows)


def _observe(pool):
    x, value = pool.array(1, 2)
    shape = value.shape
    kind = pool.choose(list(OBSERVED))
    arguments = "".join(f", {n}" for n in shape)
    y = pool.constant_of(_DATA[kind].format(k=pool.integer(0, 999), s=arguments))
    family = pool.choose(OBSERVED[kind]).format(
        real=pool.choose([x, f"0.5 * {x} + {_real(pool, shape)}"]), positive=_positive(pool, shape)
    )
    name = pool.new_name("y")
    if pool.chance(0.3):
        event = f"{family}.expand({list(shape)}).to_event({len(shape)})"
        pool.blocks.append(f'lightppl.sample("{name}", {event}, obs={y})')
        return
    text = f'lightppl.sample("{name}", {family}, obs={y})'
    if pool.chance(0.2):
        text = f"with lightppl.handlers.scale(scale=0.5):\n    {text}"
    if pool.chance(0.3):
        text = f"with lightppl.handlers.mask(mask={pool.mask(*shape)}):\n{_indented(text)}"
    plate = pool.new_name("plate")
    text = f'with lightppl.plate_stack("{plate}", {list(shape)}):\n{_indented(text)}'
    pool.blocks.append(text)


def _indented(text):
    return "\n".join("    " + line for line in text.split("\n"))


def _mixture(pool):
    """An observation from two families, with weights that may be latent."""
    x, value = pool.array(1, 1)
    y = pool.numbers(value.size)
    weights = pool.choose([f"np.array([{w}, {1 - w}])" for w in (0.3, 0.5)])
    first, second = _fill(pool, REAL[:4], ()), _fill(pool, REAL[:4], ())
    name, plate = pool.new_name("y"), pool.new_name("plate")
    pool.blocks.append(
        f'with lightppl.plate("{plate}", {value.size}):\n'
        f'    mixing = dist.Categorical(probs={weights})\n'
        f'    parts = [dist.Normal({x}, 1.0), {pool.choose([first, second])}]\n'
        f'    lightppl.sample("{name}", dist.Mixture(mixing, parts), obs={y})'
    )


def _categorical(pool):
    x, value = pool.array(1, 2)
    n = value.shape[-1]
    batch = list(value.shape[:-1]) or [4]
    y = pool.constant_of(f"counts({pool.integer(0, 999)}, {n}, *{batch})")
    family = pool.choose([f"dist.Categorical(logits={x})",
                          f"dist.Categorical(special.softmax({x}, -1))"])
    name, plate = pool.new_name("y"), pool.new_name("plate")
    pool.blocks.append(
        f'with lightppl.plate_stack("{plate}", {batch}):\n'
        f'    lightppl.sample("{name}", {family}, obs={y})'
    )


def _factor(pool):
    x, _ = pool.array()
    pool.blocks.append(f'lightppl.factor("{pool.new_name("f")}", -np.sum(({x}) ** 2))')
    pool.blocks.append(f'lightppl.deterministic("{pool.new_name("g")}", {x} * 2.0)')
