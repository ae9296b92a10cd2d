"""What every sampler of the package promises, whatever its algorithm: one test each.

The samplers are those of `tests.infer.every_kernel`.
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from operator import attrgetter

import numpy as np
import pytest

import lightppl as lp
from lightppl.errors import LightPPLError, LightPPLWarning
from lightppl.infer import MCMC
from lightppl.infer.mcmc import chains as chains_module
from lightppl.infer.mcmc.plan import RunPlan
from lightppl.infer.mcmc.states import slice_state
from lightppl.language.structure import leaves_of, paths_and_leaves
from lightppl.random import PRNGKey, split
from lightppl.settings import is_numba_disabled
from tests.infer.every_kernel import CASES, Y, potential_fn
from tests.infer.mcmc.test_checkpoint import break_off, many_frames
from tests.infer.mcmc.test_executors import HereAndNow
from tests.infer.mcmc.test_kept_draws import interrupts_reach_python

__all__ = ["interrupts_reach_python", "many_frames"]

NUM_WARMUP, NUM_SAMPLES = 60, 30


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def case(request):
    return request.param


@pytest.fixture
def threads():
    yield lp.set_num_threads
    lp.set_num_threads(None)


def make(case, num_samples=NUM_SAMPLES, num_chains=None, kernel=None, **options):
    return MCMC(
        case.make(case.model) if kernel is None else kernel, num_warmup=NUM_WARMUP,
        num_samples=num_samples, num_chains=case.num_chains if num_chains is None else num_chains,
        progress_bar=False, **options,
    )  # fmt: skip


def run(mcmc, key=3, **options):
    mcmc.run(key, Y, **options)
    return mcmc


def draws(mcmc):
    return mcmc.get_samples(group_by_chain=True)["x"]


def assert_same(found, expected):
    for read in ("get_samples", "get_extra_fields", "get_statistics"):
        ours, theirs = (getattr(mcmc, read)(group_by_chain=True) for mcmc in (found, expected))
        assert list(paths_of(ours)) == list(paths_of(theirs))
        for x, y in zip(leaves_of(ours), leaves_of(theirs)):
            np.testing.assert_array_equal(x, y, err_msg=read)


def paths_of(structure):
    return (path for path, _ in paths_and_leaves(structure))


def test_draws_do_not_depend_on_the_number_of_threads(case, threads):
    threads(1)
    expected = run(make(case))
    threads(2)
    assert_same(run(make(case)), expected)
    assert_same(run(make(case, chain_method="sequential")), expected)


def test_chains_travel_to_the_workers_of_an_executor_and_back(case):
    fields = {"extra_fields": (case.energy,)}
    found = run(make(case, executor=HereAndNow(), thinning=2), **fields)
    assert_same(found, run(make(case, thinning=2), **fields))


def test_a_run_tells_how_far_it_is(case):
    mcmc = make(case)
    handle = mcmc.start(3, Y)
    assert handle.wait() and handle.progress.stage == "ended"
    assert set(handle.progress.num_done) == {NUM_WARMUP + NUM_SAMPLES}
    keys = split(PRNGKey(3), case.num_chains)
    plan = RunPlan(keys, keys[0], NUM_WARMUP, NUM_SAMPLES, model_args=(Y,))
    (chain, *_) = case.make(case.model).start_run(plan).chains
    before = chain.describe()
    chain.advance(0, NUM_WARMUP + 5)
    assert isinstance(before, str) and isinstance(chain.describe(), str)


def test_chains_of_a_run_differ_and_so_do_keys(case):
    x = draws(run(make(case)))
    assert x.shape == (case.num_chains, NUM_SAMPLES, 2) and np.all(np.isfinite(x))
    assert len(np.unique(x[:, -1, 0])) == case.num_chains
    assert not np.array_equal(x, draws(run(make(case), key=4)))


@pytest.mark.parametrize("thinning", [2, 7])
def test_thinning_keeps_the_last_draw_of_each_group(case, thinning):
    fields = (case.energy, case.count)
    full = run(make(case), extra_fields=fields)
    thinned = run(make(case, thinning=thinning), extra_fields=fields)
    kept = slice(thinning - 1, None, thinning)
    np.testing.assert_array_equal(draws(thinned), draws(full)[:, kept])
    for name in fields:
        found, expected = (x.get_extra_fields(group_by_chain=True)[name] for x in (thinned, full))
        np.testing.assert_array_equal(found, expected[:, kept])


@pytest.mark.usefixtures("many_frames")
@pytest.mark.parametrize("num_frames", [1, 12])
def test_a_run_that_was_broken_off_goes_on_to_the_same_draws(
    case, tmp_path, monkeypatch, num_frames
):
    path, options = tmp_path / "draws", {"extra_fields": (case.energy,)}
    assert break_off(monkeypatch, make(case), num_frames, Y, checkpoint=path, **options)
    found = run(make(case), checkpoint=path, **options)
    expected = run(make(case), **options)
    assert_same(found, expected)
    for mcmc in (found, expected):
        mcmc.post_warmup_state = mcmc.last_state
    assert_same(run(found, key=5), run(expected, key=5))


@pytest.mark.usefixtures("many_frames", "interrupts_reach_python")
@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_ctrl_c_keeps_the_draws_made_so_far(case, monkeypatch):
    advance_chain, pressed = chains_module.advance_chain, []

    def advance_and_press(progress, index, *args):
        def press(_):
            if min(progress.num_done) >= NUM_WARMUP + 10 and not pressed:
                pressed.append(index)
                os.kill(os.getpid(), signal.SIGINT)
                while not progress.is_stopping:
                    time.sleep(0.001)

        progress.after_block = press
        advance_chain(progress, index, *args)

    expected = draws(run(make(case, num_samples=600)))
    monkeypatch.setattr(chains_module, "advance_chain", advance_and_press)
    mcmc = make(case, num_samples=600)
    with pytest.warns(LightPPLWarning, match="Interrupted: .* draws of .* chains"):
        run(mcmc)
    kept = draws(mcmc)
    assert 10 <= kept.shape[1] and kept.size < expected.size
    for chain in kept:  # one that was ahead may be the only one
        assert any(np.array_equal(chain, whole[: len(chain)]) for whole in expected)


def test_a_loop_of_ones_own_draws_what_mcmc_draws(case):
    expected = run(make(case, num_chains=case.fewest_chains))
    keys = split(PRNGKey(3), case.fewest_chains)
    kernel = case.make(case.model)
    state, rows = kernel.init(keys[0] if case.moves_alone else keys, NUM_WARMUP, None, (Y,)), []
    for i in range(NUM_WARMUP + NUM_SAMPLES):
        state = kernel.sample(state, (Y,))
        z = getattr(state, kernel.sample_field)
        rows.append(z["x"])
        if i in (NUM_WARMUP // 2, NUM_WARMUP):  # a copy, as from a file, goes on just the same
            state = pickle.loads(pickle.dumps(state))
    found = np.reshape(rows[NUM_WARMUP:], (NUM_SAMPLES, case.fewest_chains, 2))
    np.testing.assert_array_equal(found.swapaxes(0, 1), draws(expected))
    assert np.all(attrgetter(case.count)(state) == NUM_WARMUP + NUM_SAMPLES)
    assert isinstance(kernel.get_diagnostics_str(state), str)
    postprocess = kernel.postprocess_fn((Y,), {})
    chains = [z] if case.moves_alone else [slice_state(z, c) for c in range(case.fewest_chains)]
    values = [postprocess(each)["x"] for each in chains]
    np.testing.assert_array_equal(values, draws(expected)[:, -1])


def test_the_state_has_the_documented_fields_and_each_can_be_asked_for(case):
    unrecorded = ("rng_key", *case.unrecorded)
    names = [name for name in case.fields.split() if name not in unrecorded]
    mcmc = run(make(case), extra_fields=names)
    state, fields = mcmc.last_state, mcmc.get_extra_fields(group_by_chain=True)
    assert state._fields == tuple(case.fields.split())
    for name in names:
        assert np.shape(leaves_of(fields[name])[0])[:2] == (case.num_chains, NUM_SAMPLES), name
        if name != "adapt_state":
            assert_ends_with(fields[name], getattr(state, name), name)


def part_of(state, name):
    """Return a part of a state by its dotted name; None if it has no such part."""
    for key in name.split("."):
        state = state.get(key) if isinstance(state, dict) else getattr(state, key, None)
    return state


def assert_ends_with(rows, last, name):
    """Require that rows (C, N, ...) end with what a state says, where it says something."""
    if isinstance(rows, dict):
        for key, part in rows.items():
            if "adapt_state" not in key:  # in force at the draw, and not what comes next
                assert_ends_with(part, part_of(last, key), f"{name}.{key}")
    elif last is not None:
        np.testing.assert_array_equal(rows[:, -1], last, err_msg=name)


def test_what_is_reported_unasked_can_be_read(case):
    mcmc = run(make(case))
    kernel = mcmc.sampler
    assert kernel.sample_field == kernel.default_fields[0]
    fields = mcmc.get_extra_fields()
    assert set(fields) == set(kernel.default_fields[1:])
    for name, x in {**fields, **mcmc.get_statistics()}.items():
        assert len(x) == case.num_chains * NUM_SAMPLES and np.all(np.isfinite(x)), name
    assert set(mcmc.summarize().names) == {"x[0]", "x[1]", *case.others}


def test_fields_and_options_that_are_wrong_are_refused_by_name(case):
    with pytest.raises(LightPPLError, match=f"'nonsense'.*It has.*{case.energy}"):
        run(make(case), extra_fields=("nonsense",))
    with pytest.raises(LightPPLError, match=f"'{case.make(case.model).sample_field}.nonsense'"):
        run(make(case), extra_fields=(f"{case.make(case.model).sample_field}.nonsense",))
    for name, value in case.bad.items():
        with pytest.raises(LightPPLError, match=name):
            case.make(case.model, **{name: value})


def test_warmup_and_then_a_run_is_gone_on_from_any_copy_of_its_state(case):
    warmed = make(case)
    warmed.warmup(3, Y)
    state = pickle.loads(pickle.dumps(warmed.post_warmup_state))
    assert np.all(attrgetter(case.count)(state) == NUM_WARMUP)
    going_on = make(case)
    going_on.post_warmup_state = state
    fields = {"extra_fields": case.count}
    assert_same(run(going_on, key=5, **fields), run(warmed, key=5, **fields))
    counts = np.arange(NUM_WARMUP + 1, NUM_WARMUP + NUM_SAMPLES + 1)
    for row in warmed.get_extra_fields(group_by_chain=True)[case.count]:
        np.testing.assert_array_equal(row, counts)
    assert not np.array_equal(draws(warmed), draws(run(make(case), key=5)))


def test_a_potential_function_draws_what_its_model_draws(case):
    if not case.takes_potential:
        with pytest.raises((LightPPLError, TypeError), match="potential_fn"):
            case.make(potential_fn=potential_fn)
        return
    start = {"x": np.random.default_rng(0).normal(size=(case.num_chains, 2))}
    by_model = run(make(case), init_params=start, extra_fields="potential_energy")
    by_function = make(case, kernel=case.make(potential_fn=potential_fn))
    by_function.run(3, init_params=start, extra_fields="potential_energy")
    assert_same(by_function, by_model)


def test_a_sampler_can_be_pickled_also_with_a_chain_open(case):
    kernel = case.make(case.model)
    expected = run(make(case, kernel=kernel))
    keys = split(PRNGKey(3), case.fewest_chains)
    state = kernel.init(keys[0] if case.moves_alone else keys, 5, None, (Y,))
    copied = pickle.loads(pickle.dumps(kernel))
    assert_same(run(make(case, kernel=copied)), expected)
    one, other = (getattr(x.sample(state, (Y,)), x.sample_field) for x in (copied, kernel))
    np.testing.assert_equal(one, other)


def test_a_run_can_be_pickled_with_its_draws(case):
    mcmc = run(make(case), extra_fields=(case.energy,))
    copied = pickle.loads(pickle.dumps(mcmc))
    assert_same(copied, mcmc)
    for each in (mcmc, copied):
        each.post_warmup_state = each.last_state
    assert_same(run(copied, key=5), run(mcmc, key=5))


@pytest.fixture(scope="module")
def plain_draws():
    """Short runs of all samplers in a process where kernels are plain Python."""
    program = (
        "import pickle, sys\n"
        "from tests.infer import test_every_kernel as here\n"
        "found = {name: here.short_run(case) for name, case in here.CASES.items()}\n"
        "sys.stdout.buffer.write(pickle.dumps(found))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=dict(os.environ, NUMBA_DISABLE_JIT="1"),
        capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return pickle.loads(done.stdout)


def short_run(case):
    mcmc = make(case, num_samples=4)
    mcmc.num_warmup = 6
    return draws(run(mcmc))


@pytest.mark.parametrize("name", CASES)
def test_kernels_run_as_plain_python(name, plain_draws):
    """Sums are reordered by the compiler, so the draws do not agree to the last bit."""
    np.testing.assert_allclose(plain_draws[name], short_run(CASES[name]), rtol=1e-6)


@pytest.mark.skipif(is_numba_disabled(), reason="nothing is compiled")
def test_other_python_threads_go_on_while_a_chain_runs(case):
    if case.calls_python:
        pytest.skip("a transition calls Python")
    keys = split(PRNGKey(0), case.fewest_chains)
    plan = RunPlan(keys, keys[0], 0, 3_000_000, thinning=1_000_000, model_args=(Y,))
    (chain, *_) = case.make(case.model).start_run(plan).chains
    chain.advance(0, 10)  # compiles
    num_steps = 2000
    while not goes_on_beside(chain, num_steps):
        num_steps *= 4
        assert num_steps < 1_000_000, "the GIL was held"


def test_a_thread_that_keeps_the_gil_is_seen():
    class Keeping:
        num_done = 0

        def advance(self, start, stop):
            sum(range(stop))

    assert not goes_on_beside(Keeping(), 1_000_000)


def goes_on_beside(chain, num_steps):
    """Return whether this thread is awake before so many transitions in another one have ended.

    Threads that do not let go of the GIL keep it meanwhile, for as long as they run.
    """
    has_begun, has_ended = threading.Event(), []

    def advance():
        has_begun.set()
        chain.advance(chain.num_done, chain.num_done + num_steps)
        has_ended.append(True)

    thread, before = threading.Thread(target=advance), sys.getswitchinterval()
    sys.setswitchinterval(1000.0)
    try:
        thread.start()
        has_begun.wait()
        is_awake = not has_ended
        thread.join()
    finally:
        sys.setswitchinterval(before)
    return is_awake
