"""Make a program that fails shorter, as long as it fails in the same way."""

from dataclasses import replace

import numpy as np


def shortened(program, is_failing):
    """Return the program without the lines that its failure does not need.

    Parameters
    ----------
    program : Program
    is_failing : callable
        Whether a program fails; what raises anything does not.
    """
    lines = [line for block in program.blocks for line in block.split("\n")]
    size = max(1, len(lines) // 2)
    while size >= 1:
        position = len(lines) - size
        while position >= 0:
            fewer = lines[:position] + lines[position + size :]
            if _still(replace(program, blocks=tuple(fewer)), is_failing):
                lines = fewer
            position -= size
        size //= 2
    found = replace(program, blocks=tuple(lines))
    used = "\n".join(lines)
    data = tuple(x for x in program.data if x.split(" = ")[0] in used)
    smaller = replace(found, data=data)
    return smaller if _still(smaller, is_failing) else found


def _still(program, is_failing):
    try:
        with np.errstate(all="ignore"):
            program.function()(program.points()[0])
        return is_failing(program)
    except Exception:  # a program that lacks what it needs says so in many ways
        return False
