"""Estimates of a log likelihood from a subsample of its rows, corrected by Taylor polynomials.

Of a plate of n rows with the log densities l_i of its observed sites, a subsample of m indices u
drawn with replacement gives the difference estimator

    l_hat = sum_i q_i + (n / m) sum_{i in u} (l_i - q_i),
    sigma2 = (n^2 / m) var_{i in u}(l_i - q_i)

of sum_i l_i, where q_i is the Taylor polynomial of l_i at reference parameters; what samplers are
given is ``l_hat - sigma2 / 2``, whose exponential would be unbiased if l_hat were normal.

The sum of all q_i is one polynomial, whose coefficients are computed once, by passes over all rows
in compiled code.  Those of a row are never stored: for rows of the subsample q_i is computed where
it is needed, from the derivatives of l_i along ``theta - reference``, which cost a few times as
much as l_i.  So a gradient reads the subsample's rows of the data and nothing else of size n.

Legend: ``D`` size of the flat vector theta; ``n`` rows of a plate, ``m`` of its subsample; ``A``,
``B``, ``C`` sum, gradient and Hessian of the log likelihood of all rows at the reference.

References: Quiroz, Kohn, Villani and Tran (2019), "Speeding up MCMC by efficient data subsampling",
eqs. (3)-(6); Dang, Quiroz, Kohn, Tran and Villani (2019), "Hamiltonian Monte Carlo with energy
conserving subsampling", sec. 3; Bardenet, Doucet and Holmes (2017), "On Markov chain Monte Carlo
methods for tall data", sec. 7.2.
"""

import numpy as np

from lightppl.arguments import check_by_name, check_count
from lightppl.autodiff.gradient import differentiate
from lightppl.autodiff.known_factors import remembering_factors
from lightppl.density import compile_objective
from lightppl.density.held import held_values
from lightppl.density.layout import is_inferred
from lightppl.density.log_density import ConstrainSites, site_log_density
from lightppl.errors import InitializationError, ModelError, UnsupportedOperationError
from lightppl.handlers import trace
from lightppl.records import record


def taylor_proxy(reference_params, degree=2):
    """Return Taylor polynomials of the log likelihood of each row as control variates.

    Parameters
    ----------
    reference_params : dict of str to array
        A value for each latent site, as the model sees it: near the mode of the posterior.
    degree : {1, 2}
        Of the polynomials.

    Returns
    -------
    TaylorProxy
        To be given to `HMCECS`.

    References
    ----------
    Bardenet, Doucet and Holmes (2017), "On Markov chain Monte Carlo methods for tall data", sec.
    7.2.

    Examples
    --------
    >>> taylor_proxy({"x": 1.0}, degree=1).degree
    1
    """
    reference = check_by_name(reference_params, "reference_params")
    return TaylorProxy(reference, check_count(degree, "degree", least=1, most=2))


@record
class TaylorProxy:
    """What `taylor_proxy` was told.

    Attributes
    ----------
    reference_params : dict of str to array
    degree : int
    """

    reference_params: dict
    degree: int

    def estimate_of(self, density, jit=True):
        """Return the estimate of a density that holds subsampled plates, for `compile_density`.

        Parameters
        ----------
        density : ModelDensity
            Needs no potential.
        jit : bool
            Whether the passes over all rows are compiled.

        Returns
        -------
        DifferenceEstimate

        Raises
        ------
        ModelError, UnsupportedOperationError
            If there is no such estimate for the model.
        SiteNameError
            If a latent site has no reference value.
        """
        return DifferenceEstimate(density, self._reference(density), self.degree, jit)

    def _reference(self, density):
        """Return the flat vector of the reference parameters, (D,)."""
        density.layout.require_names(self.reference_params, "reference_params")
        held = held_values(density.trace, density.held.names)
        values = {name: np.asarray(x, np.float64) for name, x in self.reference_params.items()}
        density.layout.vector(values)  # names those that are missing
        point = density.unconstrain({**held, **values})
        return point[: density.size]


class DifferenceEstimate:
    """The log density of all sample sites, with estimates in place of subsampled sums.

    Parameters
    ----------
    density : ModelDensity
    reference : (D,) float64
    degree : int
    jit : bool
        Whether the passes over all rows are compiled.
    """

    def __init__(self, density, reference, degree, jit=True):
        self._density, self._reference, self._degree = density, reference, degree
        self._sizes = {name: density.trace[name].args for name in density.held.names}
        self._plate_of = _plate_of_each_site(density.trace, self._sizes)
        self._A, self._B, self._C = self._sums(jit)

    def __call__(self, found, q, held):
        """Return the log density of a trace at the flat vector `q`, (D,), with indices `held`."""
        delta, counts = q - self._reference, _counts(held)
        log_rows, q_rows = self._rows_of(found, counts), self._polynomials(delta, held)
        total = self._A + np.dot(self._B, delta) + 0.5 * np.dot(delta, np.dot(self._C, delta))
        for name, site in found.items():
            if site.type == "sample" and name not in self._plate_of:
                total = total + np.sum(site_log_density(site))
        for name, (n, m) in self._sizes.items():
            difference = log_rows[name] - q_rows[name]
            mean = np.sum(difference) / m
            variance = np.sum((difference - mean) ** 2) / m
            total = total + n * mean - (0.5 * n * n / m) * variance
        return total

    def _sums(self, jit):
        """Return A, B and C, by compiled passes over all rows."""
        D = self._density.size
        everything = {name: np.arange(n) for name, (n, _) in self._sizes.items()}
        weights = np.ones(sum(n for n, _ in self._sizes.values()))

        def polynomial(q):
            return self._weighted_polynomials(weights, q - self._reference, everything)

        potential = compile_objective(polynomial, self._reference, jit)
        A, B = potential(self._reference)
        C = np.zeros((D, D))
        for j in range(D if self._degree == 2 else 0):
            at = self._reference.copy()
            at[j] += 1.0
            C[:, j] = potential(at)[1] - B
        if not (np.isfinite(A) and np.all(np.isfinite(B)) and np.all(np.isfinite(C))):
            raise InitializationError(
                "The log likelihood, or a derivative of it, is not finite at reference_params. "
                "Choose parameters near the mode of the posterior.",
                log_likelihood=A,
                gradient=B,
            )
        return A, B, 0.5 * (C + C.T)

    def _polynomials(self, delta, held):
        """Return the Taylor polynomials of rows at ``reference + delta``, by plate.

        They are the derivatives of the sum of ``w_i q_i`` with respect to the weights.
        """
        counts = _counts(held)
        weights = np.ones(sum(counts.values()))
        found = differentiate(lambda w: self._weighted_polynomials(w, delta, held), weights)[1]
        return _parts(np.broadcast_to(found, weights.shape), counts)

    def _weighted_polynomials(self, weights, delta, held):
        """Return the sum of ``w_i q_i`` at ``reference + delta``, over all rows of all plates."""
        counts, reference = _counts(held), self._reference
        by_plate = _parts(weights, counts)

        def log_likelihood(q):
            rows = self._rows_at(q, held, counts)
            return sum(np.sum(by_plate[name] * rows[name]) for name in counts)

        def along_delta(function):
            return lambda q: np.sum(differentiate(function, q)[1] * delta)

        slope = along_delta(log_likelihood)
        total = log_likelihood(reference) + slope(reference)
        return total + 0.5 * along_delta(slope)(reference) if self._degree == 2 else total

    def _rows_at(self, q, held, counts):
        """Return the log likelihoods of rows by plate at a flat vector."""
        density = self._density
        sites = ConstrainSites(
            unconstrained=density.layout.unflatten(q), is_complete=True, held=held
        )
        with remembering_factors(), trace() as found, sites:
            density.model(*density.model_args, **density.model_kwargs)
        return self._rows_of(found, counts)

    def _rows_of(self, found, counts):
        """Return the log likelihoods of rows, (m,), by plate; a trace has them scaled by n / m."""
        rows = dict.fromkeys(counts, 0.0)
        for site_name, plate in self._plate_of.items():
            site, (n, _) = found[site_name], self._sizes[plate]
            log_probs = site_log_density(site) * (counts[plate] / n)
            dim = next(x.dim for x in site.cond_indep_stack if x.name == plate)
            axis = np.ndim(log_probs) + dim
            others = tuple(k for k in range(np.ndim(log_probs)) if k != axis)
            rows[plate] = rows[plate] + (np.sum(log_probs, axis=others) if others else log_probs)
        return rows


def _counts(held):
    """Return how many rows there are of each plate."""
    return {name: len(index) for name, index in held.items()}


def _parts(vector, counts):
    """Return the parts of a vector of all rows, by plate."""
    stops = np.cumsum(list(counts.values())).tolist()
    return {name: vector[stop - counts[name] : stop] for name, stop in zip(counts, stops)}


def _plate_of_each_site(found, plates):
    """Return the subsampled plate of each observed site that is in one.

    Raises
    ------
    UnsupportedOperationError
        If a site is in two of them, or is latent.
    ModelError
        If a plate has no observed site.
    """
    plate_of = {}
    for name, site in found.items():
        if site.type != "sample":
            continue
        inside = [x.name for x in site.cond_indep_stack if x.name in plates]
        if inside and is_inferred(site):
            raise UnsupportedOperationError(
                f"The latent site {name!r} is in the subsampled plate {inside[0]!r}: a proxy of "
                "its rows would need a reference value for each of them. Move it out of the plate."
            )
        if len(inside) > 1:
            raise UnsupportedOperationError(
                f"The observed site {name!r} is in the subsampled plates "
                f"{', '.join(map(repr, inside))}. Subsample along one of them only, or make one "
                "plate of all pairs."
            )
        if inside:
            plate_of[name] = inside[0]
    for plate in plates:
        if plate not in plate_of.values():
            raise ModelError(
                f"The subsampled plate {plate!r} has no observed site in it, so there is no "
                "likelihood to estimate. Observe with `with plate(...)`, not in a loop over it."
            )
    return plate_of
