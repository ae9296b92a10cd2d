"""The handler that integrates latent sites out in closed form: collapse."""

import numpy as np

from lightppl.autodiff import is_traced
from lightppl.distributions import MaskedDistribution
from lightppl.distributions.unwrapping import split_wrappers
from lightppl.errors import ModelError
from lightppl.language.checks import check_observed_value, expanded_shape
from lightppl.language.conjugacy import PAIRS, SCALED, Evidence, log_marginal
from lightppl.language.primitives import factor
from lightppl.language.stack import Message, Messenger, apply_stack, current_stack
from lightppl.language.trace import Site
from lightppl.settings import is_validation_enabled


class collapse(Messenger):
    """Integrate latent sites out exactly, where their prior is conjugate to what is observed.

    A collapsed site is not drawn and not inferred.  It and the observations under it are hidden
    from the handlers outside; in their place stands a factor ``<name>_collapsed``, the log density
    of the observations with the site integrated out.  Conjugate are

    ==========  ======================================================  ==========================
    site        observed under it                                       the site enters as
    ==========  ======================================================  ==========================
    Normal      Normal                                                  ``loc = a * x + b``
    Beta        Bernoulli, Binomial                                     ``probs = x``
    Gamma       Poisson, Exponential                                    ``rate = a * x``
    Dirichlet   Categorical                                             ``probs = x``
    ==========  ======================================================  ==========================

    where ``a`` and ``b`` may depend on other latent sites, and ``x`` may be indexed, reshaped and
    repeated.  Latent sites of other families stay as they are.

    Parameters
    ----------
    fn : callable, optional
    sites : sequence of str, optional
        Names of the sites to collapse; default every latent site of a family in the table.

    Raises
    ------
    ModelError
        If a collapsed site is used in another way.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.handlers import trace
    >>> def model():
    ...     p = lp.sample("p", dist.Beta(1.0, 1.0))
    ...     lp.sample("y", dist.Bernoulli(p), obs=1)
    >>> tr = trace(collapse(model)).get_trace()
    >>> list(tr), float(np.exp(tr["p_collapsed"].log_prob()))
    (['p_collapsed'], 0.5)
    """

    def __init__(self, fn=None, sites=None):
        self.sites = None if sites is None else frozenset(sites)
        super().__init__(fn)

    def __enter__(self):
        # One run's undrawn sites are kept apart, so that threads can share a collapsed model.
        _Collapsing(self).__enter__()
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        own = [h for h in current_stack() if isinstance(h, _Collapsing) and h.owner is self]
        own[-1].__exit__(exc_type, exc_value, traceback)
        if exc_type is None and current_stack():
            for site in own[-1].undrawn:
                site.add_factor()


class _Collapsing(Messenger):
    """One run of a model under `collapse`."""

    def __init__(self, owner):
        # autograd takes a moment to load, and only few programs collapse
        from lightppl.language import affine

        self.affine = affine
        self.owner = owner
        self.undrawn = []
        super().__init__()

    def process_message(self, msg):
        if msg.type == "deterministic":
            msg.stop = self.affine.affine_node_of(msg.value) is not None
        if msg.type != "sample":
            return
        base, mask = unwrap_masked(msg.fn)
        nodes = self._undrawn_parameters(base)
        if msg.is_observed and nodes:
            self._observe(msg, base, mask, nodes)
        elif nodes:
            _refuse(msg, nodes, "is not observed: only observations can be collapsed into")
        elif not msg.is_observed and msg.value is None and self._is_chosen(msg, base):
            self._leave_undrawn(msg, base)

    def _is_chosen(self, msg, base):
        sites = self.owner.sites
        is_named = sites is None or msg.name in sites
        return is_named and type(base) in PAIRS and msg.mask is None

    def _undrawn_parameters(self, base):
        parameters = {name: getattr(base, name, None) for name in base.arg_constraints}
        nodes = {name: self.affine.affine_node_of(x) for name, x in parameters.items()}
        return {
            name: node
            for name, node in nodes.items()
            if node is not None and node.site in self.undrawn
        }

    def _leave_undrawn(self, msg, base):
        fn = msg.fn.expand(_batch_shape_with_plates(msg))
        site = UndrawnSite(msg.name, base, fn.shape(), [])
        self.undrawn.append(site)
        prototype = base.support.feasible_like(np.zeros(fn.shape()))
        msg.value = self.affine.undrawn_value(site, prototype)
        msg.stop = True

    def _observe(self, msg, base, mask, nodes):
        (parameter, node), *others = nodes.items()
        family = type(node.site.prior)
        allowed = PAIRS[family][1]
        if others or allowed.get(type(base)) != parameter:
            _refuse(msg, nodes, f"is a {type(base).__name__}, not conjugate to {family.__name__}")
        if node.lost_at is not None:
            _refuse(msg, nodes, f"depends on it through {node.lost_at}")
        allowed_parts = SCALED.get(family, ())
        for part in ("coef", "offset"):
            if getattr(node, part) is not None and part not in allowed_parts:
                _refuse(msg, nodes, "depends on it scaled or shifted")
        if msg.scale is not None:
            _refuse(msg, nodes, "has a scaled log density, as in a subsampled plate")
        if is_validation_enabled():
            check_observed_value(Site.of(msg))
        shape = _batch_shape_with_plates(msg) + tuple(msg.fn.event_shape)
        extra = node.site.prior.event_dim  # of the parameter, beyond one observation
        index_shape = shape + np.shape(node.index)[np.ndim(node.index) - extra :]
        masks = [m for m in (mask, _with_event_dims(msg.mask, msg.fn)) if m is not None]
        counts = np.logical_and.reduce(np.broadcast_arrays(*masks)) if masks else True
        evidence = Evidence(
            base,
            msg.value if extra == 0 else np.broadcast_to(msg.value, shape),
            counts if counts is True or extra == 0 else counts[..., None],
            np.broadcast_to(node.index, index_shape),
            node.coef,
            node.offset,
        )
        node.site.evidence.append(evidence)
        msg.stop = True


class UndrawnSite:
    """A site that is integrated out: its prior, its shape, and what is observed under it."""

    def __init__(self, name, prior, shape, evidence):
        self.name, self.prior, self.shape, self.evidence = name, prior, shape, evidence

    def add_factor(self):
        """Add the log density of the evidence to the model around."""
        if self.evidence:
            factor(f"{self.name}_collapsed", log_marginal(self.prior, self.shape, self.evidence))


def unwrap_masked(fn):
    """Return the family inside of wrappers, and the masks of the wrappers as one array or None."""
    family, wrappers = split_wrappers(fn)
    masks = [_with_event_dims(w._mask, w) for w in wrappers if isinstance(w, MaskedDistribution)]
    return family, np.logical_and.reduce(np.broadcast_arrays(*masks)) if masks else None


def _with_event_dims(mask, fn):
    if mask is None:
        return None
    if is_traced(mask):
        raise ModelError("handlers.collapse needs masks that do not depend on latent values.")
    mask = np.asarray(mask, dtype=bool)
    return mask.reshape(mask.shape + (1,) * len(fn.event_shape))


def _batch_shape_with_plates(msg):
    """Return the batch shape that a site will have inside the plates outside of this handler."""
    shape = tuple(msg.kwargs.get("sample_shape", ())) + tuple(msg.fn.batch_shape)
    around = apply_stack(Message("inspect", None, lambda: None, value=False), depth=msg.depth)
    for frame in around.cond_indep_stack:
        shape = expanded_shape(msg.name, msg.fn, shape, frame, around.cond_indep_stack)
    return shape


def _refuse(msg, nodes, reason):
    name = next(iter(nodes.values())).site.name
    raise ModelError(
        f"Site {name!r} cannot be collapsed: site {msg.name!r} {reason}. Name the sites to "
        "collapse in handlers.collapse(sites=[...]), or leave this part of the model outside of it."
    )
