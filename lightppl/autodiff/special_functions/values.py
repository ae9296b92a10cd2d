"""Functions without a derivative known here: they can be evaluated, also in compiled code."""

from lightppl.autodiff.special_functions.table import UNKNOWN, row

_NUM_ARGUMENTS = {"mathieu_a": 2, "mathieu_b": 2, "besselpoly": 3, "obl_cv": 3, "pro_cv": 3}

for _name, _count in _NUM_ARGUMENTS.items():
    row(_name, *[UNKNOWN] * _count)
