"""Elliptic integrals of Legendre and Carlson.

Quotients that are 0 / 0 at m = 0 are written by ``D = (F - E) / m``, an integral of Carlson's
without cancellation: DLMF 19.25.  Carlson's own derivatives: DLMF 19.18.1.

References: DLMF 19.4 (derivatives in the modulus), 19.18, 19.25; Carlson (1995), "Numerical
computation of real or complex elliptic integrals".
"""

import math

import numpy as np

from lightppl.autodiff.special_functions.table import UNKNOWN, row
from lightppl.scipy_functions import scipy_special as scipy


def complete_difference(m):
    """Return ``(K(m) - E(m)) / m``."""
    return scipy.elliprd(0.0, 1.0 - m, 1.0) / 3.0


def incomplete_difference(phi, m):
    """Return ``(F(phi, m) - E(phi, m)) / m``."""
    half_turns = np.rint(phi / math.pi)
    rest = phi - math.pi * half_turns
    sine = np.sin(rest)
    whole = 2.0 * half_turns * complete_difference(m)
    return whole + sine**3 / 3.0 * scipy.elliprd(np.cos(rest) ** 2, 1.0 - m * sine * sine, 1.0)


def amplitude_slope(phi, u, m):
    """Return the derivative of Jacobi's amplitude in m, at fixed ``u = F(phi, m)``."""
    sine, cosine = np.sin(phi), np.cos(phi)
    dn = np.sqrt(1.0 - m * sine * sine)
    bracket = incomplete_difference(phi, m) - u + sine * cosine / dn
    return dn * bracket / (2.0 * (1.0 - m))


def _delta(phi, m):
    return np.sqrt(1.0 - m * np.sin(phi) ** 2)


row("ellipk", lambda ans, m: (ans - complete_difference(m)) / (2.0 * (1.0 - m)))
row("ellipkm1", lambda ans, p: (scipy.elliprd(0.0, p, 1.0) / 3.0 - ans) / (2.0 * p))
row("ellipe", lambda ans, m: -0.5 * complete_difference(m))
row("ellipkinc",
    lambda ans, phi, m: 1.0 / _delta(phi, m),
    lambda ans, phi, m: -amplitude_slope(phi, ans, m) / _delta(phi, m))
row("ellipeinc",
    lambda ans, phi, m: _delta(phi, m),
    lambda ans, phi, m: -0.5 * incomplete_difference(phi, m))
row("elliprc",
    lambda ans, x, y: -scipy.elliprd(y, y, x) / 6.0,
    lambda ans, x, y: -scipy.elliprd(x, y, y) / 3.0)
row("elliprf",
    lambda ans, x, y, z: -scipy.elliprd(y, z, x) / 6.0,
    lambda ans, x, y, z: -scipy.elliprd(z, x, y) / 6.0,
    lambda ans, x, y, z: -scipy.elliprd(x, y, z) / 6.0)
row("elliprd", UNKNOWN, UNKNOWN, UNKNOWN)
row("elliprg", UNKNOWN, UNKNOWN, UNKNOWN)
row("elliprj", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
