"""Eight schools, not centered, and what NUTS draws of them.

Reference: Rubin (1981), "Estimation in parallel randomized experiments".
"""

from functools import cache

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS

EFFECTS = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
ERRORS = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])


def eight_schools(y=None):
    mu = lp.sample("mu", dist.Normal(0.0, 5.0))
    tau = lp.sample("tau", dist.HalfCauchy(5.0))
    with lp.plate("schools", 8):
        z = lp.sample("z", dist.Normal(0.0, 1.0))
        theta = lp.deterministic("theta", mu + tau * z)
        lp.sample("y", dist.Normal(theta, ERRORS), obs=y)


@cache
def draws_of_nuts():
    sampler = NUTS(eight_schools, target_accept_prob=0.95)
    mcmc = MCMC(sampler, num_warmup=500, num_samples=1000, num_chains=2, progress_bar=False)
    mcmc.run(1, EFFECTS)
    return mcmc.get_samples()


def require_draws_of_nuts(draws, num_effective):
    """Compare means and standard deviations with those of NUTS, of some 1000 effective draws."""
    theirs = draws_of_nuts()
    assert draws.keys() == theirs.keys()
    for name in ("mu", "tau", "theta"):
        error = theirs[name].std(axis=0) * np.sqrt(1.0 / num_effective + 1.0 / 1000.0)
        difference = draws[name].mean(axis=0) - theirs[name].mean(axis=0)
        assert np.all(np.abs(difference) < 4.0 * error), (name, difference / error)
        np.testing.assert_allclose(draws[name].std(axis=0), theirs[name].std(axis=0), rtol=0.2)
