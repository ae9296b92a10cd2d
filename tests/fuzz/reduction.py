"""Many elements made one, over some axes or all; running sums and products."""


def _axes(pool, value):
    count = pool.integer(1, value.ndim)
    found = tuple(int(k) for k in sorted(pool.rng.permutation(value.ndim)[:count]))
    return found[0] if len(found) == 1 and pool.chance(0.7) else found


def reduced(pool):
    x, value = pool.array(1)
    axes = _axes(pool, value)
    keep = ", keepdims=True" if pool.chance(0.3) else ""
    name = pool.choose([
        "np.sum", "np.sum", "np.mean", "np.max", "np.min", "np.var", "special.logsumexp",
        "np.prod", "np.std", "np.add.reduce",
    ])
    if name == "np.std":
        x = f"(1.0 + {x} ** 2) * {pool.numbers(*value.shape)}"
    return f"{name}({x}, axis={axes}{keep})"


def of_all(pool):
    x, value = pool.array(1)
    return pool.choose([
        f"np.sum({x})", f"np.mean({x})", f"np.max({x})", f"special.logsumexp({x})",
        f"np.prod(1.0 + 0.1 * {x})", f"np.linalg.norm(1.0 + {x} ** 2)", f"{x}.sum()",
        f"np.sum({x} > 0.0) * np.mean({x})", f"np.sum({x}, where={pool.mask(*value.shape)})",
        f"np.median({x})", f"np.any({x} > 0.9) * np.mean({x})",
        f"{x}[..., 0] * np.all({x} < 2.0, -1)",
    ])


def running(pool):
    x, value = pool.array(1)
    axis = pool.axis(value)
    return pool.choose([
        f"np.cumsum({x}, axis={axis})", f"np.cumsum({x})", f"np.cumsum({x}[::-1], {axis})",
        f"np.cumprod(1.0 + 0.3 * {x}, axis={axis})", f"np.cumprod(1.0 + 0.2 * np.tanh({x}))",
        f"np.cumsum(np.flip({x}, {axis}), {axis})", f"np.cumsum(np.swapaxes({x}, 0, -1))",
        f"np.logaddexp.accumulate({x}, {axis})",
    ])


def centred(pool):
    x, value = pool.array(1)
    axis = pool.axis(value)
    return pool.choose([
        f"{x} - np.mean({x}, axis={axis}, keepdims=True)", f"special.softmax({x}, axis={axis})",
        f"special.log_softmax({x}, axis={axis})", f"{x} / np.sum(1.0 + {x} ** 2)",
        f"{x} * np.sum({x}, {axis}, keepdims=True)",
    ])


FORMS = [reduced, reduced, reduced, reduced, of_all, running, running, centred]
