"""The questions asked of every row; AssertionError names the place where the answer is wrong."""

import warnings

import numpy as np
from autograd import grad
from scipy import integrate
from scipy.interpolate import PchipInterpolator

from lightppl.autodiff import as_array
from lightppl.distributions import biject_to, constraints
from lightppl.distributions.goodness_of_fit import (
    chi_squared,
    kolmogorov_smirnov,
    moment_z_scores,
)

RELATIVE = 1e-10
P_VALUE = 1e-4
NUM_DRAWS = 20_000
BATCHES = [(2,), (3, 1), (3, 2)]


def check_log_prob(row, distribution_of=None):
    make = distribution_of or row.make
    for params, values in row.cases:
        d = make(**params)
        for value in values:
            found = float(d.log_prob(value))
            expected = row.expected(value, params)
            close = found == expected or abs(found - expected) <= RELATIVE * max(1, abs(expected))
            assert close, f"{row.name}{params} at {value}: {found!r}, expected {expected!r}"
            unguarded = float(d.log_density(d._as_value(value)))
            assert found == unguarded or np.isclose(found, unguarded, rtol=1e-12, atol=0)


def check_scipy(row):
    params, values = row.ordinary
    frozen, d = row.scipy(**params), row.make(**params)
    score = frozen.logpmf if d.is_discrete else frozen.logpdf
    np.testing.assert_allclose(d.log_prob(values), score(values), rtol=RELATIVE, atol=RELATIVE)


def check_total_mass(row):
    params, _ = row.ordinary
    d = row.make(**params)
    if d.is_discrete:
        mass = np.exp(d.log_prob(np.array(row.domain))).sum()
        assert abs(mass - 1) < 1e-9, f"{row.name} sums to {mass}"
    else:
        mass = integrate_density(row, lambda x: 1.0)
        assert abs(mass - 1) < 1e-7, f"{row.name} integrates to {mass}"


def integrate_density(row, fn):
    params, _ = row.ordinary
    d = row.make(**params)
    pieces = zip(row.domain[:-1], row.domain[1:])
    return sum(
        integrate.quad(lambda x: fn(x) * np.exp(float(d.log_prob(x))), a, b, limit=200)[0]
        for a, b in pieces
    )


def draw(row, distribution_of=None):
    make = distribution_of or row.make
    return np.asarray(make(**row.ordinary[0]).sample(20240, (NUM_DRAWS,)))


def check_draws(row, distribution_of=None, draws=None):
    params, _ = row.ordinary
    draws = draw(row, distribution_of) if draws is None else draws
    d = row.make(**params)
    assert np.all(d.support(draws)), f"{row.name} draws outside its support"
    if row.functionals:
        for name, (functional, cdf) in row.functionals.items():
            p = kolmogorov_smirnov(functional(draws), cdf)
            assert p > P_VALUE, f"{row.name}: {name} of draws has p = {p}"
    elif d.is_discrete:
        p = chi_squared(draws, lambda x: expected_log_prob(row, x))
        assert p > P_VALUE, f"{row.name}: p = {p}"
    else:
        cdf = row.scipy(**params).cdf if row.scipy else numeric_cdf(row)
        p = kolmogorov_smirnov(draws, cdf)
        assert p > P_VALUE, f"{row.name}: p = {p}"


def expected_log_prob(row, values):
    return np.array([row.expected(x, row.ordinary[0]) for x in values.tolist()])


def numeric_cdf(row):
    """Return the cdf by quadrature of the reference density on a fine grid of draws."""
    params, _ = row.ordinary
    nodes, weights = np.polynomial.legendre.leggauss(8)

    def cdf(x):
        grid = np.unique(np.quantile(x, np.linspace(0, 1, 80)))
        half = np.diff(grid) / 2
        points = (grid[:-1] + half)[:, None] + half[:, None] * nodes
        log_density = [row.expected(p, params) for p in points.ravel().tolist()]
        density = np.exp(log_density).reshape(points.shape)
        mass = np.concatenate([[0.0], np.cumsum(half * (density @ weights))])
        below = integrate.quad(
            lambda p: np.exp(row.expected(p, params)), row.domain[0], grid[0], limit=200
        )[0]
        return PchipInterpolator(grid, below + mass)(x)

    return cdf


def check_moments(row):
    params, _ = row.ordinary
    d = row.make(**params)
    mean, variance = np.asarray(d.mean), np.asarray(d.variance)
    assert mean.shape == variance.shape == d.batch_shape + d.event_shape
    if not (np.all(np.isfinite(mean)) and np.all(np.isfinite(variance))):
        if row.scipy:
            np.testing.assert_equal(mean, row.scipy(**params).mean())
        return
    if row.scipy:
        frozen = row.scipy(**params)
        np.testing.assert_allclose(mean, frozen.mean(), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(variance, frozen.var(), rtol=1e-9, atol=1e-12)
    mean_z, variance_z = moment_z_scores(draw(row), mean, variance)
    assert np.all(np.abs(mean_z) < 5), f"{row.name}: mean is {mean_z} standard errors off"
    assert np.all(np.abs(variance_z) < 5), f"{row.name}: variance is {variance_z} off"


def check_entropy(row):
    params, _ = row.ordinary
    d = row.make(**params)
    try:
        entropy = d.entropy()
    except NotImplementedError:
        return
    assert np.shape(entropy) == d.batch_shape
    if row.functionals or not row.domain:
        surprise = -np.asarray(d.log_prob(draw(row)))
        error = surprise.std() / np.sqrt(len(surprise))
        assert abs(surprise.mean() - entropy) < 5 * error + 1e-12
    elif d.is_discrete:
        log_prob = d.log_prob(np.array(row.domain))
        np.testing.assert_allclose(entropy, -np.sum(np.exp(log_prob) * log_prob), rtol=1e-7)
    else:
        expected = integrate_density(row, lambda x: -float(d.log_prob(x)))
        np.testing.assert_allclose(entropy, expected, rtol=1e-6, atol=1e-8)


def check_cdf(row):
    params, values = row.ordinary
    d = row.make(**params)
    try:
        d.cdf(np.asarray(values[0]))
    except NotImplementedError:
        return
    if row.scipy:
        points = np.concatenate([np.asarray(values, float), np.asarray(values, float) - 0.5])
        np.testing.assert_allclose(
            d.cdf(points), row.scipy(**params).cdf(points), rtol=1e-9, atol=1e-13
        )
    elif not d.is_discrete:
        for x in values:
            below = [p for p in row.domain if p < x] + [x]
            mass = sum(
                integrate.quad(lambda p: np.exp(row.expected(p, params)), a, b, limit=200)[0]
                for a, b in zip(below[:-1], below[1:])
            )
            np.testing.assert_allclose(d.cdf(x), mass, rtol=1e-7, atol=1e-9)
    try:
        d.icdf(np.asarray(0.5))
    except NotImplementedError:
        return
    q = np.array([1e-12, 1e-3, 0.2, 0.5, 0.8, 0.999])
    np.testing.assert_allclose(d.cdf(d.icdf(q)), q, rtol=1e-7, atol=1e-15)


def check_outside(row, distribution_of=None):
    d = (distribution_of or row.make)(**row.ordinary[0])
    for value in row.outside:
        found = d.log_prob(value)
        assert np.all(found == -np.inf), f"{row.name} at {value}: {found}"


def batched_params(row, batch):
    """Return parameters spread over `batch`, each with as few batch axes as keeps them apart."""
    params = dict(row.ordinary[0])
    names = [name for name in params if name not in row.static]
    for i, name in enumerate(names):
        value = np.asarray(params[name])
        # alternate between all batch axes and the last one only
        axes = batch if i % 2 == 0 else batch[-1:]
        params[name] = np.broadcast_to(value, axes + value.shape).copy()
    return params


def check_shapes(row):
    params, values = row.ordinary
    single = row.make(**params)
    value = np.asarray(values[0])
    for batch in BATCHES:
        d = row.make(**batched_params(row, batch))
        assert d.batch_shape == batch, f"{row.name}: batch shape {d.batch_shape}, expected {batch}"
        assert d.event_shape == single.event_shape
        assert np.shape(d.sample(1)) == d.shape()
        assert np.shape(d.sample(1, (4, 1))) == (4, 1) + d.shape()
        scores = np.asarray(d.log_prob(np.broadcast_to(value, d.shape((5,)))))
        assert scores.shape == (5,) + batch
        np.testing.assert_allclose(scores, float(single.log_prob(value)), rtol=1e-12)
        assert np.shape(d.log_prob(value)) == batch
        for wrapped, shape in (
            (d.expand((4,) + batch), (4,) + batch),
            (d.to_event(1), batch[:-1]),
            (d.mask(True), batch),
            (d.mask(np.ones(batch[-1:], bool)), batch),
        ):
            draws = np.asarray(wrapped.sample(2, (7,)))
            assert draws.shape == (7,) + wrapped.shape()
            assert np.shape(wrapped.log_prob(draws)) == (7,) + shape
            assert np.shape(wrapped.log_density(draws)) == (7,) + shape
        expanded = np.asarray(d.expand((6,) + batch).sample(3))
        assert single.is_discrete or np.unique(expanded[:, 0].ravel()).size > 1


def check_enumeration(row):
    d = row.make(**row.ordinary[0])
    if not d.has_enumerate_support:
        return
    batch = row.make(**batched_params(row, (3, 2)))
    values = batch.enumerate_support()
    assert values.shape == (len(row.domain), 3, 2)
    assert batch.enumerate_support(expand=False).shape == (len(row.domain), 1, 1)
    np.testing.assert_allclose(np.exp(batch.log_prob(values)).sum(0), 1.0, rtol=1e-9)
    assert d.expand((4,)).enumerate_support().shape == (len(row.domain), 4)


def check_gradient(row, distribution_of=None):
    """Compare the gradient of log_prob in every differentiable parameter, and in the value, with
    central differences; each moves through the bijector of its constraint.  At the extremes the
    gradient must be finite."""
    make = distribution_of or row.make
    for i, (params, values) in enumerate(row.cases):
        is_ordinary = i == 0
        d = make(**params)
        for name in params:
            if name in row.static + row.discrete_params:
                continue
            transform = biject_to(_constraint_of(d, name))
            start = transform.inv(as_array(params[name]))

            def total(u, name=name, transform=transform):
                moved = make(**{**params, name: transform(u)}, validate_args=False)
                return sum(np.sum(moved.log_prob(np.asarray(v))) for v in values)

            _check_slope(f"{row.name} in {name}", total, start, is_ordinary)
        if is_ordinary and not d.is_discrete:
            transform = biject_to(d.support)
            start = transform.inv(_inner(d, values))
            for score in (d.log_prob, d.log_density):
                _check_slope(
                    f"{row.name} in its value", lambda u: np.sum(score(transform(u))), start, True
                )


def _inner(d, values):
    """Return a value that is not at the edge of the support."""
    with np.errstate(divide="ignore"):
        for value in values:
            start = np.asarray(biject_to(d.support).inv(np.asarray(value, float)))
            if np.all(np.abs(start) < 30) and np.any(start != 0):
                return np.asarray(value, float)
    raise AssertionError("no value inside the support")


def _constraint_of(d, name):
    constraint = d.arg_constraints.get(name, constraints.real)
    return constraints.real if constraints.is_dependent(constraint) else constraint


def _check_slope(where, fun, start, compare):
    start = np.asarray(start, float)
    if not np.all(np.isfinite(start)):
        return
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Output seems independent")
        slope = grad(fun)(start)
    assert np.all(np.isfinite(slope)), f"{where}: gradient {slope} at {start}"
    if not compare:
        return
    direction = np.random.default_rng(1).uniform(0.5, 1.0, start.shape)
    along = float(np.sum(slope * direction))
    step = 1e-5
    difference = float(fun(start + step * direction) - fun(start - step * direction)) / (2 * step)
    assert abs(along - difference) <= 1e-6 * (1 + abs(difference)), (
        f"{where}: gradient {along!r}, difference {difference!r}"
    )
