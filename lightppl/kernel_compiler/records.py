"""Records with arrays as entries hand them to kernels: the address of their words.

A record of Numba is all that it holds, side by side: a metric is twenty words, and a sampler's
arrays forty.  Each kernel took them apart and put them together again for each kernel that it
called, which was a third of what was translated.  A `BorrowedRecord` stays where the entry got it,
among the words of its arguments, and what is read of a field is read there.  No words of arguments
are ever written, and LLVM is told so: it reads them as rarely as it likes.

Records of numbers only, such as the state of a chain, are Numba's own: kernels make new ones.
"""

import operator

from llvmlite import ir
from numba import types
from numba.core.datamodel import models
from numba.core.typing.templates import (
    AbstractTemplate, AttributeTemplate, infer_global, signature,
)
from numba.extending import (
    infer_getattr, intrinsic, lower_builtin, lower_getattr_generic, register_model,
)

from lightppl.kernel_compiler.arrays import BareArray, bare_array

WORD = ir.IntType(64)


class BorrowedRecord(types.Type):
    """The type of a record that stays among the words of an entry.

    Parameters
    ----------
    cls : type of named tuple
    fields : sequence of numba types
        Numbers, `BareArray`, `BorrowedRecord`, and named tuples of numbers.
    """

    def __init__(self, cls, fields):
        self.cls, self.fields = cls, tuple(fields)
        super().__init__(name=f"borrowed({cls.__name__})")

    @property
    def key(self):
        """What tells types apart; the name, which symbols repeat, is kept short."""
        return self.cls, self.fields


@register_model(BorrowedRecord)
class _RecordModel(models.PrimitiveModel):
    def __init__(self, manager, record):
        super().__init__(manager, record, WORD.as_pointer())


def record_type(cls, fields):
    """Return the type that kernels see of a record with such fields."""
    has_arrays = any(isinstance(x, (BareArray, BorrowedRecord)) for x in fields)
    if has_arrays and all(isinstance(x, _READABLE) for x in fields):
        return BorrowedRecord(cls, fields)
    return types.BaseTuple.from_types(fields, cls)


@intrinsic
def record_at(typingctx, words, position, record):
    """Return the record of a type whose first word is at a position."""

    def codegen(context, builder, signature, args):
        return builder.gep(args[0], [context.cast(builder, args[1], position, types.intp)])

    return record.instance_type(words, position, record), codegen


@infer_getattr
class _Fields(AttributeTemplate):
    key = BorrowedRecord

    def generic_resolve(self, record, name):
        names = record.cls._fields
        return record.fields[names.index(name)] if name in names else None


@lower_getattr_generic(BorrowedRecord)
def _field(context, builder, record, value, name):
    index = record.cls._fields.index(name)
    position = sum(map(_num_words, record.fields[:index]))
    return _value_at(context, builder, record.fields[index], value, position)


@infer_global(operator.getitem)
class _Items(AbstractTemplate):
    """Of a record whose fields are all of one type, a field by its place."""

    def generic(self, args, kws):
        record, index = args
        if not isinstance(record, BorrowedRecord) or not isinstance(index, types.Integer):
            return None
        is_uniform = all(x == record.fields[0] for x in record.fields)
        return signature(record.fields[0], record, types.intp) if is_uniform else None


@lower_builtin(operator.getitem, BorrowedRecord, types.intp)
def _item(context, builder, signature, args):
    field = signature.return_type
    position = builder.mul(args[1], WORD(_num_words(field)))
    words = builder.gep(args[0], [position], inbounds=True)
    return _value_at(context, builder, field, words, 0)


def _value_at(context, builder, field, words, position):
    """Return a field whose first word is at a position."""
    if isinstance(field, BorrowedRecord):
        return builder.gep(words, [WORD(position)], inbounds=True)
    if isinstance(field, BareArray):
        address, *sizes = (_read(builder, words, position + k) for k in range(1 + field.ndim))
        return bare_array(context, builder, field, address, sizes)
    if isinstance(field, types.BaseTuple):
        values = []
        for part in field:
            values.append(_value_at(context, builder, part, words, position))
            position += _num_words(part)
        return context.make_tuple(builder, field, values)
    if field == types.float64:
        return _read(builder, words, position, ir.DoubleType())
    word = _read(builder, words, position)
    return builder.icmp_unsigned("!=", word, WORD(0)) if field == types.boolean else word


def _read(builder, words, position, number=WORD):
    pointer = builder.gep(words, [WORD(position)], inbounds=True)
    if number is not WORD:
        pointer = builder.bitcast(pointer, number.as_pointer())
    value = builder.load(pointer)
    value.set_metadata("invariant.load", builder.module.add_metadata([]))
    return value


def _num_words(field):
    if isinstance(field, BorrowedRecord):
        return sum(map(_num_words, field.fields))
    if isinstance(field, types.BaseTuple):
        return sum(map(_num_words, field))
    return 1 + field.ndim if isinstance(field, BareArray) else 1


_READABLE = (BareArray, BorrowedRecord, types.BaseTuple, types.Number, types.Boolean)
