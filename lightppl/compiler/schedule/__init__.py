"""What is kept and what is fused: from a graph to the order of its work.

Reading order: `schedule` (which nodes are kept), `blocks` (how arrays made of blocks are filled),
`levels` (when each piece of work is done), `row_groups` (what shares a nest over rows);
`body_inputs` answers questions about bodies.
"""
