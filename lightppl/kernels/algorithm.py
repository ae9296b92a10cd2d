"""What an algorithm is: four records, five kernels, and one loop that runs them all (`block`).

A file that holds an algorithm defines its records and kernels under these names and ends with one
`Algorithm`.  Nothing else has to know of it: loop, record of draws, machine code on disk, threads,
snapshots and columns are made from what stands there.

The four records are named tuples of numbers, arrays and such tuples, and never one for two:

=========== ======================================================================================
`Options`   What the user chose; never changes in a run.
`State`     Numbers that the next iteration needs, the potential energy U among them, so that no
            block begins with an evaluation.  Three fields are read by the loop: ``has_begun``,
            whether `start` has run; ``must_prepare``, whether `prepare` is to run before the next
            iteration; ``status``, a code of `lightppl.jit.Status`.
`Work`      Arrays that are overwritten.  ``points``, a (P, V D) array, is read by the loop: its
            first row is the state of the chain, as V vectors of which the first is the draw.
`Info`      What an iteration reports: numbers only, all float64, so that the loop can write them
            into a row of the record.  Counts are exact, truth values 0.0 or 1.0.
=========== ======================================================================================

Legend: ``D`` dimension; ``P`` points; ``V`` vectors of a point; ``W`` warmup iterations.
"""

from lightppl.records import record


@record
class Algorithm:
    """A Markov chain as kernels.

    Parameters
    ----------
    name : str
        Lower-case letters and underscores, one of a kind: machine code is kept under it.
    title : str
        What the user is told is compiled.
    Options, State, Work, Info : types of named tuples
        See above.  They are found again by module and name.
    start : Kernel
        ``start(target, work, options, state, rng) -> state``: evaluate the density at the position
        of a chain that has not begun, or whose position or density somebody changed.  Returns
        ``has_begun`` set, or the status ``NON_FINITE_START``, which ends the chain.
    prepare : Kernel
        ``prepare(target, work, options, state, rng) -> state``: what has to be done before the
        next iteration, such as the search of a step size.  Clears ``must_prepare``.
    transition : Kernel
        ``transition(target, work, options, state, rng, phase) -> (state, info)``: one iteration.
    adapt : Kernel
        ``adapt(options, work, state, info, phase) -> state``: one warmup observation, after the
        iteration that it is of.
    finish : Kernel
        ``finish(options, state) -> state``: the end of warmup.
    learn : callable, optional
        ``learn(options, work, state, phases, num_done) -> state``, plain Python with NumPy: the
        end of a window of warmup, for what needs linear algebra or arrays of its own.  Called
        between blocks, after the iteration ``num_done - 1`` whose phase is ``SLOW_END``; it may
        overwrite arrays of `work`, and ask for `prepare` by ``must_prepare``.  Never called after
        the last warmup iteration but one, so that what it changes is tried before sampling.
    scratch : tuple of str
        Fields of `Work` whose content no iteration needs from the one before it; a snapshot leaves
        them out.
    """

    name: str
    title: str
    Options: type
    State: type
    Work: type
    Info: type
    start: object
    prepare: object
    transition: object
    adapt: object
    finish: object
    learn: object = None
    scratch: tuple = ()

    @property
    def kernels(self):
        """The five kernels."""
        return self.start, self.prepare, self.transition, self.adapt, self.finish
