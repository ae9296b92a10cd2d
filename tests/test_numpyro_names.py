"""Names, paths and orders of arguments that scripts written for NumPyro rely on."""

import importlib
import inspect

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers
from lightppl.infer import hmc_util

PATHS = {
    "lightppl": "enable_x64 set_platform set_host_device_count sample plate plate_stack param "
    "deterministic factor subsample prng_key get_mask condition do render_model infer contrib "
    "diagnostics handlers distributions primitives util enable_validation validation_enabled",
    "lightppl.primitives": "Messenger CondIndepStackFrame apply_stack sample plate param factor",
    "lightppl.handlers": "block collapse condition do infer_config lift mask reparam replay scale "
    "scope seed substitute trace uncondition",
    "lightppl.util": "enable_x64 fori_collect format_shapes set_host_device_count set_platform "
    "set_rng_seed",
    "lightppl.distributions.distribution": "Distribution Delta ExpandedDistribution Unit "
    "FoldedDistribution ImproperUniform Independent MaskedDistribution TransformedDistribution",
    "lightppl.distributions.kl": "kl_divergence",
    "lightppl.infer": "AIES ESS HMC MCMC NUTS Predictive init_to_feasible init_to_mean "
    "init_to_median init_to_sample init_to_uniform init_to_value initialize_model log_likelihood "
    "reparam util",
    "lightppl.infer.util": "Predictive compute_log_probs constrain_fn find_valid_initial_params "
    "get_potential_fn initialize_model log_density log_likelihood potential_energy transform_fn "
    "unconstrain_fn",
    "lightppl.infer.ensemble": "AIES AIESState ESS ESSState EnsembleSampler EnsembleSamplerState",
    "lightppl.infer.inspect": "get_dependencies get_model_relations render_model",
    "lightppl.infer.hmc": "HMC HMCState HMCAdaptState IntegratorState MCMCKernel NUTS ParamInfo "
    "build_tree euclidean_kinetic_energy find_reasonable_step_size hmc initialize_model "
    "momentum_generator velocity_verlet warmup_adapter",
    "lightppl.infer.hmc_util": "AdaptWindow HMCAdaptState IntegratorState TreeInfo "
    "build_adaptation_schedule build_tree dual_averaging euclidean_kinetic_energy "
    "find_reasonable_step_size initialize_model velocity_verlet warmup_adapter welford_covariance",
    "lightppl.infer.mcmc": "MCMC MCMCKernel",
    "lightppl.infer.reparam": "CircularReparam DiscreteCosineReparam ExplicitReparam HaarReparam "
    "LocScaleReparam ProjectedNormalReparam Reparam TransformReparam UnitJacobianReparam",
    "lightppl.contrib.control_flow": "cond scan",
}


@pytest.mark.parametrize("path", PATHS)
def test_public_paths_have_their_names(path):
    module = importlib.import_module(path)
    assert [name for name in PATHS[path].split() if not hasattr(module, name)] == []


SIGNATURES = {
    hmc_util.velocity_verlet: "potential_fn kinetic_fn forward_mode_differentiation",
    hmc_util.dual_averaging: "t0 kappa gamma",
    hmc_util.welford_covariance: "diagonal",
    hmc_util.find_reasonable_step_size: "potential_fn kinetic_fn momentum_generator init_step_size "
    "inverse_mass_matrix z_info rng_key",
    hmc_util.build_adaptation_schedule: "num_steps",
    hmc_util.warmup_adapter: "num_adapt_steps find_reasonable_step_size adapt_step_size "
    "adapt_mass_matrix dense_mass target_accept_prob regularize_mass_matrix",
    hmc_util.build_tree: "verlet_update kinetic_fn verlet_state inverse_mass_matrix step_size "
    "rng_key max_delta_energy max_tree_depth",
    hmc_util.euclidean_kinetic_energy: "inverse_mass_matrix r",
    hmc_util.momentum_generator: "prototype_r mass_matrix_sqrt rng_key",
    lp.sample: "name fn obs rng_key sample_shape infer obs_mask",
    lp.plate: "name size subsample_size dim",
    lp.plate_stack: "prefix sizes rightmost_dim",
    lp.subsample: "data event_dim",
    lp.param: "name init_value constraint event_dim kwargs",
    lp.deterministic: "name value",
    lp.factor: "name log_factor",
    handlers.block: "fn hide_fn hide expose_types expose",
    handlers.condition: "fn data condition_fn",
    handlers.do: "fn data",
    handlers.lift: "fn prior",
    handlers.mask: "fn mask",
    handlers.reparam: "fn config",
    handlers.replay: "fn trace",
    handlers.scale: "fn scale",
    handlers.scope: "fn prefix divider hide_types",
    handlers.seed: "fn rng_seed hide_types",
    handlers.substitute: "fn data substitute_fn",
    handlers.trace: "fn",
    lp.infer.AIES: "model potential_fn randomize_split moves init_strategy",
    lp.infer.AIES.DEMove: "sigma g0",
    lp.infer.AIES.StretchMove: "a",
    lp.infer.ESS: "model potential_fn randomize_split moves max_steps max_iter init_mu tune_mu "
    "init_strategy",
    lp.infer.ESS.KDEMove: "bw_method",
    lp.infer.HMC: "model potential_fn kinetic_fn step_size inverse_mass_matrix adapt_step_size "
    "adapt_mass_matrix dense_mass target_accept_prob num_steps trajectory_length init_strategy "
    "find_heuristic_step_size forward_mode_differentiation regularize_mass_matrix",
    lp.infer.NUTS: "model potential_fn kinetic_fn step_size inverse_mass_matrix adapt_step_size "
    "adapt_mass_matrix dense_mass target_accept_prob trajectory_length max_tree_depth "
    "init_strategy find_heuristic_step_size forward_mode_differentiation regularize_mass_matrix",
    lp.infer.Predictive: "model posterior_samples guide params num_samples return_sites "
    "infer_discrete parallel batch_ndims condition_deterministic exclude_deterministic",
    lp.infer.initialize_model: "rng_key model init_strategy dynamic_args model_args model_kwargs "
    "forward_mode_differentiation validate_grad",
    lp.infer.log_likelihood: "model posterior_samples args parallel batch_ndims kwargs",
    lp.infer.util.constrain_fn: "model model_args model_kwargs params return_deterministic "
    "batch_ndims",
    lp.infer.util.get_potential_fn: "model inv_transforms enum replay_model dynamic_args "
    "model_args model_kwargs",
    lp.infer.util.unconstrain_fn: "model model_args model_kwargs params",
    dist.Distribution.sample: "self key sample_shape rng_key",
    dist.constraints.cat: "cseq dim lengths",
}


@pytest.mark.parametrize("function", SIGNATURES, ids=lambda f: f.__qualname__)
def test_arguments_stand_in_the_usual_order(function):
    found = list(inspect.signature(function).parameters)
    expected = SIGNATURES[function].split()
    assert found[: len(expected)] == expected


def test_a_key_has_two_names():
    for fn in (
        dist.Normal(0.0, 1.0),
        dist.LogNormal(0.0, np.ones(2)).to_event(1),
        dist.Normal(0.0, 1.0).expand([3]).mask(np.array([True, False, True])),
        dist.TransformedDistribution(dist.Normal(0.0, 1.0), dist.transforms.ExpTransform()),
    ):
        draws = [
            fn.sample(3, (2,)), fn.sample(key=3, sample_shape=(2,)),
            fn.sample(rng_key=3, sample_shape=(2,)), fn(3, (2,)), fn(rng_key=3, sample_shape=(2,)),
            fn.sample_with_intermediates(rng_key=3, sample_shape=(2,))[0],
        ]  # fmt: skip
        for draw in draws:
            np.testing.assert_array_equal(draw, draws[0])
        assert draws[0].shape == (2, *fn.batch_shape, *fn.event_shape)


def test_families_of_users_may_call_the_key_either_name():
    class Theirs(dist.Distribution):
        support = dist.constraints.real

        def sample(self, key, sample_shape=()):
            return np.full(sample_shape, float(lp.random.as_generator(key).random()))

    class Ours(dist.Distribution):
        support = dist.constraints.real

        def sample(self, rng_key=None, sample_shape=()):
            return np.full(sample_shape, float(lp.random.as_generator(rng_key).random()))

    for family in (Theirs, Ours):
        with handlers.seed(rng_seed=0), handlers.trace() as tr:
            lp.sample("x", family())
            lp.sample("y", family().expand([2]).to_event(1))
        assert tr["x"].value != tr["y"].value[0] and tr["y"].value.shape == (2,)


def test_switches_of_jax_do_nothing():
    assert lp.enable_x64() is lp.enable_x64(False) is lp.set_platform("gpu") is None
    assert lp.set_host_device_count(4) is None
    assert lp.sample("x", dist.Normal(0.0, 1.0)).dtype == np.float64


def test_a_trace_that_decorates_a_model_keeps_its_trace():
    recorder = handlers.trace()

    @recorder
    def model():
        lp.sample("x", dist.Normal(0.0, 1.0))

    assert recorder.trace is None
    model()
    assert list(recorder.trace) == ["x"] and recorder.trace is model.trace
    model()
    assert model.trace is recorder.trace


def test_block_takes_names_third_and_types_fourth():
    def model():
        lp.sample("x", dist.Normal(0.0, 1.0))
        lp.deterministic("y", 1.0)

    assert list(handlers.trace(handlers.block(model, None, ["x"])).get_trace()) == ["y"]
    by_type = handlers.block(model, None, None, ["deterministic"])
    assert list(handlers.trace(by_type).get_trace()) == ["y"]
    assert list(handlers.trace(handlers.block(model, None, None, None, ["x"])).get_trace()) == ["x"]


def test_attributes_of_distributions_keep_their_relations():
    skewed = dist.AsymmetricLaplace(0.0, 2.0, 0.5)
    assert (skewed.left_scale, skewed.right_scale) == (1.0, 4.0)
    row = np.array([2.0, 0.5, 0.3, 0.5])
    circulant = dist.CirculantNormal(np.zeros(4), covariance_row=row)
    np.testing.assert_allclose(circulant.covariance_rfft, np.fft.rfft(row).real)
    again = dist.CirculantNormal(np.zeros(4), covariance_rfft=circulant.covariance_rfft)
    np.testing.assert_allclose(again.covariance_row, row)
    matrix = np.array([[1.0, 0.5], [0.5, 1.0]])
    copula = dist.GaussianCopula(dist.Normal(0.0, 1.0), matrix)
    np.testing.assert_allclose(copula.correlation_cholesky @ copula.correlation_cholesky.T, matrix)
    mixture = dist.MixtureSameFamily(
        dist.Categorical(np.array([0.2, 0.8])), dist.Normal(np.array([-100.0, 100.0]), 1.0)
    )
    assert mixture.component_sample(0, (5,)).shape == (5, 2) and mixture.mixture_dim == -1
    assert np.all(np.sign(mixture.component_sample(0, (5,))) == [-1.0, 1.0])
    student = dist.MultivariateStudentT(5.0, np.zeros(2), np.linalg.cholesky(matrix))
    identity = student.precision_matrix @ student.covariance_matrix
    np.testing.assert_allclose(identity, np.eye(2), atol=1e-12)
    space = dist.GaussianStateSpace(3, np.eye(2), matrix)
    np.testing.assert_allclose(space.scale_tril @ space.scale_tril.T, matrix)
    np.testing.assert_allclose(space.precision_matrix @ matrix, np.eye(2), atol=1e-12)
    np.testing.assert_array_equal(space.initial_value, np.zeros(2))
    assert set(dist.MultivariateNormal(0.0, matrix).get_args()) == {"loc", "covariance_matrix"}
    positive = dist.constraints.positive
    assert positive.eq(dist.constraints.positive) and not positive.eq(dist.constraints.real)
    exp, affine = dist.transforms.ExpTransform(), dist.transforms.AffineTransform
    assert exp.eq(dist.transforms.ExpTransform()) and affine(1.0, 2.0).eq(affine(1.0, 2.0))
    assert not affine(1.0, 2.0).eq(affine(1.0, 3.0))
