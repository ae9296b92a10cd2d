"""The potential of a model that cannot be compiled: eager autograd behind the same interface.

Slow, and never silently wrong: where the model turned a latent value into a Python number, autograd
lost its gradient, and central differences of the density replace it.
"""

import ctypes

import numpy as np

from lightppl.autodiff.boxes import watch_gradient_losses
from lightppl.autodiff.gradient import differentiate, tracing
from lightppl.machine_code import POTENTIAL_CTYPE


class EagerPotential:
    """``U`` and its gradient by running the Python function.

    Parameters
    ----------
    objective : callable
        ``(D,) -> float``.
    size : int
        D.

    Notes
    -----
    `address` is a C function that calls back into Python, so kernels can use it; it takes the GIL.
    """

    float_data = np.zeros(0)
    int_data = np.zeros(0, dtype=np.int64)
    workspace_size = 1

    def __init__(self, objective, size):
        self.objective = objective
        self.size = size
        self.has_lost_gradient = False
        self.error = None
        self._callback = POTENTIAL_CTYPE(self._call_from_c)
        self.address = int(np.frombuffer(bytes(self._callback), dtype=np.intp)[0])

    def __call__(self, q):
        """Return U and its gradient, see `lightppl.compiler.build.Potential`."""
        q = np.array(q, dtype=np.float64)
        if self.has_lost_gradient:
            return float(self.objective(q)), self._differences(q)
        with tracing(), watch_gradient_losses() as losses, np.errstate(all="ignore"):
            value, gradient = differentiate(self.objective, q)
        if losses:
            self.has_lost_gradient = True
            return float(value), self._differences(q)
        return float(value), np.broadcast_to(np.asarray(gradient, np.float64), q.shape).copy()

    def _differences(self, q):
        """Central differences of sixth order."""
        gradient = np.zeros(self.size)
        for k in range(self.size):
            step = np.zeros(self.size)
            step[k] = 1e-3 * max(1.0, abs(q[k]))
            total = 0.0
            for offset, weight in ((1, 0.75), (2, -0.15), (3, 1.0 / 60.0)):
                total += weight * float(self.objective(q + offset * step))
                total -= weight * float(self.objective(q - offset * step))
            gradient[k] = total / step[k]
        return gradient

    def raise_error(self):
        """Raise, once, what stopped the function when a kernel called it, if anything did."""
        error, self.error = self.error, None
        if error is not None:
            raise error

    def _call_from_c(self, q, grad, float_data, int_data, workspace):
        if self.error is not None:
            return np.nan
        point = _view(q, self.size)
        try:
            value, gradient = self(point)
        except (FloatingPointError, ZeroDivisionError, OverflowError, ValueError):
            return np.nan
        except BaseException as error:  # C cannot pass it on; whoever runs the kernel raises it
            self.error = error
            return np.nan
        _view(grad, self.size)[:] = gradient
        return value


def _view(address, size):
    return np.ctypeslib.as_array((ctypes.c_double * size).from_address(address))
