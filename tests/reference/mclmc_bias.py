"""The distribution of an unadjusted microcanonical chain of a normal target, in many dimensions.

Sums over coordinates that a turn depends on hardly vary then, so that a step is a linear map of
each coordinate and its velocity, and their covariances follow from each other step by step until
they stay what they are.  Written from the equations of motion, without a look at the kernels.
"""

import numpy as np

LAMBDA = 0.1931833275037836
SCHEMES = {
    "leapfrog": (("turn", 0.5), ("drift", 1.0), ("turn", 0.5)),
    "mclachlan": (
        ("turn", LAMBDA), ("drift", 0.5), ("turn", 1.0 - 2.0 * LAMBDA), ("drift", 0.5),
        ("turn", LAMBDA),
    ),
}  # fmt: skip
"""Parts of a step with their shares of its length."""


def stationary_variances(scheme, h, precisions, forgotten):
    """Return the variance of each coordinate in equilibrium, (D,).

    Parameters
    ----------
    scheme : str
    h : float
        Step size over sqrt(D).
    precisions : (D,) array
        Of the target.
    forgotten : float
        Step size over L.
    """
    w = np.asarray(precisions, float)
    qq, qp, pp = 1.0 / w, np.zeros_like(w), np.ones_like(w)
    for _ in range(20_000):
        before = qq
        for part, share in SCHEMES[scheme]:
            if part == "drift":
                t = share * h
                qq, qp = qq + 2 * t * qp + t**2 * pp, qp + t * pp
                continue
            norm = np.sqrt(np.mean(w**2 * qq))  # of the gradient, over sqrt(D)
            cosine = -np.mean(w * qp) / norm
            delta = share * h * norm
            spread = np.cosh(delta) + cosine * np.sinh(delta)
            kept = 1.0 / spread
            pulled = w / norm * (np.sinh(delta) + cosine * (np.cosh(delta) - 1.0)) / spread
            pp = kept**2 * pp - 2 * kept * pulled * qp + pulled**2 * qq
            qp = kept * qp - pulled * qq
        memory = np.exp(-forgotten)
        qp, pp = memory * qp, memory**2 * pp + 1.0 - memory**2
        if np.max(np.abs(qq - before) * w) < 1e-12:
            return qq
    raise AssertionError("the covariances do not settle")
