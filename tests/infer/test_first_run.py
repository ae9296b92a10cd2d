"""What a user sees the first time, and never again."""

import os
import subprocess
import sys
from pathlib import Path

import lightppl

SCRIPT = """
import sys
import numpy as np, lightppl as lp, lightppl.distributions as dist
from lightppl.infer import MCMC, NUTS

def model(y):
    mu = lp.sample("mu", dist.Normal(0, 1))
    with lp.plate("n", len(y)):
        lp.sample("y", dist.Normal(mu, 1), obs=y)

mcmc = MCMC(NUTS(model), num_warmup=200, num_samples=200, num_chains=2)
mcmc.run(0, np.arange(3.0))
mcmc.print_summary()
print("numba" in sys.modules)
"""


def run(cache):
    root = str(Path(lightppl.__file__).resolve().parents[1])
    environment = {**os.environ, "LIGHTPPL_CACHE_DIR": str(cache)}
    environment["PYTHONPATH"] = os.pathsep.join([root, environment.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip().splitlines(), done.stderr.strip().splitlines()


def test_the_first_run_says_what_it_compiles_and_later_ones_load_it_without_numba(tmp_path):
    printed, said = run(tmp_path / "cache")
    assert len(said) == 2 and all("this happens once on this machine" in line for line in said)
    assert "density of a model" in said[0] and "NUTS sampler" in said[1]
    assert printed[-1] == "True"
    again, said = run(tmp_path / "cache")
    assert said == [] and again[-1] == "False"
    assert again[:-1] == printed[:-1]
