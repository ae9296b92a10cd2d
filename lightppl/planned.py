"""Names that scripts written for NumPyro import, and that do not exist here yet.

A script that needs one of them should learn so in one sentence, at the line that asks for it, and
not from "no attribute".  `PLANNED` is the only table: modules ask `refuse_planned` for the names
they lack, and `PlannedModules`, the last finder that Python tries, answers for whole modules.
"""

import sys

from lightppl.errors import NotYetError

_VARIATIONAL = "MCMC(NUTS(model), ...) infers the same model exactly"
_KERNELS = "docs/kernels lists the samplers that exist, and an MCMCKernel of your own is another"
_DISCRETE = "DiscreteHMCGibbs samples discrete sites, and a mixture distribution sums them out"
_GAUSSIAN_PROCESS = "a MultivariateNormal over the kernel matrix works, or a basis written out"

PLANNED = {
    "lightppl": {"optim": _VARIATIONAL},
    "lightppl.optim": _VARIATIONAL,
    "lightppl.infer": {
        **dict.fromkeys(
            (
                "ELBO", "RenyiELBO", "SVI", "TraceEnum_ELBO", "TraceGraph_ELBO",
                "TraceMeanField_ELBO", "Trace_ELBO", "autoguide", "elbo", "svi",
            ),
            _VARIATIONAL,
        ),
        "calibration": "simulate with Predictive, fit with MCMC, and compare ranks",
        "psis_diagnostic": "lightppl.diagnostics has Pareto k of leave-one-out",
    },
    "lightppl.infer.autoguide": _VARIATIONAL,
    "lightppl.infer.elbo": _VARIATIONAL,
    "lightppl.infer.svi": _VARIATIONAL,
    "lightppl.infer.reparam": {"NeuTraReparam": "LocScaleReparam or a dense mass matrix may do"},
    "lightppl.contrib": {
        "einstein": _VARIATIONAL,
        "funsor": _DISCRETE,
        "hsgp": _GAUSSIAN_PROCESS,
        "stochastic_support": _KERNELS,
    },
    "lightppl.contrib.einstein": _VARIATIONAL,
    "lightppl.contrib.funsor": _DISCRETE,
    "lightppl.contrib.hsgp": _GAUSSIAN_PROCESS,
    "lightppl.contrib.stochastic_support": _KERNELS,
    "lightppl.contrib.tfp": {"distributions": "lightppl.distributions has the families"},
    "lightppl.contrib.tfp.distributions": "lightppl.distributions has the families",
}  # fmt: skip
"""Module -> what to use meanwhile: one clause for all of it, or by name."""


def refuse_planned(module, name):
    """Raise the error for a name that a module does not have.

    Parameters
    ----------
    module, name : str

    Raises
    ------
    NotYetError
        If the name is planned; as an `ImportError` it is not swallowed by ``from ... import``.
    AttributeError
        If nobody has heard of it.
    """
    names = PLANNED.get(module)
    if isinstance(names, dict) and name in names:
        raise NotYetError(_sentence(f"{module}.{name}", names[name]))
    raise AttributeError(f"module {module!r} has no attribute {name!r}")


class PlannedModules:
    """A finder for ``sys.meta_path`` that knows modules which do not exist yet."""

    @staticmethod
    def find_spec(fullname, path=None, target=None):
        """Raise a `NotYetError` for a planned module, and leave all others to Python."""
        if not fullname.startswith("lightppl."):
            return None
        parts = fullname.split(".")
        for length in range(len(parts), 1, -1):
            clause = PLANNED.get(".".join(parts[:length]))
            if isinstance(clause, str):
                raise NotYetError(_sentence(fullname, clause))
        return None


def _sentence(name, clause):
    return f"{name} does not exist yet; it is planned for a later version. Until then, {clause}."


sys.meta_path.append(PlannedModules)
