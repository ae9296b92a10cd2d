"""Plates: conditionally independent repetitions along a batch dimension."""

import operator
from collections.abc import Iterable
from contextlib import ExitStack, contextmanager

import numpy as np

from lightppl.autodiff import is_traced
from lightppl.errors import ShapeError
from lightppl.language.checks import expanded_shape
from lightppl.language.stack import (
    CondIndepStackFrame,
    Message,
    Messenger,
    apply_stack,
    current_stack,
)
from lightppl.language.traced_index import indexable
from lightppl.random import as_generator

_TYPES_IN_PLATES = ("sample", "param", "deterministic", "plate", "inspect")


class plate(Messenger):
    """Declare that the sites within are independent along one batch dimension.

    Distributions of the sites are expanded along that dimension; with a subsample their log
    densities are scaled by ``size / subsample_size``.

    Parameters
    ----------
    name : str
    size : int
    subsample_size : int, optional
        Number of elements to draw without replacement; default all.
    dim : int, optional
        Negative batch dimension; default the rightmost that no plate around it uses, chosen when
        the plate is first entered.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> with lp.plate("rows", 3), lp.plate("columns", 2):
    ...     lp.sample("x", dist.Normal(0, 1)).shape
    (2, 3)
    >>> with lp.plate("data", 100, subsample_size=5) as index:
    ...     index.shape
    (5,)
    """

    acts_in_bodies = True

    def __init__(self, name, size, subsample_size=None, dim=None):
        super().__init__()
        if dim is not None and not _is_negative_int(dim):
            raise ShapeError(f"Plate {name!r} needs a negative dim, found {dim!r}.")
        size = _as_size(name, "size", size)
        if subsample_size is not None:
            subsample_size = _as_size(name, "subsample_size", subsample_size)
            if subsample_size > size:
                raise ShapeError(
                    f"Plate {name!r} has subsample_size {subsample_size}, more than its size "
                    f"{size}."
                )
        self.name = name
        self.size = size
        self.subsample_size = size if subsample_size is None else subsample_size
        is_whole = self.subsample_size == size
        msg = Message(
            "plate",
            name,
            _draw_subsample,
            args=(size, self.subsample_size),
            kwargs={"rng_key": None},
            value=np.arange(size) if is_whole else None,
        )
        msg["dim"] = dim
        self.dim = dim
        self.indices = self._checked_indices(apply_stack(msg).value)
        self.subsample_size = len(self.indices)

    def _checked_indices(self, indices):
        indices = indices if is_traced(indices) else np.asarray(indices)
        if indices.ndim != 1 or len(indices) > self.size:
            raise ShapeError(
                f"Plate {self.name!r} of size {self.size} was given indices of shape "
                f"{indices.shape}, expected a vector of at most {self.size}."
            )
        return indices

    def __enter__(self):
        taken = {h.dim: h.name for h in current_stack() if isinstance(h, plate)}
        if self.dim is None:
            self.dim = next(dim for dim in range(-1, -len(taken) - 2, -1) if dim not in taken)
        elif self.dim in taken:
            raise ShapeError(
                f"Plates {taken[self.dim]!r} and {self.name!r} both use batch dimension "
                f"{self.dim}. Give one of them another dim."
            )
        super().__enter__()
        return self.indices

    def __iter__(self):
        """Loop over the elements, without a batch dimension; the body names its sites."""
        indices = [int(index) for index in self.indices]
        if self.subsample_size == self.size:
            yield from indices
            return
        with _SequentialPlate(self.size / self.subsample_size):
            yield from indices

    def process_message(self, msg):
        if msg.type not in _TYPES_IN_PLATES or msg.get("is_outside_plates", False):
            return
        frame = CondIndepStackFrame(self.name, self.dim, self.subsample_size)
        msg.cond_indep_stack.append(frame)
        if msg.type == "sample":
            _expand_along(msg, frame)
        if self.subsample_size < self.size:
            _multiply_scale(msg, self.size / self.subsample_size)
            msg["is_subsampled"] = True

    def postprocess_message(self, msg):
        # Data and parameters of the whole plate are cut down to its subsample.
        event_dim = msg.kwargs.get("event_dim")
        if msg.type not in ("subsample", "param") or event_dim is None:
            return
        axis = self.dim - event_dim
        shape = np.shape(msg.value)
        if len(shape) < -axis or shape[axis] == 1:
            return
        if shape[axis] != self.size:
            what = "subsample(...)" if msg.name is None else f"Parameter {msg.name!r}"
            raise ShapeError(
                f"{what} has shape {shape} inside plate {self.name!r}, expected size {self.size} "
                f"in dimension {axis} (plate dim {self.dim}, event_dim {event_dim}). Pass the "
                "whole array; the plate selects from it."
            )
        if self.subsample_size < self.size:
            chosen = (Ellipsis, self.indices) + (slice(None),) * (-axis - 1)
            msg.value = indexable(msg.value)[chosen]


class _SequentialPlate(Messenger):
    """What remains of a plate in a Python loop over its elements: the scale of its subsample."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def process_message(self, msg):
        if msg.type in ("sample", "param"):
            _multiply_scale(msg, self.factor)


@contextmanager
def plate_stack(prefix, sizes, rightmost_dim=-1):
    """Enter nested plates ``<prefix>_0, <prefix>_1, ...`` of the given sizes, the last rightmost.

    Parameters
    ----------
    prefix : str
    sizes : sequence of int
    rightmost_dim : int
        Negative batch dimension of the last size.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> with plate_stack("grid", (4, 3)):
    ...     lp.sample("x", dist.Normal(0, 1)).shape
    (4, 3)
    """
    if not _is_negative_int(rightmost_dim):
        raise ShapeError(
            f"plate_stack {prefix!r} needs a negative rightmost_dim, found {rightmost_dim!r}."
        )
    if not isinstance(sizes, Iterable) or isinstance(sizes, str):
        raise ShapeError(f"plate_stack {prefix!r} needs a sequence of sizes, found {sizes!r}.")
    with ExitStack() as plates:
        for i, size in enumerate(reversed(tuple(sizes))):
            plates.enter_context(plate(f"{prefix}_{i}", size, dim=rightmost_dim - i))
        yield


def _is_negative_int(dim):
    return isinstance(dim, (int, np.integer)) and dim < 0


def _as_size(name, what, value):
    try:
        size = None if isinstance(value, (bool, np.bool_)) else operator.index(value)
    except TypeError:
        size = None
    if size is None:
        raise ShapeError(
            f"Plate {name!r} needs an integer {what}, found {value!r}. Write len(data) or "
            "data.shape[0]."
        )
    if size < 1:
        raise ShapeError(
            f"Plate {name!r} needs a positive {what}, found {size}. If the size is that of the "
            "data, check that some rows are left."
        )
    return size


def _draw_subsample(size, subsample_size, rng_key):
    """Return `subsample_size` of `size` indices, drawn without replacement."""
    # The order of independent uniforms is a random permutation; so any generator that draws
    # uniforms will do, a recording one too.
    uniforms = as_generator(rng_key).random(size=size)
    return np.argsort(uniforms)[:subsample_size]


def _expand_along(msg, frame):
    """Expand the distribution of a sample site along the dimension of one plate."""
    batch_shape = tuple(msg.kwargs.get("sample_shape", ())) + tuple(msg.fn.batch_shape)
    msg.setdefault("declared_batch_shape", batch_shape)
    msg.fn = msg.fn.expand(
        expanded_shape(msg.name, msg.fn, batch_shape, frame, msg.cond_indep_stack)
    )
    msg.kwargs["sample_shape"] = ()


def _multiply_scale(msg, factor):
    msg.scale = factor if msg.scale is None else msg.scale * factor
