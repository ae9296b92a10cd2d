"""The samplers of `many_chains.py` in BlackJAX, with its own warmups; compiled as a whole."""

import blackjax
import jax
import jax.numpy as jnp
import numpy as np
import optax
from blackjax.mcmc.adjusted_mclmc_dynamic import make_random_trajectory_length_fn
from many_chains_data import COVARIATES, OUTCOMES, SCALES, SIZES, run_job

jax.config.update("jax_enable_x64", True)


def normals(x):
    return -0.5 * jnp.sum((x / SCALES) ** 2)


def logistic(x):
    eta = jnp.asarray(COVARIATES) @ x
    return jnp.sum(OUTCOMES * eta - jax.nn.softplus(eta)) - 0.125 * jnp.sum(x**2)


def mclmc(density, size, sizes):
    kernel = blackjax.mclmc.build_kernel()

    def chain(key):
        keys = jax.random.split(key, 4)
        start = jax.random.uniform(keys[0], (size,), minval=-2.0, maxval=2.0)
        state = blackjax.mcmc.mclmc.init(start, density, keys[1])
        state, found, _ = blackjax.mclmc_find_L_and_step_size(
            mclmc_kernel=kernel, num_steps=3 * sizes["warmup"], state=state, rng_key=keys[2],
            logdensity_fn=density, diagonal_preconditioning=True,
        )

        def step(state, key):
            state, _ = kernel(
                key, state, density, found.inverse_mass_matrix, found.L, found.step_size
            )
            return state, state.position

        _, q = jax.lax.scan(step, state, jax.random.split(keys[3], sizes["draws"]))
        return q[sizes["thinning"] - 1 :: sizes["thinning"]], 2.0 * sizes["draws"]

    return jax.jit(jax.vmap(chain)), sizes["chains"]


def adjusted_mclmc(density, size, sizes):
    kernel = blackjax.mcmc.adjusted_mclmc_dynamic.build_kernel(
        integration_steps_fn=make_random_trajectory_length_fn(True)
    )

    def adapted(rng_key, state, logdensity_fn, step_size, inverse_mass_matrix,
                integration_steps_params):
        return kernel(
            rng_key, state, logdensity_fn, step_size, inverse_mass_matrix=inverse_mass_matrix,
            integration_steps_params=integration_steps_params,
        )

    def chain(key):
        keys = jax.random.split(key, 4)
        start = jax.random.uniform(keys[0], (size,), minval=-2.0, maxval=2.0)
        state = blackjax.mcmc.adjusted_mclmc_dynamic.init(start, density, keys[1])
        state, found, _ = blackjax.adjusted_mclmc_find_L_and_step_size(
            mclmc_kernel=adapted, logdensity_fn=density, num_steps=5 * sizes["warmup"],
            state=state, rng_key=keys[2], target=0.9, diagonal_preconditioning=True,
        )

        def step(state, key):
            state, info = kernel(
                key, state, density, found.step_size,
                inverse_mass_matrix=found.inverse_mass_matrix,
                integration_steps_params=(found.L / found.step_size,),
            )
            return state, (state.position, info.num_integration_steps)

        _, (q, steps) = jax.lax.scan(step, state, jax.random.split(keys[3], sizes["draws"]))
        return q, 2.0 * jnp.sum(steps)

    return jax.jit(jax.vmap(chain)), sizes["chains"]


def chees(density, size, sizes):
    def run(key):
        keys = jax.random.split(key, 4)
        start = jax.random.uniform(
            keys[0], (sizes["chains"], size), minval=-2.0, maxval=2.0
        )
        warmup = blackjax.chees_adaptation(
            density, sizes["chains"], mass_matrix_estimation="diagonal"
        )
        (states, found), _ = warmup.run(
            keys[1], start, 0.1, optax.adam(0.025), sizes["warmup"]
        )
        kernel = blackjax.dynamic_hmc(density, **found).step

        def step(states, key):
            states, info = jax.vmap(kernel)(jax.random.split(key, sizes["chains"]), states)
            return states, (states.position, info.num_integration_steps)

        _, (q, steps) = jax.lax.scan(step, states, jax.random.split(keys[3], sizes["draws"]))
        return jnp.swapaxes(q, 0, 1), jnp.sum(steps)

    return run, None


def meads(density, size, sizes):
    def run(key):
        keys = jax.random.split(key, 4)
        start = jax.random.uniform(
            keys[0], (sizes["chains"], size), minval=-2.0, maxval=2.0
        )
        warmup = blackjax.meads_adaptation(density, sizes["chains"])
        (states, found), _ = warmup.run(keys[1], start, sizes["warmup"])
        kernel = blackjax.ghmc(density, **found).step

        def step(states, key):
            states, _ = jax.vmap(kernel)(jax.random.split(key, sizes["chains"]), states)
            return states, states.position

        _, q = jax.lax.scan(step, states, jax.random.split(keys[3], sizes["draws"]))
        q = jnp.swapaxes(q, 0, 1)[:, sizes["thinning"] - 1 :: sizes["thinning"]]
        return q, float(sizes["chains"] * sizes["draws"])

    return run, None


SAMPLERS = {"MCLMC": mclmc, "AdjustedMCLMC": adjusted_mclmc, "ChEESHMC": chees, "MEADS": meads}


def make_run(sampler, target, sizes):
    """Return the function of a seed that `run_job` asks for."""
    density = {"normals": normals, "logistic": logistic}[target]
    run_once, num_chains = SAMPLERS[sampler](density, SIZES[target], sizes)
    compiled = run_once if num_chains else jax.jit(run_once)

    def run(seed):
        key = jax.random.key(seed)
        draws, count = compiled(jax.random.split(key, num_chains) if num_chains else key)
        return np.asarray(draws), np.sum(np.asarray(count))

    return run


if __name__ == "__main__":
    run_job(make_run)
