"""A choice between two programs as one operation; its derivative chooses between their derivatives.

Only the program that is chosen runs, forwards and backwards.
"""

import numpy as np

from lightppl.autodiff.scan import Piece
from lightppl.autodiff.operation import Operation, refuse_inexact_integers
from lightppl.autodiff.structural import zeros


def result_pieces(true, false):
    """Return where the results of either program stand in one flat vector.

    Parameters
    ----------
    true, false : Program
        With results of the same shapes.

    Returns
    -------
    list of Piece
    """
    pieces, start = [], 0
    for shape, *kinds in zip(true.output_shapes, true.output_kinds, false.output_kinds):
        kind = kinds[0] if kinds[0] == kinds[1] else "float64"
        pieces.append(Piece(start, tuple(shape), kind))
        start = pieces[-1].stop
    return pieces


def choose_program(is_true, true, false, values):
    """Run one of two programs.

    Parameters
    ----------
    is_true : bool or traced bool
    true, false : Program
        With inputs and results of the same shapes.
    values : list of array

    Returns
    -------
    list of array
    """
    if "int64" in (*true.output_kinds, *false.output_kinds):
        refuse_inexact_integers(*values)
    flat = cond(is_true, *values, true=true, false=false)
    return [piece.read(flat) for piece in result_pieces(true, false)]


def choose(is_true, *values, true, false, num_true=None):
    """Return the results of the chosen function, one after another.

    Parameters
    ----------
    is_true : bool
    *values : array
    true, false : callable
        Given arrays, return a list of arrays.
    num_true : int, optional
        The first values are those of `true`, the others those of `false`; by default both take all.
    """
    if num_true is not None:
        values = values[:num_true] if np.all(is_true) else values[num_true:]
    with np.errstate(all="ignore"):
        results = (true if np.all(is_true) else false)(*values)
    return np.concatenate([np.ravel(x) * 1.0 for x in results]) if results else np.zeros(0)


def _derivative(positions, ans, args, kwargs):
    true, false = kwargs["true"], kwargs["false"]
    wanted = tuple(k - 1 for k in positions if k > 0 and true.inputs[k - 1].kind == "float64")

    def pull_back(g):
        found = {}
        if wanted:
            backward = [backward_program(program, wanted) for program in (true, false)]
            cotangents = [
                np.reshape(g[piece.start : piece.stop], piece.shape)
                for piece in result_pieces(true, false)
            ]
            gradients = choose_program(args[0], *backward, [*args[1:], *cotangents])
            found = {k + 1: gradient for k, gradient in zip(wanted, gradients)}
        return tuple(found.get(k, zeros(np.shape(args[k]))) for k in positions)

    return pull_back


cond = Operation("cond", choose, joint_derivative=_derivative)


def backward_program(program, positions):
    """Return the program of the gradients of a program's inputs at `positions`.

    Its inputs are those of `program`, then one cotangent per result.
    """
    key = ("gradients", positions)
    if key not in program.derivatives:
        # recording programs needs autograd, which takes a moment to load
        from lightppl.autodiff.program import record_program

        count = len(program.inputs)

        def backward(*values):
            return program.pull_back(positions, values[:count], values[count:])

        cotangents = [np.ones(shape) for shape in program.output_shapes]
        recorded, _ = record_program(backward, [*program.examples, *cotangents])
        program.derivatives[key] = recorded
    return program.derivatives[key]
