"""The parameter store."""

import numpy as np
import pytest

import lightppl as lp
from lightppl.language import ParamStore


def test_values_survive_a_file(tmp_path):
    store = ParamStore({"auto/loc": np.arange(3.0), "scale": 2.0, "file": np.eye(2)})
    path = tmp_path / "params.npz"
    store.save(path)
    other = ParamStore(scale=0.0, kept=1.0)
    other.load(path)
    assert sorted(other) == ["auto/loc", "file", "kept", "scale"]
    for name, value in store.items():
        np.testing.assert_array_equal(other[name], value)
    with np.load(path, allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["scale"], 2.0)


def test_objects_are_not_saved(tmp_path):
    with pytest.raises(TypeError, match="Parameter 'a' holds Python objects"):
        ParamStore(a=object()).save(tmp_path / "params.npz")


def test_the_store_is_one_and_can_be_cleared():
    lp.get_param_store()["a"] = 1.0
    assert lp.get_param_store() == {"a": 1.0}
    lp.clear_param_store()
    assert lp.get_param_store() == {}
