"""`WALNUTS` as users have it: funnels, what its arguments do, what it reports."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import ArgumentError
from lightppl.infer import MCMC, NUTS, WALNUTS
from tests.infer.mcmc import models
from tests.infer.mcmc.models import positive_and_vector as two_sites


def funnel():
    """Neal's: the logarithm of a scale, and nine variables of that scale."""
    y = lp.sample("y", dist.Normal(0.0, 3.0))
    with lp.plate("dimensions", 9):
        lp.sample("x", dist.Normal(0.0, np.exp(y / 2)))


def run(kernel, key=0, num_samples=500, num_chains=1, num_warmup=500, fields=()):
    mcmc = MCMC(
        kernel, num_warmup=num_warmup, num_samples=num_samples, num_chains=num_chains,
        progress_bar=False,
    )  # fmt: skip
    mcmc.run(key, extra_fields=("num_steps", "num_macro_steps", "max_halvings", *fields))
    return mcmc


pytestmark = pytest.mark.filterwarnings("ignore::lightppl.errors.SamplingWarning")

FIXED = dict(adapt_step_size=False, adapt_mass_matrix=False)


def test_the_neck_of_a_funnel_is_visited_as_often_as_it_should_be():
    """One chain in four stays in the neck for a while, so the bounds are those of 16 chains."""
    mcmc = run(WALNUTS(funnel), num_chains=16, num_samples=4000)
    y = mcmc.get_samples(group_by_chain=True)["y"]
    below = np.mean(y < -4.9345612, axis=1)  # the 5 % quantile
    for found, truth in ((y.mean(axis=1), 0.0), ((y**2).mean(axis=1), 9.0), (below, 0.05)):
        error = found.std(ddof=1) / 4
        assert abs(found.mean() - truth) < 4 * error and error < 0.15 * max(truth, 4.0)
    assert mcmc.get_extra_fields()["diverging"].sum() == 0
    assert mcmc.get_extra_fields()["max_halvings"].max() >= 4


def centred_schools():
    mu = lp.sample("mu", dist.Normal(0.0, 5.0))
    tau = lp.sample("tau", dist.HalfCauchy(5.0))
    with lp.plate("schools", 8):
        theta = lp.sample("theta", dist.Normal(mu, tau))
        lp.sample("y", dist.Normal(theta, models.SCHOOLS_SIGMA), obs=models.SCHOOLS_Y)


def posterior_of_log_tau():
    """Return nodes and probabilities of log tau, with effects and mean integrated out."""
    log_tau = np.linspace(-14.0, 6.0, 4001)
    log_p = np.empty(len(log_tau))
    for k, tau in enumerate(np.exp(log_tau)):
        covariance = np.diag(models.SCHOOLS_SIGMA**2 + tau**2) + 25.0
        quadratic = models.SCHOOLS_Y @ np.linalg.solve(covariance, models.SCHOOLS_Y)
        log_p[k] = -0.5 * (quadratic + np.linalg.slogdet(covariance)[1])
        log_p[k] += np.log(tau) - np.log1p((tau / 5.0) ** 2)
    p = np.exp(log_p - log_p.max())
    return log_tau, p / p.sum()


def test_small_scales_of_centred_schools_are_found():
    log_tau, p = posterior_of_log_tau()
    mcmc = run(WALNUTS(centred_schools), key=3, num_chains=16, num_samples=5000)
    found = np.log(mcmc.get_samples(group_by_chain=True)["tau"])
    for f in (lambda x: x, lambda x: x**2, lambda x: x < -1.0):
        means = f(found).mean(axis=1)
        error = means.std(ddof=1) / 4
        z = (means.mean() - np.sum(p * f(log_tau))) / error
        assert abs(z) < 4.0 and error < 0.1, f"{z:.1f} standard errors of {error:.3f}"
    assert np.mean(mcmc.get_extra_fields()["diverging"]) < 1e-3


def test_nuts_misses_small_scales_of_centred_schools_that_walnuts_finds():
    log_tau, p = posterior_of_log_tau()
    truth = np.sum(p[log_tau < -1.4])
    shares = {}
    for kernel in (NUTS, WALNUTS):
        mcmc = MCMC(
            kernel(centred_schools), num_warmup=500, num_samples=3000, num_chains=8,
            progress_bar=False,
        )  # fmt: skip
        mcmc.run(2)
        shares[kernel] = np.mean(np.log(mcmc.get_samples()["tau"]) < -1.4)
    assert shares[NUTS] < 0.4 * truth < 0.6 * truth < shares[WALNUTS] < 1.6 * truth


def test_where_one_step_size_fits_draws_are_those_of_nuts():
    fixed = dict(FIXED, step_size=0.5)
    one = run(WALNUTS(two_sites, max_error=200.0, **fixed))
    fields = one.get_extra_fields()
    assert np.all(fields["max_halvings"] == 0)
    np.testing.assert_array_equal(fields["num_steps"], fields["num_macro_steps"])
    two = MCMC(NUTS(two_sites, **fixed), num_warmup=500, num_samples=500, progress_bar=False)
    two.run(0, extra_fields=("num_steps",))
    np.testing.assert_array_equal(fields["num_steps"], two.get_extra_fields()["num_steps"])
    for site, draws in two.get_samples().items():
        np.testing.assert_allclose(one.get_samples()[site], draws, rtol=1e-9)


def test_a_smaller_error_needs_more_halvings():
    halvings = [
        run(WALNUTS(two_sites, max_error=max_error, **FIXED, step_size=1.0))
        .get_extra_fields()["max_halvings"].mean()
        for max_error in (1.0, 0.1, 0.01)
    ]  # fmt: skip
    assert halvings[0] < halvings[1] < halvings[2]


def test_halvings_are_limited_and_what_needs_more_diverges():
    fixed = dict(FIXED, max_error=0.01, step_size=1.5)
    limited = run(WALNUTS(two_sites, max_step_halvings=1, **fixed)).get_extra_fields()
    assert limited["max_halvings"].max() == 1 and limited["diverging"].mean() > 0.5
    enough = run(WALNUTS(two_sites, max_step_halvings=8, **fixed)).get_extra_fields()
    assert enough["max_halvings"].max() > 1 and not np.any(enough["diverging"])


def test_statistics_are_those_of_nuts_and_two_more():
    mcmc = run(WALNUTS(two_sites), fields=("tree_depth", "energy", "accept_prob"))
    fields = mcmc.get_extra_fields()
    assert fields["num_macro_steps"].dtype.kind == fields["max_halvings"].dtype.kind == "i"
    assert np.all(fields["num_macro_steps"] < 2 ** (fields["tree_depth"] + 1))
    assert np.all(fields["num_steps"] >= fields["num_macro_steps"])


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"max_error": 0.0}, "max_error"),
        ({"max_error": -1.0}, "max_error"),
        ({"max_error": np.nan}, "max_error"),
        ({"max_step_halvings": -1}, "max_step_halvings"),
        ({"max_step_halvings": 31}, "max_step_halvings"),
        ({"max_step_halvings": 2.5}, "max_step_halvings"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, words):
    with pytest.raises(ArgumentError, match=words):
        WALNUTS(funnel, **arguments)
