"""What the path of a checkpoint may name, and what is never written over."""

import os

import pytest

from lightppl.errors import CheckpointError
from tests.infer.mcmc import models
from tests.infer.mcmc.test_checkpoint import assert_same, make


@pytest.mark.skipif(os.name != "posix", reason="makes a pipe")
def test_what_is_no_file_is_refused_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, os.devnull):
        for key in (0, None):
            with pytest.raises(CheckpointError, match="is no file"):
                make().run(key, models.Y, checkpoint=path)
    assert pipe.is_fifo() and tmp_path.is_dir() and not os.path.isfile(os.devnull)


def test_a_link_stays_a_link(tmp_path):
    link, path = tmp_path / "link", tmp_path / "draws"
    link.symlink_to(path)
    expected = make()
    expected.run(0, models.Y, checkpoint=link)
    assert link.is_symlink() and path.stat().st_size > 0
    found = make()
    found.run(None, models.Y, checkpoint=path)
    assert_same(found, expected)


@pytest.mark.parametrize("key", [0, None])
def test_a_file_whose_beginning_is_damaged_is_an_error(tmp_path, key):
    path = tmp_path / "draws"
    make().run(0, models.Y, checkpoint=path)
    content = bytearray(path.read_bytes())
    content[60] ^= 255
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged.*beginning is not whole"):
        make().run(key, models.Y, checkpoint=path)
    assert path.read_bytes() == content
