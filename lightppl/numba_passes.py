"""The passes of Numba that kernels need.

Numba's own list also looks for closures, lists, array expressions, branches upon None, loops over
tuples of different types and blocks of Python, which kernels do not hold; a kernel that holds one
is refused when its types are inferred.  A tenth of the time of compiling a sampler.
"""

import gc
from contextlib import contextmanager

from numba.core import typed_passes as typed
from numba.core import untyped_passes as untyped
from numba.core.compiler import CompilerBase
from numba.core.compiler_machinery import PassManager

PASSES = (
    untyped.TranslateByteCode,
    untyped.FixupArgs,
    untyped.IRProcessing,
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
        manager = PassManager("kernel")
        for each in PASSES:
            manager.add_pass(each, each.__name__)
        manager.finalize()
        return [manager]


@contextmanager
def paused_collector():
    """Look for no garbage inside a ``with`` block.

    Numba makes many objects that refer to each other and stay; looking at them again and again is
    another tenth of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
