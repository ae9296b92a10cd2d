"""Samplers with a planted fault, which calibration has to see."""

from lightppl.infer import NUTS, MixedHMC


class TooSlow(NUTS):
    """Draws momenta that are a fifth too small: kinetic and potential energy disagree."""

    def make_work(self, density, q, state):
        """Return the arrays of a chain, with factors that do not belong to the metric."""
        work = super().make_work(density, q, state)
        work.metric.block_factor[:] *= 1.25
        return work


def too_slow(model):
    """Return NUTS with momenta drawn from a distribution that is not that of its energy."""
    return TooSlow(model, dense_mass=True, adapt_mass_matrix=False)


def blind(model):
    """Return NUTS of the prior: the data are one more site to be drawn."""
    return NUTS(lambda groups, y: model(groups))


class ForAnotherModel(MixedHMC):
    """Proposes discrete values for a model whose numbers are a fifth larger."""

    def make_work(self, density, q, state):
        """Return the arrays of a chain, with energies of elements that are not the density's."""
        work = super().make_work(density, q, state)
        work.sites.float_data[:] *= 1.2
        return work
