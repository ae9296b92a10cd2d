"""Matrices and axes of size one: what needs a call in general is arithmetic here.

Results that are one number live in variables, which no call can read; so these rules are needed,
not only quick.
"""


def _matmul(r, inputs, attrs):
    """A column times a row is their outer product."""
    a, b = inputs
    if a.shape[-1] != 1:
        return None
    return _as_float(r, r.make("multiply", a, b))


def _of_one_by_one(rule):
    def apply(r, inputs, attrs):
        return rule(r, *inputs) if inputs[0].shape[-2:] == (1, 1) else None

    return apply


def _cholesky_inverse(r, a):
    return r.make("divide", r.literal(1.0), r.make("square", _as_float(r, a)))


def _cholesky_pullback(r, a, g):
    return r.make("multiply", r.literal(0.5), r.make("divide", g, a))


def _cholesky(r, a):
    """The root, but NaN of 0 as of matrices that are not positive definite."""
    return r.make("divide", a, r.make("sqrt", a))


def _solve(r, a, b):
    return r.make("divide", b, a)


def _inv(r, a):
    return r.make("divide", r.literal(1.0), _as_float(r, a))


def _log_abs_det(r, a):
    return r.make("reshape", r.make("log", r.make("absolute", a)), shape=a.shape[:-2])


def _sign_det(r, a):
    return r.make("reshape", r.make("sign", _as_float(r, a)), shape=a.shape[:-2])


def _eigh(r, a):
    return _packed(r, a, r.literal(1.0))


def _svd(r, a):
    left = r.make("where", r.make("less", a, r.literal(0.0)), r.literal(-1.0), r.literal(1.0))
    return _packed(r, left, r.make("absolute", a), r.literal(1.0))


def _qr(r, a):
    return _packed(r, r.literal(1.0), a)


def _packed(r, *parts):
    batch = max((x.shape[:-2] for x in parts if x.ndim), key=len)
    blocks = []
    for x in parts:
        x = r.make("reshape", x, shape=(*batch, 1)) if x.ndim else x
        blocks.append(x if x.ndim else r.make("broadcast_to", x, shape=(*batch, 1)))
    return r.make("concatenate", *blocks, axis=len(batch))


def _reduction(r, inputs, attrs):
    (x,) = inputs
    axes = attrs["axes"]
    if any(x.shape[k] != 1 for k in axes):
        return None
    return r.make("reshape", x, shape=tuple(n for k, n in enumerate(x.shape) if k not in axes))


def _truth(r, inputs, attrs):
    found = _reduction(r, inputs, attrs)
    return found if found is None or found.dtype == "bool" else r.make("to_bool", found)


def _running(r, inputs, attrs):
    return inputs[0] if inputs[0].shape[attrs["axis"]] == 1 else None


def _argsort(r, inputs, attrs):
    (x,) = inputs
    if x.shape[attrs["axis"]] != 1:
        return None
    return r.make("broadcast_to", r.literal(0), shape=x.shape)


def _argmax(r, inputs, attrs):
    (x,) = inputs
    axis = attrs["axis"]
    if x.shape[axis] != 1:
        return None
    return r.make("broadcast_to", r.literal(0), shape=x.shape[:axis] + x.shape[axis + 1 :])


def _as_float(r, x):
    return x if x.dtype == "float64" else r.make("to_float", x)


RULES = {
    "matmul": [_matmul],
    "cholesky": [_of_one_by_one(_cholesky)],
    "cholesky_inverse": [_of_one_by_one(_cholesky_inverse)],
    "cholesky_pullback": [_of_one_by_one(_cholesky_pullback)],
    "solve_triangular": [_of_one_by_one(_solve)],
    "solve": [_of_one_by_one(_solve)],
    "inv": [_of_one_by_one(_inv)],
    "log_abs_det": [_of_one_by_one(_log_abs_det)],
    "sign_det": [_of_one_by_one(_sign_det)],
    "eigh": [_of_one_by_one(_eigh)],
    "svd": [_of_one_by_one(_svd)],
    "qr": [_of_one_by_one(_qr)],
    "max": [_reduction],
    "min": [_reduction],
    "prod": [_reduction],
    "all": [_truth],
    "any": [_truth],
    "cumsum": [_running],
    "cumprod": [_running],
    "logcumsumexp": [_running],
    "linear_recurrence": [_running],
    "argsort": [_argsort],
    "argmax": [_argmax],
}
