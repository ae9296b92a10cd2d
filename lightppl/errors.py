"""Exceptions and warnings of lightppl.

Every message is a sentence that says what failed, where, what was found, what was expected and what
to do.  The values behind the sentence travel along as ``details`` and are printed in full, so
that a traceback alone is enough to understand a failure.

Reading order: the base class, then errors of models, of tracing, of inference, then warnings.
"""

import numpy as np


class LightPPLError(Exception):
    """Base class of all errors that lightppl raises on purpose.

    Parameters
    ----------
    message : str
        The sentence shown to the user.
    **details : object
        Values that explain the sentence.  They are printed untruncated below it and are available
        as the attribute ``details``.

    Examples
    --------
    >>> error = LightPPLError("Site 'tau' is negative.", value=-1.0)
    >>> error.details["value"]
    -1.0
    """

    def __init__(self, message, **details):
        super().__init__(message)
        self.message = message
        self.details = details

    def __str__(self):
        if not self.details:
            return self.message
        return self.message + "".join(
            f"\n    {name} = {_print_in_full(value)}" for name, value in self.details.items()
        )


class ModelError(LightPPLError, ValueError):
    """A model, its arguments or its data are not valid."""


class ArgumentError(ModelError, TypeError):
    """An argument is of the wrong kind, or outside its range."""


class SettingError(LightPPLError, ValueError):
    """An environment variable says what no setting can be."""


class ConstraintError(ModelError):
    """A parameter or a value lies outside the set it must belong to."""


class ShapeError(ModelError):
    """Shapes of distributions, plates and data do not fit together."""


class SiteNameError(ModelError, KeyError):
    """A site name is used twice, or is not in the model."""

    __str__ = LightPPLError.__str__


class InitializationError(LightPPLError, RuntimeError):
    """No starting point with finite log density and gradient was found."""


class DiscreteLatentError(ModelError):
    """A gradient-based method met a latent site with discrete support."""


class TracingError(LightPPLError, TypeError):
    """A traced value was used in a way that cannot be recorded."""

    is_recoverable = False


class ControlFlowError(TracingError):
    """Python control flow, or a conversion to a Python number, asked for a traced value."""

    is_recoverable = True


class UnsupportedOperationError(LightPPLError, NotImplementedError):
    """An operation has no derivative or no compiled form."""


class CompilationError(LightPPLError, RuntimeError):
    """A function cannot be made machine code."""


class CacheError(LightPPLError, RuntimeError):
    """The folder of compiled code cannot be used safely."""


class CheckpointError(LightPPLError, RuntimeError):
    """A file of draws made so far cannot be used, or is of another call."""


class NotYetError(LightPPLError, ImportError):
    """A name of NumPyro that is planned, and does not exist yet."""


class LightPPLWarning(UserWarning):
    """Base class of the warnings of lightppl."""


class FallbackWarning(LightPPLWarning):
    """A density runs eagerly through autograd because it cannot be compiled."""


class SamplingWarning(LightPPLWarning):
    """The draws of a run have something wrong with them; ``mcmc.diagnose()`` tells more."""


class UnusedSiteWarning(LightPPLWarning):
    """A handler names a site that never appeared."""


def _print_in_full(value):
    if isinstance(value, np.ndarray):
        return np.array2string(value, threshold=np.inf, separator=", ")
    return repr(value)
