"""Columns: the one place where a sampler says what it reports."""

import pytest

from lightppl.errors import LightPPLError
from lightppl.infer import HMC, MCMC, NUTS, SA, BarkerMH
from lightppl.infer.barker import BarkerMHState
from lightppl.infer.hmc import HMCState
from lightppl.infer.mcmc.columns import Column, read_field, vectors_asked_for
from lightppl.infer.sa import SAState
from tests.infer.mcmc import models
from tests.infer.mcmc.random_walk import RandomWalk, RandomWalkState

COLUMNS = (
    Column("z", 0), Column("r", 1), Column("z_grad", 3), Column("energy", "energy"),
    Column("adapt_state.step_size", "step_size"), Column("adapt_state.matrix", lambda *_: None),
)  # fmt: skip
VALUES = {
    "z": {"a": 1, "b.c": 2, "d": {"e": 3}}, "r": 4, "z_grad": 5, "energy": 6,
    "adapt_state.step_size": 7, "adapt_state.matrix": {("a",): 8},
}  # fmt: skip


def read(name):
    return read_field(COLUMNS, name, lambda column: VALUES[column.name])


def test_fields_are_read_whole_by_part_and_together():
    assert read("energy") == 6 and read("z.a") == 1 and read("z.d.e") == 3
    assert read("z") == VALUES["z"] and read("adapt_state.step_size") == 7
    assert read("adapt_state") == {"step_size": 7, "matrix": {("a",): 8}}


@pytest.mark.parametrize("name", ["nonsense", "z.x", "z.a.b", "energy.a", "adapt_state.x", ""])
def test_an_unknown_field_is_an_error_that_names_the_known_ones(name):
    expected = f"names {name!r}.*has z, r, z_grad, energy.*z, r, z_grad also by site"
    with pytest.raises(LightPPLError, match=expected):
        read(name)


def test_only_vectors_that_are_asked_for_are_recorded():
    assert vectors_asked_for(COLUMNS, ("energy", "z.a")) == ()
    assert vectors_asked_for(COLUMNS, ("z_grad.a", "r", "z")) == (1, 3)


@pytest.mark.parametrize("kernel, State", [(NUTS, HMCState), (HMC, HMCState),
                                           (BarkerMH, BarkerMHState), (SA, SAState),
                                           (RandomWalk, RandomWalkState)])  # fmt: skip
def test_fields_statistics_and_state_of_a_sampler_are_its_columns(kernel, State):
    names = [column.name for column in kernel.columns]
    assert len(set(names)) == len(names)
    assert set(State._fields[:-2]) <= set(names), "and adapt_state, rng_key"
    mcmc = MCMC(kernel(models.normal_mean), num_warmup=20, num_samples=6, progress_bar=False)
    mcmc.run(0, models.Y, extra_fields=names)
    assert set(mcmc.get_extra_fields()) == set(names)
    assert list(mcmc.get_statistics()) == [x.name for x in kernel.columns if x.is_statistic]
    for column in kernel.columns:
        if isinstance(column.source, str):
            assert mcmc.get_extra_fields()[column.name].dtype == column.dtype
