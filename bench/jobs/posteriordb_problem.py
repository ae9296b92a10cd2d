"""From the name of a posterior to a problem of `sampler_job`."""

from sampler_job import Problem

from tests.correctness.posteriordb_data import arguments_of, points_of

HARES = "hudson_lynx_hare-lotka_volterra"
QUICK, EXACT = {"steps_a_year": 10}, {"steps_a_year": 100}
"""Steps of Runge and Kutta's method for sampling, and for the check of the density."""


def finder(models):
    """Return what maps names of posteriors to problems, given models by posterior."""

    def find(name, folder):
        arguments = arguments_of(folder, name)
        quick, exact = (QUICK, EXACT) if name == HARES else ({}, {})
        return Problem(
            models[name],
            lambda: {**arguments, **quick},
            lambda: {**arguments, **exact},
            lambda: points_of(folder, name),
        )

    return find
