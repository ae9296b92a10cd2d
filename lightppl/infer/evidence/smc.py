"""Sequential Monte Carlo along the path from prior to posterior, with the evidence on the way.

Particles begin as draws from the prior.  The likelihood is switched on by and by, as prior times
likelihood ** beta with beta from 0 to 1: particles are weighted by what was added, resampled in
proportion, and moved by Markov transitions that keep the density of the moment.

They live on islands.  Each island resamples among its own particles only, and so has an estimate of
the evidence of its own, whose mean over islands is the result and whose scatter is its error.  All
islands share temperatures and tuning.

Legend: ``G`` islands; ``n`` particles of an island; ``N = G n``; ``D`` dimension; ``T``
temperatures; ``beta`` inverse temperature.

References: Del Moral, Doucet, Jasra (2006), "Sequential Monte Carlo samplers", JRSS B 68(3);
Verge, Dubarry, Del Moral, Moulines (2015), "On parallel implementation of sequential Monte Carlo
methods: the island particle model".
"""

import numpy as np

from lightppl.arguments import check_callable, check_choice, check_count, check_number
from lightppl.errors import ArgumentError, InitializationError, LightPPLError, SamplingWarning
from lightppl.infer.evidence.moves import (
    covariance_of, largest_correlation, nuts_move, walk_move,
)
from lightppl.infer.evidence.temperatures import next_inverse_temperature
from lightppl.infer.evidence.tempered import TemperedDensity
from lightppl.infer.evidence.weighted_draws import normalized, systematic_indices, table_of
from lightppl.kernels.particles import weigh_particles
from lightppl.keys import Purpose, as_generator, as_key, fold_in, split
from lightppl.records import record
from lightppl.settings import get_num_threads
from lightppl.threads import map_in_threads
from lightppl.user_line import warn

STICKY = 0.9
"""Correlation of particles before and after their last moves, from which on the user is told."""


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


class SMC:
    """Tempered sequential Monte Carlo: posterior draws, and the evidence with its error.

    For posteriors that a single chain does not cross, as with separate modes, and for the evidence
    of models of more latent numbers than nested sampling can take.

    Parameters
    ----------
    model : callable
        All of its latent sites are continuous and have proper priors.
    num_particles : int
        N.  The error of the evidence falls with its square root.
    num_islands : int
        G, at least 2; divides N.
    kernel : {"nuts", "random_walk"}
        What moves particles: a trajectory of NUTS, or random-walk Metropolis with the covariance of
        the particles.
    num_moves : int, optional
        Moves of each particle at each temperature.  By default 2 of NUTS, 10 + 2 D of the walk.
    target_ess : float
        In (0, 1): the next temperature is the one that leaves such a share of the particles
        effective.  Larger values take more temperatures.
    target_accept_prob : float, optional
        By default 0.8 of NUTS, 0.3 of the walk.
    max_tree_depth : int
        Of NUTS.

    References
    ----------
    Del Moral, Doucet, Jasra (2006), sec. 3.1 and 3.3.2.3: the weights of Markov moves.  Verge et
    al. (2015): islands.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import SMC
    >>> def model(y):
    ...     mu = lp.sample("mu", dist.Normal(0.0, 1.0))
    ...     lp.sample("y", dist.Normal(mu, 1.0), obs=y)
    >>> smc = SMC(model, num_particles=1024, kernel="random_walk")
    >>> smc.run(0, np.array([0.5, -1.0]))
    >>> exact = -np.log(2 * np.pi) - 0.5 * np.log(3.0) - 0.5 * (1.25 - 0.25 / 3.0)
    >>> bool(abs(smc.log_evidence - exact) < 4.0 * smc.log_evidence_error)
    True
    """

    def __init__(
        self,
        model,
        *,
        num_particles=2048,
        num_islands=32,
        kernel="nuts",
        num_moves=None,
        target_ess=0.5,
        target_accept_prob=None,
        max_tree_depth=6,
    ):
        self.model = check_callable(model, "model")
        self.num_islands = check_count(num_islands, "num_islands", least=2)
        self.num_particles = check_count(num_particles, "num_particles", least=2 * num_islands)
        if self.num_particles % self.num_islands:
            raise ArgumentError(
                f"num_particles must be a multiple of num_islands; found {num_particles} and "
                f"{num_islands}."
            )
        self.kernel = check_choice(kernel, "kernel", ("nuts", "random_walk"))
        self.num_moves = num_moves
        if num_moves is not None:
            self.num_moves = check_count(num_moves, "num_moves", least=1)
        self.target_ess = check_number(target_ess, "target_ess", above=0, below=1)
        if target_accept_prob is None:
            target_accept_prob = 0.8 if kernel == "nuts" else 0.3
        self.target_accept_prob = check_number(
            target_accept_prob, "target_accept_prob", above=0, below=1
        )
        self.max_tree_depth = check_count(max_tree_depth, "max_tree_depth", least=1, most=50)
        self._samples = self._diagnostics = None

    def run(self, rng_key, *args, **kwargs):
        """Take the particles from the prior to the posterior.

        Parameters
        ----------
        rng_key : key
            The same key gives the same particles, whatever the number of threads.
        *args, **kwargs
            Arguments of the model.

        Raises
        ------
        ModelError
            If a latent site is discrete, or its prior is improper or cannot draw.
        InitializationError
            If the likelihood is zero at all draws from the prior.

        Warns
        -----
        SamplingWarning
            If the moves leave particles almost where they were.
        """
        key = as_key(rng_key)
        tempered = TemperedDensity(self.model, args, kwargs, fold_in(key, Purpose.SITES))
        shape = (self.num_islands, self.num_particles // self.num_islands, tempered.size)
        draws = tempered.draw_prior(fold_in(key, Purpose.START), self.num_particles)
        archipelago = _Archipelago(tempered, draws.reshape(shape), self._move(), self.target_ess)
        num_moves = self.num_moves or self._default_moves(tempered.size)
        while archipelago.beta < 1.0:
            step_key = fold_in(fold_in(key, Purpose.STEPS), len(archipelago.reports))
            archipelago.advance(step_key, num_moves)
        rng = as_generator(fold_in(key, Purpose.RESAMPLING))
        chosen = systematic_indices(archipelago.weights(), self.num_particles, rng)
        points = archipelago.q.reshape(self.num_particles, -1)[chosen]
        constrain = tempered.density.constraining()
        self._samples = constrain(points, num_threads=get_num_threads())
        self._diagnostics = archipelago.diagnostics()
        if self._diagnostics.correlation[-1] > STICKY:
            _warn_of_sticking(self._diagnostics.correlation[-1])

    @property
    def log_evidence(self):
        """Logarithm of the evidence: the probability (density) of the data under the model."""
        return self.diagnostics().log_evidence

    @property
    def log_evidence_error(self):
        """Standard error of `log_evidence`, by the scatter of the islands."""
        return self.diagnostics().log_evidence_error

    def get_samples(self):
        """Return the particles: draws of equal weight of latent and deterministic sites.

        Returns
        -------
        dict of str to (N, ...) array
            Some particles may be there twice.
        """
        self.diagnostics()
        return dict(self._samples)

    def diagnostics(self):
        """Return how the run went.

        Returns
        -------
        SMCDiagnostics
        """
        if self._diagnostics is None:
            raise LightPPLError("There are no draws yet: call run first.")
        return self._diagnostics

    def print_summary(self):
        """Print the evidence and a table of the draws."""
        found = self.diagnostics()
        log_weights = np.full(self.num_particles, -np.log(self.num_particles))
        print(
            f"\n{table_of(self._samples, log_weights)}\n\n"
            f"log evidence {found.log_evidence:.3f} +- {found.log_evidence_error:.3f}, "
            f"{self.num_particles} particles on {self.num_islands} islands, "
            f"{len(found.inverse_temperatures)} temperatures, last acceptance "
            f"{found.accept_prob[-1]:.2f}, last correlation {found.correlation[-1]:.2f}.\n"
        )

    def _move(self):
        if self.kernel == "nuts":
            return nuts_move(self.target_accept_prob, self.max_tree_depth)
        return walk_move(self.target_accept_prob)

    def _default_moves(self, size):
        return 2 if self.kernel == "nuts" else 10 + 2 * size


@record
class _Report:
    """What one temperature reports; the fields of `SMCDiagnostics`, in the singular."""

    beta: float
    accept_prob: float
    step_size: float
    num_steps: float
    correlation: float


class _Archipelago:
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


def _warn_of_sticking(correlation):
    warn(
        f"The last moves left particles almost where they were: the rank correlation of a "
        f"coordinate with itself is {correlation:.2f}. Draws and evidence may be off. Take more "
        "num_moves, or kernel='nuts'.",
        SamplingWarning,
    )
