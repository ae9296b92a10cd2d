"""When a run of `MCMC` has enough draws: ``mcmc.run(key, ..., until=ESS(400))``."""

from lightppl.infer.mcmc.until import ESS, RHat

__all__ = ["ESS", "RHat"]
