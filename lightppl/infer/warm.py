"""Compile all samplers before they are needed: when an image is built, or before tests begin.

What is compiled is what real runs ask for, because real runs ask for it: each sampler of the
package draws from a small model with the arguments that decide which kernels take part, and its
draws are summarised; `SMC` runs with each of its kernels.  Nothing is listed by hand.  Samplers are
found as subclasses of `CompiledKernel`, kernels that Python calls as `lightppl.jit.entries`; one
that no run has called by then is an error here.
"""

import argparse
import pkgutil
import warnings
from importlib import import_module

from lightppl import diagnostics, infer, kernels
from lightppl.machine_code.code_folder import cache_clear
from lightppl.infer.evidence.smc import SMC
from lightppl.infer.mcmc import MCMC
from lightppl.infer.mcmc.compiled import CompiledKernel
from lightppl.jit import entries, kernel_cache_dir
from lightppl.settings import is_numba_disabled

NUM_WARMUP, NUM_SAMPLES = 100, 20
"""Enough for a window of warmup to end, and for all diagnostics to be finite."""


def main(arguments=None):
    """Run ``python -m lightppl.warm``.

    Parameters
    ----------
    arguments : list of str, optional
        Those of the command line by default.

    Returns
    -------
    int
        Exit code: 0 if all that samplers need is on disk now, else 1.
    """
    parser = argparse.ArgumentParser(
        prog="python -m lightppl.warm",
        description="Compile all samplers and keep them on disk, so that no run has to. Densities "
        "of models are compiled when they are first used, in a second or so.",
    )
    parser.add_argument(
        "--clear", action="store_true", help="first delete all compiled code on disk"
    )
    must_clear = parser.parse_args(arguments).clear
    if is_numba_disabled():
        print("Nothing is compiled: NUMBA_DISABLE_JIT is set.")
        return 1
    if must_clear:
        cache_clear()
    done, idle = warm()
    for compilation in done:
        print(_line_of(compilation))
    for name in idle:
        print(f"{name}: not compiled, because no sampler has called it")
    num_kept = sum(compilation.is_kept for compilation in done)
    print(f"{num_kept} of {len(done) + len(idle)} are kept in {kernel_cache_dir()}")
    return 0 if num_kept == len(done) + len(idle) else 1


def warm():
    """Compile all samplers of this package, and keep them on disk.

    Returns
    -------
    done : list of lightppl.jit.Compilation
        What was compiled, or was there.
    idle : list of str
        Kernels for Python that no sampler has called; there should be none.

    Examples
    --------
    >>> from lightppl.infer.warm import warm
    >>> done, idle = warm()
    >>> all(compilation.is_kept for compilation in done), idle
    (True, [])
    """
    if is_numba_disabled():
        return [], []
    _import_all()
    for sampler in samplers():
        _use(sampler)
    for smc in SMC.to_warm():
        smc.run(0)
    idle = [kernel for kernel in entries() if not kernel.compilations]
    done = [compilation for kernel in entries() for compilation in kernel.compilations]
    return done, [f"{kernel.__module__}.{kernel.__qualname__}" for kernel in idle]


def samplers():
    """Return the samplers of this package that run in kernels, of all modules imported so far."""
    found, waiting = [], [CompiledKernel]
    while waiting:
        for sampler in waiting.pop().__subclasses__():
            waiting.append(sampler)
            if sampler.is_complete() and sampler.__module__.startswith("lightppl."):
                found.append(sampler)
    return sorted(found, key=lambda sampler: sampler.__name__)


def _import_all():
    """Import every module that may hold a sampler or a kernel."""
    for package in (kernels, diagnostics, infer):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)


def _use(sampler):
    """Run a sampler and summarise its draws; the density is not compiled."""
    for kernel in sampler.to_warm():
        mcmc = MCMC(
            kernel, num_warmup=NUM_WARMUP, num_samples=NUM_SAMPLES,
            num_chains=sampler.warm_chains, progress_bar=False,
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of so few draws, about the draws
            mcmc.run(0)
            mcmc.summarize()


def _line_of(compilation):
    seconds, size = compilation.seconds, compilation.num_bytes
    if compilation.was_there:
        how = "was there"
    elif compilation.is_kept:
        how = f"compiled in {seconds:.1f} s"
    else:
        how = f"compiled in {seconds:.1f} s, but could not be kept"
    return f"{compilation.name}: {how}, {size:,} bytes"
