"""Discrete sites of a model in flat arrays, and proposals for their elements.

Elements that meet in no term of the log density make a *group*: for each value of their supports
one call gives the potential energy of all of them.  A group of one element may have a function
that knows nothing of elements, such as the whole density.

Two rules propose a value.  The first needs the energies of all values of an element: it draws from
the conditional distribution.  The second, the random walk, draws uniformly from the support, and
needs two energies only.  Both may leave out the current value, which Liu (1996) calls the modified,
or Metropolized, Gibbs sampler: then a proposal has to be accepted.

Legend: ``D`` dimension; ``J`` sites; ``B`` groups; ``E`` elements of all sites; ``K`` values of an
element; ``V`` values in all supports that differ; ``U`` potential energy.

Reference: Liu (1996), "Peskun's theorem and a modified discrete-state Gibbs sampler".
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.target import call_address


class DiscreteSites(NamedTuple):
    """Discrete sites of one chain.

    Parameters
    ----------
    address : (J,) int64
        Of C functions like a potential, which write the energies of single elements where that
        writes its gradient.
    float_start, int_start : (J + 1,) int64
        Where the data of each function begin.
    float_data, int_data : float64 and int64 arrays
    group_site, group_start, group_size, group_values : (B,) int64
        Site, first element, number of elements, and largest number of values of one of them.
    element_group, element_place : (E,) int64
        The group of an element, and where it stands at the head of the workspace.
    value_start, num_values : (E,) int64
        Which of `values` an element can have.
    values : (V,) float64
    energies : (max(D, size of a group),) float64
        Scratch, as the rest.
    log_weights : (elements times values of a group,) float64
    before : (size of a group,) float64
    turns : (B,) int64
    """

    address: np.ndarray
    float_start: np.ndarray
    int_start: np.ndarray
    float_data: np.ndarray
    int_data: np.ndarray
    group_site: np.ndarray
    group_start: np.ndarray
    group_size: np.ndarray
    group_values: np.ndarray
    element_group: np.ndarray
    element_place: np.ndarray
    value_start: np.ndarray
    num_values: np.ndarray
    values: np.ndarray
    energies: np.ndarray
    log_weights: np.ndarray
    before: np.ndarray
    turns: np.ndarray


class Rule(NamedTuple):
    """How values are proposed.

    Parameters
    ----------
    random_walk : bool
        Uniformly from the support, instead of from the conditional distribution.
    modified : bool
        Never the current value.
    """

    random_walk: bool
    modified: bool


def make_discrete_sites(functions, orders, starts, supports, size):
    """Return the discrete sites of a chain.

    Parameters
    ----------
    functions : list of object
        One a site, with ``address``, ``float_data`` and ``int_data``; they must outlive the result.
    orders : list of (S, R) int64
        Elements of each site, those that are updated at once in a row.
    starts : list of int
        Where the elements of each site begin in the workspace.
    supports : list of list of (K,) float64
        Values of each element.
    size : int
        D.

    Returns
    -------
    DiscreteSites
    """
    groups = [(j, row) for j, order in enumerate(orders) for row in order]
    site, rows = [j for j, _ in groups], [row for _, row in groups]
    sizes = np.array([len(row) for row in rows], np.int64)
    owner = np.repeat(np.array(site, np.int64), sizes)
    element = np.concatenate([np.zeros(0, np.int64), *rows])
    found = [supports[j][e] for j, e in zip(owner, element)]
    distinct = list({id(x): x for x in found}.values())
    offsets = dict(zip(map(id, distinct), _starts([len(x) for x in distinct])))
    counts = np.array([len(x) for x in found], np.int64)
    begins = _starts(sizes)
    most = np.array([max(counts[a : a + n]) for a, n in zip(begins, sizes)], np.int64)
    floats = [np.ravel(f.float_data) for f in functions]
    ints = [np.ravel(f.int_data) for f in functions]
    return DiscreteSites(
        np.array([f.address for f in functions], np.int64),
        _starts([len(x) for x in floats], ends=True),
        _starts([len(x) for x in ints], ends=True),
        np.concatenate([np.zeros(0), *floats]),
        np.concatenate([np.zeros(0, np.int64), *ints]),
        np.array(site, np.int64),
        begins,
        sizes,
        most,
        np.repeat(np.arange(len(groups)), sizes),
        np.array(starts, np.int64)[owner] + element,
        np.array([offsets[id(x)] for x in found], np.int64),
        counts,
        np.concatenate(distinct),
        np.zeros(max(size, *sizes)),
        np.zeros(max(sizes * most)),
        np.zeros(max(sizes)),
        np.zeros(len(groups), np.int64),
    )


def _starts(counts, ends=False):
    """Return where pieces of these lengths begin, one after another; and where the last one ends.
    """
    bounds = np.concatenate([[0], np.cumsum(np.asarray(counts, np.int64))]).astype(np.int64)
    return bounds if ends else bounds[:-1]


@kernel
def evaluate_group(target, sites, q, b):
    """Evaluate the energies of the elements of a group at their current values.

    Parameters
    ----------
    target : Target
    sites : DiscreteSites
        Its `energies` are overwritten.
    q : (D or more,) float64
    b : int
        The group.
    """
    j = sites.group_site[b]
    U = call_address(
        sites.address[j],
        q,
        sites.energies,
        sites.float_data[sites.float_start[j] : sites.float_start[j + 1]],
        sites.int_data[sites.int_start[j] : sites.int_start[j + 1]],
        target.workspace,
    )
    if sites.group_size[b] == 1:
        sites.energies[0] = U


@kernel
def log_weight(energy):
    """Return the log density of a potential energy, -inf if that is not a number."""
    return -np.inf if np.isnan(energy) else -energy


@kernel
def weigh_values(target, sites, q, b, first, stop):
    """Write log weights of all values of some elements of a group, and put back what they were.

    Parameters
    ----------
    target : Target
    sites : DiscreteSites
        Its `log_weights` receive those of value k of element i, counted from `first`, at
        ``i K + k`` with K values of the group at most.
    q : (D or more,) float64
    b : int
        The group.
    first, stop : int
        Elements of the group, counted from its first one; the others keep their values.
    """
    K, start = sites.group_values[b], sites.group_start[b]
    for i in range(first, stop):
        sites.before[i] = target.workspace[sites.element_place[start + i]]
    for k in range(K):
        for i in range(first, stop):
            e = start + i
            if k < sites.num_values[e]:
                value = sites.values[sites.value_start[e] + k]
                target.workspace[sites.element_place[e]] = value
        evaluate_group(target, sites, q, b)
        for i in range(first, stop):
            is_value = k < sites.num_values[start + i]
            weight = log_weight(sites.energies[i]) if is_value else -np.inf
            sites.log_weights[(i - first) * K + k] = weight
    for i in range(first, stop):
        target.workspace[sites.element_place[start + i]] = sites.before[i]


@kernel
def value_index(sites, e, value):
    """Return which of its values an element has, -1 if none of them."""
    for k in range(sites.num_values[e]):
        if sites.values[sites.value_start[e] + k] == value:
            return k
    return -1


@kernel
def propose_uniformly(sites, rule, rng, e, current):
    """Return which value the random walk proposes for an element.

    Parameters
    ----------
    sites : DiscreteSites
    rule : Rule
    rng : numpy.random.Generator
        Gives one uniform.
    e, current : int
        The element, and which of its values it has.
    """
    count = sites.num_values[e]
    if not rule.modified or current < 0:
        return min(int(rng.random() * count), count - 1)
    if count == 1:
        return current
    k = min(int(rng.random() * (count - 1)), count - 2)
    return k + 1 if k >= current else k


@kernel
def propose_by_weight(log_weights, offset, count, current, rule, rng):
    """Return which value of an element is proposed given all their weights, and how to accept it.

    Parameters
    ----------
    log_weights : float64 array
        Those of the element are the `count` from `offset` on.
    offset, count : int
    current : int
        Which value the element has, -1 if none of these.
    rule : Rule
    rng : numpy.random.Generator
        Gives one uniform.

    Returns
    -------
    k : int
        `current` if nothing else is possible.
    log_ratio : float
        Logarithm of the Metropolis-Hastings ratio; 0 for a draw from the conditional.

    References
    ----------
    Liu (1996), sec. 2: a proposal is accepted with probability
    ``min(1, (1 - p[current]) / (1 - p[k]))``.
    """
    largest = -np.inf
    for k in range(count):
        largest = max(largest, log_weights[offset + k])
    u = rng.random()
    if largest == -np.inf:
        return current, 0.0
    leaves_out = current if rule.modified else -1
    total = 0.0
    for k in range(count):
        if k != leaves_out:
            total += np.exp(log_weights[offset + k] - largest)
    if total == 0.0:
        return current, 0.0
    chosen, rest = -1, u * total
    for k in range(count):
        weight = np.exp(log_weights[offset + k] - largest)
        if k == leaves_out or weight == 0.0:
            continue
        chosen = k
        rest -= weight
        if rest < 0.0:
            break
    if leaves_out < 0:
        return chosen, 0.0
    others = 0.0
    for k in range(count):
        if k != chosen:
            others += np.exp(log_weights[offset + k] - largest)
    return chosen, np.log(total) - np.log(others)
