"""Merged subposteriors: exact for normal ones, equal to plain formulas, and of all the data."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from examples.sharded import fit_shard, fit_shards, simulate
from lightppl.errors import ArgumentError, ModelError, ShapeError, SiteNameError
from lightppl.infer import MCMC, NUTS
from lightppl.infer.hmc_util import consensus, parametric, parametric_draws
from lightppl.language.structure import leaves_of

NUM_PARTS, SIZE = 3, 5
SCALES = np.array([1e-4, 1.0, 3.0, 1e5, 0.2])


def normals(seed=0):
    """Return means (S, D) and covariances (S, D, D) of different scales and correlations."""
    rng = np.random.default_rng(seed)
    roots = rng.normal(size=(NUM_PARTS, SIZE, SIZE + 3)) * SCALES[:, None] / 3.0
    means = 10.0 * SCALES + (roots @ rng.normal(size=(NUM_PARTS, SIZE + 3, 1)))[..., 0]
    return means, roots @ roots.swapaxes(1, 2)


def parts_of(num_draws, seed=0):
    """Return subposteriors with draws of `normals`, whose sites are out of order."""
    rng = np.random.default_rng([seed, 1])
    parts = []
    for mean, covariance in zip(*normals(seed)):
        x = rng.multivariate_normal(mean, covariance, num_draws, method="cholesky")
        sites = {"tau": x[:, 4], "mu": {"b": x[:, 3:4], "a": x[:, :3].reshape(-1, 3, 1)}}
        parts.append(sites if len(parts) % 2 else dict(reversed(sites.items())))
    return parts


def flat(draws):
    """Return draws as a matrix, in the order of `normals`."""
    a, b = draws["mu"]["a"], draws["mu"]["b"]
    return np.column_stack([a.reshape(len(a), 3), b, draws["tau"]])


def product(means, covariances):
    """Return mean and covariance of a product of normal densities, by plain formulas."""
    precisions = [np.linalg.inv(covariance) for covariance in covariances]
    covariance = np.linalg.inv(sum(precisions))
    return covariance @ sum(p @ mean for p, mean in zip(precisions, means)), covariance


def moments(parts, diagonal=False):
    means = [flat(part).mean(axis=0) for part in parts]
    covariances = [np.cov(flat(part), rowvar=False) for part in parts]
    if diagonal:
        covariances = [np.diag(np.diag(covariance)) for covariance in covariances]
    return means, covariances


@pytest.mark.parametrize("diagonal", [False, True])
@pytest.mark.parametrize("num_draws", [8, 200])
def test_parametric_is_the_product_of_the_normals_with_the_moments_of_the_draws(
    diagonal, num_draws
):
    parts = parts_of(num_draws)
    mean, covariance = parametric(parts, diagonal=diagonal)
    known_mean, known = product(*moments(parts, diagonal))
    np.testing.assert_allclose(mean, known_mean, rtol=1e-10)
    size = np.outer(*2 * [np.sqrt(np.diag(known))])
    covariance = np.diag(covariance) if diagonal else covariance
    np.testing.assert_allclose(covariance / size, known / size, atol=1e-10)


@pytest.mark.parametrize("diagonal", [False, True])
def test_consensus_averages_each_draw_with_its_weights(diagonal):
    parts = parts_of(40)
    _, covariances = moments(parts, diagonal)
    for k in (0, 17, 39):
        mean, _ = product([flat(part)[k] for part in parts], covariances)
        found = flat(consensus(parts, diagonal=diagonal))[k]
        np.testing.assert_allclose(found, mean, rtol=1e-10)


@pytest.mark.parametrize(
    "merge",
    [
        consensus,
        lambda parts: consensus(parts, num_draws=30_000, rng_key=5),
        lambda parts: parametric_draws(parts, 30_000, rng_key=5),
    ],
)
def test_merged_draws_of_normals_are_draws_of_their_product(merge):
    mean, covariance = product(*normals())
    root = np.linalg.cholesky(covariance)
    z = np.linalg.solve(root, (flat(merge(parts_of(30_000))) - mean).T)
    np.testing.assert_allclose(z.mean(axis=1), 0.0, atol=5 * np.sqrt((SIZE + 2) / 30_000))
    np.testing.assert_allclose(np.cov(z), np.eye(SIZE), atol=5 * np.sqrt(2 / 30_000))


def test_draws_of_independent_normals_have_their_means_and_variances():
    parts = parts_of(200)
    mean, variance = parametric(parts, diagonal=True)
    z = (flat(parametric_draws(parts, 30_000, diagonal=True)) - mean) / np.sqrt(variance)
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=5 / np.sqrt(30_000))
    np.testing.assert_allclose(np.cov(z.T), np.eye(SIZE), atol=5 * np.sqrt(2 / 30_000))


def test_the_error_of_a_merged_mean_is_that_of_draws_and_of_weights():
    rng, num_parts, size, num_draws, errors = np.random.default_rng(0), 5, 3, 100, []
    for _ in range(200):
        means = rng.normal(size=(num_parts, 1, size))
        mean, _ = parametric(list(means + rng.normal(size=(num_parts, num_draws, size))))
        errors.append((mean - means.mean(axis=(0, 1))) * np.sqrt(num_parts))
    known = np.sqrt((1 + (size + 1) * (1 - 1 / num_parts)) / num_draws)
    assert np.std(errors) == pytest.approx(known, rel=4 / np.sqrt(2 * 200 * size))


@pytest.mark.parametrize("num_draws", [7, 40, 95])
@pytest.mark.parametrize("merge", [consensus, parametric_draws])
def test_merged_draws_have_the_structure_of_a_part_and_follow_the_key(merge, num_draws):
    parts = parts_of(40)
    found = merge(parts, num_draws=num_draws)
    assert list(found) == list(parts[0]) and list(found["mu"]) == list(parts[0]["mu"])
    assert [x.shape[1:] for x in leaves_of(found)] == [x.shape[1:] for x in leaves_of(parts[0])]
    assert {len(x) for x in leaves_of(found)} == {num_draws}
    same, other = (flat(merge(parts, num_draws=num_draws, rng_key=key)) for key in (0, 1))
    np.testing.assert_array_equal(flat(found), same)
    assert not np.any(same == other)


def test_draws_taken_at_random_are_taken_equally_often():
    part = {"x": np.arange(10.0)}
    found = np.round(consensus([part], num_draws=25, rng_key=3)["x"])
    values, counts = np.unique(found, return_counts=True)
    assert len(values) == 10 and set(counts) == {2, 3}


def test_parts_of_different_numbers_of_draws_are_weighted_by_their_own_moments():
    parts = [parts_of(size)[s] for s, size in enumerate((300, 200, 400))]
    mean, _ = parametric(parts)
    np.testing.assert_allclose(mean, product(*moments(parts))[0], rtol=1e-10)
    assert flat(consensus(parts, num_draws=50)).shape == (50, SIZE)
    with pytest.raises(ShapeError, match="have 300, 200, 400 draws.*give num_draws"):
        consensus(parts)


def test_bare_arrays_are_merged_too():
    rng = np.random.default_rng(0)
    parts = [rng.normal(size=(50, 2)), rng.normal(size=(50, 2))]
    assert consensus(parts).shape == (50, 2) and parametric_draws(parts, 7).shape == (7, 2)


X = np.random.default_rng(0).normal(size=50)
WRONG = {
    "no list": ({"a": X}, ArgumentError, "must be a list with the draws of each part"),
    "no part": ([], ArgumentError, "must be a list with the draws of each part"),
    "no draws": ([{"a": X[:0]}], ArgumentError, "Subposterior 0 has no draws"),
    "no sites": ([{"a": X}, {}], ArgumentError, "Subposterior 1 has no draws"),
    "a number": ([{"a": 1.0}], ShapeError, "site 'a' of subposterior 0 must be an array"),
    "text": ([{"a": X}, {"a": "x"}], ArgumentError, "site 'a' of subposterior 1 must be an array"),
    "NaN": ([{"a": X}, {"a": X * np.nan}], ArgumentError, "'a' of subposterior 1 must be finite"),
    "integers": ([{"k": np.arange(9)}], ArgumentError, "site 'k' of subposterior 0 is of type int"),
    "axes": ([{"a": X, "b": X[:4]}], ShapeError, "found 50 of site 'a', 4 of site 'b'"),
    "missing": ([{"a": X, "b": X}, {"a": X}], SiteNameError, "0 has site 'b' and subposterior 1"),
    "more": ([{"a": X}, {"a": X, "b": X}], SiteNameError, "1 has site 'b' and subposterior 0"),
    "shapes": ([{"a": X}, {"a": X.reshape(5, 10)}], ShapeError, r"\(\) in .* 0 and \(10,\) in"),
    "few": ([{"a": X.reshape(5, 10)}], ArgumentError, "has 5 draws of 10 numbers.* 11 draws"),
    "constant": ([{"a": 0 * X}], ArgumentError, "'a' is the same in all draws of subposterior 0"),
    "singular": (
        [{"a": X, "c": X**2, "b": 1.0 - 3.0 * X}], ArgumentError,
        "singular: ('a' and 'b'|'b' and 'a') determine each other.*save_sites",
    ),
}  # fmt: skip


@pytest.mark.parametrize("merge", [consensus, parametric, lambda x: parametric_draws(x, 5)])
@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_merged_is_refused_in_a_sentence(merge, name):
    subposteriors, error, message = WRONG[name]
    with pytest.raises(error, match=message):
        merge(subposteriors)


def test_diagonal_weights_need_only_two_draws_that_differ():
    few = [{"a": X.reshape(5, 10)}, {"a": X.reshape(5, 10) + 1.0}]
    np.testing.assert_allclose(
        parametric(few, diagonal=True)[0], X.reshape(5, 10).mean(axis=0) + 0.5
    )
    with pytest.raises(ArgumentError, match="1 draws of 10 numbers, whose variances"):
        parametric([{"a": X[None, :10]}], diagonal=True)


@pytest.mark.parametrize(
    "options, name",
    [({"num_draws": 0}, "num_draws"), ({"diagonal": "no"}, "diagonal"), ({"num_draws": 3,
      "rng_key": "x"}, "rng_key")],
)  # fmt: skip
def test_bad_options_are_refused_by_name(options, name):
    for merge in (consensus, parametric_draws):
        with pytest.raises(ModelError, match=name):
            merge(parts_of(40), **{"num_draws": 5, **options})


def strong_prior(y, power):
    with lp.handlers.scale(scale=power):
        mu = lp.sample("mu", dist.Normal(2.0, 0.2))
    with lp.plate("data", len(y)):
        lp.sample("y", dist.Normal(mu, 1.0), obs=y)


def test_the_prior_counts_once_if_each_part_has_its_share_of_it():
    y = np.random.default_rng(1).normal(size=40)
    precision = 1 / 0.2**2 + len(y)
    mean = (2.0 / 0.2**2 + y.sum()) / precision

    def fit(s, power):
        mcmc = MCMC(NUTS(strong_prior), num_warmup=200, num_samples=2000, progress_bar=False)
        mcmc.run(s, np.array_split(y, 4)[s], power)
        return mcmc.get_samples()

    def error(power):
        """Of the merged mean, in standard deviations."""
        with ThreadPoolExecutor(2) as executor:
            parts = list(executor.map(lambda s: fit(s, power), range(4)))
        return (consensus(parts)["mu"].mean() - mean) * np.sqrt(precision)

    assert abs(error(1 / 4)) < 0.15
    assert error(1.0) > 3.0


def test_shards_in_processes_of_a_dask_cluster_agree_with_the_whole():
    distributed = pytest.importorskip("distributed", reason="dask[distributed] is not installed")
    rows, bought = simulate(np.random.default_rng(0), 8_000)
    whole = fit_shard(lp.random.key(1), rows, bought, 1)["beta"]
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as client:
        parts = fit_shards(client.get_executor(), lp.random.key(0), rows, bought, 4)
    for merged in (consensus(parts)["beta"], parametric_draws(parts, 1000)["beta"]):
        sd = whole.std(axis=0)
        error = np.sqrt((1 + 4 + 2) / 1000)  # of draws of the whole, of the parts, of weights
        found, known = merged.mean(axis=0) / sd, whole.mean(axis=0) / sd
        np.testing.assert_allclose(found, known, atol=4 * error)
        np.testing.assert_allclose(merged.std(axis=0) / sd, 1.0, atol=0.15)
    assert np.all(parts[0]["beta"].std(axis=0) > 1.7 * whole.std(axis=0))
