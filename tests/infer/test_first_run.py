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

SHOW_WHAT_IS_LOADED = """
import os
print(*sys.modules)
maps = open("/proc/self/maps").read() if os.path.exists("/proc/self/maps") else ""
print("scipy.libs" in maps)
"""

NOT_NEEDED = {
    "numba", "scipy", "importlib.metadata", "email", "difflib", "concurrent.futures",
    "lightppl.autodiff.remedies", "lightppl.autodiff.matrix_functions", "lightppl.compiler.lower",
    "lightppl.contrib", "lightppl.density.blame", "lightppl.diagnostics.diagnosis",
    "lightppl.diagnostics.geometry",
    "lightppl.distributions.positive", "lightppl.distributions.kl",
    "lightppl.distributions.transforms.matrix", "lightppl.infer.mcmc.checkpoint",
    "lightppl.infer.mcmc.executors", "lightppl.infer.mcmc.walnuts", "lightppl.infer.paths",
    "lightppl.language.control_flow", "lightppl.language.conjugacy", "lightppl.linalg",
    "lightppl.kernel_compiler.entries", "lightppl.plotting", "lightppl.reparam", "lightppl.special",
}
"""What a fit of a small model with kept code has no use for; a sample from each area."""

MOST_MODULES = 270
"""Of this package, out of more than 400: each takes a sixth of a millisecond, or more."""


def run(cache, script=SCRIPT):
    root = str(Path(lightppl.__file__).resolve().parents[1])
    environment = {**os.environ, "LIGHTPPL_CACHE_DIR": str(cache)}
    environment["PYTHONPATH"] = os.pathsep.join([root, environment.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
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


def test_a_fit_with_kept_code_loads_what_it_uses(tmp_path):
    run(tmp_path / "cache")
    (*_, modules, has_blas_of_scipy), _ = run(tmp_path / "cache", SCRIPT + SHOW_WHAT_IS_LOADED)
    modules = modules.split()
    assert NOT_NEEDED & set(modules) == set()
    assert sum(name.startswith("lightppl") for name in modules) <= MOST_MODULES
    assert has_blas_of_scipy == "False"  # its threads would wait busily for work
