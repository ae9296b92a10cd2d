"""What of NumPyro's public interface is missing here, or is spelled otherwise: one table.

Needs an environment in which both libraries can be imported::

    python bench/compare_numpyro.py            # what differs
    python bench/compare_numpyro.py --later    # and names that are planned, or not meant to exist

Every public name of NumPyro's modules is looked up under the same path here.  Of functions and
classes the names, order and defaults of arguments are compared; of classes the public attributes
too, those of instances included for distributions that can be made of arguments alike.
"""

import argparse
import importlib
import inspect
import sys
import warnings
from dataclasses import dataclass

import numpy as np

MODULES = (
    "", "primitives", "handlers", "util", "diagnostics",
    "distributions", "distributions.constraints", "distributions.transforms",
    "distributions.distribution", "distributions.kl",
    "infer", "infer.util", "infer.initialization", "infer.inspect", "infer.reparam",
    "infer.hmc", "infer.hmc_util", "infer.mcmc", "infer.autoguide", "optim",
    "contrib.control_flow",
)  # fmt: skip
"""Paths below ``numpyro`` that are public there."""

OF_GIBBS = {"get_constrain_fn", "get_potential_fn", "refresh", "wrap_model"}
"""What NumPyro's composites of kernels ask of their parts; planned together with them."""

OF_JAX = {
    "jit_model_args", "tree_flatten", "tree_unflatten", "gather_pytree_data_fields",
    "gather_pytree_aux_fields", "pytree_aux_fields", "pytree_data_fields", "tree_structure",
    "vmap_over", "eval_shape", "soft_vmap", "while_loop", "fori_loop", "not_jax_tracer",
    "maybe_jit", "cached_by", "control_flow_prims_disabled", "progress_bar_factory",
    "find_stack_level", "identity", "is_prng_key", "optional", "nested_attrgetter", "lazy_property",
    "promote_shapes", "validate_sample", "DistributionMeta", "scale_and_mask",
    "check_model_guide_match", "default_process_message", "module", "mutable", "compat", "ops",
    "is_identically_one", "safe_normalize", "euclidean_kinetic_energy", "parametric",
    "parametric_draws", "consensus", "momentum_generator", "velocity_verlet", "IntegratorState",
    "TreeInfo", "AdaptWindow", "build_tree", "build_adaptation_schedule", "dual_averaging",
    "welford_covariance", "warmup_adapter", "find_reasonable_step_size", "sum_rightmost",
    "stateful", "is_ensemble_kernel", "cond", "supported_types", "max_sample_iter", "bijective",
    "KL_KUMARASWAMY_BETA_TAYLOR_ORDER", "extend_axis", "extend_axis_rev", "HMCAdaptState",
    "set_default_validate_args", "last_state", "post_warmup_state",
}  # fmt: skip
"""Names that belong to JAX, or to the inside of NumPyro, and mean nothing in NumPy."""


EYE, HALF, TWO, THREE = np.eye(3), np.full(3, 0.5), np.ones(2), np.ones(3)
COLUMN = np.full((4, 1), 2.0)
EXAMPLES = {
    "AsymmetricLaplace": (0.0, COLUMN, THREE), "AsymmetricLaplaceQuantile": (0.0, COLUMN, HALF),
    "BernoulliLogits": (THREE,), "BernoulliProbs": (HALF,), "Beta": (COLUMN, THREE),
    "BetaBinomial": (COLUMN, THREE, 5), "BetaNegativeBinomial": (3.0, COLUMN, THREE),
    "BetaProportion": (HALF, COLUMN), "BinomialLogits": (THREE, 5), "BinomialProbs": (HALF, 5),
    "CAR": (0.0, 0.5, 1.0, np.ones((3, 3)) - EYE), "CategoricalLogits": (np.ones((4, 3)),),
    "CategoricalProbs": (np.full((4, 4), 0.25),), "Cauchy": (THREE, COLUMN), "Chi2": (THREE,),
    "CirculantNormal": (THREE, np.array([2.0, 0.5, 0.5])), "Dagum": (THREE, COLUMN, 1.5),
    "Delta": (THREE,), "Dirichlet": (np.ones((4, 3)),), "DirichletMultinomial": (THREE, 4),
    "DiscreteUniform": (0, 5), "DoublyTruncatedPowerLaw": (-0.5, 1.0, COLUMN[:, 0] * 2),
    "ExpandedDistribution": ("dist.Normal(0.0, 1.0)", (3,)), "Exponential": (THREE,),
    "FoldedDistribution": ("dist.Normal(0.0, np.ones(3))",), "Gamma": (THREE, COLUMN),
    "GammaPoisson": (THREE, COLUMN),
    "GaussianCopula": ("dist.Normal(0.0, 1.0)", EYE), "GaussianCopulaBeta": (2.0, 2.0, EYE),
    "GaussianRandomWalk": (THREE, 5),
    "GaussianStateSpace": (4, np.eye(2), np.eye(2)), "GeometricLogits": (THREE,),
    "GeometricProbs": (HALF,), "Gompertz": (THREE, COLUMN), "Gumbel": (THREE, COLUMN),
    "HalfCauchy": (THREE,), "HalfNormal": (THREE,),
    "ImproperUniform": ("dist.constraints.positive", (3,), ()),
    "Independent": ("dist.Normal(np.zeros((4, 3)), 1.0)", 1), "InverseGamma": (THREE, COLUMN),
    "InverseWishart": (5.0, EYE), "Kumaraswamy": (THREE, COLUMN), "LKJ": (3, 1.0),
    "LKJCholesky": (3, 1.0), "Laplace": (THREE, COLUMN), "LeftTruncatedDistribution":
    ("dist.Normal(0.0, np.ones(3))", 0.0), "Levy": (THREE, COLUMN), "LogNormal": (THREE, COLUMN),
    "LogUniform": (0.5 * THREE, COLUMN), "Logistic": (THREE, COLUMN),
    "LowRankMultivariateNormal": (THREE, np.ones((3, 1)), THREE),
    "LowerTruncatedPowerLaw": (-2.0, THREE),
    "MaskedDistribution": ("dist.Normal(0.0, 1.0)", np.array([True, False])),
    "MatrixNormal": (np.zeros((4, 3)), np.eye(4), EYE),
    "MixtureGeneral": ("dist.Categorical(np.array([0.5, 0.5]))",
                       "[dist.Normal(0.0, 1.0), dist.Normal(1.0, 1.0)]"),
    "MixtureSameFamily": ("dist.Categorical(np.array([0.5, 0.5]))", "dist.Normal(np.ones(2), 1.0)"),
    "MultinomialLogits": (THREE, 4), "MultinomialProbs": (np.full(4, 0.25), 4),
    "MultivariateNormal": (np.zeros((5, 3)), EYE), "MultivariateStudentT":
    (5.0, np.zeros((5, 3)), EYE), "NegativeBinomial2": (THREE, COLUMN),
    "NegativeBinomialLogits": (3, THREE), "NegativeBinomialProbs": (3, HALF),
    "Normal": (THREE, COLUMN), "OrderedLogistic": (COLUMN, np.arange(3.0)),
    "Pareto": (THREE, COLUMN), "Poisson": (THREE,), "ProjectedNormal": (THREE,),
    "RelaxedBernoulliLogits": (1.0, THREE), "RightTruncatedDistribution":
    ("dist.Normal(0.0, np.ones(3))", 0.0), "SineBivariateVonMises": (0.0, 0.0, 2.0, 2.0, 1.0),
    "SineSkewed": ("dist.VonMises(np.zeros(2), 1.0).to_event(1)", np.array([0.1, 0.2])),
    "SoftLaplace": (THREE, COLUMN), "StudentT": (5.0, THREE, COLUMN),
    "TransformedDistribution":
    ("dist.LogNormal(0.0, np.ones(3))", "dist.transforms.AffineTransform(1.0, 2.0)"),
    "TruncatedPolyaGamma": ((3,),), "TwoSidedTruncatedDistribution":
    ("dist.Normal(0.0, np.ones(3))", 0.0, 1.0), "Uniform": (np.zeros(3), COLUMN),
    "VonMises": (THREE, COLUMN), "Weibull": (THREE, COLUMN), "Wishart": (5.0, EYE),
    "WishartCholesky": (5.0, EYE), "ZeroInflatedLogits": ("dist.Poisson(np.ones(3))", THREE),
    "ZeroInflatedPoisson": (HALF, COLUMN), "ZeroInflatedProbs": ("dist.Poisson(np.ones(3))", HALF),
    "ZeroSumNormal": (1.0, (3,)),
}  # fmt: skip
"""Arguments from which both libraries make a distribution; strings are code."""


MEANT = {
    "handlers.collapse": "takes the model and the names of sites",
    "distributions.MatrixNormal.log_prob": "the value is called value, as everywhere else",
    "util.fori_collect(transform)": "both defaults change nothing",
    "distributions.Distribution.support": "an attribute of the class",
    "distributions.distribution.Distribution.support": "an attribute of the class",
    "distributions.distribution.enable_validation": "stands in lightppl",
    "distributions.distribution.validation_enabled": "stands in lightppl",
    "distributions.ProjectedNormal(...).mean": "there a direction, not a mean",
    "distributions.SineSkewed(...).mean": "there the mean before skewing",
    "distributions.Levy(...).has_rsample": "has one here",
    "distributions.CAR(...).loc": "the whole batch and event here",
    "distributions.MultivariateNormal(...).covariance_matrix": "the whole batch and event here",
    "distributions.MultivariateNormal(...).precision_matrix": "the whole batch and event here",
    "distributions.MultivariateNormal(...).scale_tril": "the whole batch and event here",
    "distributions.MultivariateStudentT(...).covariance_matrix": "the whole batch and event here",
    "distributions.SoftLaplace(...).mean": "the whole batch and event here",
    "distributions.SoftLaplace(...).variance": "the whole batch and event here",
    "distributions.ImproperUniform(...).has_rsample": "cannot be drawn",
    "distributions.TruncatedPolyaGamma(...).has_rsample": "its draws have no derivative",
}
"""Differences that are meant, and why."""

INSIDE = {"base_dist", "transforms"}
"""Attributes of families that NumPyro happens to write as transformed distributions."""


@dataclass(frozen=True)
class Difference:
    """One row of the table."""

    place: str
    kind: str
    theirs: str
    ours: str = ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--later", action="store_true", help="list names that are planned too")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    found = [row for path in MODULES for row in compare_module(path)]
    found += [row for name, arguments in EXAMPLES.items() for row in compare_made(name, arguments)]
    found = [row for row in dict.fromkeys(found) if row.place not in MEANT]
    rows = [row for row in found if options.later or row.kind != "later"]
    print_table(rows)
    kinds = sorted({row.kind for row in found})
    print(", ".join(f"{kind}: {sum(r.kind == kind for r in found)}" for kind in kinds))
    return int(any(row.kind != "later" for row in rows))


def compare_module(path):
    """Yield the differences of one module."""
    theirs = importlib.import_module(f"numpyro.{path}".rstrip("."))
    try:
        ours = importlib.import_module(f"lightppl.{path}".rstrip("."))
    except ImportError as error:
        is_planned = "a later version" in str(error)
        yield Difference(path, "later" if is_planned else "no module", "", str(error))
        return
    for name in public_names(theirs):
        place = f"{path}.{name}".lstrip(".")
        try:
            mine = getattr(ours, name)
        except (AttributeError, ImportError) as error:
            is_planned = "a later version" in str(error)
            yield Difference(place, "later" if is_planned else "no name", name)
            continue
        yield from compare_objects(place, getattr(theirs, name), mine)


def public_names(module):
    """Return the names that a module offers: its ``__all__``, or what was defined in NumPyro."""
    listed = getattr(module, "__all__", None)
    if listed is None:
        listed = [
            name
            for name, value in vars(module).items()
            if not name.startswith("_")
            and getattr(value, "__module__", "") == module.__name__
        ]
    return sorted(set(listed) - OF_JAX - {"__version__"})


def compare_objects(place, theirs, ours):
    """Yield the differences of two functions or classes."""
    if inspect.isclass(theirs) or inspect.isfunction(theirs):
        yield from compare_signatures(place, theirs, ours)
    if not inspect.isclass(theirs):
        return
    for name in public_attributes(theirs):
        here = inspect.getattr_static(ours, name, None)
        there = inspect.getattr_static(theirs, name)
        if here is None:
            if place.split(".")[-1] not in EXAMPLES:
                yield Difference(f"{place}.{name}", "no attribute", type(there).__name__)
        elif inspect.isfunction(there) and inspect.isfunction(here):
            yield from compare_signatures(f"{place}.{name}", there, here)


def public_attributes(theirs):
    """Return the names that a class adds to its bases, or defines again."""
    private = OF_JAX | OF_GIBBS
    return sorted(n for n in vars(theirs) if not n.startswith("_") and n not in private)


def compare_signatures(place, theirs, ours):
    """Yield a row where the arguments differ in name, order or default; ours may have more."""
    try:
        there, here = parameters_of(theirs), parameters_of(ours)
    except (TypeError, ValueError):
        return
    takes_any = any(p.kind is p.VAR_KEYWORD for p in here.values())
    positional = [n for n, p in there.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    mine = [n for n, p in here.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    missing = [n for n in there if n not in here and not takes_any]
    if missing:
        yield Difference(place, "arguments", f"missing {', '.join(missing)}", ", ".join(here))
    elif mine[: len(positional)] != positional and not takes_any:
        yield Difference(place, "order", ", ".join(positional), ", ".join(mine))
    for name, parameter in there.items():
        if name in here and not same_default(parameter.default, here[name].default):
            theirs_text, ours_text = repr(parameter.default), repr(here[name].default)
            yield Difference(f"{place}({name})", "default", theirs_text, ours_text)


def compare_made(name, arguments):
    """Yield the differences of two distributions that were made of the same arguments."""
    theirs = make("numpyro", name, arguments)
    try:
        ours = make("lightppl", name, arguments)
    except Exception as error:  # whatever it is belongs into the table
        yield Difference(f"distributions.{name}(...)", "not made", "", str(error))
        return
    attributes = sorted(n for n in dir(theirs) if not n.startswith("_") and n not in OF_JAX)
    for attribute in attributes:
        place = f"distributions.{name}(...).{attribute}"
        try:
            there = getattr(theirs, attribute)
        except Exception:  # what NumPyro itself does not have
            continue
        try:
            here = getattr(ours, attribute)
        except Exception:
            if attribute not in INSIDE:
                yield Difference(place, "no attribute", type(there).__name__)
            continue
        if isinstance(there, (bool, tuple)) and there != here:
            yield Difference(place, "other value", str(there), str(here))
        elif hasattr(there, "shape") and not callable(there) and not same_shape(there, here):
            yield Difference(place, "other shape", str(np.shape(there)), str(np.shape(here)))


def same_shape(a, b):
    """Whether shapes agree, but for axes of length one in front, which NumPyro adds."""
    shapes = [np.shape(a), np.shape(b)]
    for i, shape in enumerate(shapes):
        while shape and shape[0] == 1:
            shape = shape[1:]
        shapes[i] = shape
    return shapes[0] == shapes[1]


def make(library, name, arguments):
    """Return a distribution; a string among the arguments is code in which `dist` is known."""
    dist = importlib.import_module(f"{library}.distributions")
    known = {"dist": dist, "np": np}
    values = [eval(x, known) if isinstance(x, str) else x for x in arguments]
    return getattr(dist, name)(*values)


def parameters_of(function):
    parameters = dict(inspect.signature(function).parameters)
    parameters.pop("self", None)
    kinds = (inspect.Parameter.VAR_POSITIONAL,)
    return {n: p for n, p in parameters.items() if p.kind not in kinds and n not in OF_JAX}


def same_default(a, b):
    empty = inspect.Parameter.empty
    if a is empty or b is empty:
        return a is b or b is not empty  # a default of ours harms nobody
    if callable(a) and callable(b):
        return getattr(a, "__name__", "") == getattr(b, "__name__", "")
    if isinstance(a, (list, tuple, dict, str, bool, type(None))):
        return a == b or (not a and not b)
    try:
        return bool(np.all(np.asarray(a) == np.asarray(b)))
    except (TypeError, ValueError):
        return type(a).__name__ == type(b).__name__


def print_table(rows):
    widths = [max((len(text) for text in column), default=0) for column in zip(*map(cells, rows))]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(cells(row), widths)).rstrip())


def cells(row):
    return row.kind, row.place, row.theirs[:60], row.ours[:60]


if __name__ == "__main__":
    sys.exit(main())
