"""The potential of a model that cannot be compiled: eager autograd behind the same interface.

Slow, and never silently wrong: where the model turned a latent value into a Python number, autograd
lost its gradient, and central differences of the density replace it. That takes 6 D + 1 runs of
the model for one gradient, so it is announced, and refused where D is large.
"""

import ctypes
from functools import partial

import numpy as np

from lightppl.autodiff.boxes import watch_gradient_losses
from lightppl.autodiff.gradient import differentiate, tracing
from lightppl.errors import FallbackWarning, LightPPLError, TracingError
from lightppl.machine_code.object_code import POTENTIAL_CTYPE
from lightppl.settings import validation_enabled
from lightppl.user_line import warn

MAX_SIZE_OF_DIFFERENCES = 20
"""Largest dimension D whose gradients are taken by differences."""

OFFSETS_AND_WEIGHTS = ((1, 0.75), (2, -0.15), (3, 1.0 / 60.0))
"""Central differences of sixth order: Abramowitz & Stegun (1964), 25.3.21, with six points."""


class EagerPotential:
    """``U`` and its gradient by running the Python function.

    Where the function ends in a floating-point failure, such as an overflow, a division by zero
    or the factorisation of a matrix that is not positive definite, U and its gradient are NaN,
    which a sampler rejects. Every other error of the function is an error.

    Parameters
    ----------
    objective : callable
        ``(D,) -> float``.
    size : int
        D.
    held : (H,) float64, optional
        Values that may change between calls, see `lightppl.compiler.build.Potential`; then
        ``objective(q, held)``.

    Notes
    -----
    `address` is a C function that calls back into Python, so kernels can use it; it takes the GIL.
    """

    float_data = np.zeros(0)
    int_data = np.zeros(0, dtype=np.int64)

    def __init__(self, objective, size, held=()):
        self.objective = objective
        self.size = size
        self.held = np.array(held, np.float64)
        self.workspace_size = max(self.held.size, 1)
        self.has_lost_gradient = False
        self.error = None
        self._callback = POTENTIAL_CTYPE(self._call_from_c)
        self.address = int(np.frombuffer(bytes(self._callback), dtype=np.intp)[0])

    def __call__(self, q, held=None):
        """Return U and its gradient, see `lightppl.compiler.build.Potential`.

        Raises
        ------
        TracingError
            If the gradient needs differences in more than `MAX_SIZE_OF_DIFFERENCES` dimensions.
        """
        value, gradient, loss = self._evaluate(np.array(q, dtype=np.float64), held)
        if loss is not None:
            warn(loss, FallbackWarning)
        return value, gradient

    def find_gradient_loss(self, q):
        """Return a sentence about a Python number that the function makes of a latent value.

        Parameters
        ----------
        q : (D,) float64

        Returns
        -------
        str or None
            None where the function keeps its derivative; what is said here is not said again.

        Raises
        ------
        TracingError
            If there is one, and D is too large for differences.
        """
        return self._evaluate(np.array(q, dtype=np.float64))[2]

    def raise_error(self):
        """Raise, once, what stopped the function when a kernel called it, if anything did."""
        error, self.error = self.error, None
        if error is not None:
            raise error

    def _evaluate(self, q, held=None):
        """Return U, its gradient, and a sentence if it is new that derivatives get lost."""
        objective = self.objective
        if self.held.size:
            objective = partial(objective, held=self.held if held is None else held)
        if self.has_lost_gradient:
            return value_or_nan(objective, q), self._differences(objective, q), None
        try:
            with tracing(), watch_gradient_losses() as losses, np.errstate(all="ignore"):
                value, gradient = differentiate(objective, q)
        except Exception as error:
            if not is_floating_point_failure(error):
                raise
            value, gradient = np.nan, np.nan
        if losses:
            self._require_few_dimensions(losses[0])
            self.has_lost_gradient = True
            gradient = self._differences(objective, q)
            return value_or_nan(objective, q), gradient, self._describe(losses[0])
        return float(value), np.broadcast_to(np.asarray(gradient, np.float64), q.shape).copy(), None

    def _differences(self, objective, q):
        gradient = np.zeros(self.size)
        for k in range(self.size):
            step = np.zeros(self.size)
            step[k] = 1e-3 * max(1.0, abs(q[k]))
            total = 0.0
            for offset, weight in OFFSETS_AND_WEIGHTS:
                total += weight * value_or_nan(objective, q + offset * step)
                total -= weight * value_or_nan(objective, q - offset * step)
            gradient[k] = total / step[k]
        return gradient

    def _describe(self, loss):
        return (
            f"{loss.place} makes a Python number of a latent value, which has no derivative: each "
            f"gradient takes {6 * self.size + 1} runs of the model, by differences. Instead, "
            f"{loss.remedy}."
        )

    def _require_few_dimensions(self, loss):
        if self.size > MAX_SIZE_OF_DIFFERENCES:
            raise TracingError(
                f"{loss.place} makes a Python number of a latent value, which has no derivative. "
                f"The model has {self.size} unconstrained values, so a gradient would take "
                f"{6 * self.size + 1} runs of it by differences; at most "
                f"{MAX_SIZE_OF_DIFFERENCES} values are differentiated so. Instead, {loss.remedy}."
            )

    def _call_from_c(self, q, grad, float_data, int_data, workspace):
        if self.error is not None:
            return np.nan
        point = _view(q, self.size)
        try:
            value, gradient = self(point, _view(workspace, self.held.size))
        except BaseException as error:  # C cannot pass it on; whoever runs the kernel raises it
            self.error = error
            return np.nan
        _view(grad, self.size)[:] = gradient
        return value


def value_or_nan(objective, q):
    """Return the value of a function at plain numbers, NaN after a floating-point failure.

    Parameters outside of their sets give NaN, as they do where values are traced.

    Parameters
    ----------
    objective : callable
        ``(D,) -> float``.
    q : (D,) float64

    Returns
    -------
    float
    """
    try:
        # while tracing, a loop runs as a list of calls, which is faster than its body in Python
        with np.errstate(all="ignore"), tracing("values"), validation_enabled(False):
            return float(objective(q))
    except Exception as error:
        if not is_floating_point_failure(error):
            raise
        return np.nan


def is_floating_point_failure(error):
    """Return whether an error says that numbers left their range, not that a model is wrong.

    Parameters
    ----------
    error : Exception

    Returns
    -------
    bool

    Examples
    --------
    >>> is_floating_point_failure(ZeroDivisionError()), is_floating_point_failure(ValueError("no"))
    (True, False)
    """
    # ArithmeticError is the base of FloatingPointError, ZeroDivisionError and OverflowError
    if isinstance(error, (ArithmeticError, np.linalg.LinAlgError)):
        return not isinstance(error, LightPPLError)
    return type(error) is ValueError and _is_of_math_module(str(error))


def _is_of_math_module(message):
    # of every Python version: "math domain error", and since 3.14 "expected a ... input, got ..."
    return message == "math domain error" or (
        message.startswith("expected a ") and " input, got " in message
    )


def _view(address, size):
    return np.ctypeslib.as_array((ctypes.c_double * size).from_address(address))
