"""The contract of a constraint, and the constraints made of others or of nothing."""

import numpy as np

from lightppl.autodiff import is_traced
from lightppl.named_arguments import NamedArguments


class Constraint(metaclass=NamedArguments):
    """A set of events.

    Attributes
    ----------
    event_dim : int
        Number of trailing axes that make one event.
    is_discrete : bool

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> dist.constraints.positive(np.array([1.0, -1.0]))
    array([ True, False])
    """

    event_dim = 0
    is_discrete = False
    _parameters = ()

    def __call__(self, x):
        """Return whether each event of `x` lies in the set; the event axes are gone."""
        raise NotImplementedError

    def check(self, value):
        """Return the same as calling the constraint: Pyro's name."""
        return self(value)

    def feasible_like(self, prototype):
        """Return an array shaped like `prototype` whose events lie in the set."""
        raise NotImplementedError

    def __repr__(self):
        values = ", ".join(f"{name}={short(getattr(self, name))}" for name in self._parameters)
        return f"{type(self).__name__.lstrip('_')}({values})"

    def __eq__(self, other):
        if type(self) is not type(other):
            return NotImplemented
        return all(
            same_value(getattr(self, name), getattr(other, name)) for name in self._parameters
        )

    def eq(self, other, static=False):
        """Return whether `other` is the same set; `static` is accepted for compatibility."""
        return self == other

    def __hash__(self):
        return hash(type(self))


def is_dependent(constraint):
    """Return whether a constraint stands for "depends on other parameters, not known here"."""
    while isinstance(constraint, Independent):
        constraint = constraint.base_constraint
    return isinstance(constraint, Dependent)


class Dependent(Constraint):
    """A set that depends on other parameters; it cannot be asked.

    Parameters
    ----------
    is_discrete : bool
    event_dim : int
    """

    def __init__(self, *, is_discrete=False, event_dim=0):
        self.is_discrete = is_discrete
        self.event_dim = event_dim

    def __call__(self, x=None, *, is_discrete=False, event_dim=0):
        if x is not None:
            raise ValueError("Cannot ask whether a value satisfies a dependent constraint.")
        return Dependent(is_discrete=is_discrete, event_dim=event_dim)

    def feasible_like(self, prototype):
        return np.zeros(np.shape(prototype))


class dependent_property(property):
    """A property for supports that depend on parameters, under NumPyro's name.

    Parameters
    ----------
    is_discrete : bool
        What can be said about the support without an instance.
    event_dim : int

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> class Family:
    ...     @dist.constraints.dependent_property(is_discrete=False, event_dim=0)
    ...     def support(self):
    ...         return dist.constraints.positive
    >>> Family().support, Family.support.event_dim
    (Positive(), 0)
    """

    def __init__(self, fn=None, *, is_discrete=False, event_dim=0):
        super().__init__(fn)
        self.is_discrete = is_discrete
        self.event_dim = event_dim

    def __call__(self, fn):
        """Return the property of `fn`: the decorator was given arguments first."""
        return dependent_property(fn, is_discrete=self.is_discrete, event_dim=self.event_dim)


class Independent(Constraint):
    """A set of arrays all of whose entries lie in a base set.

    Parameters
    ----------
    base_constraint : Constraint
    reinterpreted_batch_ndims : int
        How many axes left of the base event join the event.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> Independent(dist.constraints.positive, 1)(np.array([[1.0, 2.0], [1.0, -2.0]]))
    array([ True, False])
    """

    _parameters = ("base_constraint", "reinterpreted_batch_ndims")

    def __init__(self, base_constraint, reinterpreted_batch_ndims):
        if isinstance(base_constraint, Independent):
            reinterpreted_batch_ndims += base_constraint.reinterpreted_batch_ndims
            base_constraint = base_constraint.base_constraint
        self.base_constraint = base_constraint
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        self.event_dim = base_constraint.event_dim + reinterpreted_batch_ndims
        self.is_discrete = base_constraint.is_discrete

    def __call__(self, x):
        inside = self.base_constraint(x)
        if self.reinterpreted_batch_ndims == 0:
            return inside
        axes = tuple(range(-self.reinterpreted_batch_ndims, 0))
        return np.all(inside, axis=axes)

    def feasible_like(self, prototype):
        return self.base_constraint.feasible_like(prototype)


class Cat(Constraint):
    """Consecutive pieces of one axis that lie in different sets.

    Parameters
    ----------
    cseq : sequence of Constraint
    dim : int
        The axis that is cut.
    lengths : sequence of int, optional
        Size of each piece; one each by default.
    """

    _parameters = ("cseq", "dim", "lengths")

    def __init__(self, cseq, dim=0, lengths=None):
        self.cseq = tuple(cseq)
        self.dim = dim
        self.lengths = (1,) * len(self.cseq) if lengths is None else tuple(lengths)
        self.event_dim = max(part.event_dim for part in self.cseq)
        self.is_discrete = any(part.is_discrete for part in self.cseq)

    def _pieces(self, x):
        edges = np.cumsum((0,) + self.lengths)
        before = (slice(None),) * (self.dim % np.ndim(x))
        return [x[before + (slice(a, b),)] for a, b in zip(edges[:-1], edges[1:])]

    def __call__(self, x):
        answers = [part(piece) for part, piece in zip(self.cseq, self._pieces(x))]
        return np.concatenate(answers, axis=self.dim)

    def feasible_like(self, prototype):
        pieces = zip(self.cseq, self._pieces(prototype))
        return np.concatenate([part.feasible_like(x) for part, x in pieces], axis=self.dim)


def short(value):
    """Return a parameter on one line, abridged; traced arrays are not looked at."""
    if is_traced(value):
        return "<traced>"
    if isinstance(value, Constraint):
        return repr(value)
    return np.array2string(np.asarray(value), threshold=6, separator=", ")


def same_value(a, b):
    """Return whether two parameters of constraints or transforms are equal, without tracing."""
    if isinstance(a, (Constraint, tuple, list)) or callable(a) or a is None or b is None:
        return a == b
    if is_traced(a) or is_traced(b):
        return a is b
    return np.array_equal(np.asarray(a), np.asarray(b))
