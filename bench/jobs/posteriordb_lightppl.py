"""The posteriors of `posteriordb.py` in lightppl: the models of the tests."""

from lightppl_sampler import Sampler, log_densities
from posteriordb_problem import finder
from sampler_job import run_job

from tests.correctness.posteriordb_models import MODELS

if __name__ == "__main__":
    run_job(finder(MODELS), Sampler, log_densities)
