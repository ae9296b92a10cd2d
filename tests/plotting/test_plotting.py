import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="matplotlib is not installed")

from lightppl import plotting
from lightppl.errors import ModelError, ShapeError, SiteNameError


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    return {"mu": rng.standard_normal((4, 200)), "theta": rng.standard_normal((4, 200, 2))}


def is_drawable(figure, tmp_path):
    path = tmp_path / "figure.png"
    figure.savefig(path, dpi=50)
    return path.stat().st_size > 1000


@pytest.mark.parametrize(
    "plot, num_panels",
    [
        (plotting.plot_posterior, 3),
        (plotting.plot_rank, 3),
        (plotting.plot_trace, 6),
        (plotting.plot_pair, 9),
        (plotting.plot_forest, 1),
    ],
)
def test_every_scalar_is_drawn(plot, num_panels, samples, tmp_path):
    figure = plot(samples)
    assert len(figure.axes) == num_panels
    assert is_drawable(figure, tmp_path)
    assert len(plot(samples, ["mu"]).axes) == {9: 1, 6: 2}.get(num_panels, 1)


@pytest.mark.parametrize("plot", [plotting.plot_posterior, plotting.plot_pair])
def test_an_unknown_site_is_named(plot, samples):
    with pytest.raises(SiteNameError, match="'tau'"):
        plot(samples, ["mu", "tau"])


def test_posterior_marks_interval_and_reference(samples):
    panel = plotting.plot_posterior(samples, ["mu"], ref_val={"mu": 7.0}).axes[0]
    positions = [line.get_xdata() for line in panel.lines]
    assert [7.0, 7.0] in [list(x) for x in positions]
    low, high = positions[0]
    assert low < samples["mu"].mean() < high


def test_divergences_are_marked(samples, tmp_path):
    diverging = np.zeros((4, 200), dtype=bool)
    diverging[2, [3, 7]] = True
    pair = plotting.plot_pair(samples, diverging=diverging).axes[1]
    assert sorted(len(line.get_xdata()) for line in pair.lines) == [2, 800]
    trace = plotting.plot_trace(samples, ["mu"], diverging=diverging).axes[1]
    assert trace.lines[-1].get_xdata().tolist() == [3, 7]


def test_forest_can_keep_chains_apart(samples):
    together = plotting.plot_forest(samples).axes[0]
    apart = plotting.plot_forest(samples, combined=False).axes[0]
    assert len(apart.lines) == 4 * len(together.lines)


class Fit:
    """Has what the pictures ask of a sampler."""

    def __init__(self, samples, statistics):
        self.samples, self.statistics = samples, statistics

    def get_samples(self, group_by_chain=False):
        assert group_by_chain
        return self.samples

    def get_statistics(self, group_by_chain=False):
        assert group_by_chain
        return self.statistics


@pytest.mark.parametrize(
    "plot",
    [
        plotting.plot_posterior, plotting.plot_rank, plotting.plot_trace, plotting.plot_pair,
        plotting.plot_forest,
    ],
)  # fmt: skip
def test_a_fit_is_drawn_as_its_draws_are(plot, samples):
    from_fit, from_draws = plot(Fit(samples, {})), plot(samples)
    for one, other in zip(from_fit.axes, from_draws.axes, strict=True):
        assert one.get_title() == other.get_title()
        assert len(one.lines) == len(other.lines) and len(one.patches) == len(other.patches)


def test_a_fit_knows_its_energy_and_divergences(samples):
    diverging = np.zeros((4, 200), dtype=bool)
    diverging[2, [3, 7]] = True
    fit = Fit(samples, {"diverging": diverging, "energy": samples["mu"]})
    assert plotting.plot_trace(fit, ["mu"]).axes[1].lines[-1].get_xdata().tolist() == [3, 7]
    assert 2 in [len(line.get_xdata()) for line in plotting.plot_pair(fit).axes[1].lines]
    expected = plotting.plot_energy(samples["mu"]).axes[0].get_title()
    assert plotting.plot_energy(fit).axes[0].get_title() == expected
    with pytest.raises(ModelError, match="reports no energy"):
        plotting.plot_energy(Fit(samples, {}))


def test_single_scalars_can_be_chosen(samples):
    figure = plotting.plot_posterior(samples, ["theta[1]", "mu"])
    assert [panel.get_title().split(":")[0] for panel in figure.axes] == ["theta[1]", "mu"]
    with pytest.raises(SiteNameError, match=r"'theta\[7\]'"):
        plotting.plot_posterior(samples, ["theta[7]"])


@pytest.mark.parametrize("plot", [plotting.plot_trace, plotting.plot_rank])
def test_chains_have_a_legend(plot, samples):
    (legend,) = plot(samples).legends
    assert [text.get_text() for text in legend.get_texts()] == [f"chain {k}" for k in range(4)]
    assert not plot({"mu": samples["mu"][:1]}).legends


def many_scalars():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((4, 200, 20))
    x[..., 13] = x[..., 4] + 0.1 * x[..., 13]
    x[..., 7] = 1.0
    return x, x[..., 17] > 2.5


def test_pairs_of_many_scalars_show_those_that_tell_most():
    x, diverging = many_scalars()
    figure = plotting.plot_pair({"x": x}, diverging=diverging, max_scalars=4)
    assert len(figure.axes) == 16 and "4 of 20" in figure.get_suptitle()
    shown = {panel.get_ylabel() for panel in figure.axes} - {""}
    assert {"x[4]", "x[13]", "x[17]"} < shown and "x[7]" not in shown


def test_pairs_of_too_many_chosen_scalars_are_refused():
    with pytest.raises(ModelError, match=r"20 scalars would make 400 panels.*at most 8"):
        plotting.plot_pair({"x": many_scalars()[0]}, ["x"])


def test_ranks_of_equal_chains_are_flat():
    x = np.arange(400.0).reshape(100, 4).T
    panel = plotting.plot_rank({"x": x}, num_bins=10).axes[0]
    for patch in panel.patches:
        assert patch.get_data().values.tolist() == [10] * 10


def test_energy_reports_its_fraction(tmp_path):
    figure = plotting.plot_energy(np.random.default_rng(1).standard_normal((2, 200)))
    assert figure.axes[0].get_title().startswith("E-BFMI")
    assert is_drawable(figure, tmp_path)


@pytest.mark.parametrize("x", [None, np.linspace(0, 1, 30)])
def test_predictions_are_drawn_with_observations(x, tmp_path):
    rng = np.random.default_rng(2)
    figure = plotting.plot_ppc(rng.standard_normal(30), rng.standard_normal((100, 30)), x=x)
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert "observed" in labels
    assert is_drawable(figure, tmp_path)


def test_predictions_must_fit_observations():
    with pytest.raises(ShapeError, match=r"\(draws, 30\)"):
        plotting.plot_ppc(np.zeros(30), np.zeros((30, 100)))
