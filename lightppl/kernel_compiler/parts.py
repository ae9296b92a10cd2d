"""Functions as Numba hands them over, kept as parts of one module that LLVM optimises once.

Numba optimises every function together with all that it calls, twice, and makes machine code of it
before it compiles the next caller.  A function is then optimised once for each level of calls above
it, which was two thirds of the time that a sampler took to compile.  Inside `collecting_parts` a
function stays as it was translated; `linked_module` puts all that an entry calls into one module,
where all but the entry is private, so that LLVM drops what it has inlined.

Some functions are Numba's own and are shared with whatever the user compiles by Numba.  Such a
part becomes an ordinary library of Numba, optimised and loaded, when ordinary code asks for it.
"""

import re
from contextlib import contextmanager

import llvmlite.binding as llvm
from numba.core import cgutils
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target

ENTRY = "entry"
"""What the function is called that a linked module begins with."""

_TYPES = re.compile(r"B\d*v\d+.*")
"""What follows the name of a function in the name that Numba gives to its code."""


@contextmanager
def collecting_parts():
    """Let Numba make parts of the functions that it compiles inside a ``with`` block."""
    with global_compiler_lock:  # others must not compile meanwhile
        generator = cpu_target.target_context.codegen()
        generator._library_class = Part
        try:
            yield
        finally:
            del generator._library_class  # that of its class is seen again


def linked_module(library, name):
    """Return one module of a function and all that it calls.

    Parameters
    ----------
    library : Part
        Of the function.
    name : str
        Of the function there; in the module it is called `ENTRY`.

    Returns
    -------
    llvmlite.binding.ModuleRef
    """
    module = llvm.parse_assembly("")
    for below in _all_below(library, {}):
        for each in _modules_of(below):
            module.link_in(each)
    for number, function in enumerate(module.functions):
        if function.name == name:
            function.name, function.linkage = ENTRY, "external"
        elif not function.is_declaration:
            # Numba counts what it compiled; code must not depend on what the process did before
            function.name = f"{_TYPES.sub('', function.name)}_{number}"
            function.linkage = "internal"
    for variable in module.global_variables:
        if variable.linkage == llvm.Linkage.common:  # environments, which are for Python
            variable.linkage = "internal"
    return module


class Part(JITCodeLibrary):
    """A library of Numba whose functions are optimised and loaded only if others ask for them."""

    def __init__(self, codegen, name):
        super().__init__(codegen, name)
        self._texts, self._environments, self._is_ordinary = [], {}, False

    @property
    def codegen(self):
        """What takes the environment of a function: this part, until there is machine code."""
        return self._codegen if self._is_ordinary else self

    def set_env(self, name, environment):
        """Keep the environment of a function until there is machine code."""
        self._environments[name] = environment

    def modules(self):
        """Return the modules, parsed anew; several parts may define one function."""
        modules = [llvm.parse_assembly(text) for text in self._texts]
        for function in (f for module in modules for f in module.functions):
            if not function.is_declaration and function.linkage == llvm.Linkage.external:
                function.linkage = "weak_odr"
        return modules

    def add_ir_module(self, ir_module):
        self._raise_if_finalized()
        self._texts.append(cgutils.normalize_ir_text(str(ir_module)))

    def finalize(self):
        self._raise_if_finalized()
        self._finalized = True

    def get_pointer_to_function(self, name):
        if not self._is_ordinary and any(name in text for text in self._texts):
            self._become_ordinary()
        # Numba asks for wrappers that Python calls, which kernels do not have
        return super().get_pointer_to_function(name) if self._is_ordinary else 0

    def _get_module_for_linking(self):
        self._become_ordinary()
        return super()._get_module_for_linking()

    def _become_ordinary(self):
        if self._is_ordinary:
            return
        self._is_ordinary, self._finalized = True, False
        for text in self._texts:
            self.add_llvm_module(llvm.parse_assembly(text))
        super().finalize()
        for name, environment in self._environments.items():
            self._codegen.set_env(name, environment)


def _all_below(library, found):
    """Return a library and all that it needs, each once, as keys."""
    if library not in found:
        found[library] = None
        for below in library._linking_libraries if _is_part(library) else ():
            _all_below(below, found)
    return found


def _modules_of(library):
    if _is_part(library):
        return library.modules()
    return [library._get_module_for_linking().clone()]


def _is_part(library):
    return isinstance(library, Part)
