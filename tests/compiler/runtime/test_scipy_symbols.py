import os
import subprocess
import sys

import numpy as np
import pytest

import lightppl as lp
from lightppl.compiler.runtime import scipy_symbols
from lightppl.compiler.runtime.linalg import cholesky_into
from lightppl.compiler.runtime.special import gammainc

PROGRAM = """
import numpy as np, scipy.special
from lightppl.compiler.build import compile_counts
from lightppl.density import compile_objective
import lightppl.special

matrix = 4.0 * np.eye(30)
def objective(q):
    return np.sum(np.linalg.cholesky(matrix * q[0])) + np.sum(scipy.special.gammainc(2.0, q))
value, _ = compile_objective(objective, np.ones(1))(np.ones(1))
print(value, compile_counts()["loaded"])
"""


def run(folder):
    environment = {**os.environ, "LIGHTPPL_CACHE_DIR": str(folder / "cache")}
    root = os.path.dirname(os.path.dirname(lp.__file__))
    environment["PYTHONPATH"] = os.pathsep.join([root, environment.get("PYTHONPATH", "")])
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    value, loaded = finished.stdout.split()
    return float(value), int(loaded)


def test_cached_callers_run_in_a_process_with_other_addresses(tmp_path):
    first, loaded_before = run(tmp_path)
    second, loaded_after = run(tmp_path)
    assert (loaded_before, loaded_after) == (0, 1)
    assert first == second == pytest.approx(60.264241117657115)


def test_python_calls_the_same_functions():
    out = np.empty((30, 30))
    cholesky_into(4.0 * np.eye(30), out)
    assert gammainc(2.0, 1.0) + out[0, 0] == pytest.approx(2.264241117657115)


def test_a_symbol_is_made_again_from_its_description():
    symbol = scipy_symbols.special_function("gammainc", 2)
    again = scipy_symbols.symbol_from(symbol.described())
    assert again.symbol == symbol.symbol == "lightppl_scipy_gammainc"
    assert again.address == symbol.address


def test_a_missing_function_is_an_error_that_names_it():
    symbol = scipy_symbols.fortran_procedure("scipy.linalg.cython_blas", "nothing_like_this", "d")
    with pytest.raises(ImportError, match="no C function nothing_like_this"):
        symbol.address
