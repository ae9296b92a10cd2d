"""Progress bars: quiet where nobody looks, one a chain, and tqdm only when drawn."""

import os
import struct
import subprocess
import sys
import time

import pytest

from lightppl.infer.mcmc import progress as progress_module
from lightppl.infer.mcmc.chains import ChainsProgress
from lightppl.infer.mcmc.progress import ProgressDisplay


class Words:
    def describe(self):
        return "3 divergences"


@pytest.fixture
def viewer(monkeypatch):
    monkeypatch.setattr(progress_module, "_has_viewer", lambda: True)
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
    monkeypatch.setattr(progress_module, "_can_show_bars", lambda: False)


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
    assert lines[0] == "lightppl: warmup, 40 of 400 iterations of 2 chains"
    assert lines[-1] == "lightppl: sample, 400 of 400 iterations of 2 chains"


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminals on this system")
@pytest.mark.parametrize("columns, can_show", [(0, False), (80, True)])
def test_the_width_of_the_terminal_decides(monkeypatch, columns, can_show):
    fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")
    _, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with os.fdopen(terminal, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        assert progress_module._has_viewer()
        assert progress_module._can_show_bars() == can_show


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
    assert progress_module._rate(104, (4, now - 10.0)) == ", 10 a second"
    assert progress_module._rate(4, (4, now)) == progress_module._rate(0, None) == ""


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
    monkeypatch.setattr(progress_module, "_can_show_bars", lambda: can_show_bars)
    monkeypatch.setattr(sys, "stderr", Mute(error))
    display = draw_twice(Words())
    if not can_show_bars:  # tqdm forgives some of the errors by itself
        assert not display.is_shown and str(error) in display.trouble


def test_a_sampler_that_cannot_describe_itself_is_named_later(viewer):
    display = draw_twice(Confused())
    assert not display.is_shown
    assert display.trouble == "Progress could not be drawn: KeyError: 'step_size'."


def test_nothing_is_drawn_without_a_terminal(capsys):
    progress = ChainsProgress([Words()], 200)
    with ProgressDisplay(True, 100) as display:
        display.start()
        time.sleep(0.4)
        display.update(progress)
        assert not display.is_shown and display.bars == []
    assert capsys.readouterr().err == ""


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
