"""Checks of parameters, shapes and values, and the sentences they raise."""

import numpy as np

from lightppl.autodiff import is_traced
from lightppl.autodiff.operation import at_user_line, user_site
from lightppl.distributions import constraints
from lightppl.errors import ArgumentError, ConstraintError, ShapeError

_DESCRIPTIONS = {
    constraints.Real: "a finite number",
    constraints.Positive: "positive",
    constraints.SoftplusPositive: "positive",
    constraints.Nonnegative: "not negative",
    constraints.UnitInterval: "between 0 and 1",
    constraints.Circular: "an angle between -pi and pi",
    constraints.NonnegativeInteger: "an integer that is not negative",
    constraints.PositiveInteger: "a positive integer",
    constraints.Boolean: "0 or 1",
    constraints.Simplex: "a vector of probabilities that sums to one along the last axis",
    constraints.PositiveDefinite: "a symmetric positive definite matrix",
    constraints.LowerCholesky: "a lower triangular matrix with a positive diagonal",
    constraints.CorrCholesky: "the lower Cholesky factor of a correlation matrix",
    constraints.CorrMatrix: "a correlation matrix",
    constraints.OrderedVector: "a strictly increasing vector",
}


def describe(constraint):
    """Return a constraint in words.

    Parameters
    ----------
    constraint : Constraint

    Examples
    --------
    >>> describe(constraints.positive)
    'positive'
    >>> describe(constraints.greater_than(2.0))
    'greater than 2.'
    """
    if isinstance(constraint, constraints.Independent):
        return describe(constraint.base_constraint) + " in every entry"
    if type(constraint) in _DESCRIPTIONS:
        return _DESCRIPTIONS[type(constraint)]
    for kind, phrase in (
        (constraints.GreaterThanEq, "at least {lower_bound}"),
        (constraints.GreaterThan, "greater than {lower_bound}"),
        (constraints.LessThanEq, "at most {upper_bound}"),
        (constraints.LessThan, "less than {upper_bound}"),
        (constraints.IntegerGreaterThan, "an integer from {lower_bound}"),
        (constraints.IntegerInterval, "an integer from {lower_bound} to {upper_bound}"),
        (constraints.OpenInterval, "strictly between {lower_bound} and {upper_bound}"),
        (constraints.Interval, "between {lower_bound} and {upper_bound}"),
    ):
        if isinstance(constraint, kind):
            bounds = {
                name: constraints.constraint.short(getattr(constraint, name))
                for name in constraint._parameters
            }
            return phrase.format(**bounds)
    return f"in {constraint!r}"


def check_parameters(distribution, parameter_constraints):
    """Raise if a parameter that is not traced violates its constraint.

    Parameters
    ----------
    distribution : Distribution
    parameter_constraints : dict
        Parameter name -> Constraint.

    Raises
    ------
    ConstraintError
        Naming distribution, parameter, what was found and what was expected.
    """
    for name, constraint in parameter_constraints.items():
        value = getattr(distribution, name, None)
        if value is None or constraints.is_dependent(constraint):
            continue
        if is_traced(value):
            continue
        inside = constraint(value)
        if is_traced(inside) or np.all(inside):
            continue
        raise _parameter_error(type(distribution).__name__, name, value, constraint, inside)


def _parameter_error(family, name, value, constraint, inside):
    inside = np.asarray(inside)
    bad = np.argwhere(~inside)
    if inside.shape == np.shape(value)[: np.ndim(value) - constraint.event_dim]:
        found = np.asarray(value)[~inside]
    else:  # a bound has more axes than the parameter
        found = np.broadcast_to(value, inside.shape)[~inside]
    if inside.ndim == 0:
        what, details = f"{name} = {constraints.constraint.short(found[0])}", {}
    else:
        what = (
            f"{name} = {constraints.constraint.short(found[0])} at index {tuple(bad[0].tolist())} "
            f"({len(bad)} of {inside.size} invalid)"
        )
        details = {"invalid_values": found}
    site = user_site()
    return ConstraintError(
        (f"Site {site!r}: " if site else "")
        + f"{family} got {what}; {name} must be {describe(constraint)}. "
        f"Check the {name} passed to {family}{at_user_line()}.",
        **details,
    )


def require_given(distribution, name, value):
    """Raise an `ArgumentError` if a parameter is None, which NumPy would take for NaN."""
    if value is None:
        raise ArgumentError(
            f"{type(distribution).__name__} got {name}=None, expected a number or an array."
        )


def joint_shape(distribution, parameters):
    """Return the batch shape that parameters span together.

    Parameters
    ----------
    distribution : Distribution
    parameters : dict
        Name -> array; event axes as in `arg_constraints` do not count.

    Raises
    ------
    ShapeError
        If the shapes do not broadcast.
    """
    shapes = {}
    for name in parameters:
        event_dim = distribution.arg_constraints.get(name, constraints.real).event_dim
        shape = np.shape(getattr(distribution, name))
        if len(shape) < event_dim:
            raise ShapeError(
                f"{type(distribution).__name__} got {name} of shape {shape}; "
                f"{name} must have at least {event_dim} axes."
            )
        shapes[name] = shape[: len(shape) - event_dim]
    return broadcast_or_raise(type(distribution).__name__, shapes)


def shape_spanned(family, shapes):
    """Return the batch shape that parameters of given shapes span together.

    Parameters
    ----------
    family : type
        Of which distribution; event axes as in its `arg_constraints` do not count.
    shapes : dict
        Name -> tuple of int.
    """
    batch_shapes = []
    for name, shape in shapes.items():
        event_dim = family.arg_constraints.get(name, constraints.real).event_dim
        batch_shapes.append(tuple(shape)[: len(shape) - event_dim])
    return np.broadcast_shapes(*batch_shapes)


def broadcast_or_raise(family, shapes):
    """Return the shape that named batch shapes broadcast to.

    Parameters
    ----------
    family : str
        Named in the error.
    shapes : dict
        Name -> tuple of int.

    Raises
    ------
    ShapeError
        If they do not broadcast.
    """
    if len(set(shapes.values())) == 1:
        return next(iter(shapes.values()))
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ShapeError(
            f"{family} got parameters whose batch shapes do not broadcast: {listed}. Sizes must be "
            "equal or 1, counted from the right."
        ) from None


def check_value_shape(distribution, value):
    """Raise if `value` cannot be scored by `distribution` because of its shape.

    Parameters
    ----------
    distribution : Distribution
    value : array

    Raises
    ------
    ShapeError
    """
    shape, event_shape = np.shape(value), distribution.event_shape
    batch_shape = distribution.batch_shape
    if shape == batch_shape + event_shape:
        return
    cut = len(shape) - len(event_shape)
    family = type(distribution).__name__
    if cut < 0 or any(
        found != expected and expected != -1 for found, expected in zip(shape[cut:], event_shape)
    ):
        raise ShapeError(
            f"{family} got a value of shape {shape}; its last axes must be the event shape "
            f"{event_shape}."
        )
    try:
        np.broadcast_shapes(shape[:cut], batch_shape)
    except ValueError:
        raise ShapeError(
            f"{family} got a value of shape {shape}, which does not broadcast against batch shape "
            f"{batch_shape} and event shape {event_shape}."
        ) from None
