"""Data are bound once: no density sees, or is harmed by, what is done to an array afterwards."""

import collections
import dataclasses
import threading

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.autodiff.frozen import is_frozen
from lightppl.compiler.build import compile_counts
from lightppl.compiler.processor import STREAM_FROM
from lightppl.contrib.control_flow import scan
from lightppl.density import compile_density, compile_objective
from lightppl.density.bound_data import bound, is_same_data
from lightppl.errors import ShapeError
from tests.density.arrays_in_memory import KINDS, changeable

RNG = np.random.default_rng(20)
Q = np.array([0.3, -0.7, 0.9])


def latent():
    return lp.sample("a", dist.Normal(np.zeros(3), 1.0).to_event(1))


def product(X):
    lp.factor("f", -0.01 * np.sum((X @ latent() - 1.0) ** 2))


def transposed_product(X):
    lp.factor("f", -0.01 * np.sum(np.tanh(latent() @ X.T)))


def elements(x):
    a = latent()
    with lp.plate("rows", len(x)):
        lp.sample("y", dist.Normal(a[0] + a[1] * x, np.exp(0.1 * a[2])), obs=x)


def made_from_data(x):
    a = latent()
    centred = (x - x.mean()) / (1.0 + np.abs(x))
    lp.factor("f", -np.sum(np.cos(a[0] * centred + a[1]) * centred) / len(x))


def gathered(k):
    lp.factor("f", -np.sum(np.sin(latent()[k])) - 0.1 * np.sum(k))


def counted(n):
    lp.sample("n", dist.Poisson(np.exp(latent()[0])).expand([len(n)]).to_event(1), obs=n)


def chosen(flag):
    a = latent()
    weights = np.sqrt(np.arange(1.0, len(flag) + 1.0))
    lp.factor("f", -np.sum(weights * np.where(flag, np.exp(a[0]), a[1] ** 2)))


def along_time(x):
    a = latent()
    start = np.zeros(len(x) // 8)
    steps = np.reshape(x, (8, -1))
    last, _ = scan(lambda c, v: (np.tanh(c * a[0] + v), None), a[1] + start, steps)
    lp.factor("f", -np.sum(last**2))


def with_a_loop_over_data(x):
    total, _ = scan(lambda c, v: (c + v, None), 0.0, x[:20])
    lp.factor("f", -total * np.sum(latent() ** 2))


FLOATS = lambda n: RNG.normal(size=n)  # noqa: E731
INDICES = lambda n: RNG.integers(0, 3, n)  # noqa: E731
MODELS = {
    product: lambda n: RNG.normal(size=(n, 3)),
    transposed_product: lambda n: RNG.normal(size=(n, 3)),
    elements: FLOATS,
    made_from_data: FLOATS,
    gathered: INDICES,
    counted: INDICES,
    chosen: lambda n: RNG.random(n) < 0.5,
    along_time: FLOATS,
    with_a_loop_over_data: FLOATS,
}
SMALL, LARGE = 40, STREAM_FROM + 8

EXTREMES = {"f": np.nan, "i": np.iinfo(np.int32).max, "b": True}


def require_same(found, expected):
    assert found[0] == expected[0]
    np.testing.assert_array_equal(found[1], expected[1])


def require_unchanged(potential, before):
    require_same(potential(Q), before)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_density_keeps_its_data_until_it_is_given_others(model, kind, size):
    first, second = MODELS[model](size), MODELS[model](size)
    data, overwrite = changeable(first, kind)
    density = compile_density(model, (data,))
    before = density.potential(Q)
    overwrite(EXTREMES[data.dtype.kind])
    require_unchanged(density.potential, before)
    overwrite(second)
    require_unchanged(density.potential, before)

    counts = compile_counts()
    density.set_data(data)
    assert compile_counts() == counts
    after = density.potential(Q)
    fresh = compile_density(model, (changeable(second, kind)[0],)).potential(Q)
    require_same(after, fresh)
    assert after[0] != before[0]
    overwrite(EXTREMES[data.dtype.kind])
    require_unchanged(density.potential, after)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_density_that_runs_eagerly_keeps_its_data_too(model):
    first, second = MODELS[model](SMALL), MODELS[model](SMALL)
    data = first.copy()
    density = compile_density(model, (data,), jit=False)
    before = density.potential(Q)
    data[...] = second
    require_unchanged(density.potential, before)
    density.set_data(data)
    fresh = compile_density(model, (second,), jit=False)
    require_unchanged(density.potential, fresh.potential(Q))


# ---- arrays that the model changes itself --------------------------------------------------------


def doubling(q, w, of):
    """The sum of three terms, with `w` doubled in place after each."""
    total = 0.0
    for _ in range(3):
        total = total + np.sum(of(q, w))
        w *= 2
    return total


TERMS = {
    "product": lambda q, w: q * w,
    "quotient": lambda q, w: np.exp(q) / w,
    "power": lambda q, w: np.exp(q) ** w,
    "matmul": lambda q, w: (np.outer(w, w) @ q) ** 2,
    "transposed matmul": lambda q, w: (q @ np.outer(w, w[::-1]).T) ** 2,
    "where": lambda q, w: np.where(w > 2.5, q**2, q * w),
    "gather": lambda q, w: q[w.astype(int) % 3] * w,
    "concatenate": lambda q, w: np.prod(np.concatenate([q, w])),
    "einsum": lambda q, w: np.einsum("i,j,k->", q, w, q),
    "a view": lambda q, w: q[1:] * w[:2] + q[:2] * w[1:],
    "a scan along it": lambda q, w: scan(lambda c, v: (c * v + q[0], c), q[1], w)[1],
    "a scan around it": lambda q, w: scan(lambda c, v: (c * w[0] + v, c), q[1], np.ones(4))[1],
    "solve": lambda q, w: np.linalg.solve(np.diag(w) + 0.1, q),
    "a number in an array": lambda q, w: q * w[0, ...],
    "a list": lambda q, w: np.sum(np.stack([q, q * w]), axis=0),
}


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.parametrize("term", TERMS)
def test_an_operation_keeps_what_its_operands_were(term, jit, recwarn):
    of, start = TERMS[term], np.array([1.0, 2.0, 3.0])
    copied = lambda q: sum(np.sum(of(q, start * 2.0**k)) for k in range(3))  # noqa: E731
    changed = lambda q: doubling(q, start.copy(), of)  # noqa: E731
    expected = compile_objective(copied, Q, jit=False)(Q)
    found = compile_objective(changed, Q, jit)(Q)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-11)
    differences = [(copied(Q + d) - copied(Q - d)) / 2e-6 for d in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(found[1], differences, rtol=1e-5, atol=1e-5)
    assert not recwarn.list  # compiled where it should be


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.parametrize("size", [3, LARGE])
def test_a_model_that_writes_into_its_arguments_gets_them_afresh_each_time(size, jit):
    def model(w, group):
        a = latent()
        lp.factor("f", -1e-3 * doubling(a[0], w, lambda q, w: q * w))
        w[group] = 0.0
        lp.deterministic("rest", a[0] * np.sum(w))

    data = np.ones(size)
    density = compile_density(model, (data, [0, 1]), jit=jit)
    for _ in range(2):
        U, grad = density.potential(Q)
        np.testing.assert_allclose(grad[0], Q[0] + 1e-3 * 7.0 * size)
    np.testing.assert_allclose(density.constrain(Q[None])["rest"], Q[0] * 8.0 * (size - 2))
    assert np.all(data == 1.0)


def test_arrays_that_are_no_arguments_are_copied_when_recorded():
    weights = {size: np.ones(size) for size in (3, LARGE)}

    def model():
        a = latent()
        for size, w in weights.items():
            lp.factor(f"f{size}", -np.sum((a[0] - w) ** 2))

    density = compile_density(model)
    before = density.potential(Q)
    for w in weights.values():
        w[...] = np.nan
    require_unchanged(density.potential, before)


# ---- other data ----------------------------------------------------------------------------------


def rows(x, y, scale=1.0):
    a = latent()
    with lp.plate("rows", len(y)):
        lp.sample("y", dist.Normal(a[0] + a[1] * x, scale), obs=y)
    lp.deterministic("level", a[0] * x.mean())


def test_other_data_reach_values_draws_and_numbers():
    x, y = RNG.normal(size=(2, 6))
    f = lp.log_density_function(rows, x, y, scale=2.0)
    f.set_data(2 * x, y + 1, scale=3.0)
    other = lp.log_density_function(rows, 2 * x, y + 1, scale=3.0)
    assert f(Q) == other(Q)
    np.testing.assert_array_equal(f.unravel(Q)["level"], other.unravel(Q)["level"])


def test_more_rows_need_no_other_code():
    f = lp.log_density_function(rows, np.ones(50), np.ones(50))
    counts = compile_counts()
    f.set_data(np.ones(70), np.ones(70))
    assert compile_counts() == counts
    assert f(Q) == lp.log_density_function(rows, np.ones(70), np.ones(70))(Q)


def test_data_of_another_structure_are_refused_and_the_density_stays():
    def model(x):
        lp.sample("a", dist.Normal(np.zeros(x.shape), 1.0).to_event(x.ndim))
        lp.sample("b", dist.Normal(np.zeros(3), 1.0).to_event(1))

    f = lp.log_density_function(rows, np.ones(4), np.ones(4))
    before = f(Q)
    with pytest.raises(ShapeError, match="need other code"):
        f.set_data(np.float64(1.0), np.ones(4))
    assert f(Q) == before
    density = compile_density(model, (np.ones(40),))
    with pytest.raises(ShapeError):
        density.set_data(np.ones((8, 5)))


def heavy_tailed_rows(x, y):
    a = latent()
    with lp.plate("rows", len(y)):
        lp.sample("y", dist.StudentT(4.0, a[0] + a[1] * x, 1.0), obs=y)


def test_large_data_are_copied_once_and_read_from_that_copy():
    x, y = RNG.normal(size=(2, LARGE))
    density = compile_density(heavy_tailed_rows, (x, y))
    streams = density.potential.streams
    for array, given in zip(density.model_args, (x, y)):
        assert not any(np.shares_memory(given, stream) for stream in streams)
        assert any(np.shares_memory(array, stream) for stream in streams)


# ---- what is bound -------------------------------------------------------------------------------


@dataclasses.dataclass
class Record:
    x: object
    rest: tuple


Pair = collections.namedtuple("Pair", "x y")


def test_containers_are_gone_through():
    array = np.zeros(3)
    ordered = collections.OrderedDict(x=array)
    prior = dist.Normal(array, 1.0)
    given = [array, (array, 1.0), {"x": array}, ordered, Record(array, (array,)), Pair(array, 2)]
    kept = bound([*given, prior])
    loc = kept.pop().loc
    array += 1.0
    arrays = [
        kept[0], kept[1][0], kept[2]["x"], kept[3]["x"], kept[4].x, kept[4].rest[0], kept[5].x, loc
    ]
    assert all(is_frozen(x) and np.all(x == 0.0) for x in arrays)
    assert [type(x) for x in kept] == [type(x) for x in given]


def test_subclasses_of_arrays_stay_what_they_are():
    masked = np.ma.array([1.0, 2.0], mask=[True, False])
    kept = bound(masked)
    masked[1] = 5.0
    assert kept.mask.tolist() == [True, False] and kept.data[1] == 2.0


def test_sameness_is_that_of_contents():
    array, other = np.array([1.0, np.nan]), object()
    numbers = (1.0, np.nan, 2, "text", None, True)
    prior = dist.Gamma(np.ones(2), 1.0).expand([3, 2])
    for case in (array, {"x": array}, numbers, [array], np.ma.masked_invalid(array), prior):
        known = bound(case)
        assert is_same_data(known, case)
    assert is_same_data(bound(len), len)
    assert not is_same_data(bound(other), other)  # it may have changed inside
    assert not is_same_data(bound(np.array([0.0])), np.array([-0.0]))
    assert not is_same_data(bound(np.ones(2)), np.ones(2, np.float32))
    assert not is_same_data(bound({"x": 1}), {"y": 1})


def test_threads_may_share_a_density():
    x = RNG.normal(size=2000)
    f = lp.log_density_function(made_from_data, x)
    points = RNG.normal(size=(16, 3))
    expected = [f.value_and_grad(q) for q in points]
    wrong = []

    def work(k):
        for _ in range(40):
            value, gradient = f.value_and_grad(points[k])
            if value != expected[k][0] or not np.array_equal(gradient, expected[k][1]):
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
