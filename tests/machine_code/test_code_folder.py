"""Compiled code on disk: loaded only if it is ours, deleted only if it is ours."""

import hashlib
import os
import shutil
import threading

import pytest

from lightppl.machine_code import code_folder
from lightppl.machine_code.code_folder import cache_clear, find_code, keep_code
from lightppl.errors import CacheError, LightPPLWarning
from tests import attackers

TEXT, CODE = "def potential(): ...", b"machine\ncode"
DIGITS = "0123456789abcdef0123"


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("LIGHTPPL_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def folder(root):
    """A folder with one entry."""
    folder = root / "lightppl-compiled" / f"models-{DIGITS}"
    keep_code(folder, TEXT, CODE, ["name", None])
    return folder


def entry_of(folder, text=TEXT):
    return folder / f"code_{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def used_at(folder, seconds, *names):
    for name in names:
        os.utime(folder / name, (seconds, seconds))


def test_what_was_kept_is_found_and_nothing_else(folder):
    assert find_code(folder, TEXT) == (CODE, ["name", None])
    assert find_code(folder, "another text") == (None, None)
    assert find_code(folder.with_name(f"models-{DIGITS[::-1]}"), TEXT) == (None, None)
    assert find_code(folder.parent.parent / "elsewhere" / "models-1", TEXT) == (None, None)
    assert not (folder.parent.parent / "elsewhere").exists(), "looking makes nothing"


def forge(path):
    """What somebody can do who knows the format and may write: a digest without the secret."""
    content = b'["evil"]\nevil code'
    text = hashlib.sha256(TEXT.encode()).digest()
    name = hashlib.sha256(path.parent.name.encode()).digest()
    path.write_bytes(hashlib.sha256(name + text + content).digest() + content)


def flip_the_last_bit(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def replay_another_entry(path):
    keep_code(path.parent, "another text", b"other code", [])
    shutil.copy(entry_of(path.parent, "another text"), path)


def link_another_entry(path):
    keep_code(path.parent, "another text", b"other code", [])
    path.unlink()
    os.link(entry_of(path.parent, "another text"), path)


def replay_an_older_version(path):
    older = path.parent.with_name(f"models-{DIGITS[::-1]}")
    keep_code(older, TEXT, b"code of an older compiler", [])
    shutil.copy(entry_of(older), path)


ATTACKS = [
    forge, flip_the_last_bit, replay_another_entry, link_another_entry, replay_an_older_version,
    attackers.truncate, attackers.empty, attackers.put_file, attackers.put_link,
    attackers.put_dangling_link, attackers.put_pipe, attackers.put_folder, attackers.open_to_all,
    pytest.param(attackers.give_away, marks=attackers.needs_root),
]  # fmt: skip


@attackers.needs_owners
@pytest.mark.parametrize("attack", ATTACKS)
def test_planted_code_is_never_loaded_and_makes_room_for_ours(folder, attack):
    path = entry_of(folder)
    attack(path)
    assert find_code(folder, TEXT) == (None, None)
    if path.is_dir():
        with pytest.warns(LightPPLWarning, match="cannot be kept"):
            keep_code(folder, TEXT, CODE, [])
        return
    assert not path.is_symlink() and not path.exists()
    keep_code(folder, TEXT, CODE, ["again"])
    assert find_code(folder, TEXT) == (CODE, ["again"])


@attackers.needs_owners
@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize(
    "attack",
    [
        attackers.open_to_all, attackers.put_link, attackers.put_pipe, attackers.put_file,
        pytest.param(attackers.give_away, marks=attackers.needs_root),
    ],
)
def test_nothing_is_loaded_or_kept_where_others_can_write(folder, attack, level):
    attack([folder.parent.parent, folder.parent, folder][level])
    for use in (lambda: find_code(folder, TEXT), lambda: keep_code(folder, TEXT, CODE, [])):
        with pytest.raises(CacheError, match="Delete it|or delete this one") as caught:
            use()
        assert "chmod" not in str(caught.value)


@attackers.needs_owners
def test_code_planted_while_the_folder_was_open_to_all_is_not_loaded_after_it_is_closed(root):
    """The owner obeys an old message and closes the folder: planted files and secrets stay."""
    ours = root / "lightppl-compiled"
    folder = ours / f"models-{DIGITS}"
    folder.mkdir(parents=True)
    (ours / "secret").write_bytes(b"known to the attacker".ljust(32))
    (ours / "secret").chmod(0o600)
    content = b'["evil"]\nevil code'
    seal = code_folder.seal_of(b"known to the attacker".ljust(32), folder.name, TEXT, content)
    entry_of(folder).write_bytes(seal + content)
    for path in (root, ours, folder):
        path.chmod(0o700)
    assert find_code(folder, TEXT) == (b"evil code", ["evil"]), "the forgery itself is good"
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to somebody else")
    attackers.give_away(ours / "secret")
    with pytest.raises(CacheError, match="secret.*other users own it"):
        find_code(folder, TEXT)
    (ours / "secret").unlink()
    assert find_code(folder, TEXT) == (None, None)


def test_a_new_secret_makes_old_code_worthless(folder):
    (folder.parent / "secret").unlink()
    assert find_code(folder, TEXT) == (None, None)
    keep_code(folder, TEXT, CODE, [])
    assert find_code(folder, TEXT)[0] == CODE


def test_many_threads_find_and_keep_at_once(root):
    folder = root / "lightppl-compiled" / f"models-{DIGITS}"
    found = []

    def use(k):
        for _ in range(10):
            keep_code(folder, f"text {k % 3}", b"code %d" % (k % 3), [])
            found.append(find_code(folder, f"text {k % 3}")[0] == b"code %d" % (k % 3))

    threads = [threading.Thread(target=use, args=(k,)) for k in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert found == [True] * 60
    assert not list(folder.glob("unfinished*"))


def test_files_go_that_were_not_used_for_longest(folder, monkeypatch):
    monkeypatch.setattr(code_folder, "MAX_FILES", 3)
    for k, text in enumerate("ab"):
        keep_code(folder, text, b"code", [])
        used_at(folder, 1000.0 + k, entry_of(folder, text).name)
    used_at(folder, 1.0, entry_of(folder).name)
    assert find_code(folder, TEXT)[0] == CODE, "the oldest is used"
    keep_code(folder, "c", b"code", [])
    found = {text: find_code(folder, text)[0] is not None for text in (TEXT, "a", "b", "c")}
    assert found == {TEXT: True, "a": False, "b": True, "c": True}


def test_versions_go_that_were_not_used_for_longest(root):
    ours = root / "lightppl-compiled"
    versions = [ours / f"models-{k}{DIGITS[1:]}" for k in range(6)]
    for k, version in enumerate(versions[:5]):
        keep_code(version, TEXT, CODE, [])
        used_at(version, 1000.0 + k, "made-by-lightppl")
    kept = {path.name for path in ours.glob("models-*")}
    assert len(kept) == 1 + code_folder.MAX_VERSIONS
    oldest = min(kept)
    find_code(ours / oldest, TEXT)
    keep_code(versions[5], TEXT, CODE, [])
    assert oldest in {path.name for path in ours.glob("models-*")}, "it was used"


def test_left_over_files_are_removed_and_files_being_written_are_not(folder):
    for name in ("unfinished_0123456789abcdef", "unfinished_fedcba9876543210", "unfinished_story"):
        (folder / name).write_bytes(b"half")
    used_at(folder, 1000.0, "unfinished_0123456789abcdef", "unfinished_story")
    keep_code(folder, "another text", CODE, [])
    assert {x.name for x in folder.glob("unfinished*")} == {
        "unfinished_fedcba9876543210", "unfinished_story",
    }


def test_clearing_removes_all_that_is_ours(root, folder):
    keep_code(folder.with_name(f"kernels-{DIGITS}"), TEXT, CODE, [])
    (folder / "unfinished_0123456789abcdef").write_bytes(b"half")
    cache_clear()
    assert list(root.iterdir()) == []
    cache_clear()
    shutil.rmtree(root)
    cache_clear()


@pytest.fixture
def precious(root, folder):
    """Data of the user that look like ours, or lie among ours."""
    ours = folder.parent
    paths = [
        root / "models-of-my-thesis" / "results.csv", root / f"models-{DIGITS}" / "code_1",
        root / "kernels-1" / "data", ours / "models-mine" / "data",
        ours / f"models-{DIGITS[::-1]}" / "data", folder / "notes.txt", folder / "code_of_mine",
        folder / "deep" / "data", ours / "readme", root / "secret",
    ]  # fmt: skip
    for path in paths:
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text("precious")
    outside = root.parent / "outside"
    keep_code(outside / "lightppl-compiled" / f"models-{DIGITS}", TEXT, CODE, [])
    link = ours / f"kernels-{DIGITS}"
    link.symlink_to(outside / "lightppl-compiled" / f"models-{DIGITS}")
    return [*paths, link / entry_of(folder).name]


def test_clearing_and_evicting_spare_all_that_is_not_ours(root, folder, precious, monkeypatch):
    monkeypatch.setattr(code_folder, "MAX_VERSIONS", 0)
    monkeypatch.setattr(code_folder, "MAX_FILES", 1)
    keep_code(folder.with_name(f"models-{'f' * 20}"), TEXT, CODE, [])
    keep_code(folder.with_name(f"kernels-{'f' * 20}"), TEXT, CODE, [])
    assert not entry_of(folder).exists(), "what is ours is evicted"
    cache_clear()
    for path in precious:
        assert path.exists(), f"{path} is gone"
    assert not (folder.parent / "secret").exists()


def test_clearing_where_others_can_write_deletes_nothing(root, folder):
    attackers.open_to_all(root)
    with pytest.raises(CacheError):
        cache_clear()
    assert entry_of(folder).exists()


def test_code_that_cannot_be_kept_is_a_warning(folder, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.warns(LightPPLWarning, match="No space left.*LIGHTPPL_CACHE_DIR"):
        keep_code(folder, "another text", CODE, [])
    assert not list(folder.glob("unfinished*"))


@pytest.mark.parametrize("stream", ["closed", "full", "none"])
def test_news_of_compilation_need_no_standard_error(monkeypatch, stream):
    class Full:
        def write(self, text):
            raise OSError(28, "No space left on device")

        def flush(self):
            pass

    closed = open(os.devnull, "w")
    closed.close()
    monkeypatch.setattr(code_folder.sys, "stderr", dict(closed=closed, full=Full())
        .get(stream))  # fmt: skip
    code_folder.announce_compilation(f"a test with {stream} standard error")
