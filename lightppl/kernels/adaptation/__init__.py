"""What warmup learns: `initial_step_size`, `dual_averaging` (step size), `welford` (metric), and
`windows` (when each of them is at work)."""
