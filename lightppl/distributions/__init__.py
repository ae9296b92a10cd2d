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

from lightppl.when_used import names_when_used

__getattr__, __dir__, __all__ = names_when_used(__name__, {
    "asymmetric": "AsymmetricLaplace AsymmetricLaplaceQuantile Gumbel SkewLogistic",
    "beta_counts": "BetaBinomial BetaNegativeBinomial",
    "categorical": "Categorical CategoricalLogits CategoricalProbs",
    "censored": "IntervalCensoredDistribution LeftCensoredDistribution RightCensoredDistribution",
    "circular": "ProjectedNormal SineBivariateVonMises SineSkewed VonMises",
    "compound_counts": (
        "GammaPoisson NegativeBinomial NegativeBinomial2 NegativeBinomialLogits "
        "NegativeBinomialProbs"
    ),
    "constraints": ".",
    "copula": "GaussianCopula GaussianCopulaBeta",
    "counts": (
        "Bernoulli BernoulliLogits BernoulliProbs Binomial BinomialLogits BinomialProbs Poisson"
    ),
    "degenerate": "Delta ImproperUniform Unit",
    "distribution": "Distribution",
    "empirical": "Empirical",
    "gaussian": "LowRankMultivariateNormal MatrixNormal MultivariateStudentT ZeroSumNormal",
    "goodness_of_fit": ".",
    "half": "HalfCauchy HalfNormal",
    "heavy_tails": "Dagum Gompertz Levy Pareto Weibull",
    "hidden_markov": "DiscreteHMM GaussianHMM",
    "hurdle": (
        "HurdleDistribution HurdleGamma HurdleLogits HurdleLogNormal HurdleNegativeBinomial2 "
        "HurdlePoisson HurdleProbs"
    ),
    "integers": "DiscreteUniform Geometric GeometricLogits GeometricProbs",
    "interval": "Beta BetaProportion Kumaraswamy LogUniform Uniform",
    "kl": "kl_divergence register_kl",
    "lkj": "LKJ LKJCholesky",
    "mixture": "Mixture MixtureGeneral MixtureSameFamily",
    "multinomial": (
        "DirichletMultinomial Multinomial MultinomialLogits MultinomialProbs OneHotCategorical"
    ),
    "multivariate_normal": "MultivariateNormal",
    "nan_masked": "NanMaskedMultivariateNormal NanMaskedNormal",
    "ordinal": "OrderedLogistic RelaxedBernoulli RelaxedBernoulliLogits",
    "positive": "Chi2 Exponential Gamma InverseGamma LogNormal",
    "power_law": "DoublyTruncatedPowerLaw LowerTruncatedPowerLaw TruncatedPolyaGamma",
    "real_line": "Cauchy Laplace Logistic Normal SoftLaplace",
    "simplex": "Dirichlet LogisticNormal",
    "spatial": "CAR CirculantNormal",
    "student_t": "StudentT",
    "time_series": "EulerMaruyama GaussianRandomWalk GaussianStateSpace",
    "transformed": "FoldedDistribution TransformedDistribution",
    "transforms": ". biject_to",
    "truncated": (
        "LeftTruncatedDistribution LeftTruncatedGamma RightTruncatedDistribution "
        "RightTruncatedGamma TruncatedCauchy TruncatedDistribution TruncatedGamma TruncatedNormal "
        "TwoSidedTruncatedDistribution TwoSidedTruncatedGamma"
    ),
    "wishart": "InverseWishart InverseWishartCholesky Wishart WishartCholesky",
    "wrappers": "ExpandedDistribution Independent MaskedDistribution",
    "zero_inflated": (
        "ZeroInflatedDistribution ZeroInflatedLogits ZeroInflatedNegativeBinomial2 "
        "ZeroInflatedPoisson ZeroInflatedProbs"
    ),
})  # fmt: skip
