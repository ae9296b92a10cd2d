"""A call that does not fit names the class that the user called, and its arguments."""

import copy
import inspect

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
import lightppl.infer
import lightppl.infer.reparam
from lightppl.contrib.control_flow import scan
from lightppl.distributions import constraints, transforms
from lightppl.errors import ArgumentError, DiscreteLatentError

MODULES = (dist, transforms, constraints, lp.handlers, lightppl.infer, lightppl.infer.reparam)
CLASSES = {
    f"{module.__name__}.{name}": getattr(module, name)
    for module in MODULES
    for name in getattr(module, "__all__", dir(module))
    if inspect.isclass(getattr(module, name)) and not name.startswith("_")
}


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_the_class_of_the_user_is_named(name):
    cls = CLASSES[name]
    with pytest.raises(TypeError) as caught:
        cls(no_such_argument=1)
    assert str(caught.value).startswith(cls.__name__), str(caught.value)
    assert "no_such_argument" in str(caught.value) or "takes no arguments" in str(caught.value)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_the_signature_is_that_of_the_constructor(name):
    cls = CLASSES[name]
    if cls.__init__ is object.__init__:
        return
    expected = [x for x in inspect.signature(cls.__init__).parameters if x != "self"]
    assert list(inspect.signature(cls).parameters) == expected


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: dist.Normal(0, sd=1),
            "Normal has no argument 'sd' (did you mean 'scale'?). Its arguments are loc, scale, "
            "validate_args."),
        (lambda: dist.Beta(alpha=1, beta=2),
            "Beta has no argument 'alpha' (did you mean 'concentration1'?), 'beta' (did you mean "
            "'concentration0'?). Its arguments are concentration1, concentration0, validate_args."),
        (lambda: dist.Normal(0, 1, 2),
            "Normal takes 2 arguments by position, found 3. Its arguments are loc, scale, "
            "validate_args."),
        (lambda: dist.Normal(0, loc=1),
            "Normal was given 'loc' twice, by position and by name. Its arguments are loc, scale, "
            "validate_args."),
        (lambda: dist.Gamma(),
            "Gamma needs 'concentration'. Its arguments are concentration, rate, validate_args."),
        (lambda: lp.handlers.seed(rng=1),
            "seed has no argument 'rng' (did you mean 'rng_seed'?). Its arguments are fn, "
            "rng_seed, hide_types."),
    ],
)  # fmt: skip
def test_the_sentence(call, message):
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == message


def test_an_error_from_inside_stays_what_it_is():
    class Odd(dist.Normal):
        def __init__(self, loc):
            super().__init__(loc, None + 1)

    with pytest.raises(TypeError, match="unsupported operand"):
        Odd(0.0)


def test_a_family_of_the_user_s_is_named_too():
    class Mine(dist.Distribution):
        def __init__(self, *, width):
            self.width = width
            super().__init__()

    with pytest.raises(ArgumentError, match="Mine needs 'width'. Its arguments are width."):
        Mine()
    assert copy.copy(Mine(width=2.0)).width == 2.0


def test_a_discrete_site_of_a_loop_is_named_by_its_family():
    def model():
        def step(carry, t):
            return carry + lp.sample("z", dist.Poisson(np.exp(carry)).mask(True)), None

        scan(step, 0.0, np.arange(3))

    with pytest.raises(DiscreteLatentError, match=r"'z' is discrete \(Poisson\)"):
        lp.log_density_function(model)


@pytest.mark.parametrize("make", [
    lambda: dist.Normal(None, 1.0), lambda: dist.Poisson(None), lambda: dist.Gamma(2.0, rate=None),
    lambda: dist.MultivariateNormal(None, np.eye(2)),
])
def test_none_is_no_parameter(make):
    with pytest.raises(ArgumentError, match="=None, expected|None was given"):
        make()
