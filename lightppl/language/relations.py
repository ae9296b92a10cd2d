"""Which site depends on which: for pictures of models, and for inference that splits them.

The model runs twice.  The first run gives every site a value.  In the second each value is
replaced by a traced array that remembers the names of the sites it was computed from; the log
density of a site then remembers the sites that it depends on.
"""

import numpy as np

from lightppl.language.checks import family_name
from lightppl.language.handlers import block, seed, trace
from lightppl.language.stack import Messenger
from lightppl.language.unused import unused_sites


def get_model_relations(model, model_args=(), model_kwargs=None):
    """Return which sites depend on which, and the plates, families and constraints of a model.

    Parameters
    ----------
    model : callable
    model_args, model_kwargs : tuple, dict

    Returns
    -------
    dict
        ``sample_sample`` and ``sample_param``: site -> the sites, or parameters, that it directly
        depends on; ``sample_dist``: site -> name of its family; ``param_constraint``: parameter ->
        constraint; ``plate_sample``: plate -> sites in it; ``observed``: names of observed sites.
        Deterministic sites count as sites of the family "Deterministic".

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model(y):
    ...     mu = lp.sample("mu", dist.Normal(0, 1))
    ...     with lp.plate("data", len(y)):
    ...         lp.sample("y", dist.Normal(mu, 1), obs=y)
    >>> relations = get_model_relations(model, (np.zeros(3),))
    >>> relations["sample_sample"]
    {'mu': [], 'y': ['mu']}
    >>> relations["plate_sample"]
    {'data': ['y']}
    """
    tr, origins = trace_origins(model, model_args, model_kwargs)
    nodes = [name for name, site in tr.items() if site.type in ("sample", "deterministic")]
    params = [name for name, site in tr.items() if site.type == "param"]
    plate_sample = {name: [] for name, site in tr.items() if site.type == "plate"}
    for name in nodes:
        for frame in tr[name].cond_indep_stack:
            plate_sample.setdefault(frame.name, []).append(name)
    return {
        "sample_sample": {name: [p for p in nodes if p in origins[name]] for name in nodes},
        "sample_param": {name: [p for p in params if p in origins[name]] for name in nodes},
        "sample_dist": {name: _family_of(tr[name]) for name in nodes},
        "param_constraint": {name: str(tr[name].kwargs.get("constraint")) for name in params},
        "plate_sample": {name: sites for name, sites in plate_sample.items() if sites},
        "observed": [name for name in nodes if tr[name].is_observed],
    }


def get_dependencies(model, model_args=(), model_kwargs=None):
    """Return which latent and observed sites depend on which, before and after observing.

    Parameters
    ----------
    model : callable
    model_args, model_kwargs : tuple, dict

    Returns
    -------
    dict of dict of dict
        ``prior_dependencies[d][u]`` exists when the density of site `d` depends on latent site `u`,
        or is `d`, in the order of the model.  ``posterior_dependencies[u][d]`` is the way back: it
        exists for each latent site `u` and each site `d`, not before `u`, that must be known to
        draw `u`, drawing in the reverse order of the model.  The value is the set of plates over
        which the dependence is full, each element on each other; over other plates that both
        sites share it is taken to be elementwise.

    Notes
    -----
    Deterministic sites, and sites of the family `Delta`, are looked through.

    References
    ----------
    Webb et al. (2018), "Faithful inversion of generative models for effective amortized inference".

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model():
    ...     a = lp.sample("a", dist.Normal(0, 1))
    ...     b = lp.sample("b", dist.Normal(0, 1))
    ...     lp.sample("c", dist.Normal(a + b, 1), obs=0.0)
    >>> found = get_dependencies(model)
    >>> found["prior_dependencies"]["c"]
    {'c': set(), 'a': set(), 'b': set()}
    >>> found["posterior_dependencies"]
    {'a': {'a': set(), 'b': set(), 'c': set()}, 'b': {'b': set(), 'c': set()}}
    """
    tr, direct = trace_origins(model, model_args, model_kwargs)
    sites = [name for name in tr if tr[name].type == "sample" and not _is_looked_through(tr[name])]
    latent = [name for name in sites if not tr[name].is_observed]
    above = {name: _samples_above(name, direct, tr) for name in sites}
    prior = {d: {d: set(), **{u: set() for u in latent if u in above[d] - {d}}} for d in sites}
    return {
        "prior_dependencies": prior,
        "posterior_dependencies": _invert(prior, latent, _plates_of(tr)),
    }


def _invert(prior, latent, plates):
    """Turn dependencies around, and join the latent sites that share a factor of the density."""
    inverse = {name: {} for name in latent}
    for d, upstream in prior.items():
        members = [name for name in latent if name in upstream]
        for i, u in enumerate(members):
            for later in members[i:]:
                across = inverse[u].setdefault(later, set())
                across |= plates[u] & plates[later] - plates[d]
            inverse[u].setdefault(d, set())
    return {u: {d: found[d] for d in prior if d in found} for u, found in inverse.items()}


def _plates_of(tr):
    return {name: {frame.name for frame in site.cond_indep_stack} for name, site in tr.items()}


def trace_origins(model, model_args=(), model_kwargs=None):
    """Return the trace of a model and, for each site, the names of sites that it directly depends
    on.

    Parameters
    ----------
    model : callable
    model_args, model_kwargs : tuple, dict

    Returns
    -------
    trace : Trace
        With plain values.
    origins : dict of str to frozenset of str
        For each sample and deterministic site.
    """
    model_args = () if model_args is None else model_args
    model_kwargs = {} if model_kwargs is None else model_kwargs
    with block(), unused_sites("ignore"):
        with _DrawAnything(), trace() as plain, seed(rng_seed=0):
            model(*model_args, **model_kwargs)
        with _RememberOrigins(plain) as remember, seed(rng_seed=0):
            model(*model_args, **model_kwargs)
    return plain, remember.origins


class _DrawAnything(Messenger):
    """Gives a site that cannot be drawn, of an improper prior, some value of its support."""

    def process_message(self, msg):
        if msg.type != "sample" or msg.value is not None:
            return
        try:
            msg.value = msg.fn(*msg.args, **msg.kwargs)
        except NotImplementedError:
            shape = tuple(msg.kwargs["sample_shape"]) + tuple(msg.fn.shape())
            msg.value = msg.fn.support.feasible_like(np.zeros(shape))


class _RememberOrigins(Messenger):
    """Give each site its value of an earlier trace, marked with the site's name."""

    def __init__(self, plain):
        # autograd takes a moment to load, and only few programs ask for relations
        from lightppl.language import origin

        self.origin = origin
        self.plain = plain
        self.origins = {}
        super().__init__()

    def process_message(self, msg):
        if msg.type in ("sample", "param") and msg.name in self.plain:
            msg.value = self.origin.mark(self.plain[msg.name].value, msg.name)
        elif msg.type == "plate" and msg.name in self.plain:
            msg.value = self.plain[msg.name].value

    def postprocess_message(self, msg):
        if msg.type == "sample":
            found = self.origin.origins_of(msg.fn.log_prob(msg.value)) - {msg.name}
        elif msg.type == "deterministic":
            found = self.origin.origins_of(msg.value)
            msg.value = self.origin.mark(self.plain[msg.name].value, msg.name)
        else:
            return
        self.origins[msg.name] = found


def _family_of(site):
    return family_name(site.fn) if site.type == "sample" else "Deterministic"


def _is_looked_through(site):
    return _family_of(site) in ("Deterministic", "Delta")


def _samples_above(name, direct, tr):
    """Return the sample sites above a site, looking through what only names a computed value."""
    found = set()
    for parent in direct[name]:
        if _is_looked_through(tr[parent]):
            found |= _samples_above(parent, direct, tr)
        else:
            found.add(parent)
    return found
