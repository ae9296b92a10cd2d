"""Progress of chains on the terminal, through tqdm; quiet where nobody looks.

tqdm is imported only when a bar is drawn, and short runs draw none.
"""

import sys
import time

MOST_BARS = 8
"""With more chains, one bar counts all iterations."""

DELAY_SECONDS = 0.3


class ProgressDisplay:
    """Draws bars for a run, a context manager.

    Parameters
    ----------
    is_shown : bool
        Nothing is drawn either when standard error is no terminal and no notebook.
    num_warmup : int
    """

    def __init__(self, is_shown, num_warmup):
        self.is_shown = is_shown and _has_viewer()
        self.num_warmup = num_warmup
        self.bars, self.started = [], None

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for bar in self.bars:
            bar.close()

    def start(self, progress):
        """Begin to measure time; bars appear later."""
        self.started = time.perf_counter()

    def update(self, progress):
        """Draw how far each chain is."""
        if not self.is_shown:
            return
        if not self.bars:
            if time.perf_counter() - self.started < DELAY_SECONDS:
                return
            self.bars = self._open_bars(progress)
        if len(self.bars) == 1 and len(progress.chains) > 1:
            self._move(self.bars[0], sum(progress.num_done), "chains", "")
            return
        for index, (bar, chain) in enumerate(zip(self.bars, progress.chains)):
            num_done = progress.num_done[index]
            stage = "warmup" if num_done < self.num_warmup else "sample"
            self._move(bar, num_done, f"chain {index + 1} {stage}", chain.describe())

    def _open_bars(self, progress):
        from tqdm.auto import tqdm  # slow to load, so only when something is drawn

        num_chains, total = len(progress.chains), progress.num_iterations
        if num_chains > MOST_BARS:
            return [tqdm(total=total * num_chains, leave=True)]
        return [tqdm(total=total, position=k, leave=True) for k in range(num_chains)]

    def _move(self, bar, num_done, description, postfix):
        bar.set_description_str(description, refresh=False)
        bar.set_postfix_str(postfix, refresh=False)
        bar.n = num_done
        bar.refresh()


def _has_viewer():
    return "ipykernel" in sys.modules or (sys.stderr is not None and sys.stderr.isatty())
