"""Functions of a model's density: they agree with each other and with the compiled potential."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.contrib.control_flow import scan
from lightppl.errors import ModelError, SiteNameError
from lightppl.infer import util
from tests.density.models import EFFECT, SIGMA, schools

ARGS, KWARGS = (SIGMA,), {"y": EFFECT}
PARAMS = {"mu": 1.5, "tau": 2.0, "z": np.linspace(-1.0, 1.0, 8)}


def unconstrained():
    return util.unconstrain_fn(schools, ARGS, KWARGS, PARAMS)


def test_constrain_undoes_unconstrain_and_adds_deterministics():
    back = util.constrain_fn(schools, ARGS, KWARGS, unconstrained(), return_deterministic=True)
    np.testing.assert_allclose(back["tau"], 2.0, rtol=1e-14)
    np.testing.assert_allclose(back["theta"], 1.5 + 2.0 * PARAMS["z"], rtol=1e-14)


def test_log_probs_sum_to_the_log_density():
    joint, _ = util.log_density(schools, ARGS, KWARGS, PARAMS)
    parts, _ = util.compute_log_probs(schools, ARGS, KWARGS, PARAMS)
    assert set(parts) == {"mu", "tau", "z", "obs"}
    np.testing.assert_allclose(sum(parts.values()), joint, rtol=1e-14)
    pointwise, _ = util.compute_log_probs(schools, ARGS, KWARGS, PARAMS, sum_log_prob=False)
    assert pointwise["obs"].shape == (8,)


def test_potential_energy_adds_the_jacobian_and_equals_the_compiled_potential():
    joint, _ = util.log_density(schools, ARGS, KWARGS, PARAMS)
    energy = util.potential_energy(schools, ARGS, KWARGS, unconstrained())
    np.testing.assert_allclose(energy, -(joint + np.log(2.0)), rtol=1e-13)
    compiled, _ = util.get_potential_fn(schools, {}, model_args=ARGS, model_kwargs=KWARGS)
    np.testing.assert_allclose(compiled(unconstrained()), energy, rtol=1e-12)


def test_a_value_outside_its_support_has_log_density_minus_infinity():
    joint, _ = util.log_density(schools, ARGS, KWARGS, {**PARAMS, "tau": -1.0})
    assert joint == -np.inf


def test_enumeration_is_refused():
    with pytest.raises(ValueError, match="discrete sites are not summed out"):
        util.potential_energy(schools, ARGS, KWARGS, unconstrained(), enum=True)


def test_draws_of_several_chains_are_constrained_at_once():
    single = unconstrained()
    many = {name: np.broadcast_to(x, (2, 3, *np.shape(x))) for name, x in single.items()}
    for return_deterministic in (False, True):
        one = util.constrain_fn(schools, ARGS, KWARGS, single, return_deterministic)
        all_of_them = util.constrain_fn(
            schools, ARGS, KWARGS, many, return_deterministic, batch_ndims=2
        )
        assert set(all_of_them) == set(one) and ("theta" in one) == return_deterministic
        for name, x in all_of_them.items():
            np.testing.assert_allclose(x, np.broadcast_to(one[name], (2, 3, *np.shape(one[name]))))


def test_parameters_are_constrained_like_sites():
    def model():
        scale = lp.param("scale", 2.0, constraint=dist.constraints.positive)
        lp.sample("x", dist.Exponential(scale))

    z = util.unconstrain_fn(model, (), None, {"scale": np.array(3.0), "x": np.array(0.5)})
    assert z["scale"] == np.log(3.0) and z["x"] == np.log(0.5)
    back = util.constrain_fn(model, (), None, z)
    np.testing.assert_allclose([back["scale"], back["x"]], [3.0, 0.5])


@pytest.mark.parametrize("dynamic_args", [False, True])
@pytest.mark.parametrize("replay_model", [False, True])
def test_potential_fn_comes_with_its_way_back(dynamic_args, replay_model):
    transforms = {"tau": dist.biject_to(dist.constraints.positive)}
    options = {} if dynamic_args else {"model_args": ARGS, "model_kwargs": KWARGS}
    functions = util.get_potential_fn(
        schools, transforms, dynamic_args=dynamic_args, replay_model=replay_model, **options
    )
    potential_fn, postprocess_fn = (
        (f(*ARGS, **KWARGS) for f in functions) if dynamic_args else functions
    )
    z = unconstrained()
    energy = util.potential_energy(schools, ARGS, KWARGS, z)
    np.testing.assert_allclose(potential_fn(z), energy, rtol=1e-12)
    found = postprocess_fn(z)
    np.testing.assert_allclose(found["tau"], 2.0)
    assert ("theta" in found) == replay_model


def test_a_valid_start_is_found():
    start, is_valid = util.find_valid_initial_params(
        0, schools, model_args=ARGS, model_kwargs=KWARGS
    )
    assert is_valid and set(start.z) == {"mu", "tau", "z"}
    energy = util.potential_energy(schools, ARGS, KWARGS, start.z)
    np.testing.assert_allclose(start.potential_energy, energy)


def two_latents(y):
    mu = lp.sample("mu", dist.Normal(0.0, 1.0))
    shift = lp.sample("shift", dist.Normal(0.0, 1.0))
    lp.sample("y", dist.Normal(mu + shift, 1.0), obs=y)


def latents_in_a_loop(y):
    mu = lp.sample("mu", dist.Normal(0.0, 1.0))

    def step(level, y_t):
        level = lp.sample("shift", dist.Normal(level, 1.0))
        lp.sample("y", dist.Normal(level, 1.0), obs=y_t)
        return level, None

    scan(step, mu, y)


def latent_gaps(y):
    mu = lp.sample("mu", dist.Normal(0.0, 1.0))
    with lp.plate("rows", len(y)):
        lp.sample("shift", dist.Normal(mu, 1.0), obs=np.ma.masked_greater(y, 1.5))


MISSING = [
    (two_latents, 1.0, "shift", ()),
    (latents_in_a_loop, np.array([1.0, 2.0]), "shift", (2,)),
    (latent_gaps, np.array([1.0, 2.0]), "shift_unobserved", (1,)),
]
FUNCTIONS = {
    "log_density": lambda *a: util.log_density(*a)[0],
    "compute_log_probs": lambda *a: sum(util.compute_log_probs(*a)[0].values()),
    "potential_energy": util.potential_energy,
    "constrain_fn": lambda *a: util.constrain_fn(*a)["mu"],
}


@pytest.mark.parametrize("model, y, name, shape", MISSING, ids=lambda x: getattr(x, "__name__", ""))
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_latent_site_without_a_value_is_named_and_never_drawn(function, model, y, name, shape):
    compute, params = FUNCTIONS[function], {"mu": np.float64(0.3)}
    with pytest.raises(SiteNameError, match=f"{function} .* latent site '{name}', but for 'mu'"):
        compute(model, (y,), {}, params)
    params[name] = np.zeros(shape)
    assert compute(model, (y,), {}, params) == compute(model, (y,), {}, params)


@pytest.mark.parametrize("model, y, name, shape", MISSING, ids=lambda x: getattr(x, "__name__", ""))
def test_likelihoods_of_draws_that_lack_a_site_are_refused(model, y, name, shape):
    draws = {"mu": np.linspace(-1.0, 1.0, 5)}
    with pytest.raises(SiteNameError, match=f"log_likelihood .* latent site '{name}'"):
        util.log_likelihood(model, draws, y)
    draws[name] = np.zeros((5, *shape))
    assert all(x.shape[0] == 5 for x in util.log_likelihood(model, draws, y).values())


def test_likelihoods_need_draws():
    with pytest.raises(ModelError, match="found none"):
        util.log_likelihood(schools, {}, SIGMA, y=EFFECT)


def test_log_likelihood_needs_the_same_draws_of_all_sites():
    def model():
        a = lp.sample("a", dist.Normal(0.0, 1.0))
        b = lp.sample("b", dist.Normal(a, 1.0))
        lp.sample("y", dist.Normal(b, 1.0), obs=1.0)

    with pytest.raises(ModelError, match=r"shape \(2,\) for site 'b'.*leading axes \(3,\)"):
        util.log_likelihood(model, {"a": np.zeros(3), "b": np.zeros(2)})
