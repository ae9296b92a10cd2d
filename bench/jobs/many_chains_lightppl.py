"""The samplers of `many_chains.py` in lightppl."""

import numpy as np
from many_chains_data import COVARIATES, OUTCOMES, SCALES, run_job

import lightppl as lp
import lightppl.distributions as dist
from lightppl import infer


def normals():
    lp.sample("x", dist.Normal(np.zeros(len(SCALES)), SCALES))


def logistic():
    x = lp.sample("x", dist.Normal(0.0, 2.0).expand([10]))
    lp.sample("y", dist.Bernoulli(logits=COVARIATES @ x), obs=OUTCOMES)


def make_run(sampler, target, sizes):
    """Return the function of a seed that `run_job` asks for."""
    kernel = getattr(infer, sampler)({"normals": normals, "logistic": logistic}[target])
    mcmc = infer.MCMC(
        kernel, num_warmup=sizes["warmup"], num_samples=sizes["draws"],
        thinning=sizes["thinning"], num_chains=sizes["chains"], progress_bar=False,
    )  # fmt: skip
    has_steps = sampler in ("AdjustedMCLMC", "ChEESHMC")

    def run(seed):
        mcmc.run(seed, extra_fields=("num_steps",) if has_steps else ())
        draws = mcmc.get_samples(group_by_chain=True)["x"]
        num_iterations = sizes["chains"] * sizes["draws"]
        if has_steps:
            steps = mcmc.get_extra_fields()["num_steps"].sum()
            return draws, steps * (2 if sampler == "AdjustedMCLMC" else 1)
        return draws, num_iterations * (2.0 if sampler == "MCLMC" else 0.75)

    return run


if __name__ == "__main__":
    run_job(make_run)
