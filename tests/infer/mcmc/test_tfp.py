"""Samplers with the names of TensorFlow Probability: rule, state, fields, options."""

import importlib
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import infer
from lightppl.contrib.tfp import mcmc as tfp
from lightppl.diagnostics import effective_sample_size
from lightppl.errors import ArgumentError, ModelError, NotYetError, ShapeError
from lightppl.infer import MCMC
from tests.infer.mcmc import models
from tests.infer.mcmc.test_checkpoint import assert_same, break_off, make, many_frames

__all__ = ["many_frames"]
pytestmark = pytest.mark.filterwarnings("ignore::lightppl.errors.SamplingWarning")



def cauchy(state_parts, seed):
    rng = lp.random.as_generator(seed)
    return [x + 0.7 * rng.standard_cauchy(x.shape) for x in state_parts]


SAMPLERS = {
    "RandomWalkMetropolis": {},
    "UncalibratedRandomWalk": {},
    "MetropolisAdjustedLangevinAlgorithm": {},
    "UncalibratedLangevin": {},
    "SliceSampler": {},
    "HamiltonianMonteCarlo": {"num_leapfrog_steps": 3},
    "UncalibratedHamiltonianMonteCarlo": {"num_leapfrog_steps": 3},
    "NoUTurnSampler": {},
}
OTHERS = {
    "new state": ("RandomWalkMetropolis", {"new_state_fn": cauchy}),
    "uniform": ("RandomWalkMetropolis", {"new_state_fn": tfp.random_walk_uniform_fn(2.0)}),
    "volatility": (
        "MetropolisAdjustedLangevinAlgorithm", {"volatility_fn": lambda q: 1.0 / (1.0 + q**2)}
    ),
    "stepping out": ("SliceSampler", {"max_steps_out": 5}),
}  # fmt: skip
WAYS = {**{name: (name, options) for name, options in SAMPLERS.items()}, **OTHERS}


def sampler(way, model=models.normal_mean, **more):
    name, options = WAYS[way]
    return getattr(infer, name)(model, **{**options, **more})


def fit(kernel, *args, num_warmup=300, num_samples=300, num_chains=2, fields=(), **options):
    mcmc = MCMC(
        kernel, num_warmup=num_warmup, num_samples=num_samples, num_chains=num_chains,
        progress_bar=False, **options,
    )  # fmt: skip
    mcmc.run(0, *args, extra_fields=fields)
    return mcmc


def test_names_are_where_numpyro_has_them():
    for name in SAMPLERS:
        assert getattr(tfp, name) is getattr(infer, name) is tfp.TFPKernel[name]
        foreign = type(name, (), {})  # as tfp.mcmc.NoUTurnSampler is, where that library is there
        assert tfp.TFPKernel[foreign] is getattr(infer, name)
    for other in ("NUTS", int, 3):
        with pytest.raises(ArgumentError, match="takes one of HamiltonianMonteCarlo, .*, found"):
            tfp.TFPKernel[other]
    with pytest.raises(NotYetError, match="lightppl.contrib.tfp.distributions does not exist yet"):
        importlib.import_module("lightppl.contrib.tfp.distributions")


@pytest.mark.parametrize("way", WAYS)
def test_posteriors_are_right(way):
    more = {"step_size": 0.5} if "Hamiltonian" in way else {}  # three of 1.2 are half a period
    mcmc = fit(sampler(way, **more), models.Y, num_samples=8000)
    mean, sd = models.normal_mean_posterior(models.Y)
    draws = mcmc.get_samples(True)["mu"]
    error = 5 * sd / np.sqrt(effective_sample_size(draws))
    assert draws.mean() == pytest.approx(mean, abs=error)
    assert draws.std() == pytest.approx(sd, abs=error)


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_step_size_that_is_given_is_kept_with_the_metric(name):
    kernel = sampler(name, models.positive_and_vector, step_size=0.3)
    mcmc = fit(kernel, fields=("step_size", "kernel_results"))
    assert np.all(mcmc.get_extra_fields()["step_size"] == 0.3)
    assert np.all(mcmc.get_extra_fields()["kernel_results"]["step_size"] == 0.3)
    matrices = mcmc.last_state.adapt_state.inverse_mass_matrix
    assert all(np.all(matrix == 1.0) for matrix in matrices.values())


@pytest.mark.parametrize("name", SAMPLERS)
def test_without_a_step_size_both_are_learnt(name):
    def model():
        lp.sample("wide", dist.Normal(0.0, 100.0))
        lp.sample("narrow", dist.Normal(0.0, 0.01))

    kernel = sampler(name, model)
    mcmc = fit(kernel, num_warmup=1000, num_samples=2000, fields=("adapt_state",))
    matrix = mcmc.last_state.adapt_state.inverse_mass_matrix[("narrow", "wide")]
    variances = np.array([np.diag(x) if x.ndim == 2 else x for x in matrix])
    np.testing.assert_allclose(variances, [[1e-4, 1e4]] * 2, rtol=0.7)
    assert mcmc.get_samples()["wide"].std() == pytest.approx(100.0, rel=0.3)
    if "accept_prob" in {column.name for column in kernel.columns}:
        accept_prob = mcmc.get_statistics().get("accept_prob")
        assert accept_prob.mean() == pytest.approx(kernel.target_accept_prob, abs=0.12)


def test_a_slice_sampler_learns_a_width_with_as_many_expansions_as_contractions():
    fields = ("num_expansions", "num_contractions")
    mcmc = fit(
        infer.SliceSampler(models.positive_and_vector), num_warmup=1000, num_samples=2000,
        fields=fields,
    )  # fmt: skip
    expansions, contractions = (mcmc.get_extra_fields()[name].mean() for name in fields)
    assert expansions / (expansions + contractions) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("name", SAMPLERS)
def test_step_sizes_by_coordinate_stand_for_a_metric(name):
    scales = np.array([0.5, 0.7, 0.2])
    is_langevin = "Langevin" in name
    given = fit(sampler(name, models.positive_and_vector, step_size=scales)).get_samples()
    metric = scales if is_langevin else scales**2
    same = fit(
        sampler(name, models.positive_and_vector, step_size=1.0, inverse_mass_matrix=metric)
    ).get_samples()
    for site, x in given.items():
        np.testing.assert_array_equal(x, same[site])


def test_normal_steps_are_those_of_a_step_size():
    by_function = infer.RandomWalkMetropolis(
        models.normal_mean, new_state_fn=tfp.random_walk_normal_fn(scale=0.8)
    )
    by_size = infer.RandomWalkMetropolis(models.normal_mean, step_size=0.8)
    one, two = (fit(kernel, models.Y).get_samples()["mu"] for kernel in (by_function, by_size))
    np.testing.assert_array_equal(one, two)


def test_steps_can_be_called_as_a_function():
    for make_steps in (tfp.random_walk_normal_fn, tfp.random_walk_uniform_fn):
        (steps,) = make_steps([0.5])([np.zeros(4000)], seed=3)
        assert steps.std() == pytest.approx(
            0.5 * (1.0 if make_steps is tfp.random_walk_normal_fn else 3**-0.5), rel=0.1
        )


@pytest.mark.parametrize("way", WAYS)
def test_the_state_is_that_of_numpyro_and_agrees_with_itself(way):
    mcmc = fit(sampler(way), models.Y, num_samples=50)
    state = mcmc.last_state
    assert type(state) is tfp.TFPKernelState
    assert state._fields == ("z", "kernel_results", "rng_key")
    mu = np.asarray(state.z["mu"])
    normal = dist.Normal(mu[:, None], 2.0).log_prob(models.Y).sum(-1)
    expected = dist.Normal(1.0, 3.0).log_prob(mu) + normal
    np.testing.assert_allclose(state.kernel_results.target_log_prob, expected)
    np.testing.assert_array_equal(state.i, 350)
    assert list(mcmc.get_extra_fields()) in ([], ["diverging"])


@pytest.mark.parametrize("way", WAYS)
def test_fields_of_the_results_are_columns(way):
    kernel = sampler(way)
    names = tuple(f"kernel_results.{name}" for name in kernel.Results._fields[:-1])
    mcmc = fit(kernel, models.Y, num_samples=40, thinning=2, fields=(*names, "potential_energy"))
    fields = mcmc.get_extra_fields(group_by_chain=True)
    for name in names:
        last = getattr(mcmc.last_state.kernel_results, name.rpartition(".")[2])
        np.testing.assert_array_equal(fields[name][:, -1], last)
    np.testing.assert_array_equal(
        fields["kernel_results.target_log_prob"], -fields["potential_energy"]
    )
    if "kernel_results.is_accepted" in fields:
        mcmc = fit(kernel, models.Y, num_samples=40, fields=("is_accepted",))
        mu = mcmc.get_samples(True)["mu"]
        moved = mu[:, 1:] != mu[:, :-1]
        np.testing.assert_array_equal(mcmc.get_extra_fields(True)["is_accepted"][:, 1:], moved)


@pytest.mark.parametrize("way", WAYS)
def test_draws_do_not_depend_on_threads_and_go_on_from_a_state(way):
    found = []
    for num_threads in (1, 2):
        lp.set_num_threads(num_threads)
        mcmc = fit(sampler(way), models.Y, num_samples=40, num_chains=3)
        mcmc.post_warmup_state = mcmc.last_state
        mcmc.run(mcmc.last_state.rng_key, models.Y, extra_fields=("i",))
        found.append(mcmc)
    lp.set_num_threads(None)
    np.testing.assert_array_equal(*(mcmc.get_samples()["mu"] for mcmc in found))
    assert found[0].get_extra_fields()["i"][0] == 341
    np.testing.assert_array_equal(*(mcmc.last_state.adapt_state.step_size for mcmc in found))


@pytest.mark.parametrize("way", WAYS)
def test_a_potential_function_will_do(way):
    name, options = WAYS[way]
    kernel = getattr(infer, name)(
        potential_fn=lambda z: 0.5 * np.sum(((z["a"] - 1.0) / 0.5) ** 2), **options
    )
    mcmc = MCMC(kernel, num_warmup=300, num_samples=4000, progress_bar=False)
    mcmc.run(0, init_params={"a": np.zeros(2)})
    draws = mcmc.get_samples()["a"]
    np.testing.assert_allclose(draws.mean(0), 1.0, atol=0.2)
    np.testing.assert_allclose(draws.std(0), 0.5, rtol=0.25)


@pytest.mark.parametrize("way", ["RandomWalkMetropolis", "volatility", "SliceSampler"])
@pytest.mark.usefixtures("many_frames")
def test_a_run_that_was_broken_off_goes_on_to_the_same_draws(tmp_path, monkeypatch, way):
    path, options = tmp_path / "draws", {"extra_fields": ("kernel_results",)}
    expected = make(sampler(way))
    expected.run(3, models.Y, **options)
    assert break_off(
        monkeypatch, make(sampler(way)), 10, models.Y, checkpoint=path, **options
    )
    found = make(sampler(way))
    found.run(3, models.Y, checkpoint=path, **options)
    assert_same(found, expected)


@pytest.mark.parametrize("limits", [{}, {"max_steps_out": 6}])
def test_the_evaluations_of_a_slice_sampler_are_those_that_it_makes(limits):
    points = []

    def potential(q):
        points.append(1)
        return 0.25 * np.sum(q**4)

    kernel = infer.SliceSampler(potential_fn=potential, step_size=0.4, jit_compile=False, **limits)
    state = kernel.init(0, 0, np.array([0.3]))
    for _ in range(30):
        before = len(points)
        state = kernel.sample(state)
        assert len(points) - before == state.kernel_results.num_evaluations


@pytest.mark.parametrize("way", WAYS)
def test_what_is_changed_in_a_state_is_gone_on_from(way):
    kernel = sampler(way)
    state = kernel.sample(kernel.init(0, 50, None, (models.Y,)), (models.Y,))
    adapt_state = state.adapt_state._replace(step_size=1e-9)
    results = state.kernel_results._replace(adapt_state=adapt_state)
    changed = state._replace(z={"mu": np.array(1.5)}, kernel_results=results)
    after = kernel.sample(changed, (models.Y,))
    assert after.i == state.i + 1
    if way != "new state":  # whose steps are as long as it makes them
        assert after.z["mu"] == pytest.approx(1.5, abs=1e-3)
    at = np.asarray(after.z["mu"])
    expected = dist.Normal(1.0, 3.0).log_prob(at) + dist.Normal(at, 2.0).log_prob(models.Y).sum()
    assert after.kernel_results.target_log_prob == pytest.approx(float(expected))


def test_a_proposal_in_python_has_its_errors_raised_and_can_be_pickled():
    kernel = infer.RandomWalkMetropolis(models.normal_mean, new_state_fn=cauchy)
    copied = pickle.loads(pickle.dumps(kernel))
    one, two = (fit(x, models.Y).get_samples()["mu"] for x in (kernel, copied))
    np.testing.assert_array_equal(one, two)

    def fails(state_parts, seed):
        raise RuntimeError("out of order")

    with pytest.raises(RuntimeError, match="out of order"):
        fit(infer.RandomWalkMetropolis(models.normal_mean, new_state_fn=fails), models.Y)
    wrong = infer.RandomWalkMetropolis(
        models.normal_mean, new_state_fn=lambda parts, seed: [np.zeros(2)]
    )
    with pytest.raises(ShapeError, match=r"new_state_fn must return a list of one array of shape"):
        fit(wrong, models.Y)


@pytest.mark.parametrize(
    "name, options, message",
    [
        ("RandomWalkMetropolis", {"step_size": -1.0}, "step_size must be a finite number above 0"),
        ("RandomWalkMetropolis", {"step_size": np.zeros(2)}, "step_size must be a positive number"),
        ("RandomWalkMetropolis", {"new_state_fn": 3}, "new_state_fn must be a function, found 3"),
        (
            "RandomWalkMetropolis", {"new_state_fn": tfp.random_walk_normal_fn(), "step_size": 1.0},
            "new_state_fn says how far steps go",
        ),
        ("RandomWalkMetropolis", {"adaptation": "never"}, "adaptation must be one of"),
        ("SliceSampler", {"max_doublings": -1}, "max_doublings must be an integer from 0 to 50"),
        ("SliceSampler", {"max_steps_out": 0}, "max_steps_out must be an integer of at least 1"),
        (
            "SliceSampler", {"step_size": np.ones(2), "inverse_mass_matrix": np.ones(2)},
            "step_size is an array",
        ),
        ("HamiltonianMonteCarlo", {"num_leapfrog_steps": 0}, "num_leapfrog_steps must be an int"),
        ("NoUTurnSampler", {"max_tree_depth": 51}, "max_tree_depth must be an integer from 1"),
        (
            "MetropolisAdjustedLangevinAlgorithm", {"target_accept_prob": 1.0},
            "target_accept_prob must be a finite number above 0 and below 1",
        ),
        (
            "MetropolisAdjustedLangevinAlgorithm", {"volatility_fn": np.exp, "dense_mass": True},
            "volatility_fn takes the place of a metric",
        ),
        ("UncalibratedLangevin", {"metropolis_hastings": 2}, "metropolis_hastings must be True or"),
        (
            "UncalibratedLangevin", {"metropolis_hastings": False},
            "UncalibratedLangevin needs a step_size with metropolis_hastings=False",
        ),
    ],
)  # fmt: skip
def test_bad_options_are_named(name, options, message):
    with pytest.raises(ArgumentError, match=message):
        getattr(infer, name)(models.normal_mean, **options)


@pytest.mark.parametrize("way", SAMPLERS)
def test_step_sizes_must_be_as_many_as_unconstrained_values(way):
    kernel = sampler(way, step_size=np.ones(7))
    with pytest.raises(ShapeError, match=r"step_size has the shape \(7,\), but there are"):
        fit(kernel, models.Y)


def test_what_samplers_share_is_no_sampler():
    with pytest.raises(ModelError, match="TFPKernel.'NoUTurnSampler'."):
        tfp.TFPKernel(models.normal_mean)


@pytest.mark.parametrize("scale", [0.0, np.ones((2, 2)), "wide"])
def test_bad_scales_are_named(scale):
    with pytest.raises(ArgumentError, match="scale must be"):
        tfp.random_walk_normal_fn(scale)


@pytest.mark.parametrize("volatility_fn", [lambda q: -1.0, lambda q: np.ones(3), lambda q: "a"])
def test_a_volatility_that_is_none_is_refused(volatility_fn):
    kernel = infer.MetropolisAdjustedLangevinAlgorithm(
        models.normal_mean, volatility_fn=volatility_fn
    )
    with pytest.raises(ArgumentError, match="volatility_fn must return a positive number or a vec"):
        fit(kernel, models.Y)


def test_nothing_to_infer_is_no_trouble():
    def model():
        lp.deterministic("squares", np.arange(3.0) ** 2)
        lp.sample("y", dist.Normal(0.0, 1.0), obs=0.0)

    for way in WAYS:
        squares = fit(sampler(way, model), num_samples=20).get_samples()["squares"]
        assert squares.shape == (40, 3)


def test_plain_python_draws_what_machine_code_draws():
    program = (
        "import numpy as np\n"
        "from lightppl.infer import MCMC\n"
        "from tests.infer.mcmc import models\n"
        "from tests.infer.mcmc.test_tfp import WAYS, sampler\n"
        "for way in WAYS:\n"
        "    mcmc = MCMC(sampler(way), num_warmup=12, num_samples=6, progress_bar=False)\n"
        "    mcmc.run(1, models.Y)\n"
        "    print(*mcmc.get_samples()['mu'])\n"
    )
    outputs = []
    for disable in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", program], env=dict(os.environ, NUMBA_DISABLE_JIT=disable),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        outputs.append(np.array(done.stdout.split(), float))
    assert len(outputs[0]) == 6 * len(WAYS)
    np.testing.assert_allclose(*outputs, rtol=1e-6)
