"""Functions of a model's density: they agree with each other and with the compiled potential."""

import numpy as np
import pytest

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
