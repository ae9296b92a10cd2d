"""Compile one model in this fresh process and print the seconds that took.

Libraries are loaded before the clock starts, as they are for the peers, which load SciPy when they
are imported.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import scipy.linalg.cython_blas  # noqa: E402, F401
import scipy.special.cython_special  # noqa: E402, F401
from gradient_data import load  # noqa: E402  (the path comes first)
from models import MODELS  # noqa: E402

from lightppl.density import compile_density  # noqa: E402

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("data", help="npz file of the arguments")
    options = parser.parse_args()
    arguments = load(options.data)
    start = time.perf_counter()
    compile_density(MODELS[options.model], (), arguments)
    print(f"JSON {time.perf_counter() - start}")
