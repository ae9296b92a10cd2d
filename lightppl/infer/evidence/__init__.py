"""The evidence of a model: the probability of its data, and posterior draws that come with it.

Reading order: `nested_sampling` (what users call), `unit_cube` (a model as a function on the unit
cube), `weighted_draws`.
"""
