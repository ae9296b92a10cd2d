"""From a NumPy function, through autograd, to a graph.

Reading order: `record` (each call of autograd's forward and backward pass becomes a node),
`translate` (which node), `bodies` (what loops and branches hold); `random_draws`, `fourier` and
`pseudo_inverse` write what is no single operation; `user_operations` takes operations from users.
"""
