"""What warmup learns: `hamiltonian` (all of it, for samplers that have a step size and a metric).

Step sizes: `initial_step_size`, `dual_averaging`, `step_size` (which ends where acceptance is the
target).  Metrics: `welford` (variances of draws); or `window` (draws with their gradients),
`fisher` (metrics made of these), `selection` (which of them), `gradient_metric` (written over the
one in force).  `heating` gives the first iterations larger momenta.  `windows` says when each of
them is at work.  Where nothing is refused `energy_error` finds step sizes, and
`autocorrelation_time` says how long draws remember each other.  Many chains learn together by
`pooled_metric`, `trajectory_length` and `maximum_eigenvalue`."""
