"""What makes a call of `MCMC.run` the same as another: digests of its parts, by names of parts.

Two processes that make the same call get the same digests, so digests depend on content alone: on
the code of functions and of the user's functions that they call, and not on where it stands; on
numbers in arrays, and not on where they lie.
"""

import dataclasses
import functools
import hashlib
import sys
import types
from collections import ChainMap

import numpy as np

from lightppl.jit import Kernel
from lightppl.user_line import is_code_of_user


def digests_of_call(sampler, plan, options):
    """Return a digest of each part of a call, under words that name it in a sentence.

    Parameters
    ----------
    sampler : MCMCKernel
    plan : RunPlan
    options : ExecutionOptions

    Returns
    -------
    dict of str to str
    """
    public = {name: x for name, x in vars(sampler).items() if not name.startswith("_")}
    model = [getattr(sampler, name, None) for name in ("_model", "_potential_fn")]
    parts = {
        "the version of lightppl": sys.modules["lightppl"].__version__,
        "the kind of sampler": type(sampler),
        **{f"{name} of the sampler": value for name, value in public.items()},
        "the code of the model": model,
        **{f"argument {number} of the model": x for number, x in enumerate(plan.model_args)},
        **{f"argument {name!r} of the model": x for name, x in plan.model_kwargs.items()},
        "rng_key": [plan.keys, plan.key_after],
        "num_chains": len(plan.keys),
        **{
            name: getattr(plan, name)
            for name in ("num_warmup", "num_samples", "thinning", "extra_fields", "init_params")
        },
        "post_warmup_state": plan.states,
        "postprocess_fn": options.what.postprocess_fn,
        "save_sites": options.what.save_sites,
        "until": options.until,
    }
    return {name: digest_of(value) for name, value in parts.items()}


def digest_of(value):
    """Return a text that equal values have in common, and others do not.

    Parameters
    ----------
    value : object

    Examples
    --------
    >>> digest_of({"x": np.zeros(2)}) == digest_of({"x": np.zeros(2)})
    True
    >>> digest_of(lambda x: x + 1) == digest_of(lambda x: x + 2)
    False
    """
    digest = hashlib.sha256()
    _add(digest, value, {})
    return digest.hexdigest()[:32]


def _add(digest, value, seen):
    """Add a value to a digest; `seen` holds what is in it already, numbered, by identity."""
    kind = type(value)
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        _add_text(digest, f"array {value.dtype.str} {value.shape}")
        digest.update(np.ascontiguousarray(np.asarray(value)).tobytes())
        if isinstance(value, np.ma.MaskedArray):
            _add(digest, np.ma.getmaskarray(value), seen)
    elif isinstance(value, np.generic):
        _add(digest, np.asarray(value), seen)
    elif value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
        _add_text(digest, f"{kind.__name__} {value!r}")
    elif id(value) in seen:
        _add_text(digest, f"again {seen[id(value)][0]}")
    else:
        seen[id(value)] = len(seen), value  # held, so that nothing else gets this identity
        _add_parts(digest, value, seen)


def _add_parts(digest, value, seen):
    kind = type(value)
    _add_text(digest, f"{kind.__module__}.{kind.__qualname__}")
    if _is_class_of_user(kind):
        _add(digest, kind, seen)
    if isinstance(value, (types.FunctionType, types.MethodType)):
        parts = _parts_of_function(value)
    elif isinstance(value, Kernel):  # what it has compiled so far says nothing
        parts = [value.__module__, value.__qualname__]
    elif isinstance(value, functools.partial):
        parts = [value.func, value.args, value.keywords]
    elif isinstance(value, types.CodeType):
        parts = [value.co_code, value.co_names, value.co_varnames, value.co_consts]
    elif isinstance(value, (type, types.ModuleType, types.BuiltinFunctionType, np.ufunc)):
        parts = _parts_of_name(value)
    elif isinstance(value, dict):
        parts = [part for item in value.items() for part in item]
    elif isinstance(value, (list, tuple)):
        parts = list(value)
    elif isinstance(value, (set, frozenset)):
        parts = sorted(_digest_within(x, seen) for x in value)
    elif dataclasses.is_dataclass(value):
        parts = [getattr(value, field.name) for field in dataclasses.fields(value)]
    elif hasattr(value, "__array__"):  # a data frame, for example
        parts = [list(getattr(value, "columns", ())), *_columns(np.asarray(value))]
    else:
        parts = _parts_of_object(value)
    _add_text(digest, str(len(parts)))
    for part in parts:
        _add(digest, part, seen)


def _digest_within(value, seen):
    """Return the digest of a part whose place among the others is not known yet."""
    digest = hashlib.sha256()
    _add(digest, value, dict(seen))
    return digest.hexdigest()


def _parts_of_function(function):
    """Return what a function computes with: code, defaults, and what it sees outside of itself."""
    if isinstance(function, types.MethodType):
        return [function.__func__, function.__self__]
    filename = function.__code__.co_filename
    is_of_library = "-packages" in filename or (
        not is_code_of_user(filename, function.__module__ or "")
    )
    if is_of_library and "<" not in function.__qualname__:  # its name says all about it
        return [function.__module__, function.__qualname__]
    cells = zip(function.__code__.co_freevars, function.__closure__ or ())
    around = {name: cell.cell_contents for name, cell in cells if _is_full(cell)}
    if is_of_library:  # what it finds outside of itself is of that library too, and may change
        return [function.__code__, function.__defaults__, function.__kwdefaults__, around]
    names = sorted(_names_in(function.__code__).union(around))
    outside = _found_in(ChainMap(around, function.__globals__), names, [])
    return [function.__code__, function.__defaults__, function.__kwdefaults__, outside]


def _names_in(code):
    """Return the names that a code and the codes inside of it look up."""
    inner = [x for x in code.co_consts if isinstance(x, types.CodeType)]
    return set(code.co_names).union(*map(_names_in, inner))


def _found_in(namespace, names, modules):
    """Return names and what they mean here; in modules of the user's, names mean something too."""
    found = [(name, namespace[name]) for name in names if name in namespace]
    for _, x in tuple(found):
        if isinstance(x, types.ModuleType) and _is_of_user(x.__name__) and x not in modules:
            modules.append(x)
            found += _found_in(vars(x), names, modules)
    return found


def _is_full(cell):
    try:
        return cell.cell_contents is not cell
    except ValueError:  # nothing has been put into it yet
        return False


def _parts_of_name(value):
    """Return the name of what libraries define; of a class of the user's also what is in it."""
    name = [getattr(value, "__module__", ""), getattr(value, "__qualname__", value.__name__)]
    if not isinstance(value, type) or not _is_class_of_user(value):
        return name
    inside = [
        (key, _without_wrapper(x))
        for key, x in vars(value).items()
        if not (key.startswith("__") and key.endswith("__")) or isinstance(x, _FUNCTIONS)
    ]
    return [*name, value.__bases__, *inside]


def _without_wrapper(x):
    """Return the functions of a static or class method, or of a property."""
    if isinstance(x, (staticmethod, classmethod)):
        return x.__func__
    return [x.fget, x.fset, x.fdel] if isinstance(x, property) else x


def _parts_of_object(value):
    """Return what an object consists of that is of no kind known here."""
    inside = getattr(value, "__dict__", None)
    if isinstance(inside, dict):
        return sorted(inside.items())
    try:
        # a range, a date, a decimal number, an object with slots: as `copy` would take it apart
        found = value.__reduce_ex__(2)
    except Exception:  # of what cannot be copied, such as a lock
        return []
    if isinstance(found, str):
        return [found]
    return [list(x) if hasattr(x, "__next__") else x for x in found]


def _is_class_of_user(cls):
    # classes of types, made in C, say of their instances in what module they are
    return isinstance(cls.__module__, str) and _is_of_user(cls.__module__)


def _is_of_user(name):
    """Return whether a module is the user's own, and of no package that was installed."""
    if name.partition(".")[0] in sys.stdlib_module_names:
        return False
    filename = getattr(sys.modules.get(name), "__file__", None) or "<no file>"
    return "-packages" not in filename and is_code_of_user(filename, name)


_FUNCTIONS = (types.FunctionType, staticmethod, classmethod, property)


def _columns(array):
    return array.tolist() if array.dtype.hasobject else [array]


def _add_text(digest, text):
    content = text.encode("utf-8", "surrogatepass")
    digest.update(f"{len(content)} ".encode())
    digest.update(content)
