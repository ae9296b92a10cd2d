"""The border of what is computed with: masks are not lost, integers are not changed."""

import subprocess
import sys
import warnings

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.autodiff import as_array
from lightppl.autodiff.operation import as_int64
from lightppl.contrib.control_flow import cond, scan
from lightppl.density import compile_density, compile_objective
from lightppl.errors import ModelError
from lightppl.handlers import condition, do, mask, scale

MATRIX = np.ma.array(np.arange(6.0).reshape(3, 2), mask=[[0, 0], [0, 1], [0, 0]])
SQUARE = np.ma.array(np.arange(4.0).reshape(2, 2), mask=[[0, 0], [0, 1]])
ROW = np.ma.array([1.0, 2.0], mask=[False, True])
INDEX = np.ma.array([0, 1, 1], mask=[False, True, False])
TRUTH = np.ma.array([True, False], mask=[False, True])

USES = {
    "X @ b": lambda b, m: m(MATRIX) @ b,
    "b @ X": lambda b, m: b @ m(SQUARE),
    "square X @ b": lambda b, m: m(SQUARE) @ b,
    "np.dot": lambda b, m: np.dot(m(MATRIX), b),
    "X.dot": lambda b, m: m(MATRIX).dot(b),
    "np.inner": lambda b, m: np.inner(m(MATRIX), b),
    "np.einsum": lambda b, m: np.einsum("ij,j->i", m(MATRIX), b),
    "np.tensordot": lambda b, m: np.tensordot(m(MATRIX), b, 1),
    "x * b": lambda b, m: m(ROW) * b,
    "b * x": lambda b, m: b * m(ROW),
    "x - b": lambda b, m: m(ROW) - b,
    "b - x": lambda b, m: b - m(ROW),
    "b ** x": lambda b, m: np.exp(b) ** m(ROW),
    "np.multiply": lambda b, m: np.multiply(m(ROW), b),
    "b > x": lambda b, m: np.where(b > m(ROW), b, 1.0),
    "np.where": lambda b, m: np.where(m(TRUTH), b, 1.0),
    "np.stack": lambda b, m: np.stack([b, m(ROW)]),
    "np.concatenate": lambda b, m: np.concatenate([b, m(ROW)]),
    "np.clip": lambda b, m: np.clip(b, m(ROW), 3.0),
    "np.take": lambda b, m: np.take(b, m(INDEX)),
    "b[index]": lambda b, m: b[m(INDEX)],
    "b[mask]": lambda b, m: b[m(TRUTH)],
    "take": lambda b, m: lp.special.take(m(ROW), (b > 0).astype(int)),
    "xlogy": lambda b, m: lp.special.xlogy(m(ROW), np.exp(b)),
    "logsumexp": lambda b, m: b * lp.special.logsumexp(m(ROW)),
    "solve_triangular": lambda b, m: lp.linalg.solve_triangular(m(SQUARE) + 0.0, b),
    "scan": lambda b, m: scan(lambda c, x: (c + x, None), b[0], m(ROW))[0],
    "a parameter": lambda b, m: dist.Normal(m(ROW), np.exp(b)).log_prob(1.0),
    "a value": lambda b, m: dist.Normal(b, 1.0).log_prob(m(ROW)),
}


def model_of(use, m):
    def model():
        b = lp.sample("b", dist.Normal(np.zeros(2), 1.0).to_event(1))
        lp.factor("f", -0.01 * np.sum(use(b, m)))

    return model


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("use", USES)
def test_a_mask_is_never_lost_in_a_computation(use):
    with pytest.raises(ModelError, match=r"masked array.*test_operation.py:\d+"):
        compile_density(model_of(USES[use], lambda x: x))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("use", ["b * x", "np.einsum", "np.stack", "b[index]", "a parameter"])
def test_a_masked_array_without_masked_elements_is_its_data(use):
    q = np.array([0.3, 0.8])
    bare, open_mask = (
        compile_density(model_of(USES[use], m)).potential(q)[0]
        for m in (np.asarray, lambda x: np.ma.array(x.data, mask=False))
    )
    assert bare == open_mask


def test_handlers_and_masks_of_observations_refuse_masked_arrays():
    def model():
        with lp.plate("rows", 2):
            lp.sample("y", dist.Normal(0.0, 1.0))

    cases = (
        lambda: condition(model, {"y": ROW})(), lambda: do(model, {"y": ROW})(),
        lambda: mask(model, TRUTH), lambda: scale(model, ROW),
        lambda: lp.sample("y", dist.Normal(np.zeros(2), 1.0), obs=ROW.data, obs_mask=TRUTH),
    )
    for case in cases:
        with pytest.raises(ModelError, match="masked array"):
            case()


@pytest.mark.parametrize("data", [1j * np.ones(2), np.zeros(2, "M8[D]"), np.array(["1", "2"])])
def test_what_is_no_number_is_refused(data):
    for use in (as_array, lambda x: dist.Normal(x, 1.0), dist.Normal(0.0, 1.0).log_prob):
        with pytest.raises(ModelError, match="expected numbers"):
            use(data)


# ---- integers ------------------------------------------------------------------------------------

ABOVE = np.array([1, 2**63 + 5], dtype=np.uint64)


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "u8", "i1", "i4", "i8", ">i4", ">u8"])
def test_integers_of_every_size_become_int64(dtype):
    found = as_int64(np.array([1, 100], dtype=dtype))
    assert found.dtype == np.int64 and found.dtype.isnative and found.tolist() == [1, 100]


@pytest.mark.parametrize("order", ["<u8", ">u8"])
def test_unsigned_integers_above_the_largest_int64_are_refused_and_do_not_wrap(order):
    uses = {
        "kept": lambda: as_array(ABOVE.astype(order), keep_int=True),
        "observed": lambda: lp.sample("n", dist.Poisson(1.0), obs=ABOVE.astype(order)),
        "operand": lambda: compile_density(model_of(lambda b, m: b * ABOVE.astype(order), None)),
        "index": lambda: compile_objective(lambda q: np.sum(q[ABOVE.astype(order)]), np.ones(2)),
    }
    for use in uses.values():
        with pytest.raises(ModelError, match="9223372036854775813"):
            use()
    assert as_array(ABOVE)[1] == 2.0**63


def test_an_index_of_floats_is_refused_as_in_numpy():
    with pytest.raises(IndexError, match="integer or boolean"):
        compile_objective(lambda q: np.sum(q[np.array([0.0, 1.5])]), np.ones(2))


LARGE = 2**60 + 1


@pytest.mark.parametrize(
    "use",
    [
        lambda b, m: (((b > 0).astype(int) + LARGE) % 7) * b,
        lambda b, m: lp.special.take(np.array([LARGE, 5]), (b > 0).astype(int)) % 7 * b,
        lambda b, m: scan(lambda c, x: (c + (b[0] > 0).astype(int), c), LARGE, np.ones(3))[1] % 7,
        lambda b, m: scan(lambda c, x: (c + b[0], x + 1), 0.0, np.array([LARGE, 3]))[1] % 7,
        lambda b, m: cond(b[0] > 0, lambda k: (k + 1) % 7, lambda k: k % 5, LARGE) * b,
    ],
)
def test_integers_that_float64_does_not_hold_stay_exact(use):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        potential = compile_density(model_of(use, None)).potential
    assert all("above 2**53" in str(x.message) for x in found)
    found = potential(np.array([0.5, -0.5]))[0]
    b = np.array([0.5, -0.5])
    assert found == pytest.approx(0.25 + np.log(2 * np.pi) + 0.01 * np.sum(use(b, None)))


def test_times_in_nanoseconds_are_fine_beside_floats(recwarn):
    times = 1_700_000_000_000_000_000 + np.arange(3)
    model = model_of(lambda b, m: np.sin(b[0] * (times * 1e-18)) + b[1] * times * 1e-18, None)
    compiled, eager = (compile_density(model, jit=jit).potential(np.ones(2)) for jit in (1, 0))
    np.testing.assert_allclose(compiled[0], eager[0], rtol=1e-14)
    assert not recwarn.list


def test_masked_arrays_are_not_loaded_for_those_who_have_none():
    text = (
        "import sys, numpy as np, lightppl as lp, lightppl.distributions as dist\n"
        "x = lp.sample('x', dist.Normal(np.zeros(2), 1.0))\n"
        "lp.sample('y', dist.Normal(x, 1.0), obs=np.ones(2))\n"
        "assert 'numpy.ma' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", text], check=True)
