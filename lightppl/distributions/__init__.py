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

__getattr__, __dir__, __all__ = names_when_used(__name__)
