"""Value and gradient of the same models in other forms of writing: lightppl, by hand, NumPyro.

    python bench/forms.py --numpyro-python PATH [--models HMM,IRT] [--write]

The second table beside `gradient.py`, timed by the same rules: each form is compared with the
hand-written function to 1e-10 before anything is timed, NumPyro gets the same form of writing.

Columns: lightppl's microseconds - its time divided by that of the hand-written Numba function,
which is fused and written for speed whatever the form of the model - NumPyro's time divided by
lightppl's.
"""

import statistics

from gradient import Case, ratio, run  # sets the number of threads, so it comes first

from form_data import NAMES, simulate  # isort: skip
from form_models import MODELS
from forms_by_hand import BY_HAND

HEADING = "## `forms.py`: the same models in other forms of writing"
COLUMNS = ("lightppl us", "/ by hand", "NumPyro /")


def main():
    run(__doc__, NAMES, {"NumPyro": "numpyro_forms.py"}, HEADING, COLUMNS, measure)


def measure(name, folder, peers, options, notes):
    """Return one row of the table; what went wrong is added to `notes`."""
    path = folder / "data.npz"
    case = Case(name, MODELS[name], BY_HAND[name], simulate(name), path, tolerance=1e-10)
    rounds, _ = case.time(peers, options, notes)
    return (
        1e6 * statistics.median(rounds["lightppl"]),
        ratio(rounds, "lightppl", "by hand"),
        ratio(rounds, "NumPyro", "lightppl"),
    )


if __name__ == "__main__":
    main()
