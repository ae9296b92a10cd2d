"""Data and answers of posteriordb: from its files to arguments of models and arrays of draws.

Needs NumPy only, so that models written for other libraries read the same numbers.

Reference: Magnusson, Bürkner, Vehtari (2023), "posteriordb: a set of posteriors for Bayesian
inference and probabilistic programming".
"""

import json

import numpy as np


def arguments_of(folder, name):
    """Return the keyword arguments of the models of a posterior.

    Parameters
    ----------
    folder : Path
        Where the folders of all posteriors are.
    name : str
    """
    return READERS[name](load(folder, name, "data.json"))


def load(folder, name, file):
    """Return the content of one file of a posterior."""
    return json.loads((folder / name / file).read_text())


def points_of(folder, name):
    """Return parameters by name as arrays, and log density less that of the first, by point."""
    points = load(folder, name, "logp.json")["points"]
    values = [
        {site: np.asarray(x, dtype=float) for site, x in point["params"].items()}
        for point in points
    ]
    return values, np.array([point["log_joint_minus_first"] for point in points])


def scalar_of(draws, name):
    """Return the draws (C, N) of a scalar of ``reference.json``, such as ``beta[2]``."""
    if "[" not in name:
        return draws[name]
    site, index = name[:-1].split("[")
    return draws[site][(..., *(int(i) - 1 for i in index.split(",")))]


def _columns(data, *names):
    return [np.asarray(data[name], dtype=float) for name in names]


def _design(*columns):
    return np.stack([np.ones(len(columns[0])), *columns], axis=1)


def _schools(data):
    y, sigma = _columns(data, "y", "sigma")
    return {"y": y, "sigma": sigma}


def _kidscore(data):
    y, hs, iq = _columns(data, "kid_score", "mom_hs", "mom_iq")
    return {"X": _design(hs, iq), "y": y}


def _earnings(data):
    y, height = _columns(data, "earn", "height")
    return {"X": _design(height), "y": y}


def _nes(data):
    y, age = _columns(data, "partyid7", "age_discrete")
    ideo, race, educ, gender, income = _columns(
        data, "real_ideo", "race_adj", "educ1", "gender", "income"
    )
    ages = [(age == group).astype(float) for group in (2, 3, 4)]
    return {"X": _design(ideo, race, *ages, educ, gender, income), "y": y}


def _mesquite(data):
    names = "weight", "diam1", "diam2", "canopy_height", "total_height", "density", "group"
    weight, diam1, diam2, canopy, total, density, group = _columns(data, *names)
    volume, area, shape = diam1 * diam2 * canopy, diam1 * diam2, diam1 / diam2
    logs = [np.log(v) for v in (volume, area, shape, total, density)]
    return {"X": _design(*logs, group), "y": np.log(weight)}


def _kilpisjarvi(data):
    x, y = _columns(data, "x", "y")
    priors = {name: float(data[name]) for name in ("pmualpha", "psalpha", "pmubeta", "psbeta")}
    return {"x": x, "y": y, **priors}


def _blr(data):
    X, y = _columns(data, "X", "y")
    return {"X": X, "y": y}


def _diamonds(data):
    X, y = _columns(data, "X", "Y")
    return {"X": X[:, 1:] - X[:, 1:].mean(axis=0), "y": y}


def _gp(data):
    x, y = _columns(data, "x", "y")
    return {"x": x, "y": y}


def _gp_counts(data):
    return {"x": np.asarray(data["x"], dtype=float), "k": np.asarray(data["k"])}


def _autoregression(data):
    (y,) = _columns(data, "y")
    order = data["K"]
    lags = [y[order - k: len(y) - k] for k in range(1, order + 1)]
    return {"lags": np.stack(lags, axis=1), "y": y[order:]}


def _garch(data):
    return {"y": np.asarray(data["y"]), "sigma1": data["sigma1"]}


def _series(data):
    return {"y": np.asarray(data["y"], dtype=float)}


def _hares(data):
    y, y_init = _columns(data, "y", "y_init")
    return {"y": y, "y_init": y_init}


def _dogs(data):
    y = np.asarray(data["y"])
    before = np.cumsum(y, axis=1) - y
    trial = np.arange(y.shape[1])
    return {"avoided": (trial - before).astype(float), "shocked": before.astype(float), "y": y}


READERS = {
    "eight_schools-eight_schools_centered": _schools,
    "eight_schools-eight_schools_noncentered": _schools,
    "kidiq-kidscore_momhsiq": _kidscore,
    "earnings-earn_height": _earnings,
    "nes2000-nes": _nes,
    "mesquite-logmesquite_logvas": _mesquite,
    "kilpisjarvi_mod-kilpisjarvi": _kilpisjarvi,
    "sblri-blr": _blr,
    "diamonds-diamonds": _diamonds,
    "gp_pois_regr-gp_regr": _gp,
    "gp_pois_regr-gp_pois_regr": _gp_counts,
    "arK-arK": _autoregression,
    "garch-garch11": _garch,
    "low_dim_gauss_mix-low_dim_gauss_mix": _series,
    "hmm_example-hmm_example": _series,
    "hudson_lynx_hare-lotka_volterra": _hares,
    "dogs-dogs_retired2022": _dogs,
}
