"""One transition of slice sampling along a line, in plain Python: the twin of the kernel.

Written from figures 3 to 6 of Neal (2003), with g the logarithm of the density along the line, the
state at 0, and with no evaluation remembered.
"""

import math


def slice_transition(g, w, random, *, max_doublings=None, max_steps=None):
    """Return (x, (L, R)), the new point and the interval that it was drawn from.

    Parameters
    ----------
    g : callable
    w : float
    random : callable
        Gives uniforms, in the order of the figures.
    max_doublings, max_steps : int
        One of them.
    """
    z = g(0.0) + math.log(1.0 - random())
    left = -w * random()
    if max_doublings is None:
        L, R = stepped_out(g, z, left, w, max_steps, random)
    else:
        L, R = doubled(g, z, left, w, max_doublings, random)
    low, high = L, R
    while True:
        x = low + random() * (high - low)
        if g(x) >= z and (max_doublings is None or is_acceptable(g, z, x, L, R, w)):
            return x, (L, R)
        if x < 0.0:
            low = x
        else:
            high = x


def stepped_out(g, z, L, w, m, random):
    """Return the interval of figure 3."""
    R = L + w
    J = math.floor(m * random())
    K = (m - 1) - J
    while J > 0 and z <= g(L):
        L, J = L - w, J - 1
    while K > 0 and z <= g(R):
        R, K = R + w, K - 1
    return L, R


def doubled(g, z, L, w, p, random):
    """Return the interval of figure 4."""
    R, K = L + w, p
    while K > 0 and (z <= g(L) or z <= g(R)):
        if random() < 0.5:
            L = L - (R - L)
        else:
            R = R + (R - L)
        K = K - 1
    return L, R


def is_acceptable(g, z, x, L, R, w):
    """Return the answer of figure 6."""
    D = False
    while R - L > 1.1 * w:
        M = (L + R) / 2
        if (0.0 < M <= x) or (x < M <= 0.0):
            D = True
        if x < M:
            R = M
        else:
            L = M
        if D and z > g(L) and z > g(R):
            return False
    return True
