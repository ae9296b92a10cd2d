"""Kernels that users registered: emitted code imports them from here by name.

See `lightppl.compiler.record.user_operations`.
"""

KERNELS = {}
"""Name in emitted code -> `UserKernel`."""


class UserKernel:
    """A function of floats that a user wrote; compiled code that calls it outside must keep it.

    Parameters
    ----------
    name : str
        In emitted code.
    function : callable
        A plain function.
    """

    def __init__(self, name, function):
        self.symbol, self.function = name, function
        self._compiled = None
        KERNELS[name] = self

    def __call__(self, *args):
        return self.function(*args)

    @property
    def address(self):
        """Where its compiled form is in this process; for those that the compiler cannot lower."""
        if self._compiled is None:
            # Numba is loaded by those only who need all of Python's language in a kernel
            import numba

            arity = self.function.__code__.co_argcount
            signature = numba.float64(*[numba.float64] * arity)
            self._compiled = numba.cfunc(signature, error_model="numpy")(self.function)
        return self._compiled.address

    def described(self):
        """Return its name, under which the process that loads code has registered it."""
        return self.symbol


def __getattr__(name):
    if name not in KERNELS:
        raise AttributeError(f"No kernel {name} is registered in this process.")
    return KERNELS[name]
