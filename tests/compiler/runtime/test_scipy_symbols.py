import os
import subprocess
import sys
import textwrap

import pytest

from lightppl.compiler.runtime import scipy_symbols

PROGRAM = """
import numba, numpy as np
from lightppl.compiler.runtime.special import gammainc
from lightppl.compiler.runtime.linalg import cholesky_into

@numba.njit(cache=True)
def caller(a, out):
    cholesky_into(a, out)
    return gammainc(2.0, 1.0) + out[0, 0]

a = 4.0 * np.eye(30)
print(caller(a, np.empty_like(a)), len(caller.stats.cache_hits))
"""


def run(folder, **variables):
    file = folder / "program.py"
    if not file.exists():
        file.write_text(textwrap.dedent(PROGRAM))
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "cache"), **variables}
    finished = subprocess.run(
        [sys.executable, str(file)], env=environment, capture_output=True, text=True, timeout=120
    )
    assert finished.returncode == 0, finished.stderr
    value, hits = finished.stdout.split()
    return float(value), int(hits)


def test_cached_callers_run_in_a_process_with_other_addresses(tmp_path):
    first, hits_before = run(tmp_path)
    second, hits_after = run(tmp_path)
    assert (hits_before, hits_after) == (0, 1)
    assert first == second == pytest.approx(2.264241117657115)


def test_without_compilation_the_same_functions_are_called(tmp_path):
    file = tmp_path / "program.py"
    file.write_text(textwrap.dedent(PROGRAM).replace(", len(caller.stats.cache_hits)", ", 0"))
    value, _ = run(tmp_path, NUMBA_DISABLE_JIT="1")
    assert value == pytest.approx(2.264241117657115)


def test_a_name_is_registered_once():
    arguments = ("scipy.special.cython_special", "gammainc", "double (double")
    symbol = scipy_symbols.register_symbol(*arguments)
    address = scipy_symbols._registered[symbol]
    assert scipy_symbols.register_symbol(*arguments) == symbol == "lightppl_scipy_gammainc"
    assert scipy_symbols._registered[symbol] == address


def test_a_missing_function_is_an_error_that_names_it():
    with pytest.raises(ImportError, match="no C function nothing_like_this"):
        scipy_symbols.register_symbol("scipy.linalg.cython_blas", "nothing_like_this")
