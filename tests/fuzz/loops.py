"""Loops over time, branches, differential equations; bodies are random programs themselves."""

import numpy as np

from tests.fuzz import contraction, elementwise, indexing, linear_algebra, movement, reduction
from tests.fuzz.pool import Pool, Rejected

_INSIDE = [
    *elementwise.FORMS, *elementwise.FORMS, *movement.FORMS, *contraction.FORMS, *indexing.FORMS,
    *reduction.FORMS, *linear_algebra.FORMS,
]
MAX_INSIDE = 60
"""Sizes of the arrays of a body."""


def add_loop(pool, depth=1):
    """Add a scan."""
    carries = [_first_carry(pool) for _ in range(pool.choose([1, 1, 1, 2]))]
    xs = _series(pool)
    name, carry, x = pool.new_name("step"), pool.new_name("carry"), pool.new_name("x")
    inner = Pool(pool.rng, pool)
    inner.values.update({f"{carry}_{k}": np.asarray(value, float) for k, (_, value) in
                         enumerate(carries)})
    own = [f"{carry}_{k}" for k in range(len(carries))]
    inner.names += own
    lines = [f"{', '.join(own)}, = {carry}"]
    for k, (text, value) in enumerate(xs):
        inner.values[f"{x}_{k}"] = value[0]
        inner.names.append(f"{x}_{k}")
    if xs:
        lines.append(f"{', '.join(f'{x}_{k}' for k in range(len(xs)))}, = {x}")
    _fill(inner, depth)
    made = [n for n in inner.names if n.startswith("x") and np.ndim(inner.values[n]) <= 3]
    y = pool.choose(made) if made else own[0]
    new = ", ".join(_next_carry(inner, c) for c in own)
    lines += [*inner.blocks, f"return ({new},), {y}"]
    init = "".join(f"{text}, " for text, _ in carries)
    last, rows = pool.new_name("last"), pool.new_name("rows")
    extent = f"({''.join(f'{text}, ' for text, _ in xs)})" if xs else "None"
    options = f", length={pool.choose([1, 2, 5, 18])}" if not xs else ""
    options += ", reverse=True" if pool.chance(0.3) else ""
    results = [f"{last}_{k}" for k in range(len(own))]
    block = [
        f"def {name}({carry}, {x}):", *("    " + y for x in lines for y in x.split("\n")),
        f"({', '.join(results)},), {rows} = scan({name}, ({init}), {extent}{options})",
    ]
    _add_block(pool, block, [*results, rows])


def add_branch(pool, depth=1):
    """Add a cond."""
    x, value = pool.array(0, 3, lambda x: np.size(x) <= MAX_INSIDE)
    predicate, _ = pool.array(0, 2)
    name, lines = pool.new_name("branch"), []
    for side in ("true", "false"):
        inner = Pool(pool.rng, pool)
        operand = pool.new_name("x")
        inner.values[operand] = value
        inner.names.append(operand)
        _fill(inner, depth)
        result = _next_carry(inner, operand)
        body = "\n".join([*inner.blocks, f"return {result}"]).split("\n")
        lines += [f"def {name}_{side}({operand}):", *("    " + line for line in body)]
    result = pool.new_name("x")
    predicate = f"np.sum({predicate}) > {pool.constant()}"
    lines.append(f"{result} = cond({predicate}, {name}_true, {name}_false, {x})")
    _add_block(pool, lines, [result])


def add_flow(pool):
    """Add the solution of a differential equation, now and then: many steps take their time."""
    if pool.chance(0.8):
        raise Rejected
    start, value = pool.array(1, 1, lambda x: np.size(x) <= 4)
    matrix, rate = pool.numbers(value.size, value.size), pool.array(0, 0)[0]
    force = pool.choose([start, f"np.sin(t * {rate})", "t", "0.3"])
    times = pool.constant_of(f"np.linspace(0.0, 1.0, {pool.choose([2, 3, 5])})")
    name, result = pool.new_name("flow"), pool.new_name("x")
    lines = [
        f"def {name}(y, t, rate):",
        f"    return np.tanh({matrix} @ y) - 0.5 * rate * y + 0.3 * {force}",
        f"{result} = odeint({name}, {start}, {times}, {rate}, rtol=1e-10, atol=1e-10)",
    ]
    _add_block(pool, lines, [result])


def _first_carry(pool):
    if pool.chance(0.2):
        text = pool.constant()
        return text, float(text)
    return pool.array(0, 2, lambda x: np.size(x) <= 20 and x.dtype == float)


def _series(pool):
    kind = pool.integer(0, 4)
    if kind == 0:
        return []
    x, value = pool.array(1, 3)
    found = [(x, value)]
    if kind == 1:
        name = pool.numbers(len(value), *pool.choose([(), (3,), (2, 2)]))
        found.append((name, pool.values[name]))
    if kind == 2:
        name = pool.numbers(pool.choose([2, 7, 20]), *pool.choose([(), (3,)]))
        found = [(name, pool.values[name])]
    return found


def _fill(inner, depth):
    for _ in range(inner.integer(1, 3)):
        try:
            if depth > 0 and inner.chance(0.2):
                inner.choose([add_loop, add_branch])(inner, depth - 1)
                continue
            name = inner.add(inner.choose(_INSIDE)(inner))
            if np.size(inner.values[name]) > MAX_INSIDE:
                inner.names.remove(name)
        except (Rejected, ValueError, IndexError):
            continue


def _next_carry(inner, carry):
    shape = np.shape(inner.values[carry])
    same = [n for n in inner.names if np.shape(inner.values[n]) == shape]
    other = inner.choose(inner.names)
    return inner.choose([
        f"np.tanh(0.7 * {carry} + 0.2 * np.sum({other}))",
        f"np.tanh(0.5 * {carry} + {inner.choose(same)})",
        f"0.6 * {carry} + 0.3 * np.sin({inner.choose(same)})",
        f"0.9 * {carry}", f"0.4 * np.tanh({inner.choose(same)} * np.mean({other}))",
    ])


def _add_block(pool, lines, results):
    block, scope = "\n".join(lines), {**pool.data_values, **pool.values}
    try:
        with np.errstate(all="ignore"):
            exec(block, scope)
    except (ValueError, IndexError, np.linalg.LinAlgError) as error:
        raise Rejected(block) from error
    values = {name: scope[name] for name in results}
    for value in values.values():
        if not np.all(np.isfinite(value)) or np.max(np.abs(value), initial=0.0) > 30.0:
            raise Rejected(block)
    pool.keep(block, values)


FORMS = [add_loop, add_loop, add_loop, add_branch, add_branch, add_flow]
