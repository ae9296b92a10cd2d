"""What README.md promises can be typed in as it stands."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def code_under(heading):
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", README, re.M | re.S).group(1)
    return re.findall(r"^```sh\n(.*?)^```", section, re.M | re.S)


@pytest.mark.parametrize("heading", ["Run it", "Test it"])
def test_one_line_does_it_all(heading):
    (code,) = code_under(heading)
    assert code.count("\n") == 1
    assert code.startswith("python3 -m venv .venv && .venv/bin/pip install")


def test_the_line_of_continuous_integration_is_that_of_the_readme():
    shown = subprocess.run(
        ["bash", ROOT / ".ci" / "run", "--show"], capture_output=True, text=True, check=True
    )
    assert [shown.stdout] == code_under("Test it")


def test_the_files_that_are_named_exist():
    (run_line,) = code_under("Run it")
    named = [run_line.split()[-1], "bench/RESULTS.md", *re.findall(r"`(lightppl/\S+\.py)`", README)]
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing


def test_the_model_of_the_readme_runs(capsys):
    (code,) = re.findall(r"^```python\n(.*?)^```", README, re.M | re.S)
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["mcmc"].get_samples()["theta"].shape == (4000, 8)
    assert "z[7]" in capsys.readouterr().out
