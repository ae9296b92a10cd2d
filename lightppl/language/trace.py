"""What a run of a model leaves behind: a `Trace` of `Site` records."""

from dataclasses import dataclass

import numpy as np

from lightppl.errors import SiteNameError
from lightppl.language.stack import Message


@dataclass(eq=False, repr=False)
class Site(Message):
    """One statement of a model as it was recorded.

    The fields are those of `Message`; index by name works too (``site["value"]``).

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.handlers import trace
    >>> tr = trace(lambda: lp.sample("x", dist.Normal(0, 1), obs=2.0)).get_trace()
    >>> tr["x"].value, tr["x"]["is_observed"]
    (2.0, True)
    """

    @classmethod
    def of(cls, msg):
        """Return the record of a message that has its value."""
        site = object.__new__(cls)
        site.__dict__.update(msg.copy().__dict__)
        return site

    @property
    def is_latent(self):
        """Whether this is a sample site that inference has to find a value for."""
        return self.type == "sample" and not self.is_observed

    @property
    def expected_shape(self):
        """``sample_shape + batch_shape + event_shape`` of a sample site."""
        return self.expected_batch_shape + tuple(self.fn.event_shape)

    @property
    def expected_batch_shape(self):
        """``sample_shape + batch_shape`` of a sample site."""
        return tuple(self.kwargs.get("sample_shape", ())) + tuple(self.fn.batch_shape)

    @property
    def value_batch_shape(self):
        """Shape of the value of a sample site, less its event."""
        shape = np.shape(self.value)
        return shape[: max(len(shape) - len(self.fn.event_shape), 0)]

    @property
    def log_prob_shape(self):
        """Shape of the log density of a sample site: batch and value, less its event, together."""
        return np.broadcast_shapes(self.expected_batch_shape, self.value_batch_shape)

    def log_prob(self, value=None):
        """Return the log density of a sample site, masked but not scaled.

        Parameters
        ----------
        value : array, optional
            Default the recorded value.
        """
        fn = self.fn if self.mask is None else self.fn.mask(self.mask)
        return fn.log_prob(self.value if value is None else value)


class Trace(dict):
    """Sites of one run by name, in the order in which they were reached.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.handlers import trace
    >>> tr = trace(lambda: lp.sample("x", dist.Normal(0, 1))).get_trace()
    >>> tr
    Trace(x)
    >>> list(tr.latent)
    ['x']
    """

    def record(self, msg):
        """Enter the record of a message.

        Raises
        ------
        SiteNameError
            If a sample or deterministic site, or one of another type, already has this name.
        """
        earlier = self.get(msg.name)
        if earlier is not None:
            is_unique = msg.type in ("sample", "deterministic")
            if is_unique or earlier.type != msg.type:
                raise SiteNameError(
                    f"Site {msg.name!r} appears twice: as a {earlier.type} site and again as a "
                    f"{msg.type} site. Give each its own name, for example with handlers.scope "
                    "or an f-string."
                )
        self[msg.name] = Site.of(msg)

    @property
    def latent(self):
        """The sample sites that are not observed."""
        return self.select(lambda site: site.is_latent)

    @property
    def observed(self):
        """The observed sample sites."""
        return self.select(lambda site: site.type == "sample" and site.is_observed)

    def select(self, predicate):
        """Return the sites for which ``predicate(site)`` holds, as a Trace."""
        return Trace((name, site) for name, site in self.items() if predicate(site))

    def values_of(self, site_type):
        """Return ``{name: value}`` of the sites of one type."""
        return {name: site.value for name, site in self.items() if site.type == site_type}

    def copy(self):
        return Trace((name, site.copy()) for name, site in self.items())

    def format_shapes(self, *, compute_log_prob=False, title="Trace Shapes:", last_site=None):
        """Return a table of shapes, see `format_shapes`."""
        return format_shapes(
            self, compute_log_prob=compute_log_prob, title=title, last_site=last_site
        )

    def __repr__(self):
        return f"Trace({', '.join(str(name) for name in self)})"


def format_shapes(trace, *, compute_log_prob=False, title="Trace Shapes:", last_site=None):
    """Return a table of the shapes of all sites in a trace.

    Batch sizes stand to the left of ``|``, event sizes to the right.

    Parameters
    ----------
    trace : Trace
    compute_log_prob : bool or callable
        Add the shape of the log density of sample sites; a callable takes a site and says whether.
    title : str
    last_site : str, optional
        Stop after this site.

    Returns
    -------
    str

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.handlers import trace
    >>> def model():
    ...     with lp.plate("data", 3):
    ...         lp.sample("x", dist.Normal(0, 1))
    >>> print(format_shapes(trace(model).get_trace()))
    Trace Shapes:
     Param Sites:
    Sample Sites:
       data plate 3 |
           x dist 3 |
            value 3 |
    """
    rows = [(title, (), None), ("Param Sites:", (), None)]
    rows += [
        (name, np.shape(site.value), None)
        for name, site in _until(trace, last_site)
        if site.type == "param"
    ]
    rows.append(("Sample Sites:", (), None))
    for name, site in _until(trace, last_site):
        if site.type == "sample":
            rows.extend(_sample_rows(name, site, compute_log_prob))
        elif site.type == "plate":
            rows.append((f"{name} plate", np.shape(site.value), ()))
    return _align(rows)


def _until(trace, last_site):
    for name, site in trace.items():
        yield name, site
        if name == last_site:
            return


def _sample_rows(name, site, compute_log_prob):
    """Yield (label, batch shape, event shape) of a distribution, its value and log density."""
    event_shape = tuple(site.fn.event_shape)
    shape = np.shape(site.value)
    batch_ndim = max(len(shape) - len(event_shape), 0)
    yield f"{name} dist", site.expected_batch_shape, event_shape
    yield "value", shape[:batch_ndim], shape[batch_ndim:]
    if compute_log_prob(site) if callable(compute_log_prob) else compute_log_prob:
        yield "log_prob", np.shape(site.log_prob()), ()


def _align(rows):
    """Align rows at the bar: labels and batch sizes to its left, event sizes to its right."""
    label_width = max(len(label) for label, _, _ in rows)
    num_left = max(len(left) for _, left, _ in rows)
    sizes = [size for _, left, right in rows for size in (*left, *(right or ()))]
    width = max((len(str(size)) for size in sizes), default=1)
    lines = []
    for label, left, right in rows:
        cells = [label.rjust(label_width), *[" " * width] * (num_left - len(left))]
        cells += [str(size).rjust(width) for size in left]
        if right is not None:
            cells += ["|", *[str(size).rjust(width) for size in right]]
        lines.append(" ".join(cells).rstrip())
    return "\n".join(lines)
