"""Samplers as compiled kernels: arrays in, arrays out; they know no model.

Reading order: `algorithm` (what an algorithm is), `block` (the loop over its iterations) and
`record` (what the loop writes); then the parts of Hamiltonian ones: `target` (what is sampled),
`phase_point` and `metric` (where a sampler is, and its kinetic energy), `kinetic` (another one, of
the user's own), `integrators` (leapfrog), `uturn` and `trajectory` (what NUTS adds) and
`adaptation` (what warmup learns); then one file an algorithm: `hmc`, `nuts`, and those without
trajectories, `random_walk` (the smallest), `langevin`, `volatility` and `slice`, with `metropolis`
(whether a proposal is accepted); `barker` with `preconditioning`, `sample_adaptive` with
`leave_one_out`.  Motion at constant speed is `isokinetic`: `mclmc`, `adjusted_mclmc`.

What a chain holds is updated between transitions of another algorithm: `interleaved`, with updates
of `discrete_gibbs` and `discrete_sites` and of `subsampled`, or inside of them, `mixed_hmc`.
`ladder` runs an algorithm at several temperatures; `particles` and `particle_walk` move many points
at one temperature after another.

Ensembles are chains of several walkers, `ensemble` with `ensemble_moves`: `affine_invariant`,
and `ensemble_slice` with `ensemble_directions`; or with `ensemble_trajectory` and what walkers
learn together: `chees`, `meads`.

Inside kernels the papers' letters are used: ``q`` position, ``p`` momentum, ``v = M^-1 p``
velocity, ``U`` potential energy, ``K`` kinetic energy, ``H = U + K``.
"""
