"""Gradients in these tests go through the traced arrays of the library."""

import lightppl.autodiff.boxes  # noqa: F401
import lightppl.autodiff.contractions  # noqa: F401
import lightppl.autodiff.derivatives  # noqa: F401
import lightppl.autodiff.indexing  # noqa: F401
import lightppl.autodiff.shape_derivatives  # noqa: F401
import lightppl.autodiff.structural  # noqa: F401
