"""Records are frozen dataclasses in all that their users see."""

import copy
import dataclasses
import inspect
import pickle

import pytest

from lightppl.records import record


@record
class Ours:
    """A record."""

    x: object
    y: object = 2
    names: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Theirs:
    """The same of the standard library."""

    x: object
    y: object = 2
    names: list = dataclasses.field(default_factory=list)


@record
class Longer(Ours):
    """A record with more fields, and a method of its own."""

    z: object = 3

    def __repr__(self):
        return "longer"


@record
class Checked:
    """A record that looks at its only field."""

    x: int

    def __post_init__(self):
        if self.x < 0:
            raise ValueError(self.x)


@pytest.mark.parametrize(
    ("values", "named"),
    [((1,), {}), ((1, 5, ["a"]), {}), ((), {"x": 1, "y": 3}), ((1,), {"names": ["b"], "y": 0})],
)
def test_fields_are_given_as_to_a_dataclass(values, named):
    ours, theirs = Ours(*values, **named), Theirs(*values, **named)
    assert vars(ours) == vars(theirs)
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")


@pytest.mark.parametrize(
    ("values", "named", "says"),
    [
        ((), {}, "missing a required argument: 'x'"),
        ((1, 2, [], 4), {}, "too many positional arguments"),
        ((1,), {"w": 1}, "unexpected keyword argument 'w'"),
        ((1,), {"x": 1}, "multiple values for argument 'x'"),
        ((1, 2, []), {"x": 1}, "multiple values for argument 'x'"),
    ],
)
def test_wrong_arguments_are_refused(values, named, says):
    with pytest.raises(TypeError, match=f"Ours: .*{says}"):
        Ours(*values, **named)


def test_defaults_are_made_anew():
    assert Ours(1).names is not Ours(1).names


def test_fields_stay():
    ours = Ours(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="'x'"):
        ours.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="'w'"):
        ours.w = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="'x'"):
        del ours.x
    assert ours.x == 1


def test_equal_fields_are_equal_and_have_one_hash():
    assert Ours(1, 2, ()) == Ours(1, names=()) and Ours(1) != Ours(2) and Ours(1) != Longer(1)
    assert hash(Ours(1, 2, ())) == hash(Ours(1, names=())) == hash(Theirs(1, 2, ()))
    assert hash(Checked(1)) == hash(Checked(1)) and Checked(1) != 1


def test_without_equality_each_is_itself_alone():
    @record(eq=False)
    class Alone:
        x: int

    assert Alone(1) != Alone(1) and len({Alone(1), Alone(1)}) == 2


def test_a_record_that_is_not_frozen_can_be_changed_and_has_no_hash():
    @record(frozen=False)
    class Open:
        x: int
        later: list = dataclasses.field(init=False)
        hidden: int = dataclasses.field(default=0, repr=False, compare=False)

        def __post_init__(self):
            self.later = [self.x]

    changed = Open(1)
    changed.x = 2
    assert (changed.x, changed.later) == (2, [1]) and repr(changed).endswith("(x=2, later=[1])")
    assert Open(1, 5) == Open(1, hidden=6) != Open(2)
    with pytest.raises(TypeError, match="unhashable"):
        hash(changed)
    with pytest.raises(TypeError, match="too many"):
        Open(1, 5, [])


def test_what_a_class_defines_is_kept_and_fields_are_inherited():
    longer = Longer(1, 2, [], 4)
    assert repr(longer) == "longer" and (longer.x, longer.z) == (1, 4)
    with pytest.raises(dataclasses.FrozenInstanceError):
        longer.x = 2


def test_fields_are_checked_after_they_are_given():
    assert Checked(1).x == 1
    with pytest.raises(ValueError, match="-1"):
        Checked(-1)


def test_tools_take_them_for_dataclasses():
    ours = Ours(1, 2, ["a"])
    assert [field.name for field in dataclasses.fields(Ours)] == ["x", "y", "names"]
    assert dataclasses.replace(ours, y=7) == Ours(1, 7, ["a"])
    assert pickle.loads(pickle.dumps(ours)) == copy.deepcopy(ours) == ours
    parameters = inspect.signature(Ours).parameters
    assert list(parameters) == ["x", "y", "names"] and parameters["y"].default == 2


def test_a_record_that_can_be_called_shows_how():
    @record
    class Line:
        slope: float

        def __call__(self, x):
            return self.slope * x

    assert str(inspect.signature(Line(2.0))) == "(x)"


def test_a_record_that_holds_itself_can_be_shown():
    ours = Ours([])
    ours.x.append(ours)
    assert repr(ours) == "Ours(x=[...], y=2, names=[])"
