"""What a sampler reports of each draw, said in one place: its columns.

Fields that users ask for, those they get unasked, statistics for summaries, the fields of the
sampler's state, and the sentence about a field that does not exist all come from a tuple of
`Column`.

Legend: ``N`` rows of a record; ``D`` dimension.
"""

import numpy as np

from lightppl.errors import LightPPLError
from lightppl.language.structure import map_leaves
from lightppl.records import record

DRAW = 0
"""The vector of a point that is the draw."""


@record
class Column:
    """One thing that a sampler reports.

    Parameters
    ----------
    name : str
        Under which users ask for it; dots make it a part of something.
    source : str, int or callable
        A field of the algorithm's `Info`; or a vector of the chain's point, reported by site; or
        ``source(chain, counts)``, which returns a structure of (N, ...) arrays: what was in force
        when `counts`, (N,) int64, transitions of this run were done.
    dtype : type
        Of a field of `Info`, which kernels report as a float.
    is_default : bool
        Whether it is reported without being asked for.
    is_statistic : bool
        Whether summaries and diagnostics use it.
    """

    name: str
    source: object
    dtype: type = float
    is_default: bool = False
    is_statistic: bool = False

    def rows(self, chain, num_rows):
        """Return what was reported of the first recorded draws, a structure of (N, ...) arrays.

        Parameters
        ----------
        chain : CompiledChain
        num_rows : int
        """
        record = chain.record
        if isinstance(self.source, str):
            k = chain.info_index(self.source)
            return record.info[:num_rows, k].astype(self.dtype)
        if self.source == DRAW:
            return chain.density.unflatten(record.q[:num_rows])
        if isinstance(self.source, int):
            e = record.which.tolist().index(self.source)
            return chain.density.unflatten(np.ascontiguousarray(record.vectors[:num_rows, e]))
        plan = chain.plan
        counts = plan.first_recorded + plan.thinning * np.arange(1, num_rows + 1)
        return self.source(chain, counts)

    def now(self, chain):
        """Return what is to be reported of the last transition.

        Parameters
        ----------
        chain : CompiledChain
        """
        if isinstance(self.source, str):
            return self.dtype(chain.last_info[chain.info_index(self.source)])
        if self.source == DRAW:
            return chain.density.unflatten(chain.point)
        if isinstance(self.source, int):
            return chain.density.unflatten(chain.vector(self.source).copy())
        found = self.source(chain, np.array([chain.num_done]))
        return map_leaves(lambda x: _scalar(x[0]), found)


def _scalar(x):
    """Return a number as Python's, an array as it is."""
    return x.item() if np.ndim(x) == 0 else x


def vectors_asked_for(columns, names):
    """Return which vectors of a point, besides the draw, have to be recorded for some fields.

    Parameters
    ----------
    columns : sequence of Column
    names : sequence of str

    Examples
    --------
    >>> vectors_asked_for([Column("z", 0), Column("r", 1), Column("z_grad", 3)], ["z.x", "r.x"])
    (1,)
    """
    vectors = [x for x in columns if isinstance(x.source, int) and x.source != DRAW]
    return tuple(x.source for x in vectors if any(_is_part(x.name, name) for name in names))


def _is_part(one, other):
    """Return whether one of two dotted names is a part of what the other names."""
    parts = one.split("."), other.split(".")
    length = min(map(len, parts))
    return parts[0][:length] == parts[1][:length]


def read_field(columns, name, read):
    """Return a field by its name, with dots for parts.

    Parameters
    ----------
    columns : sequence of Column
    name : str
        Of a column, of a part of one, as in "z.mu", or of what several columns are parts of.
    read : callable
        From a column to its values.

    Raises
    ------
    LightPPLError
        If there is no such field; names those that there are.
    """
    by_name = {column.name: column for column in columns}
    if name in by_name:
        return read(by_name[name])
    parts = {x: by_name[x] for x in by_name if x.startswith(f"{name}.")}
    if parts:
        return {x.removeprefix(f"{name}."): read(column) for x, column in parts.items()}
    for whole in (x for x in by_name if name.startswith(f"{x}.")):
        found = read(by_name[whole])
        for part in name.removeprefix(f"{whole}.").split("."):
            if not (isinstance(found, dict) and part in found):
                raise _unknown_field(columns, name)
            found = found[part]
        return found
    raise _unknown_field(columns, name)


def _unknown_field(columns, name):
    vectors = [x.name for x in columns if isinstance(x.source, int)]
    by_site = f"; {', '.join(vectors)} also by site, as in '{vectors[0]}.mu'" if vectors else ""
    return LightPPLError(
        f"extra_fields names {name!r}, which the sampler does not have. It has "
        f"{', '.join(x.name for x in columns)}{by_site}."
    )
