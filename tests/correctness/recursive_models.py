"""Models of posteriordb that go step by step: GARCH, a hidden Markov model, Lotka and Volterra.

The differential equation can be solved by fixed steps or by the adaptive solver.
"""

import numpy as np

import lightppl as lp
import lightppl.distributions as dist
from lightppl import special
from lightppl.contrib.control_flow import scan
from lightppl.contrib.ode import odeint
from lightppl.distributions import constraints


def garch(y, sigma1):
    mu = lp.sample("mu", dist.ImproperUniform(constraints.real, (), ()))
    alpha0 = lp.sample("alpha0", dist.ImproperUniform(constraints.positive, (), ()))
    alpha1 = lp.sample("alpha1", dist.Uniform(0.0, 1.0))
    beta1 = lp.sample("beta1", dist.Uniform(0.0, 1.0 - alpha1))
    lp.factor("flat on the triangle", np.log1p(-alpha1))

    def step(variance, y_now):
        lp.sample("y", dist.Normal(mu, np.sqrt(variance)), obs=y_now)
        return alpha0 + alpha1 * (y_now - mu) ** 2 + beta1 * variance, None

    scan(step, np.float64(sigma1) ** 2, y)


def hidden_markov(y):
    theta1 = lp.sample("theta1", dist.Dirichlet(np.ones(2)))
    theta2 = lp.sample("theta2", dist.Dirichlet(np.ones(2)))
    support = constraints.positive_ordered_vector
    mu = lp.sample("mu", dist.ImproperUniform(support, (), (2,)))
    lp.factor("mu prior", dist.Normal(np.array([3.0, 10.0]), 1.0).log_prob(mu).sum())
    log_transition = np.log(np.stack([theta1, theta2]))

    def step(log_weight, y_now):
        moved = special.logsumexp(log_weight[:, None] + log_transition, axis=0)
        return moved + dist.Normal(mu, 1.0).log_prob(y_now), None

    first = dist.Normal(mu, 1.0).log_prob(y[0])
    log_weight, _ = scan(step, first, y[1:])
    lp.factor("states", special.logsumexp(log_weight, axis=0))


def predators(z, t, theta):
    """Lotka's and Volterra's equations."""
    hare, lynx = z[0], z[1]
    return np.stack([(theta[0] - theta[1] * lynx) * hare, (theta[3] * hare - theta[2]) * lynx])


def by_fixed_steps(z, theta, num_years, steps_a_year):
    """Runge and Kutta's method of order 4; the states at the end of each year."""
    h = 1.0 / steps_a_year

    def small_step(z, _):
        k1 = predators(z, 0.0, theta)
        k2 = predators(z + 0.5 * h * k1, 0.0, theta)
        k3 = predators(z + 0.5 * h * k2, 0.0, theta)
        k4 = predators(z + h * k3, 0.0, theta)
        return z + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), None

    def year(z, _):
        z, _ = scan(small_step, z, None, length=steps_a_year)
        return z, z

    return scan(year, z, None, length=num_years)[1]


def adaptively(z, theta, num_years, rtol=1e-6):
    """Dormand and Prince's method; the states at the end of each year."""
    return odeint(predators, z, np.arange(num_years + 1.0), theta, rtol=rtol, atol=rtol)[1:]


def lotka_volterra(y, y_init, solve=by_fixed_steps, **options):
    center, spread = np.array([1.0, 0.05, 1.0, 0.05]), np.array([0.5, 0.05, 0.5, 0.05])
    theta = lp.sample("theta", dist.TruncatedNormal(center, spread, low=0.0).to_event(1))
    z_init = lp.sample("z_init", dist.LogNormal(np.log(10.0) * np.ones(2), 1.0).to_event(1))
    sigma = lp.sample("sigma", dist.LogNormal(-np.ones(2), 1.0).to_event(1))
    z = solve(z_init, theta, len(y), **options)
    lp.sample("y_init", dist.LogNormal(np.log(z_init), sigma).to_event(1), obs=y_init)
    with lp.plate("year", len(y)):
        lp.sample("y", dist.LogNormal(np.log(z), sigma).to_event(1), obs=y)
