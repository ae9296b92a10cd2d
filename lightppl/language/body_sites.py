"""Sites in the body of a loop or a branch: each becomes one site outside, with an axis of time.

A statement in the body is met by `BodySites`, the handler at the border.  When a site is met
first, the handlers outside are *asked*: a message with the name of the site, and a distribution
that has the axis of time in front, goes through their `process_message`; if one of them gives a
value, its slices are the values of the steps.  When the loop is done they are *told*: the
message, now with its value and log density, goes through their `postprocess_message`.  Handlers
that work on single steps, such as plates and reparametrizations, say so with ``acts_in_bodies``
and are applied to each step instead.
"""

import numpy as np

from lightppl.autodiff import as_array, is_traced
from lightppl.errors import ModelError, ShapeError, SiteNameError, UnsupportedOperationError
from lightppl.language.series import SiteInside, varying_bounds
from lightppl.language.stack import Message, Messenger, current_stack
from lightppl.random import as_generator


class Asked:
    """A site that the handlers outside were asked about.

    Attributes
    ----------
    msg : Message
        What was sent outwards.
    depth : int
        The outermost handler that it reached.
    answer : array or None
        The value that a handler gave, for all steps.
    steps : list of Step
        What happened inside.
    """

    def __init__(self, msg, depth, answer, rng):
        self.msg, self.depth, self.answer, self.rng = msg, depth, answer, rng
        self.steps = []


class Step:
    """One step of a site: distribution, value, whether observed, scale."""

    def __init__(self, index, fn, value, is_observed, scale):
        self.index, self.fn, self.value = index, fn, value
        self.is_observed, self.scale = is_observed, scale

    def log_prob(self, value=None):
        """Return the log density, by the bare formula for what a bijector keeps in its support."""
        value = self.value if value is None else value
        return self.fn.log_prob(value) if self.is_observed else self.fn.log_density(value)


class BodySites(Messenger):
    """The border between the statements of a body and the handlers outside.

    Parameters
    ----------
    length : int or None
        Number of steps; None for a branch.
    """

    def __init__(self, length=None):
        self.length = length
        self.asked = {}
        self.outer_values = {}
        self.index = None
        self.recorded = None
        super().__init__()

    def restart(self):
        """Forget the steps, but not what the handlers outside answered; return this handler."""
        for asked in self.asked.values():
            asked.steps = []
        return self

    def at_step(self, index, recorded=None):
        """Return this handler, ready for one step: use it in a ``with`` block.

        Parameters
        ----------
        index : int
        recorded : object, optional
            For a body that is recorded once for all steps: has ``slice_of(array)``, the traced
            value of the present step, and ``is_inside(value)``.
        """
        self.index, self.recorded = index, recorded
        self.met = set()
        return self

    # ---- messages of the body -------------------------------------------------------------------

    def process_message(self, msg):
        if msg.type in ("param", "plate"):
            if msg.name in self.outer_values:
                msg.value, msg.stop = self.outer_values[msg.name], True
        elif msg.type == "prng_key" and self.recorded is not None:
            raise UnsupportedOperationError("A key for each step of a loop.")
        elif msg.type in ("sample", "deterministic"):
            self._process_site(msg)

    def _process_site(self, msg):
        self._apply_handlers_of_steps(msg)
        if msg.name in self.met:
            raise SiteNameError(f"Site {msg.name!r} appears twice in one step of a body.")
        self.met.add(msg.name)
        if msg.name not in self.asked:
            self._ask(msg)
        asked = self.asked[msg.name]
        msg.stop = True
        if msg.type == "deterministic":
            return
        if asked.answer is not None:
            self._take_answer(msg, asked)
        elif asked.rng is not None:
            msg.value, msg.is_observed = None, False
        if msg.value is None and msg.kwargs.get("rng_key") is None:
            rng = as_generator(asked.rng)
            asked.rng = rng
            msg.kwargs["rng_key"] = rng if self.recorded is None else self.recorded.draws(rng)

    def _apply_handlers_of_steps(self, msg):
        acted = msg.get("acted_on_step", ())
        for handler in reversed(self._handlers_outside()):
            if handler.acts_in_bodies and handler not in acted:
                handler.process_message(msg)
                acted = (*acted, handler)
        msg["acted_on_step"] = acted

    def _take_answer(self, msg, asked):
        if self.length is None:
            msg.value, msg.is_observed = asked.answer, asked.msg.is_observed
            return
        if len(asked.answer) < self.length:
            if self.recorded is not None:
                raise UnsupportedOperationError("Values for some of the steps only.")
            if self.index >= len(asked.answer):
                return
        is_loop = self.recorded is None
        msg.value = asked.answer[self.index] if is_loop else self.recorded.slice_of(asked.answer)
        msg.is_observed = asked.msg.is_observed

    def postprocess_message(self, msg):
        if msg.type in ("param", "plate"):
            self.outer_values[msg.name] = msg.value
        elif msg.type in ("sample", "deterministic"):
            asked = self.asked.get(msg.name)
            if asked is None:
                raise ModelError(
                    f"Site {msg.name!r} stands inside a loop or branch; a handler outside sent a "
                    "second message for it, as `do` does. Use that handler inside the body."
                )
            fn = None
            if msg.type == "sample":
                fn = _whole(msg)
                if msg.mask is not None:
                    fn = fn.mask(msg.mask)
            asked.steps.append(Step(self.index, fn, msg.value, msg.is_observed, msg.scale))

    def _handlers_outside(self):
        stack = current_stack()
        return stack[: stack.index(self)]

    # ---- messages to the outside ----------------------------------------------------------------

    def _ask(self, msg):
        whole = msg.copy()
        whole.scale = whole.mask = None
        placeholder = None
        rng = None
        if msg.type == "sample":
            whole.fn = SiteInside(msg.name, _whole(msg), self.length)
            whole.kwargs = {"rng_key": msg.kwargs.get("rng_key"), "sample_shape": ()}
            if msg.value is not None:
                placeholder = whole.value = np.broadcast_to(np.nan, whole.fn.shape())
        else:
            placeholder = whole.value
        fn = whole.fn
        stack = self._handlers_outside()
        depth = len(stack)
        while depth > 0 and not whole.stop:
            depth -= 1
            if not stack[depth].acts_in_bodies:
                whole.depth = depth
                stack[depth].process_message(whole)
        if whole.fn is not fn or whole.type != msg.type:
            raise ModelError(
                f"Site {msg.name!r} stands inside a loop or branch; a handler outside tried to "
                "replace its distribution. Use that handler inside the body."
            )
        answer = None
        if msg.type == "sample" and whole.value is None:
            rng = whole.kwargs.get("rng_key")
            rng = as_generator(rng)
        elif msg.type == "sample" and whole.value is not placeholder:
            answer = self._checked_answer(whole)
            if self.length is not None and len(answer) < self.length:
                rng = as_generator(self._key_for_other_steps())
        self.asked[msg.name] = Asked(whole, depth, answer, rng)

    def _key_for_other_steps(self):
        """Return a key from the handlers outside: to them the site has a value, and needs none."""
        msg = Message("prng_key", None, None, kwargs={"rng_key": None})
        for handler in reversed(self._handlers_outside()):
            handler.process_message(msg)
            if msg.stop:
                break
        return msg.kwargs["rng_key"]

    def _checked_answer(self, whole):
        answer = as_array(whole.value, keep_int=True)
        if not whole.is_observed:
            self._check_support(whole)
        if self.length is None:
            return answer
        shape, expected = np.shape(answer), whole.fn.shape()
        if len(shape) == 0 or shape[0] > self.length or len(shape) > len(expected):
            raise ShapeError(
                f"Site {whole.name!r} stands in a loop of {self.length} steps and was given a "
                "value of "
                f"shape {shape}, expected {expected}: the first axis is time."
            )
        return answer

    def _check_support(self, whole):
        recorded = self.recorded
        if recorded is not None and varying_bounds(whole.fn.support, recorded.is_inside):
            raise ModelError(
                f"Latent site {whole.name!r} has a support {whole.fn.support} that differs from "
                "step to "
                "step. Draw from a distribution with a fixed support and transform the value."
            )

    def tell(self, found=None):
        """Tell the handlers outside about all sites, in the order in which they were met.

        Parameters
        ----------
        found : dict of str to (value, log_prob), optional
            What a recorded body found; without it, the steps are joined here.
        """
        stack = current_stack()
        for name, asked in self.asked.items():
            if found is None:
                value = self._join(name, asked)
            else:
                value, log_prob = found[name]
                if asked.answer is not None:
                    value = asked.answer
                if asked.msg.type == "sample":
                    asked.msg.fn.tell(value, log_prob, None)
            asked.msg.value = value
            self._weigh(asked)
            for handler in stack[asked.depth :]:
                if not handler.acts_in_bodies:
                    handler.postprocess_message(asked.msg)

    def _join(self, name, asked):
        if len(asked.steps) != (self.length or 1):
            raise ModelError(
                f"Site {name!r} appears in {len(asked.steps)} of {self.length} steps of a loop. "
                "A site "
                "must be in every step; use a mask for those where it does not count."
            )
        steps = sorted(asked.steps, key=lambda step: step.index)
        if self.length is None:
            if asked.msg.type == "sample":
                asked.msg.fn.tell(steps[0].value, score=steps[0].log_prob)
            return steps[0].value
        if asked.msg.type == "deterministic":
            return np.stack([step.value for step in steps])
        if not asked.msg.is_observed and asked.answer is not None:
            _check_same_support(name, steps)
        is_whole = asked.answer is not None and len(asked.answer) == self.length
        value = asked.answer
        if not is_whole:
            value = np.stack([_spread(step.value, step.fn.shape()) for step in steps])

        def score(value):
            return np.stack([step.log_prob(value[k]) for k, step in enumerate(steps)])

        asked.msg.fn.tell(value, score=score)
        return value

    def _weigh(self, asked):
        scales = [step.scale for step in asked.steps]
        if asked.msg.type != "sample" or all(scale is None for scale in scales):
            return
        scale = scales[0]
        if self.recorded is not None and self.recorded.is_inside(scale):
            raise UnsupportedOperationError("A scale that differs from step to step.")
        if any(other is not scale for other in scales):
            if is_traced(scale) or not all(np.array_equal(scale, other) for other in scales):
                raise ModelError(
                    f"Site {asked.msg.name!r} is scaled differently in the steps of a loop. "
                    "Multiply a "
                    "factor statement instead."
                )
        outer = asked.msg.scale
        asked.msg.scale = scale if outer is None else outer * scale


def _whole(msg):
    """The distribution of a message with its sample shape among the batch axes."""
    sample_shape = tuple(msg.kwargs.get("sample_shape", ()))
    return msg.fn.expand_by(sample_shape) if sample_shape else msg.fn


def _check_same_support(name, steps):
    first = steps[0].fn.support
    for step in steps[1:]:
        support = step.fn.support
        if varying_bounds(support, lambda bound: True):
            return
        if support != first:
            raise ModelError(
                f"Latent site {name!r} has the support {first} in one step and {support} in "
                "another. "
                "Draw from a distribution with a fixed support and transform the value."
            )


def _spread(value, shape):
    return value if np.shape(value) == shape else np.broadcast_to(value, shape)

