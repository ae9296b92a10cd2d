"""WALNUTS leaves the target invariant: detailed balance by enumeration of every decision."""

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
        [sys.executable, "-m", "tests.reference.walnuts_transition_matrix"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_walnuts_is_in_detailed_balance(balance):
    assert len(balance["errors"]) >= 8
    assert max(balance["errors"].values()) < 1e-13, balance["errors"]


def test_the_orbits_need_refinement_and_have_irreversible_steps(balance):
    assert max(map(max, balance["halvings"].values())) >= 2, balance["halvings"]
    assert sum(balance["irreversible"].values()) >= 4, balance["irreversible"]


@pytest.mark.parametrize(
    "fault", ["energy", "weight", "no way back", "tolerance depends on direction"]
)
def test_the_check_sees_a_planted_fault(balance, fault):
    assert balance["faults"][fault] > 1e-5, balance["faults"]
