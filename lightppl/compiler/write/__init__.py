"""From a schedule to source text, in the language that `lower` takes.

Reading order: `program` (the function as a whole), `nest` and `row_nest` (loops over elements),
`index` (how an element of a view is found), `conversion` (numbers of one type as another),
`array_calls` and `data_products` (work on whole arrays), `control_flow`, `scan` and `march` (what
has a body, read by `body_reading`).
"""
