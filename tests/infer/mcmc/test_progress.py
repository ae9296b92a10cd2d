"""Progress bars: quiet where nobody looks, one a chain, and tqdm only when drawn."""

import os
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
        display.start(progress)
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


def test_nothing_is_drawn_without_a_terminal(capsys):
    progress = ChainsProgress([Words()], 200)
    with ProgressDisplay(True, 100) as display:
        display.start(progress)
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
