"""Handlers that decide the values of sites: condition, uncondition, do, substitute, lift."""


from lightppl.errors import LightPPLWarning
from lightppl.language.primitives import as_observation
from lightppl.language.stack import Messenger, apply_stack, current_stack
from lightppl.language.unused import account_of
from lightppl.user_line import warn


class _ValueGiver(Messenger):
    """A handler that holds values by site name, or a function that makes them.

    Parameters
    ----------
    fn : callable or None
    data : dict or None
    data_fn : callable or None
        ``data_fn(site)`` returns a value or None.
    """

    site_types = ("sample",)

    def __init__(self, fn, data, data_fn, data_fn_name):
        if (data is None) == (data_fn is None):
            raise TypeError(f"{type(self).__name__} takes either data or {data_fn_name}.")
        self.data = data
        self.data_fn = data_fn
        super().__init__(fn)

    def __enter__(self):
        super().__enter__()
        if self.data:
            account_of(self, self.data)
        return self

    def value_for(self, msg):
        """Return the value held for a site, or None."""
        is_in_reach = msg.type in self.site_types
        if self.data is None:
            return self.data_fn(msg) if is_in_reach else None
        if self.data:
            account_of(self, self.data).meet(msg, is_in_reach and msg.name in self.data)
        return self.data.get(msg.name) if is_in_reach else None


class condition(_ValueGiver):
    """Observe sample sites: they take the given values and count as observed.

    Conditions on different sites can be nested in any order.

    Parameters
    ----------
    fn : callable, optional
    data : dict
        Values by site name.
    condition_fn : callable
        Instead of `data`: ``condition_fn(site)`` returns a value or None.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model():
    ...     return lp.sample("x", dist.Normal(0, 1))
    >>> condition(model, {"x": 2.0})()
    2.0
    """

    def __init__(self, fn=None, data=None, condition_fn=None):
        super().__init__(fn, data, condition_fn, "condition_fn")

    def process_message(self, msg):
        value = self.value_for(msg)
        if value is not None:
            msg.value = as_observation(msg.name, value)
            msg.is_observed = True


class substitute(_ValueGiver):
    """Give sites values without observing them.

    Parameters
    ----------
    fn : callable, optional
    data : dict
        Values by name of sample, param, deterministic and plate sites.
    substitute_fn : callable
        Instead of `data`: ``substitute_fn(site)`` returns a value or None.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model():
    ...     return lp.sample("x", dist.Normal(0, 1)) + lp.param("a", 1.0)
    >>> float(substitute(model, {"x": 2.0, "a": 3.0})())
    5.0
    """

    site_types = ("sample", "param", "deterministic", "plate")

    def __init__(self, fn=None, data=None, substitute_fn=None):
        super().__init__(fn, data, substitute_fn, "substitute_fn")

    def process_message(self, msg):
        value = self.value_for(msg)
        if value is not None:
            msg.value = value


class do(_ValueGiver):
    """Intervene on sample sites, in the sense of Pearl.

    The statements that follow see the given value.  The site itself is cut off from them: it is
    still drawn, or observed, from its own distribution, so that `condition` outside of `do`
    observes what happened while `do` asks what would have happened.

    Parameters
    ----------
    fn : callable, optional
    data : dict
        Values by site name.

    References
    ----------
    Pearl (2009), "Causality", chapters 3 and 7; Richardson and Robins (2013), "Single world
    intervention graphs", for the split of a site in two.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model():
    ...     x = lp.sample("x", dist.Normal(0, 1))
    ...     return lp.deterministic("y", 2 * x)
    >>> do(model, {"x": 10.0})()
    20.0
    """

    def __init__(self, fn=None, data=None):
        super().__init__(fn, data, None, "nothing else")

    def process_message(self, msg):
        value = self.value_for(msg)
        if value is None:
            return
        if "_intervened" in msg.infer:
            warn(
                f"Site {msg.name!r} is intervened on twice; the inner value is the one that the "
                "statements after it see.",
                LightPPLWarning,
            )
            return
        factual = msg.copy()
        factual.infer["_intervened"] = True
        apply_stack(factual, depth=msg.depth)
        # Handlers inside of this one see the split site under a name of its own.
        msg.name = f"{msg.name}__CF"
        msg.value = as_observation(msg.name, value)
        msg.is_observed = True
        msg.stop = True


class uncondition(Messenger):
    """Draw observed sites instead of using their observations; `factor` terms stay.

    Parameters
    ----------
    fn : callable, optional

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model():
    ...     return lp.sample("x", dist.Normal(0, 1), obs=100.0)
    >>> bool(uncondition(model)() < 100)
    True
    """

    def process_message(self, msg):
        # A factor is an observed site whose event is empty: there is nothing to draw.
        if msg.type != "sample" or not msg.is_observed or 0 in msg.fn.event_shape:
            return
        msg.infer["was_observed"] = True
        msg.infer["obs"] = msg.value
        msg.is_observed = False
        msg.value = None


class lift(Messenger):
    """Turn `param` sites into sample sites with a prior; one drawn value for each name.

    Parameters
    ----------
    fn : callable, optional
    prior : Distribution or dict
        For all parameters, or by name; parameters without a prior stay.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.handlers import trace
    >>> def model():
    ...     return lp.param("a", 1.0)
    >>> trace(lift(model, {"a": dist.Normal(0, 1)})).get_trace()["a"].type
    'sample'
    """

    def __init__(self, fn=None, prior=None):
        if prior is None:
            raise TypeError("lift needs a prior: a distribution, or a dict of them by name.")
        self.prior = prior
        super().__init__(fn)

    def __enter__(self):
        # One run's draws are kept apart, so that threads can share a lifted model.
        _Lifting(self).__enter__()
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        own = [h for h in current_stack() if isinstance(h, _Lifting) and h.owner is self]
        own[-1].__exit__(exc_type, exc_value, traceback)


class _Lifting(Messenger):
    """One run of a model under `lift`: a parameter that is named again keeps its value."""

    def __init__(self, owner):
        self.owner = owner
        self.lifted = {}
        super().__init__()

    def process_message(self, msg):
        if msg.type != "param":
            return
        prior = self.owner.prior
        prior = prior.get(msg.name) if isinstance(prior, dict) else prior
        if prior is None:
            return
        msg.type = "sample"
        msg.fn = prior
        msg.args = ()
        msg.kwargs = {"rng_key": None, "sample_shape": ()}
        if msg.name in self.lifted:
            msg.value, msg.is_observed, msg.stop = self.lifted[msg.name].value, True, True
        else:
            self.lifted[msg.name] = msg
