"""What `MCLMC` and `AdjustedMCLMC` share: their metric is diagonal, and a direction needs a plane.

Legend: ``D`` dimension; ``N`` rows of a record.
"""

import numpy as np

from lightppl.arguments import check_choice, check_flag, check_number
from lightppl.errors import ArgumentError, ModelError
from lightppl.infer.mcmc.columns import DRAW, Column
from lightppl.infer.mcmc.compiled import CompiledKernel
from lightppl.infer.mcmc.mass_matrix import (
    build_metric,
    check_inverse_mass,
    describe_metric,
    group_names,
)
from lightppl.kernels.isokinetic import INTEGRATORS
from lightppl.language.structure import map_leaves


def _num_transitions(chain, counts):
    return chain.offset + counts


def _inverse_mass_matrix(chain, counts):
    """The matrices in force, of windows that have ended and of now."""
    ends = [end for end, _ in chain.window_reports]
    matrices = [matrix for _, matrix in chain.window_reports]
    matrices.append(chain.kernel.inverse_mass_matrix_of(chain))
    index = np.searchsorted(ends, counts - 1, side="right")
    return map_leaves(lambda *x: np.stack(x)[index], *matrices)


COLUMNS = (
    Column("i", _num_transitions),
    Column("z", DRAW),
    Column("z_grad", 3),
    Column("potential_energy", "potential_energy"),
    Column("diverging", "diverging", bool, is_default=True, is_statistic=True),
    Column("energy_error", "energy_error"),
    Column("step_size", "step_size"),
    Column("adapt_state.step_size", "step_size"),
    Column("adapt_state.inverse_mass_matrix", _inverse_mass_matrix),
)
"""What both report; vectors of a point are those of `PhasePoint`: q, direction, unused, grad."""


class MicrocanonicalKernel(CompiledKernel):
    """A sampler that moves at constant speed in coordinates of a diagonal metric.

    Parameters
    ----------
    model, potential_fn, init_strategy, jit_compile
        As in `CompiledKernel`.
    step_size, length : float or None
        Where adaptation begins; None for what the dimension suggests.
    length_name : str
        How users call the length.
    inverse_mass_matrix : array or dict, optional
    adapt_step_size, adapt_length, adapt_mass_matrix : bool
    integrator : str
    """

    def __init__(
        self, model, potential_fn, init_strategy, jit_compile, *, step_size, length, length_name,
        inverse_mass_matrix, adapt_step_size, adapt_length, adapt_mass_matrix, integrator,
    ):  # fmt: skip
        super().__init__(model, potential_fn, init_strategy, jit_compile)
        self.step_size = _check_length(step_size, "step_size")
        self._length, self._length_name = _check_length(length, length_name), length_name
        self.inverse_mass_matrix = check_inverse_mass(inverse_mass_matrix)
        self.adapt_step_size = check_flag(adapt_step_size, "adapt_step_size")
        self.adapt_length = check_flag(adapt_length, f"adapt_{length_name}")
        self.adapt_mass_matrix = check_flag(adapt_mass_matrix, "adapt_mass_matrix")
        self.integrator = check_choice(integrator, "integrator", tuple(INTEGRATORS))

    def metric_of(self, density, state):
        """Return the diagonal `Metric` that the user asked for, or that of a state.

        Raises
        ------
        ModelError
            If there are fewer than two dimensions.
        ArgumentError
            If the matrix is not diagonal.
        """
        if density.size < 2:
            raise ModelError(
                f"{type(self).__name__} turns directions, and needs at least two dimensions. The "
                f"model has {density.size}. NUTS samples it."
            )
        metric, _ = build_metric(density, False, self._given_matrix(state))
        if len(metric.block_index) or metric.rank[0]:
            raise ArgumentError(
                f"inverse_mass_matrix of {type(self).__name__} must be diagonal: a vector, or a "
                "dict from tuples of site names to vectors, found a matrix."
            )
        return metric

    def inverse_mass_matrix_of(self, chain):
        """Return the inverse mass matrix of a chain by tuples of site names."""
        metric = self.metric_of(chain.density, chain.known)
        metric.diagonal[:] = chain.work.scale**2
        names = list(chain.density.slices)
        groups = group_names(names, False, self._given_matrix(chain.known))
        return describe_metric(chain.density, groups, metric)

    def window_report(self, chain):
        """Return the inverse mass matrix that was in force in a window."""
        return self.inverse_mass_matrix_of(chain)

    def describe(self, chain):
        """Return divergences and step size for the progress bar."""
        num_rows = chain.plan.num_rows_after(chain.num_done)
        divergences = chain.record.info[:num_rows, chain.info_index("diverging")]
        return (
            f"{np.count_nonzero(divergences)} divergences, step size {chain.state.step_size:.2e}"
        )

    def numbers_of(self, state):
        """Return step size and length where a chain begins, NaN for what is not known yet."""
        if state is None:
            given = self.step_size, self._length
        else:
            adapt_state, name = state.adapt_state, self._length_name
            given = (
                _check_known(adapt_state.step_size, "adapt_state.step_size"),
                _check_known(getattr(adapt_state, name), f"adapt_state.{name}"),
            )
        return tuple(np.nan if x is None else x for x in given)

    def _given_matrix(self, state):
        return self.inverse_mass_matrix if state is None else state.adapt_state.inverse_mass_matrix


def _check_length(value, name):
    return None if value is None else check_number(value, name, above=0)


def _check_known(value, name):
    """Return a length of a state as a float; NaN stands for one that nothing has chosen yet."""
    value = float(value)
    return value if np.isnan(value) else check_number(value, name, above=0)
