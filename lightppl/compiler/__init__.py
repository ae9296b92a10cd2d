"""From a function of a flat vector to machine code for its value and gradient.

Reading order, which is also the order in which things happen: `record` (autograd's forward and
backward pass become one `graph`; `ops` says which operations there are, `translate` how calls
become nodes, `body` what loops and branches hold); `passes` (smaller graphs that mean the same);
`schedule` (what is kept and what is fused; `levels`, `storage`, `row_loops`); `memory` and `layout`
(where everything lives); `emit` (source text; `loops`, `row_writer`, `views`, `calls`,
`column_products`, `body_emit`, `loop_emit`, `march_emit`); `native` (source to LLVM, with the
functions of `runtime`); `build` and `store` (machine code, made once and kept on disk).

Beside the line: `evaluate` is the slow twin that says what a graph means, `verify` what a legal one
is; `batch` and `draws` evaluate a graph for many draws at once; `primitives` takes operations from
users.
"""
