"""Dual averaging: three iterates by hand, convergence, and NaN."""

import math

import pytest

from lightppl.jit import python_function
from lightppl.kernels.adaptation import dual_averaging
from tests.kernels import calls

start = python_function(dual_averaging.start_dual_averaging)
update = calls.update_dual_averaging


def test_three_iterates_by_hand():
    """Step size 1, delta 0.8, acceptance 1, 0.5, 0 (Hoffman and Gelman, 2014, eq. 6).

    mu = log 10 = 2.302585.
    t = 1: eta = 1/11, H = -0.2/11 = -0.0181818; x = mu + 20 * 0.0181818 = 2.6662215; x_bar = x.
    t = 2: eta = 1/12, H = (11/12)(-0.0181818) + 0.3/12 = 0.0083333;
           x = mu - 20 sqrt(2) 0.0083333 = 2.0668828;
           weight = 2^-0.75 = 0.5946036; x_bar = 0.4053964 * 2.6662215 + 0.5946036 * 2.0668828.
    t = 3: eta = 1/13, H = (12/13)(0.0083333) + 0.8/13 = 0.0692308;
           x = mu - 20 sqrt(3) 0.0692308 = -0.0956375; weight = 3^-0.75 = 0.4386914.
    """
    state = start(1.0)
    assert state.mu == pytest.approx(2.302585093, abs=1e-9)
    state = update(state, 1.0, 0.8)
    assert (state.H_bar, state.x) == pytest.approx((-0.0181818182, 2.6662214567), abs=1e-9)
    assert state.x_bar == pytest.approx(state.x)
    state = update(state, 0.5, 0.8)
    assert (state.H_bar, state.x) == pytest.approx((0.0083333333, 2.0668828327), abs=1e-9)
    assert state.x_bar == pytest.approx(0.4053964424 * 2.6662214567 + 0.5946035575 * 2.0668828327)
    before = state.x_bar
    state = update(state, 0.0, 0.8)
    assert state.H_bar == pytest.approx(0.0692307692, abs=1e-9)
    assert state.x == pytest.approx(2.302585093 - 20 * math.sqrt(3) * 0.0692307692, abs=1e-8)
    assert state.x_bar == pytest.approx(0.5613086 * before + 0.4386914 * state.x, abs=1e-6)
    assert state.t == 3


def test_step_size_converges_where_acceptance_is_the_target():
    """With acceptance exp(-eps) the answer is eps = -log(0.8)."""
    state = start(5.0)
    for _ in range(3000):
        state = update(state, math.exp(-math.exp(state.x)), 0.8)
    assert math.exp(state.x_bar) == pytest.approx(-math.log(0.8), rel=0.02)


def test_nan_counts_as_no_acceptance():
    state = start(1.0)
    assert update(state, math.nan, 0.8) == update(state, 0.0, 0.8)


def test_restart_shrinks_towards_ten_times_the_step_size():
    assert start(0.3).mu == pytest.approx(math.log(3.0))
