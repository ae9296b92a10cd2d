"""Handlers that record a run, repeat it, or hide parts of it: trace, replay, block."""

from lightppl.language.checks import check_observed_shape
from lightppl.language.stack import Messenger
from lightppl.language.trace import Trace
from lightppl.settings import is_validation_enabled


class trace(Messenger):
    """Record every statement of a run.

    Parameters
    ----------
    fn : callable, optional

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model():
    ...     return lp.sample("x", dist.Normal(0, 1))
    >>> from lightppl.handlers import seed
    >>> tr = trace(seed(model, 0)).get_trace()
    >>> tr["x"]["type"]
    'sample'
    >>> with trace() as tr:
    ...     x = model()
    >>> tr["x"].value is x
    True

    Attributes
    ----------
    trace : Trace or None
        Of the last run, also of a model that this handler decorates.
    """

    def __init__(self, fn=None):
        self._last = [None]  # shared with the copies of this handler that decorate models
        super().__init__(fn)

    @property
    def trace(self):
        return self._last[0]

    def __enter__(self):
        super().__enter__()
        self._last[0] = Trace()
        return self.trace

    def postprocess_message(self, msg):
        if msg.name is None:
            return
        self.trace.record(msg)
        if msg.type == "sample" and msg.is_observed and is_validation_enabled():
            check_observed_shape(self.trace[msg.name])

    def get_trace(self, *args, **kwargs):
        """Run the model and return its `Trace`; the arguments are the model's."""
        self(*args, **kwargs)
        return self.trace


class replay(Messenger):
    """Give sample sites, and the subsamples of plates, the values they have in an earlier trace.

    Observed sites keep their observations.

    Parameters
    ----------
    fn : callable, optional
    trace : Trace

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model():
    ...     return lp.sample("x", dist.Normal(0, 1))
    >>> tr = trace(model).get_trace()
    >>> bool(replay(model, tr)() == tr["x"].value)
    True
    """

    def __init__(self, fn=None, trace=None):
        if trace is None:
            raise TypeError("replay needs a trace.")
        self.trace = trace
        super().__init__(fn)

    def process_message(self, msg):
        if msg.type not in ("sample", "plate") or msg.is_observed:
            return
        if msg.name in self.trace:
            msg.value = self.trace[msg.name]["value"]


class block(Messenger):
    """Hide sites from all handlers outside of this one.

    Without any choice everything is hidden.

    Parameters
    ----------
    fn : callable, optional
    hide_fn : callable, optional
        Hide a site when ``hide_fn(site)`` holds.
    hide : list of str, optional
        Names to hide.
    expose_types : list of str, optional
        Hide all sites of other types.
    expose : list of str, optional
        Hide all other names.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model():
    ...     x = lp.sample("x", dist.Normal(0, 1))
    ...     return lp.sample("y", dist.Normal(x, 1))
    >>> trace(block(model, hide=["x"])).get_trace()
    Trace(y)
    """

    def __init__(self, fn=None, hide_fn=None, hide=None, expose_types=None, expose=None):
        choices = {
            "hide_fn": hide_fn,
            "hide": hide,
            "expose_types": expose_types,
            "expose": expose,
        }
        given = [name for name, choice in choices.items() if choice is not None]
        if len(given) > 1:
            raise TypeError(f"block takes one way to choose sites, found {' and '.join(given)}.")
        if hide_fn is not None:
            self.hide_fn = hide_fn
        elif hide is not None:
            self.hide_fn = lambda msg: msg.name in hide
        elif expose_types is not None:
            self.hide_fn = lambda msg: msg.type not in expose_types
        elif expose is not None:
            self.hide_fn = lambda msg: msg.name not in expose
        else:
            self.hide_fn = lambda msg: True
        super().__init__(fn)

    def process_message(self, msg):
        if self.hide_fn(msg):
            msg.stop = True
