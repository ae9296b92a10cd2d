"""Random models with discrete sites, subsampled plates and other sites that can be held."""

import numpy as np

import lightppl as lp
import lightppl.distributions as dist

SIZE = 7
"""Of the plate; its subsample has four elements."""


class RandomModel:
    """A model made of random parts, all of which a seed decides.

    Parameters
    ----------
    seed : int

    Attributes
    ----------
    held : tuple of str
        What can be held: sites, and perhaps the plate.
    """

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.y = rng.normal(size=SIZE)
        self.counts = rng.poisson(2.0, size=SIZE)
        self.levels = rng.normal(size=(3, 4))
        self.is_subsampled = bool(rng.random() < 0.4)
        self.global_site = rng.choice(["bernoulli", "poisson", "normal", "none"])
        self.local_site = rng.choice(["categorical", "bernoulli", "binomial", "gamma", "none"])
        self.use = int(rng.integers(4))
        self.likelihood = rng.choice(["normal", "student", "poisson", "factor"])
        names = {"k": self.global_site != "none", "z": self.local_site != "none"}
        self.held = tuple(name for name, is_there in names.items() if is_there)
        if self.is_subsampled:
            self.held += ("rows",)

    def __call__(self, y, counts, levels):
        """Run the model."""
        w = lp.sample("w", dist.Dirichlet(np.ones(3)))
        a = lp.sample("a", dist.Normal(0.0, 1.0).expand([3]).to_event(1))
        scale = lp.sample("scale", dist.HalfNormal(1.0))
        k = self._global(scale)
        with lp.plate("rows", SIZE, 4 if self.is_subsampled else None) as rows:
            z = self._local(w, scale)
            if z is None:
                z = np.zeros(1, int)
            mean = self._used(a, levels, z, k)
            if self.likelihood == "poisson":
                lp.sample("o", dist.Poisson(np.exp(0.1 * mean)), obs=counts[rows])
            elif self.likelihood == "factor":
                lp.factor("o", -np.log1p((y[rows] - mean) ** 2 / scale))
            else:
                family = dist.Normal if self.likelihood == "normal" else _student
                lp.sample("o", family(mean, scale), obs=y[rows])

    def _global(self, scale):
        families = {
            "bernoulli": dist.Bernoulli(0.3),
            "poisson": dist.Poisson(scale + 1.0),
            "normal": dist.Normal(0.0, scale),
        }
        return lp.sample("k", families[self.global_site]) if self.global_site in families else 1.0

    def _local(self, w, scale):
        families = {
            "categorical": dist.Categorical(w),
            "bernoulli": dist.Bernoulli(logits=np.log(scale)),
            "binomial": dist.Binomial(2, w[0]),
            "gamma": dist.Gamma(2.0, scale),
        }
        return lp.sample("z", families[self.local_site]) if self.local_site in families else None

    def _used(self, a, levels, z, k):
        if self.local_site == "gamma":
            return a[0] * z + k
        if self.use == 0:
            return a[z] + k
        if self.use == 1:
            return np.where(z > 0, a[0], a[1] * k)
        if self.use == 2:
            return levels[z, 1] * a[2] + levels[z].sum(-1) * k
        return a[0] * z**2 - np.tanh(a[z] * k)


def _student(mean, scale):
    return dist.StudentT(4.0, mean, scale)
