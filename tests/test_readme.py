"""What README.md promises can be typed in as it stands."""

import importlib
import re
import subprocess
from pathlib import Path

import pytest

import lightppl
from tests.documents import page_as_it_runs

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


DOCUMENTS = sorted((ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_code_of_a_document_runs_and_prints_what_the_page_says(path):
    assert page_as_it_runs(path) == path.read_text(encoding="utf-8")


def test_the_rules_of_the_readme_are_those_of_the_page():
    """Each remedy that the README promises stands in the page, too, and exists."""
    page = (ROOT / "docs" / "coming-from-numpyro.md").read_text(encoding="utf-8")
    for word in ("X @ b", "np.stack", "take", "set_at", "logsumexp"):
        assert word in README and word in page


@pytest.mark.parametrize("path", [ROOT / "README.md", *DOCUMENTS], ids=lambda path: path.name)
def test_names_and_links_exist(path):
    text = path.read_text(encoding="utf-8")
    for name in set(re.findall(r"`lightppl((?:\.\w+)+)\b", text)):
        found = lightppl
        for part in name[1:].split("."):
            if not hasattr(found, part):
                found = importlib.import_module(f"{found.__name__}.{part}")
            else:
                found = getattr(found, part)
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (path.parent / link).exists(), link
