"""What can be sampled and scored.

Reading order: `constraints` (supports), `transforms` (maps between them), `validation`,
`distribution` (the contract), `wrapper`, `wrappers`, `unwrapping`, `transformed` and `degenerate`;
then the families, grouped by the support they live on:

- real line: `real_line`, `student_t`, `asymmetric`; positive numbers: `positive`, `half`,
  `heavy_tails`; intervals: `interval`, `power_law`; any of them cut off or only partly known:
  `truncated`, `censored`
- counts and categories: `counts`, `integers`, `compound_counts`, `beta_counts`, `zero_inflated`,
  `hurdle`, `categorical`, `ordinal`, `multinomial`; angles and directions: `circular`
- vectors: `simplex`, `multivariate_normal`, `gaussian`, `copula`, `spatial`; paths: `time_series`,
  `hidden_markov`; matrices: `lkj`, `wishart`
- made of others: `mixture`, `nan_masked`, `empirical`

`draws`, `open_support`, `log_probability`, `far_quantiles`, `log_beta` and `normal_moments` hold
what families share; `kl` has divergences, `goodness_of_fit` compares draws with a distribution.
"""

from lightppl.distributions import constraints, goodness_of_fit, transforms
from lightppl.distributions.asymmetric import (
    AsymmetricLaplace,
    AsymmetricLaplaceQuantile,
    Gumbel,
    SkewLogistic,
)
from lightppl.distributions.beta_counts import BetaBinomial, BetaNegativeBinomial
from lightppl.distributions.categorical import Categorical, CategoricalLogits, CategoricalProbs
from lightppl.distributions.censored import (
    IntervalCensoredDistribution,
    LeftCensoredDistribution,
    RightCensoredDistribution,
)
from lightppl.distributions.circular import (
    ProjectedNormal,
    SineBivariateVonMises,
    SineSkewed,
    VonMises,
)
from lightppl.distributions.compound_counts import (
    GammaPoisson,
    NegativeBinomial,
    NegativeBinomial2,
    NegativeBinomialLogits,
    NegativeBinomialProbs,
)
from lightppl.distributions.copula import GaussianCopula, GaussianCopulaBeta
from lightppl.distributions.counts import (
    Bernoulli,
    BernoulliLogits,
    BernoulliProbs,
    Binomial,
    BinomialLogits,
    BinomialProbs,
    Poisson,
)
from lightppl.distributions.degenerate import Delta, ImproperUniform, Unit
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.empirical import Empirical
from lightppl.distributions.gaussian import (
    LowRankMultivariateNormal,
    MatrixNormal,
    MultivariateStudentT,
    ZeroSumNormal,
)
from lightppl.distributions.half import HalfCauchy, HalfNormal
from lightppl.distributions.heavy_tails import Dagum, Gompertz, Levy, Pareto, Weibull
from lightppl.distributions.hidden_markov import DiscreteHMM, GaussianHMM
from lightppl.distributions.hurdle import (
    HurdleDistribution,
    HurdleGamma,
    HurdleLogits,
    HurdleLogNormal,
    HurdleNegativeBinomial2,
    HurdlePoisson,
    HurdleProbs,
)
from lightppl.distributions.integers import (
    DiscreteUniform,
    Geometric,
    GeometricLogits,
    GeometricProbs,
)
from lightppl.distributions.interval import Beta, BetaProportion, Kumaraswamy, LogUniform, Uniform
from lightppl.distributions.kl import kl_divergence, register_kl
from lightppl.distributions.lkj import LKJ, LKJCholesky
from lightppl.distributions.mixture import Mixture, MixtureGeneral, MixtureSameFamily
from lightppl.distributions.multinomial import (
    DirichletMultinomial,
    Multinomial,
    MultinomialLogits,
    MultinomialProbs,
    OneHotCategorical,
)
from lightppl.distributions.multivariate_normal import MultivariateNormal
from lightppl.distributions.nan_masked import NanMaskedMultivariateNormal, NanMaskedNormal
from lightppl.distributions.ordinal import OrderedLogistic, RelaxedBernoulli, RelaxedBernoulliLogits
from lightppl.distributions.positive import (
    Chi2,
    Exponential,
    Gamma,
    InverseGamma,
    LogNormal,
)
from lightppl.distributions.power_law import (
    DoublyTruncatedPowerLaw,
    LowerTruncatedPowerLaw,
    TruncatedPolyaGamma,
)
from lightppl.distributions.real_line import (
    Cauchy,
    Laplace,
    Logistic,
    Normal,
    SoftLaplace,
)
from lightppl.distributions.simplex import Dirichlet, LogisticNormal
from lightppl.distributions.spatial import CAR, CirculantNormal
from lightppl.distributions.student_t import StudentT
from lightppl.distributions.time_series import EulerMaruyama, GaussianRandomWalk, GaussianStateSpace
from lightppl.distributions.transformed import FoldedDistribution, TransformedDistribution
from lightppl.distributions.transforms import biject_to
from lightppl.distributions.truncated import (
    LeftTruncatedDistribution,
    LeftTruncatedGamma,
    RightTruncatedDistribution,
    RightTruncatedGamma,
    TruncatedCauchy,
    TruncatedDistribution,
    TruncatedGamma,
    TruncatedNormal,
    TwoSidedTruncatedDistribution,
    TwoSidedTruncatedGamma,
)
from lightppl.distributions.wishart import (
    InverseWishart,
    InverseWishartCholesky,
    Wishart,
    WishartCholesky,
)
from lightppl.distributions.wrappers import ExpandedDistribution, Independent, MaskedDistribution
from lightppl.distributions.zero_inflated import (
    ZeroInflatedDistribution,
    ZeroInflatedLogits,
    ZeroInflatedNegativeBinomial2,
    ZeroInflatedPoisson,
    ZeroInflatedProbs,
)

__all__ = [
    "AsymmetricLaplace",
    "AsymmetricLaplaceQuantile",
    "Bernoulli",
    "BernoulliLogits",
    "BernoulliProbs",
    "Beta",
    "BetaBinomial",
    "BetaNegativeBinomial",
    "BetaProportion",
    "Binomial",
    "BinomialLogits",
    "BinomialProbs",
    "CAR",
    "Categorical",
    "CategoricalLogits",
    "CategoricalProbs",
    "Cauchy",
    "Chi2",
    "CirculantNormal",
    "Dagum",
    "Delta",
    "Dirichlet",
    "DirichletMultinomial",
    "DiscreteHMM",
    "DiscreteUniform",
    "Distribution",
    "DoublyTruncatedPowerLaw",
    "Empirical",
    "EulerMaruyama",
    "ExpandedDistribution",
    "Exponential",
    "FoldedDistribution",
    "Gamma",
    "GammaPoisson",
    "GaussianCopula",
    "GaussianCopulaBeta",
    "GaussianHMM",
    "GaussianRandomWalk",
    "GaussianStateSpace",
    "Geometric",
    "GeometricLogits",
    "GeometricProbs",
    "Gompertz",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "HurdleDistribution",
    "HurdleGamma",
    "HurdleLogNormal",
    "HurdleLogits",
    "HurdleNegativeBinomial2",
    "HurdlePoisson",
    "HurdleProbs",
    "ImproperUniform",
    "Independent",
    "IntervalCensoredDistribution",
    "InverseGamma",
    "InverseWishart",
    "InverseWishartCholesky",
    "Kumaraswamy",
    "LKJ",
    "LKJCholesky",
    "Laplace",
    "LeftCensoredDistribution",
    "LeftTruncatedDistribution",
    "LeftTruncatedGamma",
    "Levy",
    "LogNormal",
    "LogUniform",
    "Logistic",
    "LogisticNormal",
    "LowRankMultivariateNormal",
    "LowerTruncatedPowerLaw",
    "MaskedDistribution",
    "MatrixNormal",
    "Mixture",
    "MixtureGeneral",
    "MixtureSameFamily",
    "Multinomial",
    "MultinomialLogits",
    "MultinomialProbs",
    "MultivariateNormal",
    "MultivariateStudentT",
    "NanMaskedMultivariateNormal",
    "NanMaskedNormal",
    "NegativeBinomial",
    "NegativeBinomial2",
    "NegativeBinomialLogits",
    "NegativeBinomialProbs",
    "Normal",
    "OneHotCategorical",
    "OrderedLogistic",
    "Pareto",
    "Poisson",
    "ProjectedNormal",
    "RelaxedBernoulli",
    "RelaxedBernoulliLogits",
    "RightCensoredDistribution",
    "RightTruncatedDistribution",
    "RightTruncatedGamma",
    "SineBivariateVonMises",
    "SineSkewed",
    "SkewLogistic",
    "SoftLaplace",
    "StudentT",
    "TransformedDistribution",
    "TruncatedCauchy",
    "TruncatedDistribution",
    "TruncatedGamma",
    "TruncatedNormal",
    "TruncatedPolyaGamma",
    "TwoSidedTruncatedDistribution",
    "TwoSidedTruncatedGamma",
    "Uniform",
    "Unit",
    "VonMises",
    "Weibull",
    "Wishart",
    "WishartCholesky",
    "ZeroInflatedDistribution",
    "ZeroInflatedLogits",
    "ZeroInflatedNegativeBinomial2",
    "ZeroInflatedPoisson",
    "ZeroInflatedProbs",
    "ZeroSumNormal",
    "biject_to",
    "constraints",
    "goodness_of_fit",
    "kl_divergence",
    "register_kl",
    "transforms",
]
