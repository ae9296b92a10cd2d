"""NUTS leaves the target invariant: detailed balance by enumeration of every decision, exactly."""

import json
import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def balance():
    """Errors of detailed balance, computed by the kernels run as plain Python."""
    environment = dict(os.environ, NUMBA_DISABLE_JIT="1")
    done = subprocess.run(
        [sys.executable, "-m", "tests.reference.nuts_transition_matrix"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_nuts_is_in_detailed_balance(balance):
    assert len(balance["errors"]) >= 9
    assert max(balance["errors"].values()) < 1e-13, balance["errors"]


def test_all_probability_is_accounted_for_on_closed_orbits(balance):
    assert max(balance["escaped"].values()) < 1e-13, balance["escaped"]


@pytest.mark.parametrize("fault", ["energy", "weight", "only subtrees checked for turns"])
def test_the_check_sees_a_planted_fault(balance, fault):
    assert balance["faults"][fault] > 1e-5, balance["faults"]
