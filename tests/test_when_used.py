"""Names and modules come when they are asked for, and look as if they had been there."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import lightppl
from lightppl.errors import NotYetError
from lightppl.when_used import module_when_used, names_when_used

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "lightppl", "lightppl.contrib", "lightppl.diagnostics", "lightppl.distributions",
    "lightppl.distributions.transforms", "lightppl.handlers", "lightppl.infer",
    "lightppl.infer.inspect", "lightppl.infer.mcmc", "lightppl.language.handlers",
)


@pytest.mark.parametrize("path", PACKAGES)
def test_every_name_is_found(path):
    package = import_module(path)
    assert list(package.__all__) == sorted(set(package.__all__)) and dir(package)
    assert [name for name in package.__all__ if getattr(package, name, None) is None] == []
    assert set(package.__all__) <= set(dir(package))


@pytest.mark.parametrize("path", PACKAGES)
def test_other_names_are_refused_as_by_python(path):
    with pytest.raises(AttributeError, match=f"module '{path}' has no attribute 'no_such_name'"):
        import_module(path).no_such_name
    with pytest.raises(ImportError):
        exec(f"from {path} import no_such_name")


def test_names_that_are_planned_are_refused_in_one_sentence():
    with pytest.raises(NotYetError, match="SVI does not exist yet"):
        lightppl.infer.SVI


def test_a_name_loads_its_module_and_no_other():
    script = """
import sys
import lightppl.distributions as dist
kinds = ("positive", "counts", "real_line")
loaded = lambda: [kind for kind in kinds if f"lightppl.distributions.{kind}" in sys.modules]
before = loaded()
dist.Poisson
print(before, loaded(), "Poisson" in vars(dist), dist.kl.kl_divergence is dist.kl_divergence)
"""
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[] ['counts'] True True"


def test_a_star_import_brings_all_names():
    names = {}
    exec("from lightppl.distributions.transforms import *", names)
    assert names["HaarTransform"].__name__ == "HaarTransform"


def test_names_are_those_of_the_stub_and_modules_are_found_too():
    find, show, names = names_when_used("lightppl")
    assert {"do", "set_rng_seed"} <= set(names) <= set(show())
    assert find("do") is lightppl.do and find("set_rng_seed") is lightppl.set_rng_seed
    assert find("handlers") is import_module("lightppl.handlers")


@pytest.mark.parametrize("path", PACKAGES)
def test_editors_see_the_names_that_there_are(path):
    """A stub is read instead of the file, so it has to be valid by itself and complete."""
    file = Path(import_module(path).__file__).with_suffix(".pyi")
    seen = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            assert all(alias.asname == alias.name for alias in node.names)  # else not re-exported
            module = f"{path}.{node.module or ''}".rstrip(".") if node.level else node.module
            for alias in node.names:
                seen.add(alias.name)
                if module == path:
                    import_module(f"{path}.{alias.name}")
                else:
                    assert hasattr(import_module(module), alias.name)
    assert seen == set(import_module(path).__all__)


def test_stubs_travel_with_the_package():
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '[tool.setuptools.package-data]\n"*" = ["*.pyi"]\n' in settings


def test_a_module_stands_there_before_it_is_loaded():
    script = """
import sys
from lightppl.when_used import module_when_used
module = module_when_used("wsgiref.util")
hasattr(module, "__wrapped__")
print("wsgiref" in sys.modules, module, module.is_hop_by_hop("Date"))
"""
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "False <wsgiref.util, loaded when it is used> False"


def test_what_a_module_lacks_is_refused_by_it():
    with pytest.raises(AttributeError, match="module 'json' has no attribute 'no_such_name'"):
        module_when_used("json").no_such_name
