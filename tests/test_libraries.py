"""Libraries are asked for their release without being loaded."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import numpy
import pytest
import scipy

from lightppl import libraries


def test_the_release_is_that_of_the_loaded_library():
    assert numpy.__version__ in libraries.release_of("numpy")
    assert scipy.__version__ in libraries.release_of("scipy")


def test_nothing_is_loaded_for_it():
    code = """
import sys
from lightppl.libraries import folder_of, release_of
texts = [release_of(name) for name in ("numba", "scipy")]
print(all(texts), folder_of("numba").name, "numba" in sys.modules, "scipy" in sys.modules)
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "True numba False False"


def test_without_a_file_of_its_own_the_installer_knows_the_release(monkeypatch, tmp_path):
    monkeypatch.setattr(libraries, "folder_of", lambda name: tmp_path)
    assert libraries.release_of.__wrapped__("scipy") == scipy.__version__


def test_what_is_not_installed_is_an_error():
    assert libraries.folder_of("no_such_library") is None
    with pytest.raises(PackageNotFoundError):
        libraries.release_of("no_such_library")
