"""Sequential Monte Carlo along the path from prior to posterior, with the evidence on the way.

Particles begin as draws from the prior.  The likelihood is switched on by and by, as prior times
likelihood ** beta with beta from 0 to 1: particles are weighted by what was added, resampled in
proportion, and moved by Markov transitions that keep the density of the moment.

Legend: ``G`` islands; ``N`` particles; ``D`` dimension.

Reference: Del Moral, Doucet, Jasra (2006), "Sequential Monte Carlo samplers", JRSS B 68(3).
"""

import numpy as np

from lightppl.arguments import (
    check_callable, check_choice, check_count, check_flag, check_number,
)
from lightppl.distributions import Normal
from lightppl.errors import ArgumentError, LightPPLError, SamplingWarning
from lightppl.infer.evidence.archipelago import Archipelago
from lightppl.infer.evidence.moves import nuts_move, walk_move
from lightppl.infer.evidence.tempered import TemperedDensity
from lightppl.infer.evidence.weighted_draws import systematic_indices, table_of
from lightppl.keys import Purpose, as_generator, as_key, fold_in
from lightppl.language import sample
from lightppl.settings import get_num_threads
from lightppl.user_line import warn

KERNELS = ("nuts", "random_walk")

STICKY = 0.9
"""Correlation of particles before and after their last moves, from which on the user is told."""


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
    jit_compile : bool
        If False, the density runs eagerly through autograd.

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
        jit_compile=True,
    ):
        self.model = check_callable(model, "model")
        self.num_islands = check_count(num_islands, "num_islands", least=2)
        self.num_particles = check_count(num_particles, "num_particles", least=2 * num_islands)
        if self.num_particles % self.num_islands:
            raise ArgumentError(
                f"num_particles must be a multiple of num_islands; found {num_particles} and "
                f"{num_islands}."
            )
        self.kernel = check_choice(kernel, "kernel", KERNELS)
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
        self.jit_compile = check_flag(jit_compile, "jit_compile")
        self._samples = self._diagnostics = None

    @classmethod
    def to_warm(cls):
        """Return one for each kernel, for `lightppl.infer.warm` to run without arguments."""
        return [
            cls(_small_model, num_particles=32, num_islands=2, kernel=kernel, jit_compile=False)
            for kernel in KERNELS
        ]

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
        tempered = TemperedDensity(
            self.model, args, kwargs, fold_in(key, Purpose.SITES), jit=self.jit_compile
        )
        shape = (self.num_islands, self.num_particles // self.num_islands, tempered.size)
        draws = tempered.draw_prior(fold_in(key, Purpose.START), self.num_particles)
        archipelago = Archipelago(tempered, draws.reshape(shape), self._move(), self.target_ess)
        num_moves = self.num_moves or self._default_moves(tempered.size)
        while archipelago.beta < 1.0:
            step_key = fold_in(fold_in(key, Purpose.STEPS), len(archipelago.reports))
            archipelago.advance(step_key, num_moves)
        rng = as_generator(fold_in(key, Purpose.RESAMPLING))
        chosen = systematic_indices(archipelago.weights(), self.num_particles, rng)
        points = archipelago.q.reshape(self.num_particles, -1)[chosen]
        self._samples = tempered.constrain(points, get_num_threads())
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


def _small_model():
    x = sample("x", Normal(0.0, 1.0).expand([2]))
    sample("y", Normal(x, 1.0), obs=np.ones(2))


def _warn_of_sticking(correlation):
    warn(
        f"The last moves left particles almost where they were: the rank correlation of a "
        f"coordinate with itself is {correlation:.2f}. Draws and evidence may be off. Take more "
        "num_moves, or kernel='nuts'.",
        SamplingWarning,
    )
