"""The handler that rewrites sites into others of easier geometry: reparam."""

from lightppl.language.stack import Messenger


class reparam(Messenger):
    """Replace sample sites by what a reparametrization strategy makes of them.

    Parameters
    ----------
    fn : callable, optional
    config : dict or callable
        Strategies by site name, or ``config(site)`` that returns a strategy or None.  A strategy is
        called as ``strategy(name, fn, obs)``, may itself contain sample statements, and returns
        ``(new_fn, value)``: a new distribution to draw from, or ``(None, value)``, in which case
        the site becomes deterministic.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.handlers import trace
    >>> from lightppl.infer.reparam import LocScaleReparam
    >>> def model():
    ...     return lp.sample("x", dist.Normal(3.0, 0.1))
    >>> tr = trace(reparam(model, {"x": LocScaleReparam(0)})).get_trace()
    >>> tr, tr["x"].type
    (Trace(x_decentered, x), 'deterministic')
    """

    acts_in_bodies = True

    def __init__(self, fn=None, config=None):
        if not callable(config) and not hasattr(config, "get"):
            raise TypeError(
                "reparam needs config: a dict of strategies by site name, or a function of a site; "
                f"found {type(config).__name__}."
            )
        self.config = config
        super().__init__(fn)

    def process_message(self, msg):
        if msg.type != "sample":
            return
        is_dict = hasattr(self.config, "get")
        strategy = self.config.get(msg.name) if is_dict else self.config(msg)
        if strategy is None:
            return
        new_fn, value = strategy(msg.name, msg.fn, msg.value)
        if new_fn is None:
            msg.type = "deterministic"
            msg.fn = lambda: value
            msg.kwargs = {}
            msg.is_observed = False
        else:
            msg.fn = new_fn
            msg.is_observed = msg.is_observed or (msg.value is None and value is not None)
        if value is not None:
            msg.value = value
