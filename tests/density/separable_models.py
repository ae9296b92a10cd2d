"""Models with discrete sites, with the axes along which their log densities separate."""

import numpy as np

import lightppl as lp
import lightppl.distributions as dist

RNG = np.random.default_rng(7)
X7, X43, GROUPS = RNG.normal(size=7), RNG.normal(size=(4, 3)), np.array([0, 1, 1, 2, 0, 2, 1])
DESIGN, COUPLING = RNG.normal(size=(6, 3)), RNG.normal(size=(4, 4))
PAIRS = RNG.normal(size=(5, 2))


def mixture():
    w = lp.sample("w", dist.Dirichlet(np.ones(3)))
    mu = lp.sample("mu", dist.Normal(0, 3).expand([3]).to_event(1))
    s = lp.sample("s", dist.HalfNormal(1.0))
    with lp.plate("N", 7):
        z = lp.sample("z", dist.Categorical(w))
        lp.sample("x", dist.Normal(mu[z], s), obs=X7)


def scaled_mixture():
    mu = lp.sample("mu", dist.Normal(0, 3).expand([3]).to_event(1))
    with lp.plate("N", 7), lp.handlers.scale(scale=2.5):
        z = lp.sample("z", dist.Categorical(np.ones(3) / 3))
        lp.sample("x", dist.StudentT(3.0, mu[z], np.exp(mu)[z]), obs=X7)


def pairs():
    mu = lp.sample("mu", dist.Normal(0, 3).expand([3, 2]).to_event(2))
    factor = lp.sample("factor", dist.LKJCholesky(2, 1.0))
    with lp.plate("N", 5):
        z = lp.sample("z", dist.Categorical(np.ones(3) / 3))
        lp.sample("x", dist.MultivariateNormal(mu[z], scale_tril=factor), obs=PAIRS)


def groups():
    mu = lp.sample("mu", dist.Normal(0, 3).expand([2]).to_event(1))
    with lp.plate("G", 3):
        z = lp.sample("z", dist.Bernoulli(0.3))
    lp.sample("y", dist.Normal(mu[z[GROUPS]], 1.0), obs=X7)


def plates_in_plates():
    p = lp.sample("p", dist.Beta(1, 1))
    with lp.plate("a", 3, dim=-1):
        q = lp.sample("q", dist.Beta(1, 1))
        with lp.plate("b", 4, dim=-2), lp.handlers.mask(mask=X43 > 0):
            z = lp.sample("z", dist.Bernoulli(q))
            lp.sample("y", dist.Normal(z * 2.0, p), obs=X43)


def chains():
    a = lp.sample("a", dist.Dirichlet(np.ones((2, 2))).to_event(1))
    with lp.plate("N", 4):
        z = lp.sample("z", dist.Categorical(np.ones(2) / 2).expand([3]).to_event(1))
        lp.factor("moves", np.sum(np.log(a[z[:, :-1], z[:, 1:]]), -1))
        lp.sample("y", dist.Normal(1.0 * z, 1.0).to_event(1), obs=X43)


def steps():
    a = lp.sample("a", dist.Dirichlet(np.ones((2, 2))).to_event(1))
    z = 0
    with lp.plate("N", 4):
        for t in range(3):
            z = lp.sample(f"z{t}", dist.Categorical(a[z]))
            lp.sample(f"y{t}", dist.Normal(1.0 * z, 1.0), obs=X43[:, t])


def two_sites():
    with lp.plate("N", 7):
        p = lp.sample("p", dist.Dirichlet(np.ones(3)))
        z = lp.sample("z", dist.Categorical(p))
        k = lp.sample("k", dist.Binomial(2, 0.4))
        lp.sample("y", dist.Normal(1.0 * z * k, 1.0), obs=X7)


def unrolled():
    m = lp.sample("m", dist.Normal(0, 1))
    with lp.plate("N", 7):
        z = lp.sample("z", dist.Bernoulli(0.3))
    for i in range(7):
        lp.sample(f"y{i}", dist.Normal(z[i] * m, 1.0), obs=X7[i])


def one_site():
    c = lp.sample("c", dist.Categorical(np.array([0.15, 0.3, 0.3, 0.25])))
    lp.sample("x", dist.Normal(X7[c], 0.5))


def linear():
    z = lp.sample("z", dist.Bernoulli(0.5).expand([4]).to_event(1))
    m = lp.sample("m", dist.Normal(0, 1))
    lp.factor("field", m * (COUPLING[0] @ (1.0 * z)))


def ising():
    z = lp.sample("z", dist.Bernoulli(0.5).expand([4]).to_event(1))
    s = 2.0 * z - 1
    lp.factor("energy", s @ COUPLING @ s)


def selection():
    with lp.plate("P", 3):
        z = lp.sample("z", dist.Bernoulli(0.3))
        b = lp.sample("b", dist.Normal(0, 1))
    lp.sample("y", dist.Normal(DESIGN @ (z * b), 1.0), obs=DESIGN[:, 0])


def neighbors():
    with lp.plate("N", 7):
        z = lp.sample("z", dist.Bernoulli(0.3))
    m = lp.sample("m", dist.Normal(0, 1))
    lp.sample("y", dist.Normal(m * np.cumsum(z), 1.0), obs=X7)
    lp.factor("total", -0.1 * np.sum(1.0 * z) ** 2)


AXES = [
    (mixture, {"z": (0,)}),
    (scaled_mixture, {"z": (0,)}),
    (pairs, {"z": (0,)}),
    (groups, {"z": (0,)}),
    (plates_in_plates, {"z": (0, 1)}),
    (chains, {"z": (0,)}),
    (steps, {"z0": (0,), "z1": (0,), "z2": (0,)}),
    (two_sites, {"z": (0,), "k": (0,)}),
    (unrolled, {"z": (0,)}),
    (one_site, {"c": ()}),
    (linear, {"z": (0,)}),
    (ising, {"z": ()}),
    (selection, {"z": ()}),
    (neighbors, {"z": ()}),
]
"""Model, and by site the axes along which no two elements meet."""
