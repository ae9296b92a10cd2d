"""Random programs of all kinds."""

from tests.fuzz.models import random_model
from tests.fuzz.tensors import FORMS, random_tensor_program

KINDS = (*FORMS, "models")


def random_program(kind, seed):
    """Return the random program of a kind and a seed."""
    return random_model(seed) if kind == "models" else random_tensor_program(kind, seed)
