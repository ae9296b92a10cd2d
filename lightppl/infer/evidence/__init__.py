"""The evidence of a model: the probability of its data, and posterior draws that come with it.

Reading order: `nested_sampling`, with `unit_cube` (a model as a function on the unit cube); `smc`,
with `archipelago` (particles on their way), `tempered` (the density on the path from prior to
posterior), `temperatures` and `moves`; `weighted_draws`, of both.
"""
