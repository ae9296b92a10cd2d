"""Public path of nested sampling; see `lightppl.infer.evidence.nested_sampling`."""

from lightppl.infer.evidence.nested_sampling import NestedSampler
from lightppl.reparam.uniform import UniformReparam

__all__ = ["NestedSampler", "UniformReparam"]
