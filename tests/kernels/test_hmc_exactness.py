"""HMC leaves the target invariant: detailed balance by taking both branches, exactly."""

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
        [sys.executable, "-m", "tests.reference.hmc_transition_matrix"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_hmc_is_in_detailed_balance_with_every_form_of_metric(balance):
    assert len(balance["errors"]) >= 6
    assert max(balance["errors"].values()) < 1e-13, balance["errors"]


def test_a_trajectory_that_is_turned_round_comes_back(balance):
    assert max(balance["missed"].values()) < 1e-12, balance["missed"]


def test_the_check_sees_planted_faults(balance):
    assert len(balance["faults"]) >= 3
    assert min(balance["faults"].values()) > 1e-5, balance["faults"]
