"""Posteriors of posteriordb that go step by step: log densities, compiled and not, and draws."""

import json

import numpy as np
import pytest

import lightppl as lp
from lightppl.compiler.build import compile_counts
from lightppl.diagnostics import ess_mean, mcse_mean, mcse_sd
from lightppl.diagnostics.chains import label_rows
from lightppl.density import compile_density
from lightppl.infer import MCMC, NUTS, init_to_value
from lightppl.infer.util import log_density
from tests.correctness.recursive_models import MODELS, adaptively

OPTIONS = {
    "garch-garch11": [({}, 1e-8)],
    "hmm_example-hmm_example": [({}, 1e-8)],
    "hudson_lynx_hare-lotka_volterra": [
        ({"steps_a_year": 100}, 1e-7),
        ({"steps_a_year": 10}, 2e-4),
        ({"solve": adaptively, "rtol": 1e-9}, 1e-5),
    ],
}
SAMPLED_WITH = {"hudson_lynx_hare-lotka_volterra": {"steps_a_year": 10}}
CASES = [(name, *case) for name, cases in OPTIONS.items() for case in cases]


def load(folder, name, file):
    return json.loads((folder / name / file).read_text())


@pytest.mark.parametrize("name, options, tolerance", CASES)
def test_log_densities_differ_as_in_the_reference(name, options, tolerance, posteriordb):
    model, make_arguments = MODELS[name]
    arguments = {**make_arguments(load(posteriordb, name, "data.json")), **options}
    points = load(posteriordb, name, "logp.json")["points"]
    found = []
    for point in points:
        values = {site: np.asarray(x, dtype=float) for site, x in point["params"].items()}
        found.append(float(log_density(model, (), arguments, values)[0]))
    expected = [point["log_joint_minus_first"] for point in points]
    assert np.subtract(found, found[0]) == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("name, options, tolerance", CASES)
def test_compiled_densities_equal_eager_ones(name, options, tolerance, posteriordb):
    model, make_arguments = MODELS[name]
    arguments = {**make_arguments(load(posteriordb, name, "data.json")), **options}
    compiled, eager = (compile_density(model, (), arguments, jit=jit) for jit in (True, False))
    for point in load(posteriordb, name, "logp.json")["points"][:2]:
        values = {site: np.asarray(x, dtype=float) for site, x in point["params"].items()}
        q = compiled.unconstrain(values)
        (U, grad), (expected, expected_grad) = compiled.potential(q), eager.potential(q)
        assert pytest.approx(expected, rel=1e-11) == U
        np.testing.assert_allclose(grad, expected_grad, rtol=1e-8, atol=1e-8 * abs(grad).max())


@pytest.mark.parametrize("name", MODELS)
def test_draws_agree_with_the_reference(name, posteriordb):
    model, make_arguments = MODELS[name]
    arguments = make_arguments(load(posteriordb, name, "data.json"))
    if name in SAMPLED_WITH:
        arguments.update(SAMPLED_WITH[name])
    first = load(posteriordb, name, "logp.json")["points"][0]["params"]
    start = init_to_value(values={site: np.asarray(x, float) for site, x in first.items()})
    kernel = NUTS(model, init_strategy=start)
    mcmc = MCMC(kernel, num_warmup=1000, num_samples=1500, num_chains=4, progress_bar=False)
    mcmc.run(0, **arguments)
    draws = dict(zip(*label_rows(mcmc.get_samples(group_by_chain=True))))
    for parameter, expected in load(posteriordb, name, "reference.json")["parameters"].items():
        x = draws[_zero_based(parameter)]
        assert ess_mean(x) > 400
        z_mean = abs(x.mean() - expected["mean"]) / np.hypot(mcse_mean(x), expected["mcse_mean"])
        z_sd = abs(x.std(ddof=1) - expected["sd"]) / np.hypot(mcse_sd(x), expected["mcse_sd"])
        assert max(z_mean, z_sd) < 5.0, (parameter, z_mean, z_sd)


def test_another_length_compiles_nothing(posteriordb):
    for name in ("garch-garch11", "hmm_example-hmm_example"):
        model, make_arguments = MODELS[name]
        arguments = make_arguments(load(posteriordb, name, "data.json"))
        lp.log_density_function(model, **arguments)
        before = compile_counts()
        arguments["y"] = arguments["y"][:61]
        lp.log_density_function(model, **arguments)
        assert compile_counts() == before


def _zero_based(name):
    """Return ``beta[0]`` for ``beta[1]``."""
    if "[" not in name:
        return name
    site, index = name[:-1].split("[")
    return f"{site}[{','.join(str(int(i) - 1) for i in index.split(','))}]"
