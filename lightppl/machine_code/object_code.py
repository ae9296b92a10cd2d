"""LLVM text to machine code, and machine code into this process; Numba is not needed.

Machine code is an object file.  It may be kept and loaded again, on the same kind of processor and
by the same version of LLVM (`target_name`).
"""

import ctypes
import itertools
import os
import threading
from contextlib import contextmanager
from functools import cache

import llvmlite
import llvmlite.binding as llvm

POTENTIAL_CTYPE = ctypes.CFUNCTYPE(ctypes.c_double, *([ctypes.c_void_p] * 5))
"""The C function ``U = potential(q, grad, float_data, int_data, workspace)`` as Python calls it."""

making_code = threading.RLock()
"""Held by the one thread that compiles or loads code.

A process that is forked meanwhile waits for it: its child would find compilers half way, and a lock
that nobody ever releases.
"""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=making_code.acquire,
        after_in_parent=making_code.release,
        after_in_child=making_code.release,
    )

_numbers = itertools.count()
_target = []


def call_potential(address, *arrays):
    """Call a potential, the address of a C function or a callable, with its five arrays."""
    if callable(address):
        return address(*arrays)
    return POTENTIAL_CTYPE(int(address))(*(array.ctypes.data for array in arrays))


class LoadedCode:
    """Machine code in this process; its addresses are valid as long as this object lives.

    Parameters
    ----------
    tracker : llvmlite.binding.ResourceTracker
    name : str
    """

    def __init__(self, tracker, name):
        self._tracker = tracker
        self.address = tracker[name]


def compile_llvm(text, machine=None):
    """Return the object file of a module in LLVM's language.

    Parameters
    ----------
    text : str
    machine : llvmlite.binding.TargetMachine, optional
        From `machine_of`; this one if not given.

    Returns
    -------
    bytes

    Raises
    ------
    RuntimeError
        If the text is no valid module.
    """
    with making_code:
        # exp and its kin wait for each other's results: 20 % of the time of a loop
        return compile_module(llvm.parse_assembly(text), num_vectors=2, machine=machine)


def compile_module(module, num_vectors, machine=None):
    """Return the object file of a module, which is optimised in place.

    Parameters
    ----------
    module : llvmlite.binding.ModuleRef
    num_vectors : int
        On how many vectors at once loops work.
    machine : llvmlite.binding.TargetMachine, optional

    Returns
    -------
    bytes
    """
    with making_code:
        machine = machine or _host()[0]
        _optimize(module, num_vectors, machine)
        return machine.emit_object(module)


def optimize_llvm(text, machine=None):
    """Return LLVM's text of a module after its passes for a machine, to look at."""
    with making_code:
        module = llvm.parse_assembly(text)
        _optimize(module, num_vectors=2, machine=machine or _host()[0])
        return str(module)


def _optimize(module, num_vectors, machine):
    module.verify()
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = options.slp_vectorization = True
    options.loop_interleaving, options.loop_unrolling = True, False
    builder = llvm.create_pass_builder(machine, options)
    with _interleaved_loops(num_vectors):
        builder.getModulePassManager().run(module, builder)


def load_machine_code(code, name, addresses):
    """Return an object file as code of this process.

    Parameters
    ----------
    code : bytes
        From `compile_llvm`, on a processor with the same `target_name`.
    name : str
        The function that will be called.
    addresses : dict of str to int
        Where the functions are that the code calls; those of the C library need not be named.

    Returns
    -------
    LoadedCode
    """
    with making_code:
        _, jit = _host()
        library = llvm.JITLibraryBuilder().add_object_img(code).add_current_process()
        for symbol, address in addresses.items():
            library.import_symbol(symbol, address)
        tracker = library.export_symbol(name).link(jit, f"lightppl_{next(_numbers)}")
    return LoadedCode(tracker, name)


@cache
def target_name():
    """Return text that differs where machine code of one machine may not run on another."""
    version = ".".join(map(str, llvm.llvm_version_info))
    machine = f"{llvm.get_default_triple()} {llvm.get_host_cpu_name()} {_features()}"
    return f"{llvmlite.__version__} {version} {machine}"


def machine_of(triple, cpu, features=""):
    """Return LLVM's description of a kind of machine, and how code for it names what is elsewhere.

    Code is loaded into one block of memory, which may be far from the libraries that it calls.
    Where object files are ELF, the loader puts a stub beside the code for each call that does not
    reach its function.  For those of macOS it does not, and a branch of ARM reaches 128 MB only:
    there, and on Windows, the code itself holds whole addresses, as LLVM's default for code that is
    made at run time has it.

    Parameters
    ----------
    triple : str
        For example ``"aarch64-unknown-linux-gnu"``.
    cpu : str
        LLVM's name of the processor.
    features : str

    Returns
    -------
    llvmlite.binding.TargetMachine
    """
    addresses = dict(reloc="default", codemodel="jitdefault")
    if "linux" in triple:
        addresses = dict(reloc="pic", codemodel="small")
    return llvm.Target.from_triple(triple).create_target_machine(
        cpu=cpu, features=features, opt=3, jit=True, **addresses
    )



def _features():
    """Return what the processor can do, and what LLVM should not make use of.

    On AMD's Zen a gather takes longer than the loads that it stands for.
    """
    features = llvm.get_host_cpu_features().flatten()
    is_slow = llvm.get_host_cpu_name().startswith("znver")
    return f"{features},+prefer-no-gather" if is_slow else features


def _host():
    if not _target:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        machine = machine_of(llvm.get_default_triple(), llvm.get_host_cpu_name(), _features())
        _target.extend((machine, llvm.create_lljit_compiler(machine)))
    return _target


@contextmanager
def _interleaved_loops(count):
    llvm.set_option("", f"-force-vector-interleave={count}")
    try:
        yield
    finally:
        llvm.set_option("", "-force-vector-interleave=0")
