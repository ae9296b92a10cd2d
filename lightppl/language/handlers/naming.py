"""Handlers that change what is attached to sites: scope (names), infer_config (hints)."""

from lightppl.language.stack import Messenger


class scope(Messenger):
    """Put a prefix before the names of all sites.

    Parameters
    ----------
    fn : callable, optional
    prefix : str
    divider : str
    hide_types : list of str, optional
        Types of sites that keep their names.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.handlers import trace
    >>> with trace() as tr, scope(prefix="a"):
    ...     x = lp.sample("x", dist.Normal(0, 1))
    >>> tr
    Trace(a/x)
    """

    def __init__(self, fn=None, prefix="", divider="/", *, hide_types=None):
        self.prefix = prefix
        self.divider = divider
        self.hide_types = () if hide_types is None else tuple(hide_types)
        super().__init__(fn)

    def process_message(self, msg):
        if msg.name is not None and msg.type not in self.hide_types:
            msg.name = self.renamed(msg.name)
            if msg.type == "param":
                msg.kwargs["name"] = msg.name  # under which the store knows it
        if "plate" not in self.hide_types:
            msg.cond_indep_stack = [
                frame._replace(name=self.renamed(frame.name)) for frame in msg.cond_indep_stack
            ]

    def renamed(self, name):
        """Return a name with the prefix."""
        return f"{self.prefix}{self.divider}{name}"


class infer_config(Messenger):
    """Add hints for inference to sample and param sites.

    Parameters
    ----------
    fn : callable, optional
    config_fn : callable
        ``config_fn(site)`` returns a dict that is merged into ``site["infer"]``.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.handlers import trace
    >>> with trace() as tr, infer_config(config_fn=lambda site: {"enumerate": "parallel"}):
    ...     x = lp.sample("x", dist.Bernoulli(0.5))
    >>> tr["x"].infer
    {'enumerate': 'parallel'}
    """

    def __init__(self, fn=None, config_fn=None):
        if config_fn is None:
            raise TypeError("infer_config needs config_fn, a function of a site.")
        self.config_fn = config_fn
        super().__init__(fn)

    def process_message(self, msg):
        if msg.type in ("sample", "param"):
            msg.infer.update(self.config_fn(msg))
