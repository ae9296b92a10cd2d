"""Graphs: what a function computes, node by node, and what each node means.

Reading order: `elementwise` and `array_operations` (what is known of each operation), `ops` (their
groups), `graph` (nodes, and the builder that makes them), `formulas` (operations that are written
out in terms of others), `strided_view` (a chain of views as one), `shapes` (questions about
shapes), `body` (what loops and branches hold); then `evaluate`, the slow twin that says what a
graph means, `verify` (what a legal graph is), `leading_axis` with `batch` (a graph evaluated at
many points at once), and `separation` with its rules (a graph as a sum of functions of elements).
"""
