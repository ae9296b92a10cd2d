"""Fixtures for data that lies beside the repository, in its sibling folder ``shared``."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


@pytest.fixture(scope="session")
def shared_data():
    """Folder of small real data sets."""
    return _folder_or_skip("data")


@pytest.fixture(scope="session")
def posteriordb():
    """Folder of posteriors with trusted answers."""
    return _folder_or_skip("posteriordb")


def _folder_or_skip(name):
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"no folder ../shared/{name} beside the repository")
    return folder
