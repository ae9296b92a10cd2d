"""`SA` as users have it: variances, ensembles, starts, states, options, reports."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import ArgumentError, InitializationError, ShapeError
from lightppl.infer import MCMC, SA
from lightppl.infer.sa import SAAdaptState, SAState
from lightppl.kernels import sample_adaptive
from tests.infer.mcmc import models

pytestmark = pytest.mark.filterwarnings("ignore::lightppl.errors.SamplingWarning")


def run(kernel, *args, key=0, num_warmup=1000, num_samples=1000, num_chains=1, **options):
    mcmc = MCMC(
        kernel, num_warmup=num_warmup, num_samples=num_samples, num_chains=num_chains,
        progress_bar=False,
    )  # fmt: skip
    mcmc.run(key, *args, **options)
    return mcmc


def normals(size):
    lp.sample("x", dist.Normal(np.zeros(size), np.ones(size)))


def narrow_and_far():
    lp.sample("x", dist.Normal(5.0, 0.1))
    lp.sample("y", dist.Normal(np.zeros(2), 1.0))


def two_sites():
    """`b` comes first, and is of one dimension; `a` is of two that are correlated."""
    lp.sample("b", dist.Normal(5.0, 0.1))
    covariance = np.array([[1.0, 0.9], [0.9, 1.0]])
    lp.sample("a", dist.MultivariateNormal(np.zeros(2), covariance))


def mean_variance(kernel, size, num_warmup):
    x = run(kernel, size, num_chains=32, num_warmup=num_warmup).get_samples(True)["x"]
    return x.var(axis=1).mean()


@pytest.mark.parametrize("size, num_warmup", [(1, 500), (5, 1000), (16, 4000)])
def test_the_default_ensemble_does_not_give_variances_that_are_too_low(size, num_warmup):
    assert mean_variance(SA(normals), size, num_warmup) == pytest.approx(1.0, abs=0.03)


def test_two_points_a_dimension_give_variances_that_are_too_low():
    """Chains of two points move slowly, and 1000 draws are not all of the distribution."""
    assert mean_variance(SA(normals, adapt_state_size=2), 1, 1000) < 0.96


def test_ensembles_that_begin_far_away_arrive():
    """Without its heated warmup three in four would still be away."""
    x = run(SA(narrow_and_far), num_chains=32, num_warmup=500).get_samples(True)["x"]
    assert np.mean(np.abs(x.mean(axis=1) - 5.0) < 0.1) > 0.9


@pytest.mark.parametrize("dense_mass", [True, False])
def test_the_conjugate_posterior_comes_out(dense_mass):
    mcmc = run(SA(models.normal_mean, dense_mass=dense_mass), models.Y, num_samples=10_000,
               num_chains=4)  # fmt: skip
    mean, sd = models.normal_mean_posterior(models.Y)
    mu = mcmc.get_samples()["mu"]
    assert mu.mean() == pytest.approx(mean, abs=0.06 * sd) and mu.std() == pytest.approx(sd, 0.04)
    assert list(mcmc.get_extra_fields()) == ["diverging"]


def test_constrained_and_correlated_sites_come_out():
    draws = run(SA(models.positive_and_vector), num_samples=20_000, num_chains=4).get_samples()
    assert draws["rate"].mean() == pytest.approx(1.5, rel=0.05)
    covariance = np.array([[1.0, 0.8], [0.8, 2.0]])
    np.testing.assert_allclose(np.cov(draws["pair"].T), covariance, atol=0.12)


def test_the_ensemble_begins_around_init_params():
    kernel = SA(normals)
    state = kernel.init(0, 10, {"x": np.array([100.0, -300.0, 0.0])}, (3,))
    np.testing.assert_array_equal(state.z["x"], [100.0, -300.0, 0.0])
    spread = state.adapt_state.zs - [100.0, -300.0, 0.0]
    assert spread.shape == (20, 3) and 0.5 < spread.std() < 1.5
    found = run(kernel, 3, num_warmup=0, num_samples=1, init_params={"x": np.full(3, 50.0)})
    np.testing.assert_allclose(found.get_samples()["x"], 50.0, atol=6.0)


def test_a_state_holds_the_ensemble_in_the_order_of_sorted_names():
    mcmc = run(SA(two_sites, adapt_state_size=60), num_chains=2)
    state = mcmc.last_state
    assert isinstance(state, SAState) and isinstance(state.adapt_state, SAAdaptState)
    zs, pes, loc, scale = state.adapt_state
    assert SAAdaptState._fields == ("zs", "pes", "loc", "inv_mass_matrix_sqrt")
    assert (zs.shape, pes.shape, loc.shape, scale.shape) == ((2, 60, 3), (2, 60), (2, 3), (2, 3, 3))
    np.testing.assert_allclose(loc[:, 2], 5.0, atol=0.1)
    for c in range(2):
        covariance = np.cov(zs[c], rowvar=False, bias=True)
        np.testing.assert_allclose(scale[c] @ scale[c].T, covariance, rtol=1e-9, atol=1e-14)
        assert np.all(np.triu(scale[c], 1) == 0.0) and np.all(np.diagonal(scale[c]) > 0.0)
        k = int(np.flatnonzero(zs[c][:, 2] == state.z["b"][c])[0])
        np.testing.assert_array_equal(zs[c][k, :2], state.z["a"][c])
        assert pes[c][k] == state.potential_energy[c]


def test_without_dense_mass_the_ensemble_has_standard_deviations():
    adapted = run(SA(two_sites, dense_mass=False)).last_state.adapt_state
    np.testing.assert_allclose(adapted.inv_mass_matrix_sqrt, adapted.zs.std(axis=0))


def test_a_run_goes_on_from_the_ensemble_of_a_state():
    kernel = SA(normals)
    state = run(kernel, 2).last_state
    moved = state._replace(adapt_state=state.adapt_state._replace(zs=state.adapt_state.zs + 40.0))
    for given in (state, moved):
        mcmc = MCMC(kernel, num_warmup=0, num_samples=1, progress_bar=False)
        mcmc.post_warmup_state = given
        mcmc.run(3, 2, extra_fields=("i",))
        assert mcmc.get_extra_fields()["i"][0] == 2001
        same = np.isin(mcmc.last_state.adapt_state.zs, given.adapt_state.zs).all(axis=1)
        assert np.count_nonzero(same) >= 19, "one point at most is new"


def test_a_loop_of_ones_own_may_change_the_ensemble():
    kernel = SA(normals)
    state = kernel.sample(kernel.init(0, 10, None, (2,)), (2,))
    changed = state.adapt_state._replace(zs=state.adapt_state.zs + 40.0)
    assert changed.warmup is state.adapt_state.warmup is not None
    after = kernel.sample(state._replace(adapt_state=changed), (2,)).adapt_state
    assert np.count_nonzero(np.isin(after.zs, changed.zs).all(axis=1)) >= 19
    assert after.pes.mean() > 1000.0, "the density was evaluated at the new points"
    copied = pickle.loads(pickle.dumps(state))
    assert copied.adapt_state.warmup.num_warmup == 10
    for zs in (np.zeros((20, 3)), np.zeros(2), np.zeros((1, 2))):
        wrong = state._replace(adapt_state=state.adapt_state._replace(zs=zs))
        with pytest.raises(ShapeError, match=r"adapt_state.zs must have the shape .*, 2\)"):
            kernel.sample(wrong, (2,))


def test_a_potential_function_that_is_infinite_somewhere_is_sampled_from():
    """Points where it is are always left out."""

    def half_normal(z):
        return np.where(z[0] > 0.0, 0.5 * z[0] ** 2, np.inf)

    mcmc = run(SA(potential_fn=half_normal), init_params=np.array([0.3]), num_samples=20_000)
    x = mcmc.get_samples()
    assert x.min() > 0.0 and x.mean() == pytest.approx(np.sqrt(2.0 / np.pi), rel=0.06)
    assert mcmc.get_extra_fields()["diverging"].mean() > 0.05
    assert not any(finding.topic == "divergences" for finding in mcmc.diagnose().findings)
    with pytest.raises(InitializationError):
        run(SA(potential_fn=half_normal), init_params=np.array([-0.3]))


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"adapt_state_size": 1}, "adapt_state_size"),
        ({"adapt_state_size": 2.5}, "adapt_state_size"),
        ({"dense_mass": [("x",)]}, "dense_mass"),
        ({"init_strategy": 3}, "init_strategy"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, words):
    with pytest.raises(ArgumentError, match=words):
        SA(normals, **arguments)


def test_too_few_points_for_a_covariance_are_refused_when_dimensions_are_known():
    with pytest.raises(ArgumentError, match="more than the 5 dimensions .* found 5. Give 6 or mor"):
        run(SA(normals, adapt_state_size=5), 5)
    run(SA(normals, adapt_state_size=6), 5, num_warmup=5, num_samples=5)
    run(SA(normals, adapt_state_size=2, dense_mass=False), 5, num_warmup=5, num_samples=5)


def test_its_acceptance_is_told_while_it_runs():
    kernel = SA(normals)
    state = run(kernel, 2).last_state
    assert kernel.get_diagnostics_str(state) == f"acc. prob={state.mean_accept_prob:.2f}"
    chain = kernel.open_chain(0, 5, None, (2,))
    chain.advance(0, 5)
    assert chain.describe() == "acc. prob=0.00", "no row of warmup is recorded"


SCRIPT = """
import numpy as np
from lightppl.infer import MCMC, SA, BarkerMH
from tests.infer.mcmc.models import positive_and_vector
for sampler in (SA(positive_and_vector), SA(positive_and_vector, dense_mass=False),
                BarkerMH(positive_and_vector, dense_mass=True)):
    mcmc = MCMC(sampler, num_warmup=20, num_samples=5, progress_bar=False)
    mcmc.run(0)
    print(*mcmc.get_samples()["pair"].ravel())
"""


def test_draws_are_the_same_without_compiled_kernels():
    """Sums are reordered by the compiler, so they do not agree to the last bit."""
    found = []
    for disable in ("0", "1"):
        environment = dict(os.environ, NUMBA_DISABLE_JIT=disable)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", SCRIPT], env=environment, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found.append(np.array(done.stdout.split(), float))
    np.testing.assert_allclose(*found, rtol=1e-6)


def test_an_ensemble_that_does_not_fit_into_memory_is_refused_in_a_sentence(monkeypatch):
    def no_room(*args):
        raise MemoryError

    monkeypatch.setattr(sample_adaptive, "make_work", no_room)
    with pytest.raises(ArgumentError, match="20 points of 3 unknowns.*adapt_state_size"):
        MCMC(SA(models.positive_and_vector), num_warmup=1, num_samples=1).run(0)
