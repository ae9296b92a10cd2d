"""Public path of the Barker sampler; see `lightppl.infer.mcmc.barker`."""

from lightppl.infer.mcmc.barker import BarkerMH, BarkerMHState

__all__ = ["BarkerMH", "BarkerMHState"]
