"""What is compiled, and when: structure compiles once, numbers and sizes never compile again."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.machine_code import code_folder
from lightppl.compiler.build import build_function, compile_counts
from lightppl.density.potential import compile_density, compile_objective
from lightppl.machine_code.object_code import compile_llvm

Q = np.array([0.3, -0.7, 0.2])


def make_objective(data, scale=1.5):
    """A regression of any number of rows."""
    scale = np.float64(scale)
    return lambda q: np.sum((data @ q - np.tanh(data[:, 0])) ** 2) / scale + np.sum(q * q)


def make_data(num_rows, seed=0):
    return np.random.default_rng(seed).normal(size=(num_rows, 3))


def compiled_by(action):
    """How many functions an action compiled or loaded."""
    before = sum(compile_counts().values())
    action()
    return sum(compile_counts().values()) - before


def is_right(objective, potential, q=Q):
    value, gradient = potential(q)
    expected, expected_gradient = compile_objective(objective, q, jit=False)(q)
    return np.isclose(value, expected, rtol=1e-12) and np.allclose(gradient, expected_gradient)


@pytest.fixture(scope="module")
def first_fit():
    objective = make_objective(make_data(40))
    potential = compile_objective(objective, Q)
    assert is_right(objective, potential)
    return potential


@pytest.mark.parametrize("objective", [
    make_objective(make_data(40, seed=1)), make_objective(make_data(40), scale=0.3),
    make_objective(make_data(17)), make_objective(make_data(1000)),
    make_objective(make_data(40) * 1e6), make_objective(make_data(40, seed=2) * 0.0),
], ids=["other data", "other hyperparameter", "fewer rows", "more rows", "other scale", "zeros"])
def test_the_same_structure_compiles_nothing(first_fit, objective):
    found = []
    assert compiled_by(lambda: found.append(compile_objective(objective, Q))) == 0
    assert found[0].address == first_fit.address
    assert is_right(objective, found[0])


def test_another_structure_compiles():
    objective = make_objective(make_data(40))
    assert compiled_by(lambda: compile_objective(lambda q: objective(q) + np.cos(q[0]), Q)) == 1


def groups_model(group, y, num_groups, prior_scale):
    mu = lp.sample("mu", dist.Normal(0.0, prior_scale))
    tau = lp.sample("tau", dist.HalfNormal(2.0 * prior_scale))
    with lp.plate("groups", num_groups):
        theta = lp.sample("theta", dist.Normal(mu, tau))
    with lp.plate("rows", len(y)):
        lp.sample("y", dist.Normal(theta[group], 1.0), obs=y)


def test_a_model_with_other_groups_rows_and_priors_compiles_nothing():
    def fit(num_rows, num_groups, prior_scale, seed):
        rng = np.random.default_rng(seed)
        group = rng.integers(0, num_groups, num_rows)
        density = compile_density(
            groups_model, (group, rng.normal(size=num_rows), num_groups, prior_scale)
        )
        assert density.potential.size == num_groups + 2
        return density

    fit(60, 20, 1.0, seed=0)
    assert compiled_by(lambda: fit(90, 20, 3.5, seed=1)) == 0
    assert compiled_by(lambda: fit(60, 31, 1.0, seed=2)) == 0


SCRIPT = """
import sys, numpy as np
from lightppl.compiler.build import compile_counts
from lightppl.density.potential import compile_objective
data = np.random.default_rng({seed}).normal(size=({rows}, 3))
value, gradient = compile_objective(lambda q: np.sum((data @ q) ** 2), np.ones(3))(np.ones(3))
np.testing.assert_allclose(value, np.sum(data.sum(1) ** 2))
np.testing.assert_allclose(gradient, 2.0 * data.T @ data.sum(1))
print(compile_counts())
"""


def run_in_fresh_process(cache, seed=0, rows=40):
    environment = {**os.environ, "LIGHTPPL_CACHE_DIR": str(cache)}
    root = str(Path(lp.__file__).resolve().parents[1])
    environment["PYTHONPATH"] = root + os.pathsep + environment.get("PYTHONPATH", "")
    shown = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(seed=seed, rows=rows)], env=environment,
        capture_output=True, text=True,
    )
    assert shown.returncode == 0, shown.stderr
    return shown.stdout.strip()


@pytest.fixture(scope="module")
def warm_cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache") / "compiled"
    assert run_in_fresh_process(folder) == "{'compiled': 1, 'loaded': 0}"
    return folder


def test_a_fresh_process_loads_what_another_compiled(warm_cache):
    assert run_in_fresh_process(warm_cache, seed=1, rows=77) == "{'compiled': 0, 'loaded': 1}"


@pytest.mark.parametrize("content", [b"", b"not what was written here\n"])
def test_a_corrupt_file_is_made_again(warm_cache, tmp_path, content):
    cache = tmp_path / "copy"
    shutil.copytree(warm_cache, cache)
    (folder,) = cache.glob("lightppl-compiled/models-*")
    (damaged,) = folder.glob("code_*")
    damaged.write_bytes(content)
    assert run_in_fresh_process(cache) == "{'compiled': 1, 'loaded': 0}"


def test_folders_are_private(warm_cache):
    for folder in [warm_cache, *warm_cache.rglob("*")]:
        assert folder.stat().st_mode & 0o077 == 0 or not folder.is_dir()


def test_an_edited_source_names_another_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(code_folder, "PACKAGE", tmp_path)
    monkeypatch.setenv("LIGHTPPL_CACHE_DIR", str(tmp_path / "cache"))
    source = tmp_path / "source.py"

    def folder_of(text, versions="1.0"):
        source.write_text(text)
        code_folder._digest.cache_clear()
        return code_folder.versioned_folder("models", (source,), versions)

    assert folder_of("a = 1") == folder_of("a = 1")
    assert folder_of("a = 1") != folder_of("a = 2")
    assert folder_of("a = 1", "1.0") != folder_of("a = 1", "1.1")


RETURN_ZERO = "define double @potential(ptr, ptr, ptr, ptr, ptr) { ret double 0.0 }"


def test_the_memory_of_functions_in_this_process_is_bounded(monkeypatch):
    from lightppl.compiler import build

    monkeypatch.setattr(build, "_functions", type(build._functions)())
    monkeypatch.setattr(build, "MAX_FUNCTIONS_IN_PROCESS", 1)
    monkeypatch.setattr(build, "_compile", lambda *args: (compile_llvm(RETURN_ZERO), []))
    for k in range(3):
        build_function(f"# source {k}")
    assert len(build._functions) == 1
