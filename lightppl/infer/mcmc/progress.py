"""Progress of chains on the terminal: bars through tqdm, or plain lines; quiet where nobody looks.

tqdm is imported only when a bar is drawn, and short runs draw none.  A terminal without a width
(`script`, logs of a build server) shows no bars; it gets a plain line for each tenth of the work.

A run is worth more than its picture: where drawing fails, it ends, and the run goes on.
"""

import os
import sys
import time

MOST_BARS = 8
"""With more chains, one bar counts all iterations."""

DELAY_SECONDS = 0.3
NUM_LINES = 10


class ProgressDisplay:
    """Draws the progress of a run, a context manager.

    Parameters
    ----------
    is_shown : bool
        Nothing is drawn either when standard error is no terminal and no notebook.
    num_warmup : int

    Attributes
    ----------
    trouble : str or None
        Why drawing ended early.
    """

    def __init__(self, is_shown, num_warmup):
        self.is_shown = is_shown and _has_viewer()
        self.num_warmup = num_warmup
        self.bars, self.num_lines, self.started = [], 0, None
        self.trouble = None

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for bar in self.bars:
            self._try_to(bar.close)

    def start(self):
        """Begin to measure time; bars appear later."""
        self.started = time.perf_counter()

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
            self.is_shown = False
            self.trouble = f"Progress could not be drawn: {type(error).__name__}: {error}."

    def _draw(self, progress):
        is_early = time.perf_counter() - self.started < DELAY_SECONDS
        if is_early and not self.bars and not self.num_lines:
            return
        if not _can_show_bars():
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
        from tqdm.auto import tqdm  # slow to load, so only when something is drawn

        num_chains, total = len(progress.chains), progress.num_iterations
        if num_chains > MOST_BARS:
            return [tqdm(total=total * num_chains, leave=True)]
        return [tqdm(total=total, position=k, leave=True) for k in range(num_chains)]

    def _print_line(self, progress):
        """Print a line if another tenth is done."""
        num_chains, done = len(progress.chains), sum(progress.num_done)
        total = progress.num_iterations * num_chains
        num_lines = NUM_LINES * done // total if total else 0
        if num_lines <= self.num_lines:
            return
        self.num_lines = num_lines
        rate = _rate(done, _pace_of_all(progress))
        print(
            f"lightppl: {self._stage(min(progress.num_done))}, {done} of {total} iterations of "
            f"{num_chains} chains{rate}",
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


def _rate(num_done, pace):
    if pace is None or num_done <= pace[0]:
        return ""
    seconds = max(time.time() - pace[1], 1e-3)
    return f", {(num_done - pace[0]) / seconds:.0f} a second"


def _has_viewer():
    try:
        return _is_notebook() or sys.stderr.isatty()
    except (AttributeError, ValueError):  # there is none, or it is closed
        return False


def _is_notebook():
    return "ipykernel" in sys.modules


def _can_show_bars():
    if _is_notebook():
        return True
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns > 0
    except (OSError, ValueError, AttributeError):  # not a terminal of the system
        return True
