"""Progress of chains: bars on a terminal and in a notebook, plain lines elsewhere.

========================================  ========================================================
standard error is                         what is shown
========================================  ========================================================
a terminal                                a bar for each chain, or one for all of more than 8
a notebook                                the same; one bar for all where widgets are missing
a terminal that cannot move its cursor    a plain line for each tenth of the work
a file or a pipe                          such lines too, at most one each half minute and at least
                                          one in ten minutes
closed                                    nothing
========================================  ========================================================

NumPyro redraws its bar into log files, where each picture stays; Stan prints lines from the first
second on.  A log is read later, so here it gets few lines, and those of short runs stay clean.

tqdm is imported only when a bar is drawn, and short runs draw none.  A run is worth more than its
picture: where drawing fails, it ends, and the run goes on.
"""

import importlib.util
import os
import sys
import time
from enum import Enum

from lightppl.settings import is_dumb_terminal

MOST_BARS = 8
"""With more chains, one bar counts all iterations."""

DELAY_SECONDS = 0.3
NUM_LINES = 10
LOG_SECONDS = 30.0
LOG_SILENCE = 600.0
"""In a log: the shortest and the longest time between two lines."""


class View(Enum):
    """How progress can be shown."""

    BARS = "bars"
    ONE_BAR = "one bar"
    LINES = "lines"
    LOG = "log"
    NOTHING = "nothing"


class ProgressDisplay:
    """Draws the progress of a run, a context manager.

    Parameters
    ----------
    is_shown : bool
    num_warmup : int

    Attributes
    ----------
    view : View
    trouble : str or None
        Why drawing ended early.
    """

    def __init__(self, is_shown, num_warmup):
        self.view = find_view() if is_shown else View.NOTHING
        self.num_warmup = num_warmup
        self.bars, self.num_lines, self.started = [], 0, None
        self.last_line = None
        self.trouble = None

    @property
    def is_shown(self):
        """Whether anything is drawn, sooner or later."""
        return self.view is not View.NOTHING

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for bar in self.bars:
            self._try_to(bar.close)

    def start(self):
        """Begin to measure time; bars appear later."""
        self.started, self.last_line = time.perf_counter(), time.time()

    def update(self, progress):
        """Draw how far each chain is.

        Parameters
        ----------
        progress : ChainsProgress
        """
        if self.is_shown:
            self._try_to(self._draw, progress)

    def _try_to(self, draw, *args):
        try:
            draw(*args)
        except Exception as error:  # of the terminal, or of a sampler that describes its state
            self.view = View.NOTHING
            self.trouble = f"Progress could not be drawn: {type(error).__name__}: {error}."

    def _draw(self, progress):
        is_early = time.perf_counter() - self.started < DELAY_SECONDS
        if is_early and not self.bars and not self.num_lines:
            return
        if self.view in (View.LINES, View.LOG):
            self._print_line(progress)
            return
        if not self.bars:
            self.bars = self._open_bars(progress)
        if len(self.bars) == 1 and len(progress.chains) > 1:
            _move(self.bars[0], sum(progress.num_done), _pace_of_all(progress), "chains", "")
            return
        for index, (bar, chain) in enumerate(zip(self.bars, progress.chains)):
            num_done = progress.num_done[index]
            stage = f"chain {index + 1} {self._stage(num_done)}"
            _move(bar, num_done, progress.first_blocks[index], stage, chain.describe())

    def _stage(self, num_done):
        return "warmup" if num_done < self.num_warmup else "sample"

    def _open_bars(self, progress):
        # slow to load, so only when something is drawn; "auto" looks for widgets and warns if it
        # finds none
        if self.view is View.ONE_BAR:
            from tqdm.std import tqdm
        else:
            from tqdm.auto import tqdm
        num_chains, total = len(progress.chains), progress.num_iterations
        if num_chains > MOST_BARS or self.view is View.ONE_BAR:
            return [tqdm(total=total * num_chains, leave=True)]
        return [tqdm(total=total, position=k, leave=True) for k in range(num_chains)]

    def _print_line(self, progress):
        """Print a line if another tenth is done, in a log if it is time too."""
        num_chains, done = len(progress.chains), sum(progress.num_done)
        total = progress.num_iterations * num_chains
        num_lines = NUM_LINES * done // total if total else 0
        is_due = num_lines > self.num_lines
        if self.view is View.LOG:
            # what comes before the end of the first block, such as compilation, is announced
            pace = _pace_of_all(progress)
            since = self.last_line if pace is None else max(self.last_line, pace[1])
            silence = time.time() - since
            is_last = done == total and self.num_lines > 0
            is_due = (is_due and (silence >= LOG_SECONDS or is_last)) or silence >= LOG_SILENCE
        if not is_due:
            return
        self.num_lines, self.last_line = max(num_lines, 1), time.time()
        stage, shares = self._stage(min(progress.num_done)), ""
        if 1 < num_chains <= MOST_BARS:
            percents = (f"{100 * n // progress.num_iterations}" for n in progress.num_done)
            shares = f" ({' '.join(percents)} %)"
        rate = _rate(done, total, _pace_of_all(progress))
        print(
            f"lightppl: {stage}, {done} of {total} iterations of {num_chains} "
            f"chain{'s' * (num_chains != 1)}{shares}{rate}",
            file=sys.stderr,
            flush=True,
        )


def _move(bar, num_done, pace, description, postfix):
    """Draw a bar; its rate counts from the end of the first block."""
    if num_done == bar.n == bar.total:  # its clock has stopped
        return
    bar.set_description_str(description, refresh=False)
    bar.set_postfix_str(postfix, refresh=False)
    if pace is not None:
        bar.initial, bar.start_t = pace
    bar.n = num_done
    bar.refresh()


def _pace_of_all(progress):
    """Return how many iterations were done, and when, as soon as the first block ended."""
    known = [x for x in progress.first_blocks if x is not None]
    return min(known, key=lambda x: x[1]) if known else None


def _rate(num_done, num_all, pace):
    if pace is None or num_done <= pace[0]:
        return ""
    rate = (num_done - pace[0]) / max(time.time() - pace[1], 1e-3)
    seconds = (num_all - num_done) / rate
    left = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
    return f", {rate:.3g} a second" + (f", {left} left" if num_done < num_all else "")


def find_view():
    """Return how progress can be shown on standard error as it is now."""
    if _is_notebook():
        return View.BARS if importlib.util.find_spec("ipywidgets") else View.ONE_BAR
    try:
        if sys.stderr.closed:
            return View.NOTHING
        if not sys.stderr.isatty():
            return View.LOG
    except (AttributeError, ValueError):  # there is none, or it is closed
        return View.NOTHING
    return View.BARS if _can_move_cursor() else View.LINES


def _is_notebook():
    return "ipykernel" in sys.modules


def _can_move_cursor():
    if is_dumb_terminal():
        return False
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns > 0
    except (OSError, ValueError, AttributeError):  # not a terminal of the system
        return True
