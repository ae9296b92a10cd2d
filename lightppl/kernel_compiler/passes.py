"""The passes of Numba that kernels need.

Numba's own list also looks for closures, lists, array expressions, branches upon None, loops over
tuples of different types and blocks of Python, which kernels do not hold, nor do the functions of
Numba's that they call; a kernel that holds one is refused when its types are inferred.  It also
finds lifetimes of variables once more, before anybody asks for them.
"""

import gc
from contextlib import contextmanager

from numba.core import typed_passes as typed
from numba.core import untyped_passes as untyped
from numba.core.compiler import Compiler, CompilerBase
from numba.core.compiler_machinery import PassManager

PASSES = (
    untyped.TranslateByteCode,
    untyped.FixupArgs,
    untyped.GenericRewrites,  # constant indices, which fields of records are
    untyped.InlineInlinables,
    untyped.ReconstructSSA,
    typed.NopythonTypeInference,
    typed.PreLowerStripPhis,
    typed.IRLegalization,
    typed.AnnotateTypes,
    typed.NativeLowering,
    typed.NoPythonBackend,
)


class KernelCompiler(CompilerBase):
    """Numba's compiler with `PASSES` only."""

    def define_pipelines(self):
        return [_Manager("kernel")]


@contextmanager
def few_passes():
    """Let Numba compile its own functions too with `PASSES` only, inside a ``with`` block."""
    inner = Compiler.define_pipelines
    Compiler.define_pipelines = KernelCompiler.define_pipelines
    try:
        yield
    finally:
        Compiler.define_pipelines = inner


class _Manager(PassManager):
    """Runs `PASSES` in their order, and nothing around them.

    Numba's own manager describes every pass in text, with all flags and all types of arguments,
    whether anybody listens or not.
    """

    def run(self, state):
        for each in PASSES:
            each().run_pass(state)


@contextmanager
def paused_collector():
    """Look for no garbage inside a ``with`` block.

    Numba makes many objects that refer to each other and stay; looking at them again and again is
    another tenth of the time, and looking at all of them at the end a twentieth.  So they are
    called old, which is what freezing and unfreezing does, unless somebody else has frozen objects.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            if gc.get_freeze_count() == 0:
                gc.freeze()
                gc.unfreeze()
            gc.enable()
