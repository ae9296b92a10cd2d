"""Where everything lives: data, intermediate arrays, and the arrays of bodies.

Reading order: `pools` (flat memory), `columns` (matrices that stand column by column), `homes`
(the place of each kept node), `bodies` (the same for loops and branches).
"""
