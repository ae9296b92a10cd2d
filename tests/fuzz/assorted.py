"""The rest of NumPy that models use: functions and methods that are made of the others."""

from tests.fuzz.pool import texts

OF_ANY = texts("""
np.select([{x} > 0.5, {x} < -0.5], [{x}, {x} ** 2], 0.1 * {x}) | {x}.flatten() | np.nansum({x})
np.argsort(np.argsort({x}, 0, "stable"), 0) * {x} | np.floor(3.0 * {x}) * {x} | {x} % 0.7
np.mod({x}, {c} + 3.5) | np.fmod({x}, 0.7) | {x} // 0.7 * {x} | np.nan_to_num({x}) | np.sinc({x})
np.copysign({x}, {w}) | np.heaviside({x}, 0.5) * {x} | np.deg2rad({x}) | np.ptp({x}) | 2.0 ** {x}
{x}.max(axis=0).clip(-0.5, 0.5) | {x}.cumsum(axis=0) | {x}.mean() | {x}.repeat(2, axis=-1)
np.full_like({x}, 0.3) * {x} | np.ones_like({x}) * {x} | np.unstack({x})[-1] | np.vecdot({x}, {x})
np.cumulative_sum(np.ravel({x})) | np.einsum("...i,...i", {x}, {x}) | np.average({x}, axis=0)
np.minimum.reduce({x}) | np.multiply.reduce(np.tanh({x}), axis=-1) | np.count_nonzero({x} > 0) * {x}
np.array_split({x}, 2)[0] | np.column_stack([np.ravel({x}), np.ravel({x}) ** 2]) | np.real({x})
np.dstack([{x}, {w}]) | np.atleast_3d({x}) | np.round({x}, 1) * {x} | np.append({x}, {w}, axis=0)
np.searchsorted(np.linspace(-1.0, 1.0, 5), {x}) * {x} | np.where({x} > {w}, {w}, {x} * {w})
np.gradient(np.append({x}, {w})) | np.trapezoid({x}, axis=-1) | np.quantile({x}, 0.3)
special.gammainc(1.5 + {x} ** 2, 0.5 + {w} ** 2) | special.polygamma(1, 2.0 + {x} ** 2)
special.betainc(1.5, 2.0, special.expit({x})) | special.erfcx({x}) | special.i0e({x})
special.ndtri(special.expit({x})) | special.log1mexp(-1.0 - {x} ** 2) | np.maximum.accumulate({x})
special.logsumexp({x}, axis=-1, b={w} ** 2 + 0.1) | (1.5 + {x} ** 2) ** {w}
np.logaddexp.reduce({x})
""")
OF_VECTORS = texts("""
np.convolve({x}, [0.2, 0.5, 1.0]) | np.convolve({x}, {x}[:2], "valid") | np.append({x}, {x}[:2])
np.delete({x}, 1) | np.insert({x}, 1, 0.5) | np.polyval({w}, {x}) | np.vander({x}[:3], 3)
np.interp(0.3, np.arange({x}.shape[0]), {x}) | np.fft.rfft({x}).real
np.fft.irfft(np.fft.rfft({x}))
np.abs(np.fft.fft({x})) ** 2 | np.correlate({x}, [0.3, 0.6], "valid") | np.meshgrid({x}, {w})[0]
np.polyval({x}, np.linspace(0.0, 1.0, 3)) | np.outer({w}, {x}) | {x}[np.ix_([0, -1])]
""")
OF_MATRICES = texts("""
np.cov({x}) | np.block([[{x}, {x}], [{w}, 0.5 * {x}]]) | {x}.T.dot({w}) | {x}[:, [0, -1]]
np.linalg.norm(1.0 + {x} ** 2, axis=1) | np.linalg.svd({x}, compute_uv=False) | {x}.trace()
np.linalg.eigh(definite({x}))[0] | np.abs(np.linalg.qr(np.tril(definite({x})))[1]) | {x}.diagonal()
np.linalg.multi_dot([{x}, {w}.T, {x}]) | np.einsum("ij,ij->i", {x}, {w}) | np.rollaxis({x}, 1)
np.einsum("ii->i", definite({x})) | {x}.take([0, -1], axis=1) | np.tensordot({x}, {w}, ([0], [0]))
np.linalg.solve(definite({x}), {w}) | np.linalg.slogdet(definite({x}))[1] | np.matvec({w}, {x}[0])
""")


def of_any(pool):
    return _filled(pool, OF_ANY, 1, 3)


def of_vectors(pool):
    return _filled(pool, OF_VECTORS, 1, 1)


def of_matrices(pool):
    return _filled(pool, OF_MATRICES, 2, 2)


def _filled(pool, table, min_ndim, max_ndim):
    x, value = pool.array(min_ndim, max_ndim)
    return pool.choose(table).format(x=x, w=pool.numbers(*value.shape), c=pool.constant())


FORMS = [of_any, of_any, of_any, of_vectors, of_matrices, of_matrices]
