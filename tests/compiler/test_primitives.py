"""Operations that users add work on plain and traced values, eagerly and compiled."""

import gc
import weakref

import numpy as np
import pytest
import scipy.special

import lightppl as lp
from lightppl.autodiff.check import check_gradient
from lightppl.compiler.build import compile_counts
from lightppl.compiler.runtime.registered import KERNELS
from lightppl.density.potential import compile_objective
from lightppl.errors import FallbackWarning, UnsupportedOperationError
from tests.compiler import kernels_of_a_user
from tests.compiler.kernels_of_a_user import CURVATURE, curved_ratio, log_cosh

Q = np.array([0.4, -1.2, 2.0, 0.3])


def same(objective, q=Q):
    potential = compile_objective(objective, q)
    value, gradient = potential(q)
    expected, expected_gradient = compile_objective(objective, q, jit=False)(q)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-12)
    return potential


@pytest.fixture(scope="module")
def traced_log_cosh():
    return lp.register_primitive(
        lambda x: np.logaddexp(x, -x) - np.log(2.0), lambda result, x: np.tanh(x), log_cosh,
        name="log_cosh",
    )


def test_a_function_of_one_element_compiles(traced_log_cosh):
    assert np.shape(traced_log_cosh(np.ones((2, 3)))) == (2, 3)
    check_gradient(traced_log_cosh, Q)
    before = compile_counts()["compiled"] + compile_counts()["loaded"]
    same(lambda q: np.sum(traced_log_cosh(q * 2.0)) + traced_log_cosh(q[0]))
    assert compile_counts()["compiled"] + compile_counts()["loaded"] == before + 1


def test_several_arguments_broadcast():
    ratio = lp.register_primitive(
        lambda x, y: x / (1.0 + CURVATURE * y**2),
        (
            lambda result, x, y: 1.0 / (1.0 + CURVATURE * y**2),
            lambda result, x, y: -2.0 * CURVATURE * result * y / (1.0 + CURVATURE * y**2),
        ),
        curved_ratio,
        name="curved ratio",
    )
    check_gradient(lambda q: ratio(q[:2, None], q[2:]), Q)
    same(lambda q: np.sum(ratio(q[:2, None], q[2:]) ** 2) + np.sum(ratio(q, 2.0)))


def test_without_a_kernel_a_model_runs_eagerly():
    soft_sign = lp.register_primitive(
        lambda x: x / (1.0 + np.abs(x)), lambda result, x: (1.0 - np.abs(result)) ** 2
    )
    check_gradient(soft_sign, Q)
    with pytest.warns(FallbackWarning, match="test_primitives.py"):
        same(lambda q: np.sum(soft_sign(q)))


def test_a_ufunc_works_under_its_own_name():
    cosine_cdf = scipy.special._ufuncs._cosine_cdf
    with pytest.raises(UnsupportedOperationError, match="register_primitive"):
        check_gradient(lambda x: cosine_cdf(x), Q)
    lp.register_primitive(cosine_cdf, lambda result, x: (1.0 + np.cos(x)) / (2.0 * np.pi))
    check_gradient(lambda x: cosine_cdf(x), Q)


def test_a_function_of_whole_arrays():
    smooth = lp.register_primitive(
        lambda x: np.convolve(x, [0.25, 0.5, 0.25], "same"),
        pullback=lambda g, result, x: (np.convolve(g, [0.25, 0.5, 0.25], "same"),),
        name="smooth",
    )
    check_gradient(smooth, Q)


def test_a_derivative_of_zero():
    steps = lp.register_primitive(lambda x: np.floor(x), name="steps")
    check_gradient(lambda x: steps(x) * x, Q + 0.05)
    check_gradient(lambda x: np.floor(x) * np.sin(x), Q + 0.05)


def test_registering_leaves_the_function_itself_alone():
    lp.register_primitive(lambda x: np.sin(x), lambda result, x: 5.0 * np.cos(x), name="wrong sine")
    check_gradient(lambda x: np.sin(x), Q)


def test_a_kernel_that_captures_variables_is_refused():
    shift = 2.0
    with pytest.raises(ValueError, match="enclosing function"):
        lp.register_primitive(lambda x: x + 2.0, lambda result, x: 1.0, lambda x: x + shift)


def test_another_kernel_has_another_name():
    one = lp.register_primitive(lambda x: x, lambda result, x: 1.0, lambda x: 1.0 * x,
        name="scaled")
    two = lp.register_primitive(lambda x: 2 * x, lambda result, x: 2.0, lambda x: 2.0 * x,
        name="scaled")
    assert one.name != two.name
    same(lambda q: np.sum(one(q)) + 3.0 * np.sum(two(q)))


def test_pullback_excludes_derivative_and_kernel():
    with pytest.raises(ValueError, match="whole arrays"):
        lp.register_primitive(np.sin, np.cos, pullback=lambda g, result, x: (g,))


def registered(kernel):
    return lp.register_primitive(lambda x: 2.0 * x + 1.0, lambda result, x: 2.0 + 0.0 * x, kernel)


@pytest.mark.parametrize("name", ["density", "potential", "outside_the_language"])
def test_a_kernel_may_have_any_name_and_all_that_numba_knows(name):
    line = registered(getattr(kernels_of_a_user, name))
    same(lambda q: np.sum(line(q) * q))


def test_a_kernel_that_is_registered_again_leaves_compiled_code_alone():
    line = registered(kernels_of_a_user.outside_the_language)
    potential = same(lambda q: np.sum(line(q) + q))
    released = weakref.ref(KERNELS[line.name])
    registered(kernels_of_a_user.outside_the_language)
    gc.collect()
    assert released() is not None
    np.testing.assert_allclose(potential(Q)[0], np.sum(3.0 * Q + 1.0))


def test_a_kernel_with_a_function_inside_has_one_name_in_all_processes():
    source = "def kernel(x):\n    double = lambda y: 2.0 * y\n    return double(x) + 1.0\n"
    copies = [{"__name__": "typed_at_a_prompt"}, {"__name__": "typed_at_a_prompt"}]
    for names in copies:
        exec(source, names)
    one, two = (registered(names["kernel"]).name for names in copies)
    assert one == two
