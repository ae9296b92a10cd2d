"""Progress: a line for each chain on a terminal, few lines in a log, and tqdm only when drawn."""

import os
import re
import select
import struct
import subprocess
import sys
import time

import pytest

from lightppl.infer.mcmc import progress as progress_module
from lightppl.infer.mcmc.chains import ChainsProgress
from lightppl.infer.mcmc.progress import ProgressDisplay, View, find_view


class Words:
    def describe(self):
        return "3 divergences"


@pytest.fixture
def viewer(monkeypatch):
    monkeypatch.setattr(progress_module, "find_view", lambda: View.BARS)
    monkeypatch.setattr(progress_module, "DELAY_SECONDS", 0.01)


def draw(num_chains, num_done, capsys):
    progress = ChainsProgress([Words()] * num_chains, 200)
    with ProgressDisplay(True, 100) as display:
        display.start()
        display.update(progress)
        assert display.bars == [], "short runs draw nothing"
        time.sleep(0.02)
        progress.num_done = num_done
        display.update(progress)
        num_bars = len(display.bars)
    return num_bars, capsys.readouterr().err


def test_each_chain_has_a_bar_with_stage_and_words(viewer, capsys):
    num_bars, shown = draw(2, [50, 150], capsys)
    assert num_bars == 2
    assert "chain 1 warmup" in shown and "chain 2 sample" in shown and "3 divergences" in shown


def test_many_chains_share_a_bar(viewer, capsys):
    num_bars, shown = draw(20, [100] * 20, capsys)
    assert num_bars == 1 and "2000/4000" in shown


@pytest.fixture
def terminal_without_width(viewer, monkeypatch):
    monkeypatch.setattr(progress_module, "find_view", lambda: View.LINES)


def test_a_terminal_without_width_gets_a_plain_line_for_each_tenth(terminal_without_width, capsys):
    progress = ChainsProgress([Words()] * 2, 200)
    with ProgressDisplay(True, 100) as display:
        display.start()
        time.sleep(0.02)
        for done in range(0, 201, 5):
            progress.num_done = [done, done]
            display.update(progress)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[0] == "lightppl: warmup, 40 of 400 iterations of 2 chains (10 10 %)"
    assert lines[-1] == "lightppl: sample, 400 of 400 iterations of 2 chains (100 100 %)"


@pytest.fixture
def terminal(monkeypatch):
    """A function that makes standard error a pseudo-terminal, and one that reads from it."""
    if not hasattr(os, "openpty"):
        pytest.skip("no pseudo-terminals on this system")
    fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")
    opened = []

    def open_terminal(columns):
        reader, terminal = os.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        stream = os.fdopen(terminal, "w")
        opened.extend((reader, stream))
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys, "stderr", stream)
        return reader

    yield open_terminal
    for reader, stream in zip(opened[::2], opened[1::2]):
        stream.close()
        os.close(reader)


@pytest.mark.parametrize("columns, view", [(0, View.LINES), (80, View.BARS)])
def test_the_width_of_the_terminal_decides(terminal, columns, view):
    terminal(columns)
    assert find_view() is view


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(terminal, monkeypatch):
    terminal(80)
    monkeypatch.setenv("TERM", "dumb")
    assert find_view() is View.LINES


def read_all(reader):
    """Return what was written to a pseudo-terminal, which hands it out in pieces."""
    pieces = []
    while select.select([reader], [], [], 0.2)[0]:
        pieces.append(os.read(reader, 1 << 16))
    return b"".join(pieces).decode()


def screen_of(text):
    """The lines that a terminal shows after `text` with the few commands that bars use."""
    screen, row, column = [""], 0, 0
    for piece in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|[^\x1b]", text):
        if piece == "\r":
            column = 0
        elif piece == "\n":
            row, column = row + 1, 0
            screen += [""] * (row + 1 - len(screen))
        elif piece == "\x1b[A":
            row = max(row - 1, 0)
        elif not piece.startswith("\x1b"):
            line = screen[row].ljust(column)
            screen[row], column = line[:column] + piece + line[column + 1 :], column + 1
    return [line.rstrip() for line in screen]


def test_a_terminal_shows_one_line_a_chain_that_ends_full(terminal, monkeypatch):
    monkeypatch.setattr(progress_module, "DELAY_SECONDS", 0.0)
    reader = terminal(80)
    progress = ChainsProgress([Words()] * 3, 200)
    with ProgressDisplay(True, 100) as display:
        display.start()
        for done in ([4, 0, 0], [50, 40, 30], [150, 120, 90], [200, 200, 199], [200, 200, 200]):
            progress.num_done = done
            display.update(progress)
    sys.stderr.flush()
    shown = [line for line in screen_of(read_all(reader)) if line]
    assert len(shown) == 3
    for number, line in enumerate(shown, 1):
        assert line.startswith(f"chain {number} sample: 100%") and "200/200" in line


def log_of(monkeypatch, capsys, seconds_an_iteration):
    """Lines in a log of two chains of 200 iterations, by a clock of its own."""
    now = [0.0]
    monkeypatch.setattr(progress_module.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(progress_module.time, "time", lambda: now[0])
    progress = ChainsProgress([Words()] * 2, 200)
    with ProgressDisplay(True, 100) as display:
        assert display.view is View.LOG
        display.start()
        progress.first_blocks = [(0, 0.0)] * 2
        for done in range(201):
            now[0] = seconds_an_iteration * done
            progress.num_done = [done, done]
            display.update(progress)
    return capsys.readouterr().err.splitlines()


def test_the_log_of_a_short_run_stays_clean(monkeypatch, capsys):
    assert log_of(monkeypatch, capsys, 29.0 / 200) == []


def test_compilation_is_no_reason_for_a_line(monkeypatch, capsys):
    progress = ChainsProgress([Words()] * 2, 200)
    with ProgressDisplay(True, 100) as display:
        display.start()
        display.last_line -= 100.0  # it took 100 seconds
        progress.first_blocks, progress.num_done = [(4, time.time()), None], [150, 100]
        display.started -= 100.0
        display.update(progress)
        assert capsys.readouterr().err == ""
        progress.first_blocks[0] = 4, time.time() - 31.0
        display.update(progress)
    assert capsys.readouterr().err.startswith("lightppl: sample, 250 of 400 iterations")


def test_the_log_of_a_run_of_minutes_has_a_line_each_tenth(monkeypatch, capsys):
    lines = log_of(monkeypatch, capsys, 2.0)
    assert len(lines) == 10
    assert lines[0] == (
        "lightppl: warmup, 40 of 400 iterations of 2 chains (10 10 %), 1 a second, 6 min left"
    )
    assert lines[-1].endswith("sample, 400 of 400 iterations of 2 chains (100 100 %), 1 a second")


def test_lines_of_a_log_are_half_a_minute_apart(monkeypatch, capsys):
    lines = log_of(monkeypatch, capsys, 0.5)
    assert [int(line.split()[2]) for line in lines] == [120, 240, 360, 400]


def test_a_log_is_not_silent_for_more_than_ten_minutes(monkeypatch, capsys):
    lines = log_of(monkeypatch, capsys, 120.0)
    assert [int(line.split()[2]) for line in lines][:4] == [10, 20, 30, 40]
    assert len(lines) == 40


@pytest.mark.parametrize("has_widgets, view", [(True, View.BARS), (False, View.ONE_BAR)])
def test_a_notebook_has_a_bar_a_chain_if_it_has_widgets(monkeypatch, has_widgets, view):
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    monkeypatch.setattr(
        progress_module.importlib.util, "find_spec", lambda name: sys if has_widgets else None
    )
    assert find_view() is view


def test_a_notebook_without_widgets_draws_one_line_and_no_warning(monkeypatch, capsys, recwarn):
    monkeypatch.setattr(progress_module, "find_view", lambda: View.ONE_BAR)
    monkeypatch.setattr(progress_module, "DELAY_SECONDS", 0.01)
    num_bars, shown = draw(4, [100] * 4, capsys)
    assert num_bars == 1 and "400/800" in shown and "\x1b[A" not in shown
    assert not recwarn.list


@pytest.mark.parametrize("is_closed", [True, False])
def test_without_standard_error_nothing_is_shown(monkeypatch, is_closed):
    with open(os.devnull, "w") as stream:
        pass
    monkeypatch.setattr(sys, "stderr", stream if is_closed else None)
    assert find_view() is View.NOTHING
    assert not ProgressDisplay(True, 100).is_shown


@pytest.mark.parametrize("num_chains", [2, 20])
def test_rates_do_not_count_the_first_block(viewer, num_chains):
    """The first block may compile; it took 1000 seconds here, and the rest goes at 10 a second."""
    progress = ChainsProgress([Words()] * num_chains, 200)
    with ProgressDisplay(True, 100) as display:
        display.start()
        time.sleep(0.02)
        now = time.time()
        progress.first_blocks = [(4, now - 10.0)] + [None] * (num_chains - 1)
        progress.num_done = [104] + [0] * (num_chains - 1)
        display.update(progress)
        shown = display.bars[0].format_dict
        assert shown["rate"] is None, "tqdm takes the mean"
        rate = (shown["n"] - shown["initial"]) / shown["elapsed"]
        assert rate == pytest.approx(10.0, rel=0.05)
    assert progress_module._rate(104, 204, (4, now - 10.0)) == ", 10 a second, 10 s left"
    assert progress_module._rate(4, 9, (4, now)) == progress_module._rate(0, 9, None) == ""


class Mute:
    """Standard error that cannot be written to."""

    def __init__(self, error):
        self.error = error

    def write(self, text):
        raise self.error

    def isatty(self):
        return True

    def flush(self):
        pass


class Confused:
    """A sampler that cannot describe its state."""

    def describe(self):
        raise KeyError("step_size")


def draw_twice(chain):
    progress = ChainsProgress([chain], 200)
    with ProgressDisplay(True, 100) as display:
        display.start()
        time.sleep(0.02)
        for done in (100, 200):
            progress.num_done = [done]
            display.update(progress)
    return display


@pytest.mark.parametrize("can_show_bars", [True, False])
@pytest.mark.parametrize(
    "error", [OSError(5, "Input/output error"), OSError(28, "No space"), ValueError("closed file")]
)
def test_a_terminal_that_cannot_be_written_to_is_no_error(
    viewer, monkeypatch, error, can_show_bars
):
    view = View.BARS if can_show_bars else View.LINES
    monkeypatch.setattr(progress_module, "find_view", lambda: view)
    monkeypatch.setattr(sys, "stderr", Mute(error))
    display = draw_twice(Words())
    if not can_show_bars:  # tqdm forgives some of the errors by itself
        assert not display.is_shown and str(error) in display.trouble


def test_a_sampler_that_cannot_describe_itself_is_named_later(viewer):
    display = draw_twice(Confused())
    assert not display.is_shown
    assert display.trouble == "Progress could not be drawn: KeyError: 'step_size'."


def test_no_bars_are_drawn_without_a_terminal(capsys):
    progress = ChainsProgress([Words()], 200)
    with ProgressDisplay(True, 100) as display:
        display.start()
        time.sleep(0.4)
        display.update(progress)
        assert display.view is View.LOG and display.bars == []
    assert capsys.readouterr().err == ""


def test_who_wants_no_progress_gets_none(terminal):
    terminal(80)
    assert ProgressDisplay(False, 100).view is View.NOTHING


def test_tqdm_is_not_imported_by_a_quiet_fit():
    program = (
        "import sys, numpy as np, lightppl as lp, lightppl.distributions as dist\n"
        "from lightppl.infer import MCMC, NUTS\n"
        "mcmc = MCMC(NUTS(lambda: lp.sample('x', dist.Normal(0.0, 1.0))), num_warmup=20,\n"
        "            num_samples=20)\n"
        "mcmc.run(0)\n"
        "print([m for m in ('tqdm', 'scipy.stats', 'matplotlib') if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=os.environ
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
