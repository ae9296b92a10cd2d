"""What one run of chains is asked to do."""

from dataclasses import field

from lightppl.errors import ModelError
from lightppl.records import record


@record
class RunPlan:
    """The plan of one call of ``MCMC.warmup`` or ``MCMC.run``.

    Attributes
    ----------
    keys : list of Key
        One a chain.
    key_after : Key
        For whoever goes on from the last state.
    num_warmup, num_samples : int
        Iterations of this call; with states to go on from there is no warmup.
    thinning : int
    collect_warmup : bool
        Whether iterations of warmup are recorded too.
    init_params : object
    model_args : tuple
    model_kwargs : dict
    extra_fields : tuple of str
        Those that begin with "~" name sites of the draws that are not kept, as in "~z.mu".
    states : list of states, or None
        Where chains go on, one a chain.
    has_snapshots : bool
        Whether each chain gets a snapshot before it does anything, so that no start is searched.
    """

    keys: list
    key_after: object
    num_warmup: int
    num_samples: int
    thinning: int = 1
    collect_warmup: bool = False
    init_params: object = None
    model_args: tuple = ()
    model_kwargs: dict = field(default_factory=dict)
    extra_fields: tuple = ()
    states: object = None
    has_snapshots: bool = False

    @property
    def collected_fields(self):
        """The extra fields to collect."""
        return tuple(name for name in self.extra_fields if not name.startswith("~"))

    def dropped_sites(self, sample_field):
        """Return the sites of the draws that are not kept.

        Parameters
        ----------
        sample_field : str
            Under which the state holds its draw.
        """
        prefix = f"~{sample_field}."
        dropped = [name for name in self.extra_fields if name.startswith("~")]
        for name in dropped:
            if not name.startswith(prefix):
                raise ModelError(
                    f"extra_fields has {name!r}; what is left out begins with {prefix!r}, as in "
                    f"'{prefix}site'."
                )
        return {name[len(prefix) :] for name in dropped}

    @property
    def num_iterations(self):
        """Number of transitions of each chain."""
        return self.num_warmup + self.num_samples

    @property
    def first_recorded(self):
        """First iteration that is recorded."""
        return 0 if self.collect_warmup else self.num_warmup

    @property
    def num_rows(self):
        """Number of recorded draws of each chain."""
        return (self.num_iterations - self.first_recorded) // self.thinning

    def num_rows_after(self, num_iterations):
        """Return how many draws are complete after so many transitions."""
        return min(max(num_iterations - self.first_recorded, 0) // self.thinning, self.num_rows)
