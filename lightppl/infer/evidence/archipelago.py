"""The particles of sequential Monte Carlo, and their way from one temperature to the next.

Particles live on islands.  Each island resamples among its own particles only, and so has an
estimate of the evidence of its own, whose mean over islands is the result and whose scatter is its
error.  All islands share temperatures and tuning.

Legend: ``G`` islands; ``n`` particles of an island; ``N = G n``; ``D`` dimension; ``T``
temperatures; ``beta`` inverse temperature.

Reference: Verge, Dubarry, Del Moral, Moulines (2015), "On parallel implementation of sequential
Monte Carlo methods: the island particle model", Statistics and Computing 25(2).
"""

import numpy as np

from lightppl.errors import InitializationError
from lightppl.infer.evidence.moves import covariance_of, largest_correlation
from lightppl.infer.evidence.temperatures import next_inverse_temperature
from lightppl.infer.evidence.weighted_draws import normalized, systematic_indices
from lightppl.kernels.particles import weigh_particles
from lightppl.keys import as_generator, split
from lightppl.records import record
from lightppl.settings import get_num_threads
from lightppl.threads import map_in_threads


@record
class SMCDiagnostics:
    """How a run of `SMC` went.

    Attributes
    ----------
    log_evidence, log_evidence_error : float
    log_evidence_by_island : (G,) float64
    inverse_temperatures : (T,) float64
        From the first above 0 to 1.
    accept_prob : (T,) float64
        Mean acceptance probability of the moves at each temperature.
    step_size : (T,) float64
        In units of the spread of the particles.
    num_steps : (T,) float64
        Mean number of evaluations of the density in a move.
    correlation : (T,) float64
        Largest rank correlation of a coordinate with itself before the moves; near 1 where they
        hardly mix.
    effective_sample_size : float
        Final particles of equal weight that all islands together are worth.
    """

    log_evidence: float
    log_evidence_error: float
    log_evidence_by_island: np.ndarray
    inverse_temperatures: np.ndarray
    accept_prob: np.ndarray
    step_size: np.ndarray
    num_steps: np.ndarray
    correlation: np.ndarray
    effective_sample_size: float


@record
class _Report:
    """What one temperature reports; the fields of `SMCDiagnostics`, in the singular."""

    beta: float
    accept_prob: float
    step_size: float
    num_steps: float
    correlation: float


class Archipelago:
    """The particles of all islands, and where they are on the path.

    Parameters
    ----------
    tempered : TemperedDensity
    q : (G, n, D) float64
        Draws from the prior.
    move : Move
    target_ess : float

    Attributes
    ----------
    beta : float
    log_evidence : (G,) float64
        So far.
    log_likelihood : (G, n) float64
    reports : list of _Report
    """

    def __init__(self, tempered, q, move, target_ess):
        self.tempered, self.q, self.move, self.target_ess = tempered, q, move, target_ess
        self.beta, self.reports = 0.0, []
        self.log_evidence, self.log_likelihood = np.zeros(len(q)), np.zeros(q.shape[:2])
        self.step_size = move.first_step_size(tempered.size)
        map_in_threads(self._weigh, range(len(q)), get_num_threads())
        self._raise_errors()
        if not np.any(np.isfinite(self.log_likelihood)):
            raise InitializationError(
                f"The likelihood is zero, or fails, at all {self.log_likelihood.size} draws from "
                "the prior. Check data and model, give a prior that comes nearer to the data, or "
                "take more particles."
            )

    def weights(self):
        """Return the weight of every particle, (N,): that of its island."""
        shares = np.exp(normalized(self.log_evidence)) / self.q.shape[1]
        return np.repeat(shares, self.q.shape[1])

    def advance(self, rng_key, num_moves):
        """Go on to the next temperature: weigh, resample, move."""
        with np.errstate(divide="ignore"):
            log_weights = np.log(self.weights())
        beta = next_inverse_temperature(
            self.log_likelihood.ravel(), log_weights, self.beta, self.target_ess
        )
        *keys, pilot_key = split(rng_key, len(self.q) + 1)
        rngs = [as_generator(key) for key in keys]
        for island, rng in enumerate(rngs):
            self._resample(island, (beta - self.beta) * self.log_likelihood[island], rng)
        self.beta, before = beta, self.q.copy()
        flat = self.q.reshape(-1, self.tempered.size)
        covariance, target = covariance_of(flat), self.tempered.target_at(beta)
        self.step_size = self.move.tuned_step_size(
            target, covariance, self.step_size, as_generator(pilot_key), flat
        )

        def move(island):
            totals = self.move.apply(
                self.tempered.target_at(beta), covariance, self.step_size, rngs[island],
                self.q[island], num_moves,
            )  # fmt: skip
            self._weigh(island)
            return totals

        totals = sum(map_in_threads(move, range(len(self.q)), get_num_threads()))
        self._raise_errors()
        count = len(flat) * num_moves
        self.reports.append(
            _Report(
                beta,
                self.move.mean_of("accept_prob", totals, count),
                self.step_size,
                self.move.mean_of("num_steps", totals, count),
                largest_correlation(before.reshape(flat.shape), flat),
            )
        )

    def diagnostics(self):
        """Return what users are told."""
        largest = np.max(self.log_evidence)
        ratios = np.exp(self.log_evidence - largest)
        relative_variance = np.var(ratios, ddof=1) / len(ratios) / np.mean(ratios) ** 2
        reported = np.array(
            [(x.beta, x.accept_prob, x.step_size, x.num_steps, x.correlation) for x in self.reports]
        )
        return SMCDiagnostics(
            float(largest + np.log(np.mean(ratios))),
            # of the logarithm, if the mean is about log-normal
            float(np.sqrt(np.log1p(relative_variance))),
            self.log_evidence.copy(),
            *reported.T,
            float(np.sum(ratios) ** 2 / np.sum(ratios**2) * self.q.shape[1]),
        )

    def _weigh(self, island):
        prior, joint = self.tempered.target_at(0.0), self.tempered.target_at(1.0)
        grad = np.zeros(self.tempered.size)
        weigh_particles(prior, joint, self.q[island], grad, self.log_likelihood[island])

    def _resample(self, island, log_increments, rng):
        """Weigh the particles of an island, and replace them by as many of equal weight."""
        largest = np.max(log_increments)
        if not np.isfinite(largest):  # the data exclude the whole island
            self.log_evidence[island] = -np.inf
            return
        growth = np.exp(log_increments - largest)
        self.log_evidence[island] += largest + np.log(np.mean(growth))
        chosen = systematic_indices(growth / np.sum(growth), len(growth), rng)
        self.q[island] = self.q[island][chosen]

    def _raise_errors(self):
        self.tempered.raise_errors()
