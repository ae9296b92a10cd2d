"""Which runtime module holds each function that emitted code may call."""

RUNTIME = "lightppl.compiler.runtime"

MODULE_OF = {
    name: module
    for module, names in {
        "elementary": (
            "exp expm1 log log1p log1p_unit pow sin cos tanh expit softplus logaddexp log1mexp "
            "erf erfc ndtr log_ndtr inverse_mills_ratio lgamma digamma trigamma"
        ),
        "arithmetic": "square sign",
        "beta_function": "betaln digamma_rise",
        "incomplete": (
            "log_gammainc log_gammaincc log_betainc log_gammainc_da log_gammaincc_da "
            "log_betainc_da log_betainc_db"
        ),
        "special": (
            "gamma polygamma ndtri erfinv erfcinv erfcx i0 i1 i0e i1e ive kve gammainc "
            "gammaincc betainc gammainc_da betainc_da betainc_db ive_dv kve_dv"
        ),
        "scipy_symbols": "scipy_of_1 scipy_of_2 scipy_of_3 scipy_of_4",
        "linalg": "gemv_into gemv_add_into gemm_into cholesky_into solve_triangular_into",
        "cholesky": "cholesky_inverse_into cholesky_pullback_into",
        "factorizations": "inv_into solve_into log_abs_det sign_det eigh_into svd_into qr_into",
        "reduction": "add_reassoc max_keep_nan min_keep_nan",
        "floating_point": "select",
        "memory": "independent pointer_at floats_at ints_at view1 view2 copy_into",
        "scans": "cumsum_into cumprod_into linear_recurrence_into argsort_into argmax_into",
    }.items()
    for name in names.split()
}


def import_lines(words):
    """Return the import statements for the runtime functions among some words.

    Parameters
    ----------
    words : set of str

    Returns
    -------
    list of str
    """
    needed = {}
    for name in sorted(words & MODULE_OF.keys()):
        needed.setdefault(MODULE_OF[name], []).append(name)
    return [
        f"from {RUNTIME}.{module} import {', '.join(names)}"
        for module, names in sorted(needed.items())
    ]
