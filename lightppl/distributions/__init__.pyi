"""Where the names of this package are: for editors, and for `names_when_used`."""

from . import (
    constraints as constraints,
    goodness_of_fit as goodness_of_fit,
    transforms as transforms,
)
from .asymmetric import (
    AsymmetricLaplace as AsymmetricLaplace,
    AsymmetricLaplaceQuantile as AsymmetricLaplaceQuantile,
    Gumbel as Gumbel,
    SkewLogistic as SkewLogistic,
)
from .beta_counts import BetaBinomial as BetaBinomial, BetaNegativeBinomial as BetaNegativeBinomial
from .categorical import (
    Categorical as Categorical,
    CategoricalLogits as CategoricalLogits,
    CategoricalProbs as CategoricalProbs,
)
from .censored import (
    IntervalCensoredDistribution as IntervalCensoredDistribution,
    LeftCensoredDistribution as LeftCensoredDistribution,
    RightCensoredDistribution as RightCensoredDistribution,
)
from .circular import (
    ProjectedNormal as ProjectedNormal,
    SineBivariateVonMises as SineBivariateVonMises,
    SineSkewed as SineSkewed,
    VonMises as VonMises,
)
from .compound_counts import (
    GammaPoisson as GammaPoisson,
    NegativeBinomial as NegativeBinomial,
    NegativeBinomial2 as NegativeBinomial2,
    NegativeBinomialLogits as NegativeBinomialLogits,
    NegativeBinomialProbs as NegativeBinomialProbs,
)
from .copula import GaussianCopula as GaussianCopula, GaussianCopulaBeta as GaussianCopulaBeta
from .counts import (
    Bernoulli as Bernoulli,
    BernoulliLogits as BernoulliLogits,
    BernoulliProbs as BernoulliProbs,
    Binomial as Binomial,
    BinomialLogits as BinomialLogits,
    BinomialProbs as BinomialProbs,
    Poisson as Poisson,
)
from .degenerate import Delta as Delta, ImproperUniform as ImproperUniform, Unit as Unit
from .distribution import Distribution as Distribution
from .empirical import Empirical as Empirical
from .gaussian import (
    LowRankMultivariateNormal as LowRankMultivariateNormal,
    MatrixNormal as MatrixNormal,
    MultivariateStudentT as MultivariateStudentT,
    ZeroSumNormal as ZeroSumNormal,
)
from .half import HalfCauchy as HalfCauchy, HalfNormal as HalfNormal
from .heavy_tails import (
    Dagum as Dagum,
    Gompertz as Gompertz,
    Levy as Levy,
    Pareto as Pareto,
    Weibull as Weibull,
)
from .hidden_markov import DiscreteHMM as DiscreteHMM, GaussianHMM as GaussianHMM
from .hurdle import (
    HurdleDistribution as HurdleDistribution,
    HurdleGamma as HurdleGamma,
    HurdleLogNormal as HurdleLogNormal,
    HurdleLogits as HurdleLogits,
    HurdleNegativeBinomial2 as HurdleNegativeBinomial2,
    HurdlePoisson as HurdlePoisson,
    HurdleProbs as HurdleProbs,
)
from .integers import (
    DiscreteUniform as DiscreteUniform,
    Geometric as Geometric,
    GeometricLogits as GeometricLogits,
    GeometricProbs as GeometricProbs,
)
from .interval import (
    Beta as Beta,
    BetaProportion as BetaProportion,
    Kumaraswamy as Kumaraswamy,
    LogUniform as LogUniform,
    Uniform as Uniform,
)
from .kl import kl_divergence as kl_divergence, register_kl as register_kl
from .lkj import LKJ as LKJ, LKJCholesky as LKJCholesky
from .mixture import (
    Mixture as Mixture,
    MixtureGeneral as MixtureGeneral,
    MixtureSameFamily as MixtureSameFamily,
)
from .multinomial import (
    DirichletMultinomial as DirichletMultinomial,
    Multinomial as Multinomial,
    MultinomialLogits as MultinomialLogits,
    MultinomialProbs as MultinomialProbs,
    OneHotCategorical as OneHotCategorical,
)
from .multivariate_normal import MultivariateNormal as MultivariateNormal
from .nan_masked import (
    NanMaskedMultivariateNormal as NanMaskedMultivariateNormal,
    NanMaskedNormal as NanMaskedNormal,
)
from .ordinal import (
    OrderedLogistic as OrderedLogistic,
    RelaxedBernoulli as RelaxedBernoulli,
    RelaxedBernoulliLogits as RelaxedBernoulliLogits,
)
from .positive import (
    Chi2 as Chi2,
    Exponential as Exponential,
    Gamma as Gamma,
    InverseGamma as InverseGamma,
    LogNormal as LogNormal,
)
from .power_law import (
    DoublyTruncatedPowerLaw as DoublyTruncatedPowerLaw,
    LowerTruncatedPowerLaw as LowerTruncatedPowerLaw,
    TruncatedPolyaGamma as TruncatedPolyaGamma,
)
from .real_line import (
    Cauchy as Cauchy,
    Laplace as Laplace,
    Logistic as Logistic,
    Normal as Normal,
    SoftLaplace as SoftLaplace,
)
from .simplex import Dirichlet as Dirichlet, LogisticNormal as LogisticNormal
from .spatial import CAR as CAR, CirculantNormal as CirculantNormal
from .student_t import StudentT as StudentT
from .time_series import (
    EulerMaruyama as EulerMaruyama,
    GaussianRandomWalk as GaussianRandomWalk,
    GaussianStateSpace as GaussianStateSpace,
)
from .transformed import (
    FoldedDistribution as FoldedDistribution,
    TransformedDistribution as TransformedDistribution,
)
from .transforms import biject_to as biject_to
from .truncated import (
    LeftTruncatedDistribution as LeftTruncatedDistribution,
    LeftTruncatedGamma as LeftTruncatedGamma,
    RightTruncatedDistribution as RightTruncatedDistribution,
    RightTruncatedGamma as RightTruncatedGamma,
    TruncatedCauchy as TruncatedCauchy,
    TruncatedDistribution as TruncatedDistribution,
    TruncatedGamma as TruncatedGamma,
    TruncatedNormal as TruncatedNormal,
    TwoSidedTruncatedDistribution as TwoSidedTruncatedDistribution,
    TwoSidedTruncatedGamma as TwoSidedTruncatedGamma,
)
from .wishart import (
    InverseWishart as InverseWishart,
    InverseWishartCholesky as InverseWishartCholesky,
    Wishart as Wishart,
    WishartCholesky as WishartCholesky,
)
from .wrappers import (
    ExpandedDistribution as ExpandedDistribution,
    Independent as Independent,
    MaskedDistribution as MaskedDistribution,
)
from .zero_inflated import (
    ZeroInflatedDistribution as ZeroInflatedDistribution,
    ZeroInflatedLogits as ZeroInflatedLogits,
    ZeroInflatedNegativeBinomial2 as ZeroInflatedNegativeBinomial2,
    ZeroInflatedPoisson as ZeroInflatedPoisson,
    ZeroInflatedProbs as ZeroInflatedProbs,
)
