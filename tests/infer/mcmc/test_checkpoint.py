"""Checkpoints: the same call goes on after a kill, another one is refused, nothing is run."""

import os
import signal
import subprocess
import sys
import time
import warnings
from contextlib import suppress

import numpy as np
import pytest

import lightppl as lp
from lightppl.errors import ArgumentError, CheckpointError, LightPPLError, LightPPLWarning
from lightppl.infer import HMC, MCMC, NUTS, SA, BarkerMH
from lightppl.infer.mcmc import chains as chains_module
from lightppl.infer.mcmc import checkpoint as checkpoint_module
from lightppl.infer.mcmc.checkpoint import Checkpoint
from lightppl.infer.mcmc.frames import FrameFile
from lightppl.infer.mcmc.samples import by_name
from lightppl.infer.until import ESS
from tests.infer.mcmc import models
from tests.infer.mcmc.test_kept_draws import interrupt_after, interrupts_reach_python
from tests.infer.mcmc.test_python_run import RandomWalk

__all__ = ["interrupts_reach_python"]


class Broken(Exception):
    """Stands for what ends a process."""


def make(kernel=NUTS, num_samples=150, num_chains=3, **options):
    sampler = kernel(models.normal_mean) if isinstance(kernel, type) else kernel
    return MCMC(
        sampler, num_warmup=100, num_samples=num_samples, num_chains=num_chains,
        progress_bar=False, **options,
    )  # fmt: skip


@pytest.fixture
def many_frames(monkeypatch):
    monkeypatch.setattr(checkpoint_module, "SAVE_SECONDS", 0.0)
    monkeypatch.setattr(checkpoint_module, "MOST_OF_THE_TIME", 1e9)
    monkeypatch.setattr(chains_module, "BLOCK_SECONDS", 0.005)
    monkeypatch.setattr(chains_module, "MOST_GROWTH", 1.0)


def break_off(monkeypatch, mcmc, num_frames, *args, **options):
    """Run until so many frames are written; nothing is written after that, as after a kill."""
    append, count = FrameFile.append, []

    def counting_append(file, tree, arrays):
        count.append(tree)
        if len(count) > num_frames:
            raise Broken
        append(file, tree, arrays)

    with monkeypatch.context() as patch, suppress(Broken), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr(FrameFile, "append", counting_append)
        mcmc.run(3, *args, **options)
    return len(count) > num_frames


def assert_same(found, expected):
    for read in ("get_samples", "get_extra_fields", "get_statistics"):
        ours, theirs = getattr(found, read)(True), getattr(expected, read)(True)
        ours, theirs = by_name(ours), by_name(theirs)
        assert ours.keys() == theirs.keys()
        for name, x in ours.items():
            np.testing.assert_array_equal(x, theirs[name], err_msg=f"{read} {name}")


@pytest.mark.parametrize("num_frames", [0, 1, 20, 150])
@pytest.mark.parametrize("kernel", [NUTS, HMC, BarkerMH, SA])
@pytest.mark.usefixtures("many_frames")
def test_a_run_that_was_broken_off_goes_on_to_the_same_draws(
    tmp_path, monkeypatch, kernel, num_frames
):
    fields = {"r", "adapt_state.step_size"} & {column.name for column in kernel.columns}
    path, options = tmp_path / "draws", {"extra_fields": tuple(fields)}
    expected = make(kernel)
    expected.run(3, models.Y, **options)
    assert break_off(monkeypatch, make(kernel), num_frames, models.Y, checkpoint=path, **options)
    found = make(kernel)
    found.run(3, models.Y, checkpoint=path, **options)
    assert_same(found, expected)
    np.testing.assert_array_equal(found.last_state.z["mu"], expected.last_state.z["mu"])


@pytest.mark.parametrize("num_threads", [1, 2])
@pytest.mark.usefixtures("many_frames")
def test_a_run_may_be_broken_off_again_and_again(tmp_path, monkeypatch, num_threads):
    lp.set_num_threads(num_threads)
    expected = make()
    expected.run(3, models.Y)
    count = 0
    while break_off(monkeypatch, make(), 40, models.Y, checkpoint=tmp_path / "draws"):
        count += 1
    assert count > 1
    found = make()
    found.run(3, models.Y, checkpoint=tmp_path / "draws")
    lp.set_num_threads(None)
    assert_same(found, expected)


@pytest.mark.parametrize("num_frames", [1, 90])
@pytest.mark.usefixtures("many_frames")
def test_samplers_in_python_go_on_too(tmp_path, monkeypatch, num_frames):
    expected, found = make(RandomWalk()), make(RandomWalk())
    expected.run(3)
    break_off(monkeypatch, make(RandomWalk()), num_frames, checkpoint=tmp_path / "draws")
    found.run(3, checkpoint=tmp_path / "draws")
    assert_same(found, expected)


@pytest.mark.usefixtures("many_frames")
def test_frames_after_a_torn_one_are_not_lost(tmp_path, monkeypatch):
    """Ctrl-C in the middle of a write leaves half a frame, which the next one overwrites."""
    write, count = checkpoint_module.FrameFile.append, []

    def torn_append(file, tree, arrays):
        count.append(tree)
        if len(count) == 3:
            file._file.seek(file.size)
            file._file.write(b"x" * 1000)
            raise Broken
        write(file, tree, arrays)

    expected = make()
    expected.run(3, models.Y)
    with monkeypatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr(FrameFile, "append", torn_append)
        with pytest.raises(Broken):
            make().run(3, models.Y, checkpoint=tmp_path / "draws")
    found = make()
    found.run(3, models.Y, checkpoint=tmp_path / "draws")
    assert_same(found, expected)


@pytest.mark.usefixtures("many_frames")
def test_any_number_of_bytes_of_a_file_is_a_good_start(tmp_path, monkeypatch):
    path = tmp_path / "draws"
    expected = make(num_samples=40, num_chains=2)
    expected.run(3, models.Y, checkpoint=path)
    whole = path.read_bytes()
    file = FrameFile(str(path))
    assert len(list(file.frames())) > 3
    file.close()
    first = len(whole) // 8
    for size in np.random.default_rng(0).integers(first, len(whole), 12):
        path.write_bytes(whole[:size])
        found = make(num_samples=40, num_chains=2)
        found.run(3, models.Y, checkpoint=path)
        assert_same(found, expected)


def test_a_finished_run_is_read_and_not_run_again(tmp_path, monkeypatch):
    first, again = make(), make()
    first.run(3, models.Y, checkpoint=tmp_path / "draws")
    size = os.path.getsize(tmp_path / "draws")

    def no_advance(*_):
        raise AssertionError("it runs")

    monkeypatch.setattr("lightppl.infer.mcmc.compiled.CompiledChain.advance", no_advance)
    again.run(3, models.Y, checkpoint=tmp_path / "draws")
    assert_same(again, first)
    assert os.path.getsize(tmp_path / "draws") == size


def other_model(y):
    models.normal_mean(y + 0.0)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"args": (models.Y + 1e-9,)}, "argument 0 of the model"),
        ({"key": 4}, "rng_key"),
        ({"num_samples": 151}, "num_samples"),
        ({"num_chains": 2}, "num_chains"),
        ({"thinning": 2}, "thinning"),
        ({"save_sites": ("mu",)}, "save_sites"),
        ({"kernel": HMC}, "the kind of sampler"),
        ({"kernel": NUTS(other_model)}, "the code of the model"),
        ({"kernel": NUTS(models.normal_mean, target_accept_prob=0.9)}, "options of the sampler"),
        ({"run": {"init_params": {"mu": 1.0}}}, "init_params"),
        ({"run": {"extra_fields": ("r",)}}, "extra_fields"),
        ({"run": {"until": ESS(100)}}, "until"),
        ({"args": (), "run": {"y": models.Y}}, "argument 'y' of the model"),
    ],
)
def test_another_call_is_refused_and_the_difference_named(tmp_path, change, words):
    change = dict(change)
    args, key, run = (change.pop(x, y) for x, y in
                      (("args", (models.Y,)), ("key", 3), ("run", {})))  # fmt: skip
    make().run(3, models.Y, checkpoint=tmp_path / "draws")
    content = (tmp_path / "draws").read_bytes()
    mcmc = make(**change)
    with pytest.raises(CheckpointError, match=f"is of another call: .*({words})"):
        mcmc.run(key, *args, checkpoint=tmp_path / "draws", **run)
    assert (tmp_path / "draws").read_bytes() == content
    mcmc.run(key, *args, checkpoint=tmp_path / "other", **run)


def test_a_call_without_a_key_goes_on_with_the_keys_of_the_file(tmp_path, monkeypatch):
    first, again = make(), make()
    first.run(None, models.Y, checkpoint=tmp_path / "draws")
    again.run(None, models.Y, checkpoint=tmp_path / "draws")
    assert_same(again, first)


@pytest.mark.usefixtures("many_frames")
def test_a_run_until_enough_draws_ends_where_it_would_have_ended(tmp_path, monkeypatch):
    options = {"until": ESS(150)}
    expected, found = make(num_samples=4000), make(num_samples=4000)
    expected.run(3, models.Y, **options)
    break_off(monkeypatch, make(num_samples=4000), 4, models.Y,
              checkpoint=tmp_path / "draws", **options)  # fmt: skip
    found.run(3, models.Y, checkpoint=tmp_path / "draws", **options)
    assert_same(found, expected)
    assert found.get_samples(True)["mu"].shape[1] < 4000


@pytest.mark.usefixtures("many_frames")
def test_states_that_were_replaced_are_thrown_away_now_and_then(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint_module, "WASTE", 20_000)
    rewrite, count = FrameFile.rewrite, []

    def counting_rewrite(file, frames):
        count.append(file)
        rewrite(file, frames)

    monkeypatch.setattr(FrameFile, "rewrite", counting_rewrite)
    path, expected = tmp_path / "draws", make(num_samples=60)
    expected.run(3, models.Y)
    break_off(monkeypatch, make(num_samples=60), 100, models.Y, checkpoint=path)
    assert len(count) >= 3, "made, and written anew"
    found = make(num_samples=60)
    found.run(3, models.Y, checkpoint=path)
    assert_same(found, expected)
    assert os.listdir(tmp_path) == ["draws"]


@pytest.mark.parametrize("content", [b"something else", b"PK\x03\x04" * 100])
def test_another_file_is_refused_and_stays(tmp_path, content):
    (tmp_path / "draws").write_bytes(content)
    for key in (3, None):
        with pytest.raises(CheckpointError, match="no checkpoint of this version"):
            make().run(key, models.Y, checkpoint=tmp_path / "draws")
    assert (tmp_path / "draws").read_bytes() == content


def test_an_empty_file_is_no_checkpoint_yet(tmp_path):
    (tmp_path / "draws").touch()
    make().run(3, models.Y, checkpoint=tmp_path / "draws")
    assert os.path.getsize(tmp_path / "draws") > 1000


def test_a_file_that_cannot_be_made_is_an_error_at_the_start(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be made.*No such file.*Give the path"):
        make().run(3, models.Y, checkpoint=tmp_path / "missing" / "draws")
    for wrong in (3, ""):
        with pytest.raises(ArgumentError, match="checkpoint must be the path"):
            make().run(3, models.Y, checkpoint=wrong)


def test_a_full_disk_is_told_at_the_end_and_draws_are_kept(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    expected, found = make(), make()
    expected.run(3, models.Y)
    monkeypatch.setattr(FrameFile, "append", full)
    with pytest.warns(LightPPLWarning, match="could not be written: No space left"):
        found.run(3, models.Y, checkpoint=tmp_path / "draws")
    assert_same(found, expected)


@pytest.mark.skipif(os.name != "posix", reason="locks files")
def test_two_runs_do_not_write_to_one_file(tmp_path):
    one = make(num_samples=3_000_000)
    handle = one.start(3, models.Y, checkpoint=tmp_path / "draws")
    while not (tmp_path / "draws").exists():
        time.sleep(0.01)
    with pytest.raises(CheckpointError, match="Another run writes"):
        make(num_samples=3_000_000).run(3, models.Y, checkpoint=tmp_path / "draws")
    with pytest.warns(LightPPLWarning, match="Stopped"):
        handle.stop()


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_after_ctrl_c_the_same_call_goes_on(tmp_path, interrupts_reach_python):
    expected = make(num_samples=200_000)
    expected.run(3, models.Y)
    timer = interrupt_after(0.3)
    # where the machine is fast, it comes when draws are being stored
    with warnings.catch_warnings(), suppress(KeyboardInterrupt):
        warnings.simplefilter("ignore")
        make(num_samples=200_000).run(3, models.Y, checkpoint=tmp_path / "draws")
        timer.join()
    found = make(num_samples=200_000)
    found.run(3, models.Y, checkpoint=tmp_path / "draws")
    assert_same(found, expected)


class Opaque(RandomWalk):
    def sample(self, state, *args):
        return super().sample(state, *args)._replace(inner=open)


def test_a_state_that_no_file_can_hold_is_an_error_at_the_start(tmp_path):
    mcmc = make(Opaque(), num_samples=100_000)
    with pytest.raises(CheckpointError, match="has something of type builtin_function"):
        mcmc.run(3, checkpoint=tmp_path / "draws")


def test_a_damaged_file_is_an_error_and_nothing_else(tmp_path):
    path = tmp_path / "draws"
    make().run(3, models.Y, checkpoint=path)
    checkpoint = Checkpoint(path, {}, None)
    file = FrameFile(str(path))
    (call, _), *frames = file.frames()
    file.rewrite([(call, []), ({"chain": 99, "state": "x"}, [])])
    file.close()
    with pytest.raises(CheckpointError, match="is damaged .*Delete it"):
        make().run(3, models.Y, checkpoint=path)
    assert checkpoint.trouble is None and frames


PROGRAM = """
import sys, numpy as np
from lightppl.infer import MCMC, NUTS
from lightppl.infer.mcmc import checkpoint
from tests.infer.mcmc import models
checkpoint.SAVE_SECONDS = 0.1
mcmc = MCMC(NUTS(models.eight_schools), num_warmup=500, num_samples=int(sys.argv[2]), num_chains=2,
            progress_bar=False)
print("begin", flush=True)
mcmc.run(0, models.SCHOOLS_SIGMA, y=models.SCHOOLS_Y, checkpoint=sys.argv[1])
np.savez(sys.argv[1] + ".npz", **mcmc.get_samples())
"""


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_a_killed_process_is_gone_on_from(tmp_path):
    """A longer version, with moments all over the run, is in bench/interruptions.py."""
    num_samples, path = 60_000, tmp_path / "draws"
    whole = make_whole(num_samples)
    command = [sys.executable, "-c", PROGRAM, str(path), str(num_samples)]
    for moment in (0.15, 0.4):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        process.stdout.readline()
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    subprocess.run(command, check=True, capture_output=True)
    with np.load(f"{path}.npz") as found:
        for name, x in whole.items():
            np.testing.assert_array_equal(found[name], x)


def make_whole(num_samples):
    mcmc = MCMC(
        NUTS(models.eight_schools), num_warmup=500, num_samples=num_samples, num_chains=2,
        progress_bar=False,
    )  # fmt: skip
    mcmc.run(0, models.SCHOOLS_SIGMA, y=models.SCHOOLS_Y)
    return mcmc.get_samples()


def test_without_a_run_there_is_no_file(tmp_path):
    with pytest.raises(LightPPLError):
        make().run(3, np.array([np.nan]), checkpoint=tmp_path / "draws")
    assert os.listdir(tmp_path) == []
