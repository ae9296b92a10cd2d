"""What `MCMC` asks of a run and of its chains, whatever samples them: two protocols and a record.

`compiled` and `python_run` have them for samplers in kernels and in plain Python.  Who executes
chains (threads, other processes), keeps them on disk, or stops and resumes them, needs to know no
more than this.

Legend: ``C`` chains; ``N`` rows of a record, the draws that are kept of a chain; ``D`` dimension.
"""

from dataclasses import field
from typing import Protocol

from lightppl.records import record


@record
class ChainSnapshot:
    """All that a chain needs to go on as if nothing had happened: numbers and arrays of its own.

    It can be pickled, and shares no array with the chain.

    Attributes
    ----------
    num_done : int
        Transitions so far, in this run.
    state : object
        What the next transition needs, arrays included; None if the chain has not begun.
    rng : dict or None
        State of the bit generator; None if the chain has none of its own.
    first_row, num_rows : int
        The rows that are here: ``first_row .. num_rows - 1``, all that are complete from
        `first_row` on.
    rows : dict of str to array or list
        The recorded draws and reports, each with a leading axis of rows.
    """

    num_done: int
    state: object
    rng: object
    first_row: int = 0
    num_rows: int = 0
    rows: dict = field(default_factory=dict)


class Chain(Protocol):
    """One chain of a run.

    Attributes
    ----------
    num_done : int
        Transitions so far, in this run; `advance` and `restore` set it.
    """

    num_done: int

    def advance(self, start, stop):
        """Run iterations ``start .. stop - 1``; `start` is `num_done`.

        Where calls begin and end does not change the draws.  A compiled chain releases the GIL
        meanwhile.

        Raises
        ------
        Exception
            Of the model or the sampler; the chain is at its end then, its complete rows are good.
        """

    def describe(self):
        """Return a few words for the progress bar; may be called while the chain advances."""

    def snapshot(self, first_row=0):
        """Return the `ChainSnapshot` of now, with the complete rows from `first_row` on.

        Not to be called while the chain advances.
        """

    def restore(self, snapshot):
        """Put the chain where a snapshot was taken.

        Draws from there on are those of the chain that was not interrupted, bit by bit, if the run
        was started from an equal plan.  The rows of the snapshot are written where they belong and
        other rows stay, so that rows saved piece by piece are restored by one call for each piece,
        in the order in which they were saved.
        """


class Run(Protocol):
    """The chains of one call of ``MCMC.run`` or ``MCMC.warmup``, and what is read from them.

    Made by ``kernel.start_run(plan)``.

    Attributes
    ----------
    chains : list of Chain
        May be replaced by those of them that are kept.
    runs_in_threads : bool
        Whether chains may advance in several threads at once.
    limits : dict of str to object
        Largest values that statistics can take, as keyword arguments of `summarize`.
    """

    chains: list
    runs_in_threads: bool
    limits: dict

    def samples(self, num_rows):
        """Return the draws as users see them, a structure of (C, N, ...) arrays."""

    def unconstrained(self, num_rows):
        """Return the draws as the sampler sees them, a structure of (C, N, ...) arrays."""

    def fields(self, names, num_rows):
        """Return fields by (dotted) name, each a structure of (C, N, ...) arrays.

        Raises
        ------
        LightPPLError
            If the sampler has no such field.
        """

    def default_field_names(self):
        """Return the fields that are reported without being asked for."""

    def statistics(self, num_rows):
        """Return what summaries and diagnostics use: (C, N) arrays by name."""

    def last_state(self):
        """Return the state of the sampler; with several chains its arrays have a leading axis."""
