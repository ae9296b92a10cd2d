"""What warmup learns: `hamiltonian` (all of it, for samplers that have a step size and a metric),
from `initial_step_size`, `dual_averaging` (step size) and `welford` (metric); `windows` says when
each of them is at work."""
