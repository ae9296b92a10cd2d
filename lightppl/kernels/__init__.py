"""Samplers as compiled kernels: arrays in, arrays out; they know no model.

Reading order: `target` (what is sampled), `phase_point` and `metric` (where a sampler is, and its
kinetic energy), `integrators` (leapfrog), `uturn` and `trajectory` (what NUTS adds), `hmc` and
`nuts` (one transition each), `adaptation` (what warmup learns), `chains` (loops over
transitions).

Inside kernels the papers' letters are used: ``q`` position, ``p`` momentum, ``v = M^-1 p``
velocity, ``U`` potential energy, ``K`` kinetic energy, ``H = U + K``. """
