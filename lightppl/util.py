"""Public path of small tools and of switches of the process."""

from lightppl.language.fori_collect import fori_collect
from lightppl.language.trace import format_shapes
from lightppl.random import set_rng_seed
from lightppl.settings import enable_x64, set_host_device_count, set_platform

__all__ = [
    "enable_x64",
    "fori_collect",
    "format_shapes",
    "set_host_device_count",
    "set_platform",
    "set_rng_seed",
]
