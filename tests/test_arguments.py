"""Arguments of the wrong kind: each is refused in one sentence that names it and what was found."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import diagnostics
from lightppl.errors import ArgumentError, LightPPLError
from lightppl.infer.mcmc.results import RunResults
from lightppl.infer import (
    HMC, MCMC, NUTS, Predictive, init_to_median, init_to_uniform, init_to_value,
)

NOT_A_COUNT = [None, True, False, "3", "", 2.5, 3.0, np.nan, np.inf, -1, 1j, [3], (), {}, print]
NOT_POSITIVE = [None, True, "0.5", np.nan, np.inf, -np.inf, 0, 0.0, -1.0, 1j, [0.5], {}, print]
NOT_A_FLAG = [None, "no", "True", 2, -1, 0.5, np.nan, [], {}, np.zeros(2)]
NOT_A_FUNCTION = [5, "model", True, [], {}, np.zeros(2)]
NOT_NAMES = [5, None, True, 2.5, [5], [None], ("mu", 5), np.zeros(2), print]
NOT_BY_NAME = [5, "mu", True, 2.5, ["mu"], {5: 1.0}, np.zeros(2), print]
NOT_NUMBERS = ["x", ["a"], object(), [None], {"a": 1.0}, [1j], [[1.0], [1.0, 2.0]], print]
NOT_A_SEED = [True, "3", 2.5, np.nan, -1, 1j, [3], {}, print]
NOT_A_SHARE = [*NOT_POSITIVE, 1.5]
NOT_AN_AXIS = [None, True, "0", 0.0, 2, -3, np.nan]

DRAWS = np.random.default_rng(0).standard_normal((2, 50))


def model(y=None):
    mu = lp.sample("mu", dist.Normal(0.0, 1.0))
    lp.sample("y", dist.Normal(mu, 1.0), obs=y)


def mcmc(**options):
    usual = {"num_warmup": 5, "num_samples": 5, "progress_bar": False}
    return MCMC(NUTS(model), **{**usual, **options})


def ran():
    """A run without the cost of one."""
    found = mcmc()
    draws = {"mu": DRAWS}
    found._results = RunResults(None, {}, samples=draws, fields=draws, statistics=draws)
    return found


def run(rng_key=0, **options):
    """Start a run that ends at the border."""
    mcmc().run(rng_key, 1.0, **options)


def predictive(**options):
    Predictive(**{"model": model, "posterior_samples": {"mu": np.zeros(3)}, **options})


def option(function, name):
    """Return a function of the option of this name."""
    return lambda value: function(**{name: value})


def less(values, *allowed):
    """Return values without those that are allowed here."""

    def is_allowed(x):
        return any(x is y or (type(x) is type(y) and x == y) for y in allowed)

    return [x for x in values if not is_allowed(x)]


NOT_A_MASS_MATRIX = [
    "x", True, 5, 2.0, [None], [np.nan], [np.inf], [-1.0], [0.0], [1j], np.ones((1, 1, 1)),
    np.ones((2, 3)), [[1.0, 0.5], [0.0, 1.0]], [[1.0, 2.0], [2.0, 1.0]], [[np.inf]], [[0.0]],
    {("mu",): [np.nan]}, {("mu",): [[1.0, 0.2], [0.1, 1.0]]}, {5: [1.0]}, {"mu": "x"},
    {("mu",): -np.eye(2)},
]  # fmt: skip


def kernel_table():
    for kernel in (HMC, NUTS):
        def make(kernel=kernel, **options):
            kernel(model, **options)

        for name, wrong in [
            ("step_size", NOT_POSITIVE), ("target_accept_prob", [*NOT_A_SHARE, 1]),
            ("init_strategy", [None, *NOT_A_FUNCTION]), ("adapt_step_size", NOT_A_FLAG),
            ("adapt_mass_matrix", NOT_A_FLAG), ("find_heuristic_step_size", NOT_A_FLAG),
            ("forward_mode_differentiation", NOT_A_FLAG), ("regularize_mass_matrix", NOT_A_FLAG),
            ("jit_compile", NOT_A_FLAG), ("inverse_mass_matrix", NOT_A_MASS_MATRIX),
            ("dense_mass", [None, "mu", 5, 0.5, [5], [("mu", 5)], [None], {}]),
            ("full_mass", ["mu", 5, 0.5, [5], [("mu", 5)], {}]),
        ]:  # fmt: skip
            yield name, option(make, name), wrong
        yield "model", kernel, NOT_A_FUNCTION
        yield "potential_fn", option(kernel, "potential_fn"), NOT_A_FUNCTION
        yield "num_warmup", lambda x, k=kernel: k(model).init(0, x, None, (1.0,)), NOT_A_COUNT
    yield "num_steps", lambda x: HMC(model, num_steps=x), [*less(NOT_A_COUNT, None), 0]
    yield "trajectory_length", lambda x: HMC(model, trajectory_length=x), less(NOT_POSITIVE, None)
    yield "max_tree_depth", lambda x: NUTS(model, max_tree_depth=x), [
        *NOT_A_COUNT, 0, 51, (3,), (3, 4, 5), (3, 2.5), (0, 3), [3, None], ("3", 3),
    ]


def start_table():
    yield "radius", option(init_to_uniform, "radius"), less(NOT_POSITIVE, 0, 0.0)
    yield "num_samples", option(init_to_median, "num_samples"), [*NOT_A_COUNT, 0]
    yield "values", option(init_to_value, "values"), less(NOT_BY_NAME, None)
    yield "init_params", option(run, "init_params"), [
        *NOT_BY_NAME, {"mu": "x"}, {"mu": None}, {"mu": np.nan}, {"mu": np.inf}, {"mu": 1j},
    ]


def run_table():
    for name, wrong in [
        ("num_warmup", less(NOT_A_COUNT, None)), ("num_samples", [*NOT_A_COUNT, 0]),
        ("num_chains", [*NOT_A_COUNT, 0]), ("thinning", [*NOT_A_COUNT, 0, 6]),
        ("chain_method", [None, 5, True, "magic", ["parallel"], np.zeros(2)]),
        ("progress_bar", NOT_A_FLAG), ("postprocess_fn", NOT_A_FUNCTION),
    ]:
        yield name, option(mcmc, name), wrong
    yield "extra_fields", option(run, "extra_fields"), NOT_NAMES
    yield "rng_key", run, [*less(NOT_A_SEED, [3]), [-1], ["a"], [2.5]]
    yield "collect_warmup", lambda x: mcmc().warmup(0, collect_warmup=x), NOT_A_FLAG
    yield "group_by_chain", lambda x: ran().get_samples(x), NOT_A_FLAG
    yield "group_by_chain", lambda x: ran().get_extra_fields(x), NOT_A_FLAG
    yield "post_warmup_state", go_on_from, [5, "x", True, 0.5, print, {"z": 1.0}]


def go_on_from(state):
    found = mcmc()
    found.post_warmup_state = state
    found.run(0, 1.0)


def predictive_table():
    for name, wrong in [
        ("model", [None, *NOT_A_FUNCTION]), ("guide", NOT_A_FUNCTION), ("params", NOT_BY_NAME),
        ("posterior_samples", [*NOT_BY_NAME, {"mu": "x"}, {"mu": None}]),
        ("num_samples", [*less(NOT_A_COUNT, None), 0]), ("return_sites", less(NOT_NAMES, None)),
        ("batch_ndims", less(NOT_A_COUNT, None)), ("infer_discrete", NOT_A_FLAG),
        ("parallel", NOT_A_FLAG), ("exclude_deterministic", less(NOT_A_FLAG, None)),
    ]:
        yield name, option(predictive, name), wrong
    yield "rng_key", Predictive(model, num_samples=2), NOT_A_SEED


def key_table():
    random = lp.random
    yield "seed", random.PRNGKey, [None, *NOT_A_SEED]
    yield "seed", lp.set_rng_seed, NOT_A_SEED
    yield "num", lambda x: random.split(0, x), [*NOT_A_COUNT, 0]
    yield "data", lambda x: random.fold_in(0, x), NOT_A_COUNT
    yield "rng_key", random.split, NOT_A_SEED
    yield "rng_key", lambda x: random.fold_in(x, 1), NOT_A_SEED
    yield "rng_key", dist.Normal(0.0, 1.0).sample, NOT_A_SEED
    yield "num_threads", lp.set_num_threads, [*less(NOT_A_COUNT, None), 0]


def plate_table():
    yield "size", lambda x: lp.plate("data", x), [*NOT_A_COUNT, 0]
    yield "subsample_size", lambda x: lp.plate("data", 5, x), [*less(NOT_A_COUNT, None), 0, 6]
    yield "dim", lambda x: lp.plate("data", 5, dim=x), [
        True, "x", 0, 1, 0.5, -1.0, np.nan, [], [-1],
    ]
    yield "size", lambda x: enter(lp.plate_stack("p", (x,))), [*NOT_A_COUNT, 0]
    yield "sizes", lambda x: enter(lp.plate_stack("p", x)), [5, None, "33", True]
    yield "rightmost_dim", lambda x: enter(lp.plate_stack("p", (5,), x)), [
        None, "x", 0, 1, 0.5, -1.0,
    ]


def enter(plates):
    with plates:
        pass


def diagnostics_table():
    d = diagnostics
    for function in (
        d.ess_bulk, d.ess_tail, d.ess_mean, d.rhat, d.effective_sample_size, d.gelman_rubin,
        d.mcse_mean, d.split_gelman_rubin, d.mcse_sd, d.hpdi, d.autocovariance, d.autocorrelation,
    ):  # fmt: skip
        yield "x", function, [None, *NOT_NUMBERS]
    for function in (d.ess_quantile, d.mcse_quantile):
        yield "prob", lambda x, f=function: f(DRAWS, x), [*NOT_A_SHARE, 1]
        yield "x", lambda x, f=function: f(x, 0.5), NOT_NUMBERS
    yield "prob", lambda x: d.hpdi(DRAWS, x), NOT_A_SHARE
    for function in (d.hpdi, d.autocovariance, d.autocorrelation):
        yield "axis", lambda x, f=function: f(DRAWS, axis=x), NOT_AN_AXIS
    for function in (d.effective_sample_size, d.autocovariance, d.autocorrelation):
        yield "bias", lambda x, f=function: f(DRAWS, bias=x), NOT_A_FLAG
    for function in (d.summarize, d.summary, d.print_summary):
        yield "prob", lambda x, f=function: f({"mu": DRAWS}, prob=x), NOT_A_SHARE
        yield "mu", lambda x, f=function: f({"mu": x}), [None, *NOT_NUMBERS]
    yield "samples", d.summarize, NOT_BY_NAME
    yield "Param:0", d.summary, ["x", [None], print]
    yield "relative_ess", lambda x: d.psis(np.arange(50.0), x), [
        None, "x", np.nan, np.inf, 0.0, -1.0, np.ones(3),
    ]
    yield "log_ratios", d.psis, [None, *NOT_NUMBERS]
    yield "log_likelihood", d.loo, [None, *NOT_NUMBERS]
    yield "energy", d.bfmi, [None, *NOT_NUMBERS]
    yield "diverging", d.count_divergences, [None, *NOT_NUMBERS]
    yield "max_tree_depth", lambda x: d.count_tree_depth_hits(x, num_steps=np.ones((2, 3))), [
        *NOT_A_COUNT, 0,
    ]


TABLES = (
    kernel_table, start_table, run_table, predictive_table, key_table, plate_table,
    diagnostics_table,
)  # fmt: skip
ROWS = [
    pytest.param(*row, id=f"{table.__name__}-{k}-{row[0]}")
    for table in TABLES
    for k, row in enumerate(table())
]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name, function, wrong", ROWS)
def test_a_wrong_argument_is_named_with_what_was_found(name, function, wrong):
    for value in wrong:
        try:
            function(value)
        except LightPPLError as error:
            message = error.message
            assert name in message, f"{value!r}: {message}"
            assert message.endswith(".") and "\n" not in message, f"{value!r}: {message}"
            is_in_other_words = isinstance(value, (np.ndarray, list, dict)) or callable(value)
            assert is_in_other_words or str(value) in str(error), f"{value!r}: {message}"
        except Exception as error:
            pytest.fail(f"{name}={value!r} gave {type(error).__name__}: {error}")
        else:
            pytest.fail(f"{name}={value!r} was taken")


def test_errors_of_arguments_are_value_errors_and_type_errors():
    for kind in (ValueError, TypeError, ArgumentError):
        with pytest.raises(kind, match="num_samples must be an integer of at least 1, found 2.5."):
            mcmc(num_samples=2.5)


def test_numbers_of_numpy_are_numbers():
    """Whatever NumPy computes passes for what it is."""
    mcmc(num_samples=np.int32(5), num_chains=np.array(2), progress_bar=np.False_)
    kernel = NUTS(
        model, step_size=np.float32(0.5), target_accept_prob=np.array(0.9),
        max_tree_depth=np.int64(5), inverse_mass_matrix=[[1, 0], [0, 2]], dense_mass=np.True_,
    )  # fmt: skip
    assert type(kernel.step_size) is type(kernel.warmup_options.target_accept_prob) is float
    assert kernel.max_tree_depth == (5, 5) and kernel.dense_mass is True
    lp.random.split(np.uint8(3), np.int16(2))
    lp.plate("data", np.int64(3), dim=np.int64(-2))
