"""The seal: made with a secret of the user's, for one version and one text."""

import stat
import threading

import pytest

from lightppl.machine_code.code_seal import is_sealed, make_secret, read_secret, seal_of
from lightppl.errors import CacheError
from lightppl.machine_code.private_folder import private_folder
from tests import attackers

MEANT = ("models-1", "def f(): ...", b"code")


def test_a_seal_is_of_one_secret_version_text_and_content():
    seal = seal_of(b"s" * 32, *MEANT)
    assert is_sealed(seal, b"s" * 32, *MEANT)
    assert not is_sealed(seal, b"t" * 32, *MEANT)
    for other in [
        ("models-2", "def f(): ...", b"code"), ("models-1", "def g(): ...", b"code"),
        ("models-1", "def f(): ...", b"Code"), ("models-1def f(): ...", "", b"code"),
    ]:  # fmt: skip
        assert not is_sealed(seal, b"s" * 32, *other)
    assert not is_sealed(b"", b"s" * 32, *MEANT) and not is_sealed(seal[:-1], b"s" * 32, *MEANT)


def test_the_secret_is_made_once_and_for_the_user_alone(tmp_path):
    with private_folder(tmp_path / "mine") as folder:
        assert read_secret(folder) is None
        found = []
        threads = [
            threading.Thread(target=lambda: found.append(make_secret(folder))) for _ in range(8)
        ]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert len(found) == 8 and set(found) == {read_secret(folder)}
    assert stat.S_IMODE((tmp_path / "mine" / "secret").stat().st_mode) == 0o600


@attackers.needs_owners
@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(attackers.give_away, marks=attackers.needs_root),
        attackers.open_to_all, attackers.readable_by_all, attackers.put_link,
        attackers.put_dangling_link, attackers.put_pipe, attackers.put_folder, attackers.put_file,
        attackers.truncate, attackers.empty,
    ],
)
def test_a_secret_that_others_may_know_is_refused(tmp_path, attack):
    with private_folder(tmp_path / "mine") as folder:
        make_secret(folder)
        attack(tmp_path / "mine" / "secret")
        for use in (read_secret, make_secret):
            with pytest.raises(CacheError, match="Delete the folder") as caught:
                use(folder)
            assert "chmod" not in str(caught.value)
