"""What a checkpoint holds, written and read back; and files of frames."""

import json
import math
import os
from collections import namedtuple

import numpy as np
import pytest

from lightppl.errors import CheckpointError
from lightppl.infer.mcmc import frames
from lightppl.infer.mcmc.frames import FrameFile
from lightppl.infer.mcmc.plain import from_plain, to_plain
from lightppl.keys import PRNGKey, fold_in, split
from lightppl.language.structure import leaves_of
from lightppl.random import as_generator

Point = namedtuple("Point", ["q", "U"])

VALUES = {
    "numbers": [1, -2.5, True, None, "text", 2**80, 0.1 + 0.2],
    "odd numbers": [math.nan, math.inf, -math.inf, -0.0, 5e-324],
    "arrays": [np.arange(6).reshape(2, 3), np.zeros((0, 3)), np.array(3.5), np.array(["a", "bc"])],
    "order": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "numpy": [np.float64(0.1), np.int64(3), np.bool_(True), np.float32(0.1)],
    "rows": [np.float64(0.1), np.float64(0.2)],
    "array rows": [np.arange(3.0), np.arange(3.0) + 1],
    "mixed": [np.array(1.0), np.float64(2.0)],
    "containers": {("a", "b"): (1, [2, {}]), 3: Point(np.ones(2), Point(1.0, None))},
    "key": fold_in(split(PRNGKey(2**100))[1], 2),
}


def there_and_back(value, folder):
    """Write a value into a file and read it."""
    path = str(folder / "values")
    file = FrameFile(path, to_plain(value))
    file.close()
    file = FrameFile(path)
    ((tree, arrays),) = file.frames()
    file.close()
    return from_plain(tree, arrays)


def assert_identical(found, expected):
    assert type(found) is type(expected)
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        found, expected = list(found.values()), list(expected.values())
    if isinstance(expected, (list, tuple)):
        assert len(found) == len(expected)
        for x, y in zip(found, expected):
            assert_identical(x, y)
    elif isinstance(expected, (np.ndarray, np.generic)):
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        assert np.asarray(found).tobytes() == np.asarray(expected).tobytes()
    else:
        assert repr(found) == repr(expected)


@pytest.mark.parametrize("name", VALUES)
def test_values_come_back_as_they_were(name, tmp_path):
    assert_identical(there_and_back(VALUES[name], tmp_path), VALUES[name])


@pytest.mark.parametrize("bits", ["SFC64", "PCG64", "MT19937", "Philox"])
def test_generators_go_on_where_they_were(bits, tmp_path):
    rng = np.random.Generator(getattr(np.random, bits)(7))
    rng.normal(size=3)
    rng.integers(0, 10, dtype=np.uint32)
    found = there_and_back({"rng": rng, "state": rng.bit_generator.state}, tmp_path)
    other = np.random.Generator(getattr(np.random, bits)())
    other.bit_generator.state = found["state"]
    expected = rng.normal(size=5)
    np.testing.assert_array_equal(found["rng"].normal(size=5), expected)
    np.testing.assert_array_equal(other.normal(size=5), expected)


def test_arrays_that_are_read_can_be_written_to(tmp_path):
    found = there_and_back(VALUES["arrays"], tmp_path)
    found[0][0, 0] = 7
    assert all(leaf.flags.writeable for leaf in leaves_of(found))


@pytest.mark.parametrize(
    "value",
    [open, np.array([None]), {1, 2}, lambda: 0, as_generator, [object()], Point],
)
def test_what_is_not_plain_is_refused(value):
    with pytest.raises(CheckpointError, match="has something of type .*run without checkpoint"):
        to_plain({"state": value})


def test_named_tuples_must_be_found_again():
    Local = namedtuple("Local", ["x"])
    with pytest.raises(CheckpointError, match="Define its class at the top of a module"):
        to_plain(Local(1))


@pytest.mark.parametrize(
    "name, fields",
    [
        ("os:system", ["x"]), ("builtins:list", ["x"]), ("tests.nowhere:Point", ["q", "U"]),
        (f"{__name__}:Point", ["q"]), (f"{__name__}:Missing", ["q"]), ("subprocess:Popen", []),
    ],
)
def test_names_in_a_file_lead_to_named_tuples_only(name, fields):
    tree = {"record": [name, fields, [1] * len(fields)]}
    with pytest.raises(CheckpointError, match="there is none now"):
        from_plain(tree, [])


@pytest.mark.parametrize(
    "tree",
    [
        {"pickle": "x"},
        {"generator": {"dict": [["bit_generator", "system"]]}},
        {"generator": {"dict": [["bit_generator", "seed"]]}},
        {"generator": 3},
    ],
)
def test_unknown_kinds_are_refused(tree):
    with pytest.raises(CheckpointError, match="unknown kind"):
        from_plain(tree, [])


def test_objects_in_a_file_are_refused(tmp_path):
    """An array of objects would be addresses, read as they stand."""
    file = FrameFile(str(tmp_path / "values"), (None, [np.zeros(2, np.int64)]))
    file.close()
    content = (tmp_path / "values").read_bytes()
    assert json.dumps("<i8").encode() in content
    path = tmp_path / "changed"
    text = content.replace(b'"<i8"', b'"|O8"')
    # the checksum does not defend against those who can write one
    size, data, _ = frames._HEAD.unpack(content[len(frames.FIRST_LINE) :][: frames._HEAD.size])
    body = text[len(frames.FIRST_LINE) + frames._HEAD.size :]
    head = frames._HEAD.pack(size, data, frames.zlib.crc32(body))
    path.write_bytes(frames.FIRST_LINE + head + body)
    file = FrameFile(str(path))
    with pytest.raises(ValueError, match="object|OBJECT"):
        list(file.frames())
    file.close()


def test_a_torn_frame_counts_as_never_written(tmp_path):
    path = str(tmp_path / "values")
    file = FrameFile(path, (0, []))
    sizes = [file.size]
    for number in range(1, 4):
        file.append(number, [np.full(50, float(number))])
        sizes.append(file.size)
    file.close()
    content = (tmp_path / "values").read_bytes()
    for length in range(sizes[0], len(content) + 1):
        (tmp_path / "values").write_bytes(content[:length])
        file = FrameFile(path)
        found = [tree for tree, _ in file.frames()]
        assert found == list(range(sum(size <= length for size in sizes)))
        if length in (sizes[1] + 1, sizes[2] - 1):
            file.append("new", [])
            assert [tree for tree, _ in file.frames()] == [*found, "new"]
        file.close()


def test_a_changed_byte_ends_the_file_before_its_frame(tmp_path):
    path = tmp_path / "values"
    file = FrameFile(str(path), (0, []))
    start = file.size
    file.append(1, [np.arange(20.0)])
    file.close()
    content = path.read_bytes()
    for position in range(start, len(content), 7):
        changed = bytearray(content)
        changed[position] ^= 1
        path.write_bytes(changed)
        file = FrameFile(str(path))
        assert [tree for tree, _ in file.frames()] == [0]
        file.close()


def test_rewriting_replaces_the_file_at_once(tmp_path):
    path = str(tmp_path / "values")
    file = FrameFile(path, (0, []))
    file.append(1, [])

    def failing():
        yield 0, []
        raise OSError("planted")

    with pytest.raises(OSError, match="planted"):
        file.rewrite(failing())
    assert [tree for tree, _ in file.frames()] == [0, 1] and os.listdir(tmp_path) == ["values"]
    file.rewrite([(7, [])])
    file.append(8, [])
    assert [tree for tree, _ in file.frames()] == [7, 8]
    file.close()
