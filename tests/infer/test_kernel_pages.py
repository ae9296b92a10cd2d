"""The pages of `docs/kernels`: their code runs, their links lead somewhere, the table has them all.

A page that needs an optional package begins with the line ``<!-- needs: NAME -->``.
"""

import importlib
import re
from pathlib import Path

import pytest

import lightppl
from tests.documents import page_as_it_runs

FOLDER = Path(__file__).resolve().parent.parent.parent / "docs" / "kernels"
INDEX = FOLDER / "README.md"
PAGES = sorted(set(FOLDER.glob("*.md")) - {INDEX})
ROWS = re.findall(
    r"^\| (`.*?`) \| .* \| \[.*\]\((.*)\) \|$", INDEX.read_text(encoding="utf-8"), re.M
)

each_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)


def package_needed(path):
    """Return the package that a page needs and others do not, or None."""
    with path.open(encoding="utf-8") as lines:
        found = re.fullmatch(r"<!-- needs: (\w+) -->\n", next(lines, ""))
    return found and found.group(1)


def found_in(module, name):
    """Return whether a dotted name leads to something in a module."""
    for part in name.split("."):
        try:
            module = getattr(module, part)
        except (AttributeError, ImportError):
            try:
                module = importlib.import_module(f"{module.__name__}.{part}")
            except (AttributeError, ImportError):
                return False
    return True


@each_page
def test_the_code_of_a_page_runs_and_prints_what_the_page_says(path):
    package = package_needed(path)
    if package is not None:
        pytest.importorskip(package, reason=f"{package} is not installed")
    assert page_as_it_runs(path) == path.read_text(encoding="utf-8")


@each_page
def test_a_page_shows_what_an_example_prints_and_names_a_paper(path):
    text = path.read_text(encoding="utf-8")
    assert re.search(r"^```python\n.*?^```\n\n```text\n.+?^```", text, re.M | re.S)
    assert re.search(r"[A-Za-z]\w+ \(\d{4}\)", text)


@pytest.mark.parametrize("path", [INDEX, *PAGES], ids=lambda path: path.name)
def test_names_exist_and_so_do_links_beyond_the_table(path):
    text = path.read_text(encoding="utf-8")
    names = re.findall(r"`lightppl\.([\w.]+)`", text)
    assert [name for name in names if not found_in(lightppl, name)] == []
    links = re.findall(r"\]\(([^)#:]+)\)", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    of_the_table = {page for _, page in ROWS} if path == INDEX else set()
    assert [x for x in links if x not in of_the_table and not (path.parent / x).exists()] == []


@each_page
def test_the_table_has_each_page(path):
    assert path.name in {page for _, page in ROWS}


@pytest.mark.parametrize("names, page", ROWS, ids=[page for _, page in ROWS])
def test_a_kernel_that_can_be_imported_has_its_page(names, page):
    for name in re.findall(r"`(.*?)`", names):
        if not (found_in(lightppl.infer, name) or found_in(lightppl, name)):
            pytest.skip(f"{name} does not exist yet")
    assert (FOLDER / page).exists()


def test_the_line_of_a_page_names_the_package_that_it_needs(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("<!-- needs: dynesty -->\n# Title\n")
    assert package_needed(page) == "dynesty"
    page.write_text("# Title\n")
    assert package_needed(page) is None
