"""Warmup of a Hamiltonian sampler as two functions: what is known first, and after each iteration.

References
----------
Stan Reference Manual, "Automatic parameter tuning"; Hoffman and Gelman (2014), "The no-U-turn
sampler", sec. 3.2.
"""

from typing import NamedTuple

import numpy as np

from lightppl.arguments import check_count, check_flag, check_number
from lightppl.errors import ArgumentError
from lightppl.infer.building_blocks.dual_averaging import dual_averaging
from lightppl.infer.building_blocks.mass import map_blocks, mass_matrix_roots
from lightppl.infer.building_blocks.schedule import build_adaptation_schedule
from lightppl.infer.building_blocks.vectors import flatten
from lightppl.infer.building_blocks.welford import welford_covariance
from lightppl.infer.mcmc.mass_matrix import check_dense_mass, group_names
from lightppl.random import as_key, split


class HMCAdaptState(NamedTuple):
    """What warmup has learned so far, and what it needs to go on.

    Attributes
    ----------
    step_size : float
    inverse_mass_matrix : array, or dict of tuple of str to array
    mass_matrix_sqrt, mass_matrix_sqrt_inv : of the same form
        L with L L^T = M, and its inverse.
    ss_state : tuple
        Of `dual_averaging`.
    mm_state : tuple, or dict of tuple of str to tuple
        Of `welford_covariance`.
    window_idx : int
    rng_key : Key
    """

    step_size: object
    inverse_mass_matrix: object
    mass_matrix_sqrt: object = None
    mass_matrix_sqrt_inv: object = None
    ss_state: object = None
    mm_state: object = None
    window_idx: object = None
    rng_key: object = None


def warmup_adapter(
    num_adapt_steps,
    find_reasonable_step_size=None,
    adapt_step_size=True,
    adapt_mass_matrix=True,
    dense_mass=False,
    target_accept_prob=0.8,
    regularize_mass_matrix=True,
):
    """Return functions that start warmup and that learn from one iteration.

    Parameters
    ----------
    num_adapt_steps : int
    find_reasonable_step_size : callable, optional
        ``(step_size, inverse_mass_matrix, z_info, rng_key)`` to a step size, asked at the start and
        after each slow window.  By default the step size stays as it is then.
    adapt_step_size, adapt_mass_matrix : bool
    dense_mass : bool or list of tuples of str
        Without an `inverse_mass_matrix` that tells: True for one dense matrix, tuples of site names
        for dense blocks of a position that is a dict.
    target_accept_prob : float
        In (0, 1).
    regularize_mass_matrix : bool

    Returns
    -------
    init_fn : callable
        ``(z_info, rng_key, step_size=1.0, inverse_mass_matrix=None, mass_matrix_size=None)`` to
        `HMCAdaptState`; `z_info` begins with the position.
    update_fn : callable
        ``(t, accept_prob, z_info, state)`` to the `HMCAdaptState` after iteration t, counted from
        0; the last one puts the averaged step size in force.

    References
    ----------
    Stan Reference Manual, "Automatic parameter tuning".

    Examples
    --------
    >>> init_fn, update_fn = warmup_adapter(100)
    >>> state, rng = init_fn((np.zeros(2),), 0), np.random.default_rng(0)
    >>> for t in range(100):
    ...     state = update_fn(t, 0.8, (rng.normal(0.0, [1.0, 3.0]),), state)
    >>> (state.inverse_mass_matrix[1] > 4 * state.inverse_mass_matrix[0]).item()
    True
    """
    num_adapt_steps = check_count(num_adapt_steps, "num_adapt_steps")
    adapt_step_size = check_flag(adapt_step_size, "adapt_step_size")
    adapt_mass_matrix = check_flag(adapt_mass_matrix, "adapt_mass_matrix")
    target = check_number(target_accept_prob, "target_accept_prob", above=0, below=1)
    dense_mass = check_dense_mass(dense_mass, "dense_mass")
    regularize = check_flag(regularize_mass_matrix, "regularize_mass_matrix")
    search = find_reasonable_step_size or (lambda step_size, *_: step_size)
    start_averaging, update_averaging = dual_averaging()
    windows = build_adaptation_schedule(num_adapt_steps)

    def init_fn(z_info, rng_key, step_size=1.0, inverse_mass_matrix=None, mass_matrix_size=None):
        """Return what is known before the first iteration."""
        key, used = split(as_key(rng_key))
        inverse = inverse_mass_matrix
        if inverse is None:
            inverse = _unit_metric(z_info[0], mass_matrix_size)
        step_size = check_number(step_size, "step_size", above=0)
        if adapt_step_size:
            step_size = search(step_size, inverse, z_info, used)
        roots = mass_matrix_roots(inverse)
        ss_state = start_averaging(np.log(10.0 * step_size))  # mu of the paper's sec. 3.2.1
        mm_state = map_blocks(_start_moments, inverse)
        return HMCAdaptState(step_size, inverse, *roots, ss_state, mm_state, 0, key)

    def _unit_metric(z, size):
        if not isinstance(dense_mass, list):
            size = len(flatten(z)) if size is None else size
            return np.eye(size) if dense_mass else np.ones(size)
        matrices = {}
        for key, is_dense in group_names(z, dense_mass).items():
            size = len(flatten(tuple(z[name] for name in key)))
            matrices[key] = np.eye(size) if is_dense else np.ones(size)
        return matrices

    def update_fn(t, accept_prob, z_info, state):
        """Return what is known after iteration t."""
        window = state.window_idx
        if not 0 <= t < num_adapt_steps:
            raise ArgumentError(
                f"Warmup has iterations 0 to {num_adapt_steps - 1}, found t={t}."
            )
        is_slow = adapt_mass_matrix and 0 < window < len(windows) - 1
        is_end = t == windows[window].end
        key, used = split(state.rng_key)
        state = state._replace(window_idx=window + is_end, rng_key=key)
        if adapt_step_size:
            state = _with_step(state, accept_prob, is_last=t == num_adapt_steps - 1)
        if is_slow:
            state = state._replace(mm_state=_with_draw(state, z_info[0]))
        if is_end and 0 < window < len(windows) - 1:
            if is_slow:
                state = _with_metric(state)
            if adapt_step_size:
                found = search(state.step_size, state.inverse_mass_matrix, z_info, used)
                averaging = start_averaging(np.log(10.0 * found))
                state = state._replace(step_size=found, ss_state=averaging)
        return state

    def _with_step(state, accept_prob, is_last):
        averaging = update_averaging(target - accept_prob, state.ss_state)
        step_size = np.exp(averaging[1] if is_last else averaging[0])
        return state._replace(ss_state=averaging, step_size=max(step_size, SMALLEST_STEP_SIZE))

    def _with_draw(state, z):
        if not isinstance(state.mm_state, dict):
            _, update, _ = welford_covariance(diagonal=state.mm_state[1].ndim == 1)
            return update(flatten(z), state.mm_state)
        found = {}
        for key, moments in state.mm_state.items():
            _, update, _ = welford_covariance(diagonal=moments[1].ndim == 1)
            found[key] = update(flatten(tuple(z[name] for name in key)), moments)
        return found

    def _with_metric(state):
        blocks = state.mm_state if isinstance(state.mm_state, dict) else {None: state.mm_state}
        found = {}
        for key, moments in blocks.items():
            _, _, finish = welford_covariance(diagonal=moments[1].ndim == 1)
            found[key] = finish(moments, regularize=regularize)
        parts = [{key: x[part] for key, x in found.items()} for part in range(3)]
        if None in found:
            parts = [part[None] for part in parts]
        moments = map_blocks(_start_moments, parts[0])
        return HMCAdaptState(state.step_size, *parts, state.ss_state, moments, *state[6:])

    return init_fn, update_fn


def _start_moments(matrix):
    start, _, _ = welford_covariance(diagonal=matrix.ndim == 1)
    return start(len(matrix))


SMALLEST_STEP_SIZE = float(np.finfo(np.float64).tiny)
