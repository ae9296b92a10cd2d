"""Arrays as entries hand them to kernels: an address and sizes, which is all that a kernel needs.

An array of Numba carries its owner, its strides and more besides, seven words for a vector, and an
access to it is translated into dozens of instructions.  Records of arrays made that most of what
was translated, and of what LLVM had to remove again.  A `BareArray` is C-contiguous and borrowed.
Kernels index it as they do any array, and with the same results as NumPy: by integers, negative
ones too, and at last by a slice without a step.  What is not contiguous is refused.
"""

import operator

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.imputils import RefType, iternext_impl
from numba.core.typing.templates import (
    AbstractTemplate, AttributeTemplate, infer_global, signature,
)
from numba.extending import (
    infer_getattr, intrinsic, lower_builtin, lower_getattr, register_model,
)

WORD = ir.IntType(64)


class BareArray(types.IterableType):
    """The type of a borrowed C-contiguous array.

    Parameters
    ----------
    dtype : numba type
    ndim : int
    """

    def __init__(self, dtype, ndim):
        self.dtype, self.ndim = dtype, ndim
        super().__init__(name=f"bare({dtype}, {ndim}d)")

    @property
    def iterator_type(self):
        return BareIterator(self)

    def without_axes(self, count):
        """Return the type of what is left of an array after `count` indices."""
        return BareArray(self.dtype, self.ndim - count) if count < self.ndim else self.dtype


class BareIterator(types.SimpleIteratorType):
    """The type of an iterator over a `BareArray`."""

    def __init__(self, array):
        self.array = array
        super().__init__(f"iter({array})", array.without_axes(1))


@register_model(BareArray)
class _ArrayModel(models.StructModel):
    def __init__(self, manager, array):
        sizes = [(f"size_{k}", types.intp) for k in range(array.ndim)]
        super().__init__(manager, array, [("data", types.CPointer(array.dtype)), *sizes])


@register_model(BareIterator)
class _IteratorModel(models.StructModel):
    def __init__(self, manager, iterator):
        members = [("index", types.EphemeralPointer(types.intp)), ("array", iterator.array)]
        super().__init__(manager, iterator, members)


def array_function(dtype):
    """Return a function of kernels that makes an array of an address and a tuple of sizes."""

    @intrinsic
    def array_at(typingctx, address, sizes):
        array = BareArray(dtype, len(sizes))

        def codegen(context, builder, signature, args):
            sizes = cgutils.unpack_tuple(builder, args[1])
            return bare_array(context, builder, array, args[0], sizes)

        return array(types.int64, sizes), codegen

    return array_at


def bare_array(context, builder, array, address, sizes):
    """Return an array of its address and sizes, all integers."""
    data_type = context.get_value_type(types.CPointer(array.dtype))
    return _make(context, builder, array, builder.inttoptr(address, data_type), sizes)


def data_of(context, builder, array, value):
    """Return the address of the first element of an array, of Numba's or a bare one."""
    if isinstance(array, BareArray):
        return builder.extract_value(value, 0)
    return context.make_array(array)(context, builder, value=value).data


# ------------------------------------------------------------------------------ what kernels ask


@infer_getattr
class _Attributes(AttributeTemplate):
    key = BareArray

    def resolve_size(self, array):
        return types.intp

    def resolve_shape(self, array):
        return types.UniTuple(types.intp, array.ndim)


@lower_getattr(BareArray, "size")
def _size(context, builder, array, value):
    return _product(builder, _sizes(builder, array, value))


@lower_getattr(BareArray, "shape")
def _shape(context, builder, array, value):
    return context.make_tuple(
        builder, types.UniTuple(types.intp, array.ndim), _sizes(builder, array, value)
    )


@infer_global(len)
class _Length(AbstractTemplate):
    def generic(self, args, kws):
        return signature(types.intp, *args) if isinstance(args[0], BareArray) else None


@lower_builtin(len, BareArray)
def _length(context, builder, sig, args):
    return builder.extract_value(args[0], 1)


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):
    def generic(self, args, kws):
        array, index = args
        if isinstance(array, BareArray):
            part = _part_type(array, index)
            return None if part is None else signature(part, array, index)


@lower_builtin(operator.getitem, BareArray, types.Any)
def _get_item(context, builder, sig, args):
    array, index = sig.args
    data, sizes = _part(context, builder, array, index, *args)
    if sizes is None:
        return context.unpack_value(builder, array.dtype, data)
    return _make(context, builder, sig.return_type, data, sizes)


@infer_global(operator.setitem)
class _SetItem(AbstractTemplate):
    """What is assigned is a number, or an array with as many elements and axes as the part."""

    def generic(self, args, kws):
        array, index, value = args
        if isinstance(array, BareArray):
            part = _part_type(array, index)
            if part is not None and (value == part or isinstance(value, _NUMBERS)):
                assigned = part if value == part else array.dtype
                return signature(types.none, array, index, assigned)


@lower_builtin(operator.setitem, BareArray, types.Any, types.Any)
def _set_item(context, builder, sig, args):
    array, index, assigned = sig.args
    data, sizes = _part(context, builder, array, index, *args[:2])
    if sizes is None:
        context.pack_value(builder, array.dtype, args[2], data)
    elif isinstance(assigned, BareArray):
        _assign_array(context, builder, assigned, data, sizes, args[2])
    else:
        with cgutils.for_range(builder, _product(builder, sizes)) as loop:
            element = builder.gep(data, [loop.index], inbounds=True)
            context.pack_value(builder, array.dtype, args[2], element)
    return context.get_dummy_value()


def _assign_array(context, builder, array, data, sizes, value):
    differs = cgutils.false_bit
    for size, other in zip(sizes, _sizes(builder, array, value)):
        differs = builder.or_(differs, builder.icmp_signed("!=", size, other))
    with builder.if_then(differs, likely=False):
        message = ("an array is assigned to a part of another with a different shape",)
        context.call_conv.return_user_exc(builder, ValueError, message)
    size = context.get_abi_sizeof(context.get_data_type(array.dtype))
    source = builder.extract_value(value, 0)  # the two may overlap
    cgutils.raw_memmove(builder, data, source, _product(builder, sizes), size)


@lower_builtin("getiter", BareArray)
def _begin(context, builder, sig, args):
    iterator = context.make_helper(builder, sig.return_type)
    iterator.index = cgutils.alloca_once_value(builder, WORD(0))
    iterator.array = args[0]
    return iterator._getvalue()


@lower_builtin("iternext", BareIterator)
@iternext_impl(RefType.UNTRACKED)
def _next(context, builder, sig, args, result):
    (iterator,) = sig.args
    state = context.make_helper(builder, iterator, value=args[0])
    index = builder.load(state.index)
    is_valid = builder.icmp_signed("<", index, builder.extract_value(state.array, 1))
    result.set_valid(is_valid)
    with builder.if_then(is_valid):
        item = signature(iterator.yield_type, iterator.array, types.uintp)
        result.yield_(_get_item(context, builder, item, (state.array, index)))
        builder.store(cgutils.increment_index(builder, index), state.index)


# ------------------------------------------------------------------------------ parts of arrays


def _part_type(array, index):
    """Return the type of an element or of a contiguous part, or None for any other part."""
    parts = _index_types(index)
    last_is_slice = bool(parts) and _is_slice(parts[-1])
    num_integers = len(parts) - last_is_slice
    if len(parts) > array.ndim:
        return None
    if not all(isinstance(x, types.Integer) for x in parts[:num_integers]):
        return None
    return array.without_axes(num_integers)


def _part(context, builder, array, index, value, index_value):
    """Return the address of a part and its sizes, None for an element."""
    data, sizes = builder.extract_value(value, 0), _sizes(builder, array, value)
    parts = _index_types(index)
    values = [index_value]
    if isinstance(index, types.BaseTuple):
        values = cgutils.unpack_tuple(builder, index_value, len(parts))
    for part, x in zip(parts, values):
        length = None
        if _is_slice(part):
            x, length = _slice_bounds(context, builder, part, x, sizes[0])
        else:
            x = _position(context, builder, part, x, sizes[0])
        offset = builder.mul(x, _product(builder, sizes[1:])) if len(sizes) > 1 else x
        data = builder.gep(data, [offset], inbounds=True)
        sizes = sizes[1:] if length is None else [length, *sizes[1:]]
    return data, sizes or None


def _position(context, builder, index, value, size):
    if isinstance(index, types.IntegerLiteral):
        position = WORD(index.literal_value)
        return position if index.literal_value >= 0 else builder.add(position, size)
    position = context.cast(builder, value, index, types.intp)
    return _wrapped(builder, position, size) if index.signed else position


def _slice_bounds(context, builder, index, value, size):
    """Return where a slice begins and its length, within the bounds of the array."""
    bounds = context.make_helper(builder, index, value=value)
    first, last = (
        _clipped(builder, _wrapped(builder, x, size), size) for x in (bounds.start, bounds.stop)
    )
    return first, _larger(builder, builder.sub(last, first), WORD(0))


def _wrapped(builder, position, size):
    is_negative = builder.icmp_signed("<", position, WORD(0))
    return builder.select(is_negative, builder.add(position, size), position)


def _clipped(builder, position, size):
    position = _larger(builder, position, WORD(0))
    return builder.select(builder.icmp_signed("<", position, size), position, size)


def _larger(builder, x, y):
    return builder.select(builder.icmp_signed(">", x, y), x, y)


def _index_types(index):
    return tuple(index) if isinstance(index, types.BaseTuple) else (index,)


def _is_slice(index):
    return isinstance(index, types.SliceType) and not index.has_step


def _make(context, builder, array, data, sizes):
    value = ir.Constant(context.get_value_type(array), ir.Undefined)
    for k, x in enumerate((data, *sizes)):
        value = builder.insert_value(value, x, k)
    return value


def _sizes(builder, array, value):
    return [builder.extract_value(value, 1 + k) for k in range(array.ndim)]


def _product(builder, sizes):
    product = sizes[0] if sizes else WORD(1)
    for size in sizes[1:]:
        product = builder.mul(product, size, flags=("nsw",))
    return product


_NUMBERS = (types.Number, types.Boolean)
