"""Machine code for processors and systems other than this one: made, and looked at without running.

Every function of the catalogue becomes object code for one of `MACHINES`, in turn; random programs
do for an ARM server and one other.  What object code calls outside must be in that system's C
library, and must be reached from wherever the code is loaded.
"""

import re

import llvmlite.binding as llvm
import numpy as np
import pytest

from lightppl.compiler.build import definitions_of
from lightppl.compiler.lower.module import lower_program
from lightppl.compiler.lower.operators import LIBRARY
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.compiler.schedule.plan import schedule_graph
from lightppl.compiler.write.program import emit_program
from lightppl.machine_code.object_code import compile_llvm, machine_of, optimize_llvm
from tests.autodiff.catalogue import ROWS
from tests.compiler.objectives import joined_objective
from tests.fuzz.programs import KINDS, random_program

MACHINES = {
    "ARM server": ("aarch64-unknown-linux-gnu", "neoverse-n1"),
    "ARM Mac": ("arm64-apple-macosx", "apple-m1"),
    "ARM server with scalable vectors": ("aarch64-unknown-linux-gnu", "neoverse-v1"),
    # LLVM's loader takes ELF on Windows
    "Windows": ("x86_64-pc-windows-msvc-elf", "x86-64-v3"),
    "old server": ("x86_64-unknown-linux-gnu", "x86-64"),
}
COMPILED = [row for row in ROWS if row.is_compiled]
ROWS_AT_ONCE = 12

MEMORY = {"memcpy", "memmove", "memset"}
"""What LLVM calls by itself; glibc, macOS and the runtime of Visual C++ have them."""

OF_SYSTEM = {
    "linux": set(),
    "windows": {"__chkstk"},
}
"""What LLVM calls on one system only; ``__chkstk``, which looks at large stacks, is in ntdll."""

ELEMENTARY = {*LIBRARY.values(), "fma", "floor", "ceil", "trunc", "rint"}
"""Functions of C99, which glibc, macOS and the Universal C Runtime of Windows have: those that the
compiler names, and those of LLVM's operations that old processors have no instruction for."""


@pytest.fixture(scope="module", autouse=True)
def all_targets():
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()


def lowered(function, q):
    """Return LLVM's text of value and gradient of a function."""
    with np.errstate(all="ignore"):
        graph = optimize_graph(record_value_and_gradient(function, q))
    source = emit_program(schedule_graph(graph)).source
    return lower_program(source, definitions_of(source))[0]


def undefined_symbols(code):
    """Return the names that an ELF file of 64 bits takes from elsewhere."""

    def number(offset, size):
        return int.from_bytes(code[offset : offset + size], "little")

    headers, size, count = number(0x28, 8), number(0x3A, 2), number(0x3C, 2)
    sections = [headers + k * size for k in range(count)]
    (symbols,) = (start for start in sections if number(start + 4, 4) == 2)
    strings = number(sections[number(symbols + 0x28, 4)] + 0x18, 8)
    first, length = number(symbols + 0x18, 8), number(symbols + 0x20, 8)
    found = set()
    for entry in range(first + 24, first + length, 24):
        if number(entry + 6, 2) == 0:
            start = strings + number(entry, 4)
            found.add(code[start : code.index(b"\0", start)].decode())
    return found


def test_symbols_are_read_as_written():
    text = """
    declare double @tan(double)
    define double @f(double %x) { %y = call double @tan(double %x) ret double %y }
    """
    for name in ("ARM server", "Windows"):
        assert undefined_symbols(compile_llvm(text, machine_of(*MACHINES[name]))) == {"tan"}


def check(name, text):
    triple, cpu = MACHINES[name]
    code = compile_llvm(text, machine_of(triple, cpu))
    assert len(code) > 1000
    if "apple" not in triple:
        system = next(x for x in OF_SYSTEM if x in triple)
        unknown = undefined_symbols(code) - MEMORY - OF_SYSTEM[system] - ELEMENTARY
        assert not {x for x in unknown if not x.startswith("lightppl")}
    return code


@pytest.mark.parametrize("batch", range(0, len(COMPILED), ROWS_AT_ONCE))
def test_the_catalogue_becomes_object_code(batch):
    name = list(MACHINES)[batch // ROWS_AT_ONCE % len(MACHINES)]
    check(name, lowered(*joined_objective(COMPILED[batch : batch + ROWS_AT_ONCE])))


@pytest.mark.parametrize("kind", KINDS)
def test_random_programs_become_object_code(kind):
    program = random_program(kind, 3)
    text = lowered(program.function(), program.points()[0])
    others = [name for name in MACHINES if name != "ARM server"]
    for name in ("ARM server", others[KINDS.index(kind) % len(others)]):
        check(name, text)


FAR = """
declare double @tan(double)
declare void @lightppl_scipy_dgemv(ptr)
@table = internal constant [3 x double] [double 1.0, double 2.0, double 4.0]
define double @f(double %x, i64 %k, ptr %out) {
  %place = getelementptr double, ptr @table, i64 %k
  %entry = load double, ptr %place
  call void @lightppl_scipy_dgemv(ptr %out)
  %y = call double @tan(double %x)
  %z = fmul double %y, %entry
  ret double %z
}
"""


def direct_calls(machine, text):
    """Return which functions from elsewhere assembly branches to."""
    assembly = machine.emit_assembly(llvm.parse_assembly(text))
    calls = re.findall(r"^\s+(?:bl|b|callq?|jmp)\s+_?(tan|lightppl_scipy_\w+)\b", assembly, re.M)
    return set(calls)


@pytest.mark.parametrize("triple, cpu", [
    ("arm64-apple-macosx", "apple-m1"), ("x86_64-apple-macosx", "x86-64-v3"),
    ("x86_64-pc-windows-msvc-elf", "x86-64-v3"),
])
def test_calls_hold_whole_addresses_where_the_loader_makes_no_stubs(triple, cpu):
    assert direct_calls(machine_of(triple, cpu), FAR) == set()
    near = llvm.Target.from_triple(triple).create_target_machine(
        cpu=cpu, reloc="pic", codemodel="small", jit=True
    )
    assert direct_calls(near, FAR) == {"tan", "lightppl_scipy_dgemv"}, "the test sees branches"


@pytest.mark.parametrize("name, width", [("ARM server", 2), ("ARM Mac", 2), ("Windows", 4)])
def test_a_loop_of_exponentials_has_the_vectors_of_the_processor(name, width):
    text = lowered(lambda q: np.sum(np.exp(q)), np.zeros(64))
    assert f"fmul <{width} x double>" in optimize_llvm(text, machine_of(*MACHINES[name]))
    assert f"fmul <{width} x double>" not in text
