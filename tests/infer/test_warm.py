"""`python -m lightppl.warm` compiles what runs ask for, all of it, and says so."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import lightppl
from lightppl import jit
from lightppl.infer import HMC, NUTS, SA, WALNUTS, BarkerMH, warm
from lightppl.infer.mcmc.compiled import CompiledKernel
from lightppl.settings import is_numba_disabled

SCRIPT = """
import sys, warnings
import numpy as np, lightppl as lp, lightppl.distributions as dist
from lightppl import jit
from lightppl.infer import HMC, MCMC, NUTS, WALNUTS

def model(y=0.0):
    a = lp.sample("a", dist.Normal(0.0, 1.0).expand([2]))
    lp.sample("b", dist.Gamma(2.0, 1.0 + a[0] ** 2), obs=None)
    lp.sample("y", dist.Normal(a[1], 1.0), obs=y)

warnings.simplefilter("ignore")
for sampler in (
    NUTS(model), NUTS(model, dense_mass=True, max_tree_depth=(3, 5), target_accept_prob=0.9),
    NUTS(model, step_size=1, adapt_step_size=False, find_heuristic_step_size=True),
    NUTS(model, inverse_mass_matrix=np.ones(3), regularize_mass_matrix=False),
    NUTS(model, dense_mass=[("a",)]), WALNUTS(model), WALNUTS(model, max_error=1),
    HMC(model, num_steps=np.int64(3)), HMC(model, trajectory_length=2),
    HMC(model, step_size=np.float32(0.5)),
    NUTS(potential_fn=lambda z: 0.5 * np.sum(z**2)),
):
    params = np.zeros(2) if sampler._model is None else None
    mcmc = MCMC(
        sampler, num_warmup=150, num_samples=30, num_chains=2, thinning=3, progress_bar=False
    )
    mcmc.run(0, init_params=params, extra_fields=("z_grad", "num_steps"))
    mcmc.print_summary()
    mcmc.warmup(1, init_params=params)
    mcmc.run(2)
found = [c.name for k in jit.entries() for c in k.compilations if not c.was_there]
print(found, "numba" in sys.modules)
"""


def run(cache, *command):
    """Run Python with a cache folder of its own; return the finished process."""
    root = str(Path(lightppl.__file__).resolve().parents[1])
    environment = {**os.environ, "LIGHTPPL_CACHE_DIR": str(cache)}
    environment["PYTHONPATH"] = os.pathsep.join([root, environment.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True
    )


@pytest.mark.skipif(is_numba_disabled(), reason="nothing is compiled")
def test_after_warming_no_sampler_compiles_anything_or_loads_numba(tmp_path):
    warmed = run(tmp_path, "-m", "lightppl.warm")
    assert warmed.returncode == 0, warmed.stderr
    *lines, last = warmed.stdout.splitlines()
    assert all(": compiled in " in line for line in lines)
    for name in ("run_block[hmc]", "run_block[nuts]", "run_block[walnuts]", "factorize"):
        assert sum(name in line for line in lines) == 1
    assert last.startswith(f"{len(lines)} of {len(lines)} are kept in {tmp_path}")
    done = run(tmp_path, "-c", SCRIPT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[] False"
    assert "sampler" not in done.stderr


def test_every_sampler_of_the_package_is_found():
    assert {HMC, NUTS, WALNUTS, BarkerMH, SA} <= set(warm.samplers())

    class Mine(CompiledKernel):
        algorithm = object()

    assert Mine not in warm.samplers()  # it is not ours to compile


def test_kernels_of_this_package_that_python_calls_are_known():
    from lightppl.kernels.metric import factorize

    @jit.kernel(entry=True)
    def mine(x):
        return x

    assert factorize in jit.entries()
    assert mine not in jit.entries()


def compilation(**changes):
    return jit.Compilation("a.kernel", 1.26, 2000, False, True)._replace(**changes)


@pytest.mark.skipif(is_numba_disabled(), reason="nothing is compiled")
@pytest.mark.parametrize(
    ("done", "idle", "code", "says"),
    [
        ([compilation()], [], 0, "a.kernel: compiled in 1.3 s, 2,000 bytes\n1 of 1 are kept"),
        ([compilation(was_there=True)], [], 0, "a.kernel: was there, 2,000 bytes\n1 of 1"),
        ([compilation(is_kept=False)], [], 1, "could not be kept, 2,000 bytes\n0 of 1"),
        ([compilation()], ["a.b"], 1, "a.b: not compiled, because no sampler has called it\n1 of"),
    ],
)
def test_what_was_done_is_said_and_decides_the_exit_code(
    monkeypatch, capsys, done, idle, code, says
):
    monkeypatch.setattr(warm, "warm", lambda: (done, idle))
    assert warm.main([]) == code
    assert says in capsys.readouterr().out


@pytest.mark.skipif(is_numba_disabled(), reason="nothing is compiled")
def test_clear_deletes_compiled_code_first(monkeypatch, capsys):
    calls = []
    monkeypatch.setattr(warm, "cache_clear", lambda: calls.append("clear"))
    monkeypatch.setattr(warm, "warm", lambda: calls.append("warm") or ([], []))
    warm.main(["--clear"])
    assert calls == ["clear", "warm"]
