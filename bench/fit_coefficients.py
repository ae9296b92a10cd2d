"""Fit the polynomials of `lightppl.compiler.runtime`: minimax coefficients by Remez's exchange.

    python bench/fit_coefficients.py exp        # one table, as printed in the source
    python bench/fit_coefficients.py            # all of them

Each entry of `TABLES` states the function, the interval, the degree and the weight, so that every
constant in the library can be made again.  The exchange runs on a fixed fine grid of Chebyshev
points in 60-digit arithmetic: the function is evaluated once per grid point, which is what costs
time.

Legend: f function, p polynomial, w weight; the error ``w(x) * (p(x) - f(x))`` is made small.

References
----------
Remez (1934); Muller (2016), "Elementary Functions", 3rd ed., sec. 3.5.
"""

import sys

import mpmath as mp

mp.mp.dps = 60
GRID_POINTS_PER_COEFFICIENT = 40


def minimax(f, interval, degree, weight=lambda x: 1):
    """Return coefficients (lowest first) and the largest weighted error.

    Parameters
    ----------
    f, weight : callable
        Functions of one mpmath number.
    interval : (float, float)
    degree : int

    Returns
    -------
    coefficients : list of mpf
    error : mpf
    """
    size = degree + 2
    grid = _chebyshev_points(interval, GRID_POINTS_PER_COEFFICIENT * size)
    values = [mp.mpf(f(x)) for x in grid]
    weights = [mp.mpf(weight(x)) for x in grid]
    chosen = [round(k * (len(grid) - 1) / (size - 1)) for k in range(size)]
    for _ in range(30):
        coefficients, level = _solve_levelled(grid, values, weights, chosen)
        errors = [
            w * (mp.polyval(coefficients[::-1], x) - v) for x, v, w in zip(grid, values, weights)
        ]
        largest = max(abs(e) for e in errors)
        if largest < abs(level) * mp.mpf("1.001"):
            break
        chosen = _alternating_extrema(errors, size)
    return coefficients, largest


def _chebyshev_points(interval, count):
    a, b = (mp.mpf(end) for end in interval)
    return [
        (a + b) / 2 - (b - a) / 2 * mp.cos(mp.pi * (k + mp.mpf(1) / 2) / count)
        for k in range(count)
    ]


def _solve_levelled(grid, values, weights, chosen):
    """Coefficients whose weighted errors at the chosen points are equal and alternate in sign."""
    size = len(chosen)
    matrix, right = mp.matrix(size, size), mp.matrix(size, 1)
    for row, index in enumerate(chosen):
        for column in range(size - 1):
            matrix[row, column] = grid[index] ** column
        matrix[row, size - 1] = (-1) ** row / weights[index]
        right[row] = values[index]
    solution = mp.lu_solve(matrix, right)
    return [solution[k] for k in range(size - 1)], solution[size - 1]


def _alternating_extrema(errors, size):
    """Indices of `size` neighbouring extrema of alternating sign, the largest ones."""
    peaks = []
    for index, error in enumerate(errors):
        if peaks and (error > 0) == (errors[peaks[-1]] > 0):
            if abs(error) > abs(errors[peaks[-1]]):
                peaks[-1] = index
        else:
            peaks.append(index)
    while len(peaks) > size:
        if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]):
            peaks.pop(0)
        else:
            peaks.pop()
    if len(peaks) < size:
        raise ArithmeticError(f"Only {len(peaks)} of {size} alternations: lower the degree.")
    return peaks


def _exponential():
    """q in exp(r) = 1 + r + r^2 q(r), |r| <= log(2) / 2; relative to expm1(r)."""
    end = mp.log(2) / 2 * mp.mpf("1.0001")
    return minimax(lambda r: (mp.exp(r) - 1 - r) / r**2, (-end, end), 9, abs)


def _logarithm():
    """P in 2 atanh(s) = 2 s + s^3 P(s^2), s = (m - 1) / (m + 1), m within [sqrt(1/2), sqrt(2)]."""
    end = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2 * mp.mpf("1.0001")
    return minimax(lambda z: _atanh_tail(mp.sqrt(z), 1), (0, end), 6, lambda z: z)


def _logarithm_tail():
    """P in 2 atanh(s) = 2 s + 2/3 s^3 + s^5 P(s^2), the same range of s."""
    end = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2 * mp.mpf("1.0001")
    return minimax(lambda z: _atanh_tail(mp.sqrt(z), 3), (0, end), 6, lambda z: z**2)


def _logarithm_unit():
    """P as in `_logarithm` for log(1 + e), e within [0, 1], s = e / (2 + e) within [0, 1/3]."""
    return minimax(lambda z: _atanh_tail(mp.sqrt(z), 1), (0, mp.mpf(1) / 9), 9, lambda z: z)


def _atanh_tail(s, order):
    series = 2 * s if order == 1 else 2 * s + 2 * s**3 / 3
    return (2 * mp.atanh(s) - series) / s ** (order + 2)


def _sine():
    """S in sin(r) = r + r^3 S(r^2), |r| <= pi / 4."""
    end = (mp.pi / 4 * mp.mpf("1.0015")) ** 2
    return minimax(lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, (0, end), 5, lambda z: z)


def _cosine():
    """C in cos(r) = 1 - r^2 / 2 + r^4 C(r^2), |r| <= pi / 4."""
    end = (mp.pi / 4 * mp.mpf("1.0015")) ** 2
    return minimax(
        lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2, (0, end), 5, lambda z: z**2
    )


def _erf_small():
    """P in erf(x) = x + x P(x^2), |x| <= 1."""
    return minimax(lambda z: mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1, (0, 1), 11)


def _erf_exponent():
    """Q in erf(x) = 1 - exp(-Q(x)), 1 <= x <= 6."""
    return minimax(lambda x: -mp.log(mp.erfc(x)), (1, 6), 17, mp.erfc)


def _erfc_ratio():
    """R in (1 + 2 x) exp(x^2) erfc(x) = 1 + u R(2 u - 1), u = x / (x + 4), 0 <= x <= 28."""

    def rest(t):
        u = (1 + t) / 2
        x = 4 * u / (1 - u)
        return ((1 + 2 * x) * _scaled_erfc(x) - 1) / u

    return minimax(rest, (-1, 0.75), 22, lambda t: 1 + t)


def _normal_ratio():
    """R in (1 + x) exp(x^2 / 2) ndtr(-x) = 1/2 + u R(2 u - 1), u = x / (x + 5), x >= 0."""

    def rest(t):
        u = (1 + t) / 2
        x = 5 * u / (1 - u)
        return ((1 + x) * _scaled_erfc(x / mp.sqrt(2)) - 1) / (2 * u)

    return minimax(rest, (-1, 1), 22, lambda t: 1 + t)


def _scaled_erfc(x):
    if x < 100:
        return mp.exp(x * x) * mp.erfc(x)
    term, total = mp.mpf(1), mp.mpf(0)
    for k in range(20):
        total += term
        term *= -(2 * k + 1) / (2 * x * x)
    return total / (x * mp.sqrt(mp.pi))


def _log_gamma_near_two():
    """B in lgamma(2 + v) = (1 - Euler's constant) v + v^2 B(v), |v| <= 1/2."""
    slope = 1 - mp.euler
    return minimax(
        lambda v: (mp.loggamma(2 + v) / v - slope) / v, (-0.5, 0.5), 16, lambda v: abs(v)
    )


def _log_gamma_tail():
    """S in lgamma(x) = (x - 1/2) log(x) - x + log(2 pi) / 2 + S(1 / x^2) / x, x >= 5/2."""

    def tail(w):
        x = 1 / mp.sqrt(w)
        leading = (x - mp.mpf(1) / 2) * mp.log(x) - x + mp.log(2 * mp.pi) / 2
        return (mp.loggamma(x) - leading) * x

    return minimax(tail, (mp.mpf(2) ** -50, mp.mpf("0.16")), 11, mp.sqrt)


def _digamma_near_zero():
    """D in digamma(3/2 + v) = (3/2 + v - x0) D(v), |v| <= 1/2, x0 the positive zero."""
    root = mp.findroot(mp.digamma, 1.4616)
    half = mp.mpf(3) / 2
    return minimax(lambda v: mp.digamma(half + v) / (half + v - root), (-0.5, 0.5), 21)


def _digamma_tail():
    """S in digamma(x) = log(x) - 1 / (2 x) - S(1 / x^2) / x^2, x >= 2."""

    def tail(w):
        x = 1 / mp.sqrt(w)
        return (mp.log(x) - 1 / (2 * x) - mp.digamma(x)) / w

    return minimax(tail, (mp.mpf(2) ** -50, 0.25), 14, lambda w: w)


def _trigamma_middle():
    """T in trigamma(5/2 + v) = T(v), |v| <= 1/2."""
    return minimax(lambda v: mp.polygamma(1, mp.mpf(5) / 2 + v), (-0.5, 0.5), 18)


def _trigamma_tail():
    """S in trigamma(x) = 1 / x + 1 / (2 x^2) + S(1 / x^2) / x^3, x >= 3."""

    def tail(w):
        x = 1 / mp.sqrt(w)
        return (mp.polygamma(1, x) - 1 / x - w / 2) * x / w

    return minimax(tail, (mp.mpf(2) ** -40, mp.mpf(1) / 9), 12, lambda w: w)


def _sine_of_half_turn():
    """P in sin(pi d) = pi d P(d^2), |d| <= 1/2."""
    return minimax(
        lambda w: mp.sin(mp.pi * mp.sqrt(w)) / (mp.pi * mp.sqrt(w)), (0, 0.25), 8
    )


def _cotangent_of_half_turn():
    """C in pi / tan(pi d) = 1 / d + d C(d^2), |d| <= 1/2."""
    return minimax(
        lambda w: (mp.pi / mp.tan(mp.pi * mp.sqrt(w)) - 1 / mp.sqrt(w)) / mp.sqrt(w), (0, 0.25), 15
    )


TABLES = {
    "exponential": _exponential,
    "logarithm": _logarithm,
    "logarithm_tail": _logarithm_tail,
    "logarithm_unit": _logarithm_unit,
    "sine": _sine,
    "cosine": _cosine,
    "erf_small": _erf_small,
    "erf_exponent": _erf_exponent,
    "erfc_ratio": _erfc_ratio,
    "normal_ratio": _normal_ratio,
    "log_gamma_near_two": _log_gamma_near_two,
    "log_gamma_tail": _log_gamma_tail,
    "digamma_near_zero": _digamma_near_zero,
    "digamma_tail": _digamma_tail,
    "trigamma_middle": _trigamma_middle,
    "trigamma_tail": _trigamma_tail,
    "sine_of_half_turn": _sine_of_half_turn,
    "cotangent_of_half_turn": _cotangent_of_half_turn,
}


def main(names):
    for name in names or TABLES:
        coefficients, error = TABLES[name]()
        print(f"# largest weighted error 2**{float(mp.log(error, 2)):.1f}")
        print(f"_{name.upper()} = (")
        for k in range(0, len(coefficients), 3):
            print("    " + ", ".join(repr(float(c)) for c in coefficients[k : k + 3]) + ",")
        print(")")


if __name__ == "__main__":
    main(sys.argv[1:])
