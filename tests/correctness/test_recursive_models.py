"""Posteriors of posteriordb that go step by step: other solvers, other lengths, and draws."""

import numpy as np
import pytest

import lightppl as lp
from lightppl.compiler.build import compile_counts
from lightppl.density import compile_density
from lightppl.diagnostics import ess_mean, mcse_mean, mcse_sd
from lightppl.infer import MCMC, NUTS, init_to_value
from lightppl.infer.util import log_density
from tests.correctness.posteriordb_data import arguments_of, load, points_of, scalar_of
from tests.correctness.posteriordb_models import MODELS
from tests.correctness.recursive_models import adaptively

HARES = "hudson_lynx_hare-lotka_volterra"
SOLVERS = [
    ({"steps_a_year": 10}, 2e-4),
    ({"solve": adaptively, "rtol": 1e-9}, 1e-5),
]


@pytest.mark.parametrize("options, tolerance", SOLVERS)
def test_solvers_find_the_log_densities_of_the_reference(options, tolerance, posteriordb):
    arguments = {**arguments_of(posteriordb, HARES), **options}
    points, expected = points_of(posteriordb, HARES)
    found = [float(log_density(MODELS[HARES], (), arguments, point)[0]) for point in points]
    assert np.subtract(found, found[0]) == pytest.approx(expected, abs=tolerance)


def test_the_adaptive_solver_compiles_to_what_it_is_eagerly(posteriordb):
    arguments = {**arguments_of(posteriordb, HARES), "solve": adaptively, "rtol": 1e-9}
    compiled, eager = (
        compile_density(MODELS[HARES], (), arguments, jit=jit) for jit in (True, False)
    )
    for point in points_of(posteriordb, HARES)[0][:2]:
        q = compiled.unconstrain(point)
        (U, grad), (expected, expected_grad) = compiled.potential(q), eager.potential(q)
        assert pytest.approx(expected, rel=1e-11) == U
        np.testing.assert_allclose(grad, expected_grad, rtol=1e-8, atol=1e-8 * abs(grad).max())


def test_draws_of_a_differential_equation_agree_with_the_reference(posteriordb):
    arguments = {**arguments_of(posteriordb, HARES), "steps_a_year": 10}
    start = init_to_value(values=points_of(posteriordb, HARES)[0][0])
    kernel = NUTS(MODELS[HARES], init_strategy=start)
    mcmc = MCMC(kernel, num_warmup=1000, num_samples=1500, num_chains=4, progress_bar=False)
    mcmc.run(0, **arguments)
    draws = mcmc.get_samples(group_by_chain=True)
    for parameter, expected in load(posteriordb, HARES, "reference.json")["parameters"].items():
        x = scalar_of(draws, parameter)
        assert ess_mean(x) > 400
        z_mean = abs(x.mean() - expected["mean"]) / np.hypot(mcse_mean(x), expected["mcse_mean"])
        z_sd = abs(x.std(ddof=1) - expected["sd"]) / np.hypot(mcse_sd(x), expected["mcse_sd"])
        assert max(z_mean, z_sd) < 5.0, (parameter, z_mean, z_sd)


def test_another_length_compiles_nothing(posteriordb):
    for name in ("garch-garch11", "hmm_example-hmm_example"):
        arguments = arguments_of(posteriordb, name)
        lp.log_density_function(MODELS[name], **arguments)
        before = compile_counts()
        arguments["y"] = arguments["y"][:61]
        lp.log_density_function(MODELS[name], **arguments)
        assert compile_counts() == before
