"""From a schedule to source text, in the language that `lower` takes.

Reading order: `program` (the function as a whole), `names`, `nest` (loops over elements, numbers),
`index` (how an element of a view is found), `conversion` (numbers of one type as another),
`array_calls` and `data_products` (work on whole arrays), `control_flow` (branches), `scan` and
`march` (loops over time), whose bodies are written in line by `body`.
"""
