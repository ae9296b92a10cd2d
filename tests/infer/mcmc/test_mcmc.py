"""MCMC: keys, threads, shapes, fields, continuing, errors, and posteriors with known answers."""

import warnings

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.compiler.build import compile_counts
from lightppl.errors import (
    FallbackWarning,
    InitializationError,
    LightPPLError,
    ModelError,
    ShapeError,
    SiteNameError,
)
from lightppl.infer import HMC, MCMC, NUTS, SA, WALNUTS, BarkerMH
from lightppl.kernels.adaptation.windows import SLOW_END
from lightppl.kernels.block import block_of
from lightppl.random import PRNGKey, split
from lightppl.settings import is_numba_disabled
from tests.infer.mcmc import models

SAMPLERS = [NUTS, WALNUTS, HMC]


def fit(
    model=models.normal_mean,
    args=(models.Y,),
    key=0,
    *,
    kernel=NUTS,
    num_warmup=100,
    num_samples=50,
    num_chains=1,
    thinning=1,
    chain_method="parallel",
    postprocess_fn=None,
    run_options=None,
    **kernel_options,
):
    mcmc = MCMC(
        kernel(model, **kernel_options),
        num_warmup=num_warmup,
        num_samples=num_samples,
        num_chains=num_chains,
        thinning=thinning,
        chain_method=chain_method,
        postprocess_fn=postprocess_fn,
        progress_bar=False,
    )
    mcmc.run(key, *args, **(run_options or {}))
    return mcmc


def draws(mcmc, site="mu"):
    return mcmc.get_samples(group_by_chain=True)[site]


@pytest.mark.parametrize("kernel", [*SAMPLERS, BarkerMH, SA])
def test_draws_do_not_depend_on_threads_or_chain_method(kernel):
    expected = None
    for num_threads in (1, 2, 5):
        lp.set_num_threads(num_threads)
        for method in ("parallel", "sequential", "vectorized"):
            found = draws(fit(kernel=kernel, num_chains=4, chain_method=method))
            expected = found if expected is None else expected
            np.testing.assert_array_equal(found, expected)
    lp.set_num_threads(None)
    assert len(np.unique(expected)) > 50


def test_a_chain_does_not_depend_on_how_many_there_are():
    np.testing.assert_array_equal(draws(fit(num_chains=3))[:2], draws(fit(num_chains=2)))


def test_keys_of_all_kinds():
    one = draws(fit(key=7))
    np.testing.assert_array_equal(one, draws(fit(key=7)))
    np.testing.assert_array_equal(one, draws(fit(key=PRNGKey(7))))
    np.testing.assert_array_equal(one, draws(fit(key=np.random.SeedSequence(7))))
    assert np.all(one != draws(fit(key=8)))
    rng = np.random.default_rng(7)
    assert np.any(draws(fit(key=rng)) != draws(fit(key=rng))), "a generator advances"
    per_chain = draws(fit(key=split(PRNGKey(7), 3), num_chains=3))
    np.testing.assert_array_equal(per_chain, draws(fit(key=7, num_chains=3)))
    with pytest.raises(ShapeError, match="2 keys were given for 3 chains"):
        fit(key=[1, 2], num_chains=3)


def test_shapes_of_samples_and_fields():
    mcmc = fit(models.positive_and_vector, (), num_chains=3, num_samples=40)
    grouped, joined = mcmc.get_samples(group_by_chain=True), mcmc.get_samples()
    assert grouped["pair"].shape == (3, 40, 2) and grouped["rate"].shape == (3, 40)
    np.testing.assert_array_equal(joined["pair"], grouped["pair"].reshape(120, 2))
    assert np.all(joined["rate"] > 0)
    assert mcmc.get_extra_fields()["diverging"].shape == (120,)
    assert mcmc.get_extra_fields(group_by_chain=True)["diverging"].dtype == bool


def test_deterministic_sites_are_among_the_samples():
    samples = fit().get_samples()
    np.testing.assert_allclose(samples["twice"], 2 * samples["mu"])


def test_thinning_keeps_every_nth_draw():
    full, thinned = draws(fit(num_samples=60)), draws(fit(num_samples=60, thinning=4))
    np.testing.assert_array_equal(thinned, full[:, 3::4])


def test_extra_fields_with_dots():
    names = (
        "i", "z", "z.mu", "z_grad", "r", "potential_energy", "energy", "accept_prob",
        "mean_accept_prob", "num_steps", "tree_depth", "diverging", "adapt_state.step_size",
        "adapt_state.inverse_mass_matrix",
    )  # fmt: skip
    mcmc = fit(num_chains=2, num_samples=30, run_options={"extra_fields": names})
    fields, mu = mcmc.get_extra_fields(group_by_chain=True), draws(mcmc)
    assert set(fields) == set(names)
    np.testing.assert_array_equal(fields["z"]["mu"], mu)
    np.testing.assert_array_equal(fields["z.mu"], mu)
    mean, sd = models.normal_mean_posterior(models.Y)
    np.testing.assert_allclose(fields["z_grad"]["mu"], (mu - mean) / sd**2, rtol=1e-9)
    np.testing.assert_array_equal(fields["i"][0], 100 + np.arange(1, 31))
    inverse_mass = fields["adapt_state.inverse_mass_matrix"][("mu",)]
    assert inverse_mass.shape == (2, 30, 1)
    kinetic = 0.5 * inverse_mass[..., 0] * fields["r"]["mu"] ** 2
    np.testing.assert_allclose(fields["energy"], fields["potential_energy"] + kinetic, rtol=1e-9)
    assert np.all(fields["adapt_state.step_size"] == fields["adapt_state.step_size"][:, :1])
    np.testing.assert_allclose(
        fields["mean_accept_prob"][:, -1], fields["accept_prob"].mean(axis=1)
    )
    joined = mcmc.get_extra_fields()
    assert joined["z"]["mu"].shape == (60,)


def test_unknown_extra_field_is_an_error_that_lists_the_known():
    with pytest.raises(LightPPLError, match="'nonsense'.*potential_energy"):
        fit(run_options={"extra_fields": ("nonsense",)})
    with pytest.raises(LightPPLError, match="'z.nu'"):
        fit(run_options={"extra_fields": ("z.nu",)})


def test_extra_fields_do_not_change_the_draws():
    np.testing.assert_array_equal(
        draws(fit()), draws(fit(run_options={"extra_fields": ("z_grad", "r")}))
    )


def test_init_params_are_constrained_partial_and_by_chain():
    start = np.array([0.5, 4.0])
    mcmc = fit(
        models.positive_and_vector, (), num_warmup=0, num_samples=1, num_chains=2,
        step_size=1e-9, run_options={"init_params": {"rate": start}},
    )  # fmt: skip
    np.testing.assert_allclose(draws(mcmc, "rate")[:, 0], start, rtol=1e-5)
    assert np.abs(draws(mcmc, "pair")).max() < 2.001


def test_init_params_errors_name_the_site():
    with pytest.raises(SiteNameError, match="'nu'.*'mu'"):
        fit(run_options={"init_params": {"nu": 1.0}})
    with pytest.raises(ShapeError, match="'mu'"):
        fit(num_chains=2, run_options={"init_params": {"mu": np.zeros(3)}})


def test_no_finite_start_names_the_site():
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.factor("impossible", np.where(x > 100.0, 0.0, -np.inf))

    with pytest.raises(InitializationError, match="impossible"):
        fit(model, ())


@pytest.mark.parametrize("num_chains", [1, 3])
@pytest.mark.parametrize("kernel", SAMPLERS)
def test_warmup_then_run_and_run_again(kernel, num_chains):
    mcmc = MCMC(
        kernel(models.normal_mean), num_warmup=200, num_samples=50, num_chains=num_chains,
        progress_bar=False,
    )  # fmt: skip
    mcmc.warmup(1, models.Y)
    with pytest.raises(LightPPLError, match="call run first"):
        mcmc.get_samples()
    step_size = np.array(mcmc.post_warmup_state.adapt_state.step_size)
    mcmc.run(mcmc.post_warmup_state.rng_key, models.Y, extra_fields=("adapt_state.step_size", "i"))
    first = draws(mcmc)
    assert first.shape == (num_chains, 50)
    fields = mcmc.get_extra_fields(group_by_chain=True)
    np.testing.assert_array_equal(fields["adapt_state.step_size"][:, 0], np.atleast_1d(step_size))
    assert fields["i"][0, 0] == 201
    mcmc.post_warmup_state = mcmc.last_state
    mcmc.run(mcmc.last_state.rng_key, models.Y, extra_fields=("i",))
    assert mcmc.get_extra_fields()["i"][0] == 251
    assert np.all(np.isfinite(draws(mcmc))) and np.any(draws(mcmc) != first)


def test_collect_warmup_returns_the_draws_of_warmup():
    mcmc = MCMC(NUTS(models.normal_mean), num_warmup=80, num_samples=50, progress_bar=False)
    mcmc.warmup(1, models.Y, collect_warmup=True)
    assert mcmc.get_samples()["mu"].shape == (80,)


@pytest.mark.parametrize("kernel", SAMPLERS)
@pytest.mark.parametrize("dense_mass", [False, True, [("pair",)]])
@pytest.mark.parametrize("thinning", [1, 3])
def test_each_row_of_warmup_has_the_matrix_and_step_size_in_force(kernel, dense_mass, thinning):
    """The energy is the potential and kinetic energy under the matrix of that row."""
    mcmc = MCMC(
        kernel(models.positive_and_vector, dense_mass=dense_mass), num_warmup=300,
        num_samples=10, num_chains=2, thinning=thinning, progress_bar=False,
    )  # fmt: skip
    names = ("r", "potential_energy", "energy", "adapt_state")
    mcmc.warmup(1, collect_warmup=True, extra_fields=names)
    fields = mcmc.get_extra_fields(group_by_chain=True)
    shape, kinetic = fields["energy"].shape, 0.0
    assert shape == (2, 300 // thinning)
    for block, matrices in fields["adapt_state"]["inverse_mass_matrix"].items():
        r = np.concatenate([fields["r"][name].reshape(*shape, -1) for name in block], axis=-1)
        is_dense = matrices.ndim == 4
        velocity = np.einsum("cnij,cnj->cni", matrices, r) if is_dense else matrices * r
        kinetic = kinetic + 0.5 * np.sum(r * velocity, axis=-1)
        num_windows = 1 + np.count_nonzero(mcmc.sampler.phases(300) == SLOW_END)
        assert len(np.unique(matrices[0].reshape(shape[1], -1), axis=0)) == num_windows
    np.testing.assert_allclose(fields["energy"], fields["potential_energy"] + kinetic, rtol=1e-10)
    assert len(np.unique(fields["adapt_state"]["step_size"])) > 100


def test_last_state_is_the_last_draw():
    mcmc = fit(num_chains=2)
    np.testing.assert_array_equal(mcmc.last_state.z["mu"], draws(mcmc)[:, -1])
    assert mcmc.last_state.rng_key is not None and len(split(mcmc.last_state.rng_key)) == 2
    np.testing.assert_array_equal(mcmc.last_state.i, 150)


def test_continuing_with_another_number_of_chains_is_an_error():
    mcmc = fit(num_chains=2)
    other = MCMC(NUTS(models.normal_mean), num_warmup=0, num_samples=5, num_chains=3)
    other.post_warmup_state = mcmc.last_state
    with pytest.raises(ShapeError, match="2 chains"):
        other.run(0, models.Y)


def test_postprocess_fn_sees_unconstrained_draws():
    mcmc = fit(
        models.positive_and_vector, (), num_chains=2, postprocess_fn=lambda z: np.exp(z["rate"])
    )
    plain = fit(models.positive_and_vector, (), num_chains=2)
    np.testing.assert_allclose(mcmc.get_samples(), plain.get_samples()["rate"], rtol=1e-12)


def test_spellings_of_both_parents():
    mcmc = MCMC(
        NUTS(models.normal_mean, jit_compile=False, full_mass=True), num_samples=10,
        warmup_steps=20, initial_params={"mu": 1.0}, progress_bar=False,
    )  # fmt: skip
    mcmc.run(0, models.Y)
    assert mcmc.get_samples()["mu"].shape == (10,)


def test_eager_and_compiled_fits_agree():
    eager = draws(fit(jit_compile=False, num_warmup=30, num_samples=10))
    compiled = draws(fit(num_warmup=30, num_samples=10))
    np.testing.assert_allclose(eager, compiled, rtol=1e-6)


def test_errors_inside_an_eager_model_reach_the_user():
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        if float(x) > 1.0:
            raise RuntimeError("out of reach")
        lp.factor("f", 0.0 * x)

    with pytest.warns(FallbackWarning), pytest.raises(RuntimeError, match="out of reach"):
        fit(model, (), run_options={"init_params": {"x": 0.0}})


def test_a_second_fit_with_other_data_compiles_nothing():
    fit(num_chains=2)
    before, num_entries = compile_counts(), block_of(NUTS.algorithm).num_entries
    assert sum(before.values()) > 0
    assert num_entries == (0 if is_numba_disabled() else 1)
    fit(args=(models.Y + 1.0,), num_chains=2)
    assert compile_counts() == before
    assert block_of(NUTS.algorithm).num_entries == num_entries


def test_a_second_model_compiles_a_density_and_no_kernel():
    fit(num_chains=2)
    before, num_entries = compile_counts(), block_of(NUTS.algorithm).num_entries

    def model(y):
        x = lp.sample("x", dist.Normal(0.0, 3.0))
        lp.sample("y", dist.StudentT(7.0, np.tanh(x), 1.5), obs=y)

    fit(model, (np.float64(0.7),), num_chains=2)
    assert sum(compile_counts().values()) == sum(before.values()) + 1
    assert block_of(NUTS.algorithm).num_entries == num_entries


def test_print_summary_and_summary_print_the_table(capsys):
    mcmc = fit(num_chains=2)
    mcmc.print_summary()
    shown = capsys.readouterr().out
    assert "mu" in shown and "twice" not in shown and "ess_bulk" in shown
    mcmc.summary(exclude_deterministic=False)
    assert "twice" in capsys.readouterr().out
    assert mcmc.summarize().names == ("mu",)


def test_diagnostics_are_by_site_and_by_chain():
    found = fit(num_chains=2).diagnostics()
    assert set(found) == {"mu", "twice", "divergences", "acceptance rate"}
    assert set(found["divergences"]) == {"chain 0", "chain 1"}
    assert 0.5 < found["acceptance rate"]["chain 1"] <= 1.0


@pytest.mark.parametrize(
    "options, message",
    [
        ({"num_warmup": -1}, "num_warmup"),
        ({"num_samples": 0}, "num_samples"),
        ({"num_chains": 1.5}, "num_chains"),
        ({"thinning": 51}, "thinning=51 leaves none of 50 samples"),
        ({"chain_method": "magic"}, "chain_method"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ModelError, match=message):
        fit(**options)


@pytest.mark.parametrize("num_threads", [0, 1.5, "two"])
def test_a_number_of_threads_is_a_positive_integer(num_threads):
    with pytest.raises(ValueError, match="num_threads must be an integer of at least 1.*found"):
        lp.set_num_threads(num_threads)


@pytest.mark.parametrize("sampler", [NUTS, lambda: None, "NUTS"])
def test_something_else_than_a_kernel_is_refused(sampler):
    with pytest.raises(ModelError, match=r"MCMC needs a kernel.*MCMC\(NUTS\(model\)"):
        MCMC(sampler, num_warmup=10, num_samples=10)


def test_missing_warmup_is_named():
    with pytest.raises(ModelError, match="num_warmup"):
        MCMC(NUTS(models.normal_mean), num_samples=10)


def assert_posterior(found, mean, sd, what):
    """Means of independent chains: warn beyond 3.5 standard errors, fail beyond 5."""
    for name, truth, values in (
        ("mean", mean, found),
        ("variance", sd**2, (found - mean) ** 2),
    ):
        means = values.mean(axis=1)
        z = (means.mean() - truth) / (means.std(ddof=1) / np.sqrt(len(means)))
        assert abs(z) < 5.0, f"{what} {name} is {z:.1f} standard errors off"
        if abs(z) > 3.5:
            warnings.warn(f"{what} {name} is {z:.1f} standard errors off", stacklevel=2)


@pytest.mark.parametrize("kernel", SAMPLERS)
def test_conjugate_posterior(kernel):
    mcmc = fit(kernel=kernel, key=11, num_warmup=300, num_samples=1000, num_chains=30)
    assert_posterior(draws(mcmc), *models.normal_mean_posterior(models.Y), "mu")


@pytest.mark.parametrize("dense_mass", [False, True, [("pair",)], [("rate", "pair")]])
def test_independent_sites_have_their_moments(dense_mass):
    mcmc = fit(
        models.positive_and_vector, (), 5, num_warmup=300, num_samples=1000, num_chains=30,
        dense_mass=dense_mass,
    )  # fmt: skip
    assert_posterior(draws(mcmc, "rate"), 1.5, np.sqrt(0.75), "rate")
    assert_posterior(draws(mcmc, "pair")[..., 0], 1.0, 1.0, "pair[0]")
    assert_posterior(draws(mcmc, "pair")[..., 1], -1.0, np.sqrt(2.0), "pair[1]")


@pytest.mark.parametrize("num_before, num_after", [(1, 2), (2, 1), (3, 2)])
def test_a_state_of_another_number_of_chains_is_refused(num_before, num_after):
    y = np.array([1.0, 2.0])
    before, after = (
        MCMC(
            NUTS(models.normal_mean), num_warmup=5, num_samples=5, num_chains=num_chains,
            progress_bar=False,
        )
        for num_chains in (num_before, num_after)
    )  # fmt: skip
    before.warmup(0, y)
    after.post_warmup_state = before.post_warmup_state
    expected = f"post_warmup_state is of {num_before} chains?, but num_chains={num_after}"
    with pytest.raises(ShapeError, match=expected):
        after.run(1, y)
