"""Settings of the process: each environment variable says what it may be."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import lightppl as lp
from lightppl import settings
from lightppl.errors import LightPPLError, SettingError

WRONG = [
    ("LIGHTPPL_DEBUG", settings.debug_level, ["5", "-1", "yes", "1.5", "\u00b2", "\u0663"]),
    (
        "LIGHTPPL_NUM_THREADS",
        settings.get_num_threads,
        ["0", "-2", "two", "1.5", "nan", "\u00b2", "9" * 30],
    ),
    ("LIGHTPPL_CACHE_DIR", settings.cache_dir, ["~nosuchuser", "~nosuchuser/cache"]),
]


@pytest.mark.parametrize(
    "variable, read, text", [(name, read, x) for name, read, wrong in WRONG for x in wrong]
)
def test_a_bad_setting_is_named_with_what_is_allowed(monkeypatch, variable, read, text):
    monkeypatch.setenv(variable, text)
    with pytest.raises(SettingError, match=f"{variable} must .*found {re.escape(repr(text))}"):
        read()


@pytest.mark.parametrize(
    "variable, text, read, expected",
    [
        ("LIGHTPPL_DEBUG", "", settings.debug_level, 0),
        ("LIGHTPPL_DEBUG", " 4 ", settings.debug_level, 4),
        ("LIGHTPPL_NUM_THREADS", "3", settings.get_num_threads, 3),
        ("LIGHTPPL_CACHE_DIR", "~/x", settings.cache_dir, Path.home() / "x"),
        ("LIGHTPPL_CACHE_DIR", "/x/~y", settings.cache_dir, Path("/x/~y")),
    ],
)
def test_a_good_setting_is_read(monkeypatch, variable, text, read, expected):
    monkeypatch.setenv(variable, text)
    assert read() == expected


@pytest.mark.parametrize("text, shown", [("0", "False"), ("1", "True"), ("off", "SettingError")])
def test_validation_is_on_off_or_an_error(text, shown):
    root = str(Path(lp.__file__).resolve().parents[1])
    done = subprocess.run(
        [sys.executable, "-c", "from lightppl import settings as s; "
         "print(s.is_validation_enabled())"],
        env={**os.environ, "LIGHTPPL_VALIDATE": text, "PYTHONPATH": root},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert shown in done.stdout + done.stderr
    if shown == "SettingError":
        assert "LIGHTPPL_VALIDATE must be 0 or 1; found 'off'" in done.stderr


def test_no_home_is_said(monkeypatch):
    def fail():
        raise RuntimeError("Could not determine home directory.")

    for name in ("LIGHTPPL_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(settings.Path, "home", fail)
    with pytest.raises(LightPPLError, match="LIGHTPPL_CACHE_DIR"):
        settings.cache_dir()
