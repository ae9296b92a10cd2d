"""Runs of nutpie on models of PyMC, compiled by Numba, with their gradients."""

import time

import nutpie
import pymc as pm
import pytensor
import pytensor.tensor as pt
from sampler_job import Counted


class Sampler:
    """Runs of one compiled model."""

    def __init__(self, model, arguments, sizes, options):
        compiled = nutpie.compile_pymc_model(built(model, arguments))
        chains, warmup, draws, cores = sizes

        def sample(seed):
            return nutpie.sample(
                compiled, draws=draws, tune=warmup, chains=chains, cores=cores, seed=seed,
                progress_bar=False, **options,
            )

        self.sample = sample

    def count(self, seed):
        trace = self.sample(seed)
        return Counted(
            draws_of(trace), trace.sample_stats.n_steps.values,
            trace.warmup_sample_stats.n_steps.values, trace.sample_stats.diverging.values,
        )

    def time(self, seed):
        start = time.perf_counter()
        trace = self.sample(seed)
        return time.perf_counter() - start, draws_of(trace)


def draws_of(trace):
    return {name: x.values for name, x in trace.posterior.items()}


def log_densities(model, arguments, points):
    """Evaluate the density without Jacobians where PyMC wants the unconstrained values."""
    context = built(model, arguments)
    density = context.compile_logp(jacobian=False)
    return [float(density(unconstrained(context, point))) for point in points]


def unconstrained(context, point):
    """Map values of sites to those of PyMC's transformed variables."""
    names = [variable.name for variable in context.free_RVs]
    given = {context[name]: pt.as_tensor_variable(point[name]) for name in names}
    values = {}
    for variable in context.free_RVs:
        transform = context.rvs_to_transforms[variable]
        value = given[variable]
        if transform is not None:
            forward = transform.forward(value, *variable.owner.inputs)
            (value,) = pytensor.graph.replace.clone_replace([forward], replace=given)
        values[context.rvs_to_values[variable].name] = value.eval()
    return values


def built(model, arguments):
    """Return PyMC's model of a function that declares it."""
    with pm.Model() as context:
        model(**arguments)
    return context
