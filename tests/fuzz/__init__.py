"""Random programs on which four ways to a value and a gradient must agree.

Reading order: `words` (what a program's text may say), `pool` (the arrays that a program has made
so far), then what can be done with them: `elementwise`, `movement`, `contraction`, `indexing`,
`reduction`, `linear_algebra`, `assorted`, `loops`; `tensors` (texts of functions), `models` (texts
of models), `programs` (of both); `agreement` (the four ways), `shortening` (of a program that
fails), `faults` (mistakes planted to see that they are found).
"""
