"""From a function of a flat vector to machine code for its value and gradient.

A folder is a stage, and they are listed in the order in which things happen: `record` (autograd's
forward and backward pass become one `graph`); `passes` (smaller graphs that mean the same);
`schedule` (what is kept and what is fused); `memory` (where everything lives); `write` (source
text); `lower` (source to LLVM, with the functions of `runtime`); `build` (machine code, made once
and kept on disk by `store`).

Beside the line: `graph.evaluate` is the slow twin of a graph, and `rehearsal` runs emitted text as
the Python that it is.
"""
