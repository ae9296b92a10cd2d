"""Divergences against averages of log density ratios."""

import numpy as np
import pytest

import lightppl.distributions as dist
from lightppl.distributions import kl_divergence, register_kl

A = np.array([[2.0, 0.3], [0.3, 1.0]])
RING = np.array([2.0, 0.8, 0.3, 0.3, 0.8])
PAIRS = [
    (dist.Normal(0.3, 1.2), dist.Normal(-0.5, 0.7)),
    (
        dist.MultivariateNormal(np.zeros(2), A),
        dist.MultivariateNormal(np.ones(2), precision_matrix=A),
    ),
    (dist.Normal(np.arange(5.0) / 5, 0.7).to_event(1), dist.CirculantNormal(np.zeros(5), RING)),
    (dist.Beta(2.0, 3.0), dist.Beta(1.5, 0.7)),
    (dist.Categorical(probs=np.array([0.2, 0.8])), dist.Categorical(probs=np.array([0.6, 0.4]))),
    (dist.Categorical(logits=np.array([0.2, 0.8])), dist.Categorical(probs=np.array([0.6, 0.4]))),
    (dist.Bernoulli(probs=0.3), dist.Bernoulli(logits=0.4)),
    (dist.Dirichlet(np.array([1.0, 2.0, 3.0])), dist.Dirichlet(np.array([2.0, 0.8, 1.0]))),
    (dist.Gamma(2.0, 3.0), dist.Gamma(1.5, 0.7)),
    (dist.Exponential(2.0), dist.Exponential(0.7)),
    (dist.Poisson(3.0), dist.Poisson(2.0)),
    (dist.Weibull(1.3, 2.2), dist.Gamma(1.5, 0.7)),
    (dist.Kumaraswamy(2.0, 3.0), dist.Beta(1.5, 0.7)),
    (dist.Kumaraswamy(0.5, 0.4), dist.Beta(0.8, 1.7)),
    (dist.Normal(0.3, 1.2).expand((2,)).to_event(1), dist.Normal(np.zeros(2), 0.7).to_event(1)),
]


def name(pair):
    return " || ".join(type(d).__name__ for d in pair)


@pytest.mark.parametrize("pair", PAIRS, ids=name)
def test_divergence_is_the_mean_log_ratio(pair):
    p, q = pair
    draws = p.sample(11, (40_000,))
    ratio = np.asarray(p.log_prob(draws) - q.log_prob(draws))
    error = ratio.std() / np.sqrt(len(ratio))
    found = float(kl_divergence(p, q))
    assert abs(found - ratio.mean()) < 5 * error + 1e-12
    assert found > 0


@pytest.mark.parametrize("pair", PAIRS, ids=name)
def test_divergence_from_itself_is_zero(pair):
    p, q = pair
    if type(p) is type(q) and type(p) is not dist.CirculantNormal:
        assert float(kl_divergence(q, q)) == pytest.approx(0.0, abs=1e-12)


def test_kumaraswamy_from_beta_to_all_digits():
    # x^a (1 - x)^b families meet at a = 1 or b = 1
    p, q = dist.Kumaraswamy(1.0, 2.5), dist.Beta(1.0, 2.5)
    assert float(kl_divergence(p, q)) == pytest.approx(0.0, abs=1e-12)


def test_batches_and_wrappers():
    p = dist.Normal(np.zeros((4, 3)), 1.0)
    assert kl_divergence(p, dist.Normal(1.0, 1.0)).shape == (4, 3)
    assert kl_divergence(p.to_event(1), dist.Normal(np.ones(3), 1.0).to_event(1)).shape == (4,)
    assert kl_divergence(p, dist.Normal(1.0, 1.0).expand((4, 3))).shape == (4, 3)
    mask = np.array([True, False, True])
    masked = kl_divergence(p.mask(mask), dist.Normal(np.ones((4, 3)), 1.0).mask(mask))
    np.testing.assert_allclose(masked, np.tile([0.5, 0.0, 0.5], (4, 1)))
    delta = kl_divergence(dist.Delta(1.0), dist.Normal(0.0, 1.0))
    assert delta == pytest.approx(-dist.Normal(0.0, 1.0).log_prob(1.0))


def test_unknown_pairs_say_what_to_do_and_can_be_registered():
    with pytest.raises(NotImplementedError, match="register_kl"):
        kl_divergence(dist.Cauchy(0.0, 1.0), dist.Levy(0.0, 1.0))

    class Mine(dist.Cauchy):
        pass

    register_kl(Mine, Mine)(lambda p, q: 42.0)
    assert kl_divergence(Mine(0.0, 1.0), Mine(0.0, 1.0)) == 42.0
