"""Updates of a subsample's indices are in detailed balance: by all proposals, exactly."""

import json
import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def balance():
    """Errors of detailed balance, computed by the kernels run as plain Python."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.reference.index_transition_matrix"],
        env=dict(os.environ, NUMBA_DISABLE_JIT="1"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_update_of_indices_is_in_detailed_balance_and_reaches_all_of_them(balance):
    for name, (error, row_error, is_connected) in balance["found"].items():
        assert error < 1e-15 and row_error < 1e-12 and is_connected, name


def test_the_check_sees_planted_faults(balance):
    assert min(balance["faults"].values()) > 1e-6, balance["faults"]
