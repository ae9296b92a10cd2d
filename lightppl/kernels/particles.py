"""Particles of sequential Monte Carlo: their likelihoods, and Markov moves of each of them.

The moves are those of any `Algorithm`; warmup has no part here, because a population says what a
chain has to learn.

Legend: ``N`` particles; ``D`` dimension; ``K`` numbers of an `Info`; ``U`` potential energy.

Reference: Del Moral, Doucet, Jasra (2006), "Sequential Monte Carlo samplers", JRSS B 68(3),
sec. 3.
"""

from functools import cache

import numpy as np

from lightppl.jit import Status, kernel
from lightppl.kernels.adaptation.windows import SAMPLING
from lightppl.kernels.phase_point import copy_into
from lightppl.kernels.target import evaluate_potential


@kernel(entry=True)
def weigh_particles(prior, joint, q, grad, log_likelihood):
    """Write the log likelihood of every particle, as the difference of two potentials.

    Parameters
    ----------
    prior, joint : Target
        Minus log densities of the prior, and of prior times likelihood.
    q : (N, D) float64
    grad : (D,) float64
        Overwritten.
    log_likelihood : (N,) float64
        Overwritten; minus infinity where the joint density is zero or fails.

    Returns
    -------
    num_failed : int
        Particles at which the prior density is not finite.
    """
    num_failed = 0
    for n in range(q.shape[0]):
        U = evaluate_potential(joint, q[n], grad)
        U_prior = evaluate_potential(prior, q[n], grad)
        num_failed += not np.isfinite(U_prior)
        is_possible = np.isfinite(U) and np.isfinite(U_prior)
        log_likelihood[n] = U_prior - U if is_possible else -np.inf
    return num_failed


@cache
def mover_of(name, title, start, transition):
    """Return the loop over particles that applies an algorithm's transition to each of them.

    Parameters
    ----------
    name : str
        One of a kind: machine code is kept under it.
    title : str
        What the user is told is compiled.
    start, transition : Kernel
        As of an `Algorithm`.

    Returns
    -------
    Kernel
        ``move_particles(target, work, options, state, rng, q, num_moves, totals) -> num_moved``:
        `q`, (N, D), is overwritten by the positions after `num_moves` transitions of each
        particle, and `totals`, (K,), receives the sums of their reports.
    """

    def move_particles(target, work, options, state, rng, q, num_moves, totals):
        """Move every particle; leaves those alone whose density is not finite."""
        num_moved, D = 0, q.shape[1]
        for n in range(q.shape[0]):
            position = work.points[0][:D]
            copy_into(position, q[n])
            particle = start(target, work, options, state, rng)
            if particle.status == Status.NON_FINITE_START:
                continue
            for _ in range(num_moves):
                particle, info = transition(target, work, options, particle, rng, SAMPLING)
                for k in range(len(info)):
                    totals[k] += info[k]
            copy_into(q[n], position)
            num_moved += 1
        return num_moved

    move_particles.__qualname__ = f"move_particles[{name}]"
    return kernel(move_particles, entry=True, title=title, parts=(start, transition))
