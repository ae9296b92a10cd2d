"""sin and cos.

The argument is reduced to ``x = n pi/2 + r``, |r| <= pi/4, with pi/2 as a sum of three float64 and
fused products, and r keeps a low-order part.  That is precise for |x| < 2**43 (about 9e12).  From
there on, where neighbouring numbers are a thousandth of a radian and more apart, the reduction
needs hundreds of digits of pi (`huge_angle`) and takes a branch that costs the others little
(`rare_lanes`).

References
----------
Cody & Waite (1980), "Software Manual for the Elementary Functions", ch. 8.
Muller (2016), "Elementary Functions", 3rd ed., sec. 11.2 (reduction, and how close a float64 comes
to a multiple of pi/2: 2**-62).
Coefficients: bench/fit_coefficients.py.
"""

import math

from lightppl.compiler.runtime.floating_point import (
    ROUNDER, absolute, bits_of, float_of, fma, ordered_two_sum, polynomial, select, shift_left,
    two_product, two_sum,
)
from lightppl.compiler.runtime.huge_angle import reduce_huge_angle
from lightppl.compiler.runtime.rare_lanes import correct_beyond
from lightppl.compiler.runtime.symbolic import scalar_function

_TWO_OVER_PI = 0.6366197723675814
_HALF_PI_1 = 1.5707963267948966
_HALF_PI_2 = 6.123233995736766e-17
_HALF_PI_3 = -1.4973849048591698e-33
_HUGE = 2.0**43

_SINE = (
    -0.16666666666666632, 0.00833333333332226, -0.00019841269829679655,
    2.755731364560037e-06, -2.5050750592522787e-08, 1.5896344917713882e-10,
)
_COSINE = (
    0.041666666666666595, -0.0013888888888873919, 2.4801587289347188e-05,
    -2.75573143116368e-07, 2.087571752640294e-09, -1.1359339791923498e-11,
)


def reduce_angle(x):
    """Return the quadrant (its two low bits count) and r, r_low with ``x = n pi/2 + r + r_low``."""
    shifted = fma(x, _TWO_OVER_PI, ROUNDER)
    n = shifted - ROUNDER
    high = fma(-n, _HALF_PI_1, x)  # exact: a multiple of 2**-52 (or of ulp(x)) below 1
    product, product_low = two_product(n, _HALF_PI_2)
    high, low = two_sum(high, -product)
    r, r_low = ordered_two_sum(high, fma(-n, _HALF_PI_3, low - product_low))
    return bits_of(shifted), r, r_low


def sine_of_reduced(quadrant, r, r_low):
    """Return ``sin(quadrant pi/2 + r + r_low)``."""
    z = r * r
    sine = r + fma(r * z, polynomial(z, _SINE), fma(r_low, -0.5 * z, r_low))
    half = 0.5 * z
    one = 1.0 - half
    cosine = one + (((1.0 - one) - half) + fma(z * z, polynomial(z, _COSINE), -(r * r_low)))
    result = select((quadrant & 1) == 0, sine, cosine)
    return float_of(bits_of(result) ^ shift_left(quadrant & 2, 62))


@scalar_function
def sin(x):
    """Return the sine of x radians.

    Parameters
    ----------
    x : float64

    Returns
    -------
    float64

    Examples
    --------
    >>> sin(0.0)
    0.0
    """
    quadrant, r, r_low = reduce_angle(x)
    usual = select(absolute(x) < 1e-8, x, sine_of_reduced(quadrant, r, r_low))
    return correct_beyond(_HUGE, x, usual, sine_of_huge)


def sine_of_huge(x):
    """Return the sine for |x| >= 2**43."""
    quadrant, r, r_low = reduce_huge_angle(x)
    return select(absolute(x) < math.inf, sine_of_reduced(quadrant, r, r_low), math.nan)


@scalar_function
def cos(x):
    """Return the cosine of x radians.

    Parameters
    ----------
    x : float64

    Returns
    -------
    float64

    Examples
    --------
    >>> cos(0.0)
    1.0
    """
    quadrant, r, r_low = reduce_angle(x)
    return correct_beyond(_HUGE, x, sine_of_reduced(quadrant + 1, r, r_low), cosine_of_huge)


def cosine_of_huge(x):
    """Return the cosine for |x| >= 2**43."""
    quadrant, r, r_low = reduce_huge_angle(x)
    return select(absolute(x) < math.inf, sine_of_reduced(quadrant + 1, r, r_low), math.nan)

