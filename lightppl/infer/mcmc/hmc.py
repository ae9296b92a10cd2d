"""The Hamiltonian samplers that users construct: `HMC` and `NUTS`."""

import numpy as np

from lightppl.density.bound_data import bound, is_same_data
from lightppl.arguments import check_callable, check_count, check_flag, check_number, shown
from lightppl.density.initialize import init_to_uniform
from lightppl.errors import ArgumentError, ModelError, UnsupportedOperationError
from lightppl.infer.mcmc.hamiltonian_run import HamiltonianRun
from lightppl.infer.mcmc.kernel import HMCState, MCMCKernel, wrong_state
from lightppl.infer.mcmc.mass_matrix import check_dense_mass, check_inverse_mass
from lightppl.infer.mcmc.plan import RunPlan
from lightppl.infer.mcmc.problem import FunctionProblem, ModelProblem
from lightppl.kernels.chains.chain import WarmupOptions
from lightppl.kernels.chains.hmc_chain import TrajectoryLength, make_points, run_hmc_block
from lightppl.kernels.chains.nuts_chain import TreeDepths, run_nuts_block
from lightppl.kernels.trajectory import make_tree
from lightppl.language.structure import map_leaves
from lightppl.random import as_key, fold_in


DEEPEST = 50
"""Trees of more doublings would not end."""


class HMC(MCMCKernel):
    """Hamiltonian Monte Carlo with trajectories of a fixed length.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy.
    kinetic_fn : None
        Only the Gaussian kinetic energy exists.
    step_size : float
        Where adaptation begins.
    inverse_mass_matrix : array or dict, optional
        (D,) or (D, D) in the order of sorted site names, or a dict from tuples of names to vectors
        and matrices.
    adapt_step_size, adapt_mass_matrix : bool
    dense_mass : bool or list of tuples of str
        True for one dense matrix, tuples of site names for dense blocks.
    target_accept_prob : float
        In (0, 1); larger values make smaller steps.
    num_steps : int, optional
        Leapfrog steps of each trajectory.
    trajectory_length : float or None
        Time of each trajectory.  With `num_steps` given too the step size is their ratio; with
        None and `num_steps` given the step size adapts.
    init_strategy : callable
    find_heuristic_step_size : bool
        Whether a first step size is searched at the start and after each window of warmup.
    forward_mode_differentiation : bool
        Accepted and ignored: gradients are compiled in reverse mode.
    regularize_mass_matrix : bool
    jit_compile : bool
        If False, the density runs eagerly through autograd.
    full_mass : bool, optional
        Another name of `dense_mass`.

    References
    ----------
    Neal (2011), "MCMC using Hamiltonian dynamics".

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import HMC, MCMC
    >>> def model():
    ...     lp.sample("x", dist.Normal(3.0, 2.0))
    >>> mcmc = MCMC(HMC(model), num_warmup=300, num_samples=300, progress_bar=False)
    >>> mcmc.run(0)
    >>> mcmc.get_samples()["x"].shape
    (300,)
    """

    run_block = staticmethod(run_hmc_block)
    statistics_fields = ("diverging", "energy", "accept_prob", "num_steps")
    max_tree_depth = None
    sample_field = "z"
    default_fields = ("z", "diverging")

    def __init__(
        self,
        model=None,
        potential_fn=None,
        kinetic_fn=None,
        step_size=1.0,
        inverse_mass_matrix=None,
        adapt_step_size=True,
        adapt_mass_matrix=True,
        dense_mass=False,
        target_accept_prob=0.8,
        num_steps=None,
        trajectory_length=2 * np.pi,
        init_strategy=init_to_uniform,
        find_heuristic_step_size=False,
        forward_mode_differentiation=False,
        regularize_mass_matrix=True,
        *,
        jit_compile=True,
        full_mass=None,
    ):
        if (model is None) == (potential_fn is None):
            raise ModelError("Give the sampler either a model or a potential_fn, and only one.")
        if kinetic_fn is not None:
            raise UnsupportedOperationError(
                "kinetic_fn is not supported: the kinetic energy is Gaussian. A change of the "
                "metric is expressed by inverse_mass_matrix."
            )
        self._model, self._potential_fn = model, potential_fn
        if model is None:
            check_callable(potential_fn, "potential_fn")
        else:
            check_callable(model, "model")
        self.inverse_mass_matrix = check_inverse_mass(inverse_mass_matrix)
        self.adapt_mass_matrix = check_flag(adapt_mass_matrix, "adapt_mass_matrix")
        self.dense_mass = (
            check_dense_mass(dense_mass, "dense_mass") if full_mass is None
            else check_dense_mass(full_mass, "full_mass")
        )
        self.init_strategy = check_callable(init_strategy, "init_strategy")
        self.jit_compile = check_flag(jit_compile, "jit_compile")
        check_flag(forward_mode_differentiation, "forward_mode_differentiation")
        self.step_size = check_number(step_size, "step_size", above=0)
        if num_steps is not None:
            num_steps = check_count(num_steps, "num_steps", least=1)
        if trajectory_length is not None:
            trajectory_length = check_number(trajectory_length, "trajectory_length", above=0)
        self.trajectory_length, self.num_steps = trajectory_length, num_steps
        if num_steps is None and trajectory_length is None:
            raise ModelError("Give HMC num_steps, trajectory_length, or both.")
        if num_steps is not None and trajectory_length is not None:
            self.step_size = trajectory_length / num_steps
            adapt_step_size = find_heuristic_step_size = False
        self.warmup_options = WarmupOptions(
            check_number(target_accept_prob, "target_accept_prob", above=0, below=1),
            check_flag(adapt_step_size, "adapt_step_size"),
            check_flag(find_heuristic_step_size, "find_heuristic_step_size"),
            check_flag(regularize_mass_matrix, "regularize_mass_matrix"),
        )
        self._problem_of = None

    @property
    def model(self):
        """The model, or None."""
        return self._model

    @property
    def target_accept_prob(self):
        """Mean acceptance probability that warmup aims at."""
        return self.warmup_options.target_accept_prob

    @property
    def length_options(self):
        """How long trajectories are, as kernels want it."""
        return TrajectoryLength(int(self.num_steps or 0), float(self.trajectory_length or 0.0))

    def make_vectors(self, q):
        """Return the arrays of a chain that begins at `q`."""
        return make_points(q)

    def start_run(self, plan):
        """Return the chains of one run."""
        for state in plan.states or ():
            if not isinstance(state, HMCState):
                raise wrong_state(state)
        return HamiltonianRun(self, plan, self._problem(plan, reuse=False))

    def init(self, rng_key, num_warmup, init_params=None, model_args=(), model_kwargs=None):
        """Return the first `HMCState` of a chain, for those who write the loop themselves.

        Parameters
        ----------
        rng_key : key
        num_warmup : int
        init_params : dict, optional
            Constrained values by site name.
        model_args : tuple
        model_kwargs : dict, optional
        """
        key, num_warmup = as_key(rng_key), check_count(num_warmup, "num_warmup")
        plan = RunPlan([key], key, num_warmup, 0, 1, False, init_params)
        plan = _with_model(plan, model_args, model_kwargs)
        run = HamiltonianRun(self, plan, self._problem(plan, reuse=True))
        return run.chains[0].hmc_state()

    def sample(self, state, model_args=(), model_kwargs=None):
        """Return the state after one transition, for those who write the loop themselves.

        Parameters
        ----------
        state : HMCState
        model_args : tuple
        model_kwargs : dict, optional
        """
        warmup = state.adapt_state.warmup
        key = fold_in(state.rng_key, state.i)
        plan = RunPlan([key], state.rng_key, warmup.num_warmup, 0, states=[state])
        plan = _with_model(plan, model_args, model_kwargs)
        chain = HamiltonianRun(self, plan, self._problem(plan, reuse=True)).chains[0]
        chain.state, chain.offset = warmup.chain, 0
        map_leaves(np.copyto, chain.moments, warmup.moments)
        chain.advance(state.i, state.i + 1)
        return chain.hmc_state()

    def postprocess_fn(self, model_args, model_kwargs):
        """Return a function from unconstrained values by site to values of all sites."""
        plan = _with_model(RunPlan([], as_key(0), 0, 0), model_args, model_kwargs)
        problem = self._problem(plan, reuse=True)

        def postprocess(z):
            return map_leaves(lambda x: x[0], problem.postprocess(problem.flatten(z)[None]))

        return postprocess

    def get_diagnostics_str(self, state):
        """Return a few words for the progress bar."""
        step_size = state.adapt_state.step_size
        return (
            f"{state.num_steps} steps of size {step_size:.2e}. "
            f"acc. prob={state.mean_accept_prob:.2f}"
        )

    def _problem(self, plan, reuse):
        """Return the compiled problem; loops over single transitions reuse it while the arguments
        hold the same data."""
        given = tuple(plan.model_args), dict(plan.model_kwargs)
        if reuse and self._problem_of is not None:
            known, problem = self._problem_of
            if is_same_data(known, given):
                return problem
        if self._model is None:
            problem = FunctionProblem(
                self._potential_fn, _start_of(plan), len(plan.keys), jit=self.jit_compile
            )
        else:
            given = bound(given)
            problem = ModelProblem(
                self._model,
                *given,
                rng_key=fold_in(plan.keys[0], 2) if plan.keys else 0,
                jit=self.jit_compile,
            )
        self._problem_of = (bound(given), problem) if reuse else None
        return problem


class NUTS(HMC):
    """The no-U-turn sampler: Hamiltonian Monte Carlo that finds the length of each trajectory.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy.
    kinetic_fn : None
        Only the Gaussian kinetic energy exists.
    step_size : float
        Where adaptation begins.
    inverse_mass_matrix : array or dict, optional
        (D,) or (D, D) in the order of sorted site names, or a dict from tuples of names to vectors
        and matrices.
    adapt_step_size, adapt_mass_matrix : bool
    dense_mass : bool or list of tuples of str
        True for one dense matrix, tuples of site names for dense blocks.
    target_accept_prob : float
        In (0, 1); larger values make smaller steps, and fewer divergences.
    trajectory_length : None
        Accepted for compatibility; not used.
    max_tree_depth : int or (int, int)
        Largest number of doublings, of a pair the first during warmup and the second after it.
    init_strategy : callable
    find_heuristic_step_size : bool
        Whether a first step size is searched at the start and after each window of warmup.
    forward_mode_differentiation : bool
        Accepted and ignored: gradients are compiled in reverse mode.
    regularize_mass_matrix : bool
    jit_compile : bool
        If False, the density runs eagerly through autograd.
    full_mass : bool, optional
        Another name of `dense_mass`.

    References
    ----------
    Hoffman and Gelman (2014), "The no-U-turn sampler"; Betancourt (2017), "A conceptual
    introduction to Hamiltonian Monte Carlo".

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import MCMC, NUTS
    >>> def model():
    ...     lp.sample("x", dist.Normal(3.0, 2.0))
    >>> mcmc = MCMC(NUTS(model), num_warmup=300, num_samples=300, progress_bar=False)
    >>> mcmc.run(0)
    >>> mcmc.get_samples()["x"].shape
    (300,)
    """

    run_block = staticmethod(run_nuts_block)
    statistics_fields = ("diverging", "energy", "accept_prob", "num_steps", "tree_depth")

    def __init__(
        self,
        model=None,
        potential_fn=None,
        kinetic_fn=None,
        step_size=1.0,
        inverse_mass_matrix=None,
        adapt_step_size=True,
        adapt_mass_matrix=True,
        dense_mass=False,
        target_accept_prob=0.8,
        trajectory_length=None,
        max_tree_depth=10,
        init_strategy=init_to_uniform,
        find_heuristic_step_size=False,
        forward_mode_differentiation=False,
        regularize_mass_matrix=True,
        *,
        jit_compile=True,
        full_mass=None,
    ):
        super().__init__(
            model,
            potential_fn,
            kinetic_fn,
            step_size,
            inverse_mass_matrix,
            adapt_step_size,
            adapt_mass_matrix,
            dense_mass,
            target_accept_prob,
            None,
            2 * np.pi,
            init_strategy,
            find_heuristic_step_size,
            forward_mode_differentiation,
            regularize_mass_matrix,
            jit_compile=jit_compile,
            full_mass=full_mass,
        )
        self.trajectory_length = None
        self.max_tree_depth = _check_depths(max_tree_depth)

    @property
    def length_options(self):
        """How far trajectories double, as kernels want it."""
        return TreeDepths(*self.max_tree_depth)

    def make_vectors(self, q):
        """Return the arrays of a chain that begins at `q`."""
        return make_tree(q, max(self.max_tree_depth))


def _check_depths(max_tree_depth):
    is_pair = isinstance(max_tree_depth, (tuple, list)) and len(max_tree_depth) == 2
    depths = max_tree_depth if is_pair else (max_tree_depth,) * 2
    try:
        return tuple(check_count(x, "max_tree_depth", least=1, most=DEEPEST) for x in depths)
    except ArgumentError:
        raise ArgumentError(
            f"max_tree_depth must be an integer from 1 to {DEEPEST}, or two of them, for warmup "
            f"and sampling, found {shown(max_tree_depth)}."
        ) from None


def _with_model(plan, model_args, model_kwargs):
    return RunPlan(
        **{
            **vars(plan),
            "model_args": tuple(model_args),
            "model_kwargs": dict(model_kwargs or {}),
        }
    )


def _start_of(plan):
    if plan.states is None:
        return plan.init_params
    return plan.states[0].z if len(plan.states) == 1 else map_leaves(
        lambda *x: np.stack(x), *(state.z for state in plan.states)
    )
