"""The stack: order of hooks, ways to use a handler, exceptions, threads."""

import threading

import numpy as np
import pytest

import lightppl.distributions as dist
from lightppl import handlers
from lightppl.language import Message, Messenger, apply_stack, current_stack, deterministic, sample
from lightppl.language.trace import Trace


class Diary(Messenger):
    """Write down when its hooks are called."""

    def __init__(self, name, diary, fn=None):
        self.name = name
        self.diary = diary
        super().__init__(fn)

    def process_message(self, msg):
        self.diary.append(("out", self.name))

    def postprocess_message(self, msg):
        self.diary.append(("back", self.name))


def model():
    """Return two draws."""
    x = sample("x", dist.Normal(0.0, 1.0))
    return x, sample("y", dist.Normal(x, 1.0))


HANDLERS = {
    "trace": lambda: handlers.trace(),
    "replay": lambda: handlers.replay(trace=Trace()),
    "block": lambda: handlers.block(),
    "condition": lambda: handlers.condition(data={"x": 1.0}),
    "do": lambda: handlers.do(data={"x": 1.0}),
    "substitute": lambda: handlers.substitute(data={"x": 1.0}),
    "uncondition": lambda: handlers.uncondition(),
    "seed": lambda: handlers.seed(rng_seed=0),
    "mask": lambda: handlers.mask(mask=True),
    "scale": lambda: handlers.scale(scale=2.0),
    "scope": lambda: handlers.scope(prefix="a"),
    "lift": lambda: handlers.lift(prior={}),
    "infer_config": lambda: handlers.infer_config(config_fn=lambda site: {"a": 1}),
    "reparam": lambda: handlers.reparam(config={}),
    "collapse": lambda: handlers.collapse(sites=[]),
    "Messenger": lambda: Messenger(),
}


@pytest.mark.parametrize("name", HANDLERS)
def test_each_handler_works_as_context_manager_decorator_and_around_a_model(name):
    with HANDLERS[name]():
        assert len(model()) == 2
    handler = HANDLERS[name]()
    decorated = handler(model)
    assert len(decorated()) == 2
    assert decorated.__name__ == "model" and decorated.__doc__ == "Return two draws."
    assert handler.fn is None, "decorating leaves the handler free for another model"
    around = type(handler)(model, **_arguments_of(handler))
    assert len(around()) == 2
    assert current_stack() == ()


def _arguments_of(handler):
    names = {
        "replay": ["trace"],
        "condition": ["data"],
        "do": ["data"],
        "substitute": ["data"],
        "mask": ["mask"],
        "scale": ["scale"],
        "scope": ["prefix"],
        "lift": ["prior"],
        "infer_config": ["config_fn"],
        "reparam": ["config"],
        "collapse": ["sites"],
        "seed": ["rng_key"],
    }.get(type(handler).__name__, [])
    values = {name: getattr(handler, name) for name in names}
    if "rng_key" in values:
        values["rng_seed"] = values.pop("rng_key")
    return values


@pytest.mark.parametrize("outer", HANDLERS)
@pytest.mark.parametrize("inner", HANDLERS)
def test_handlers_nest_in_any_order(outer, inner):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        x, y = HANDLERS[outer]()(HANDLERS[inner]()(model))()
    assert np.isfinite(x) and np.isfinite(y)


def test_hooks_run_outwards_then_inwards():
    diary = []
    with Diary("outer", diary), Diary("inner", diary):
        deterministic("x", 1.0)
    assert diary == [("out", "inner"), ("out", "outer"), ("back", "outer"), ("back", "inner")]


def test_stop_hides_a_message_from_outer_handlers_in_both_directions():
    diary = []
    with Diary("outer", diary), handlers.block(), Diary("inner", diary):
        deterministic("x", 1.0)
    assert diary == [("out", "inner"), ("back", "inner")]


def test_a_handler_may_assign_a_value_by_index():
    class Five(Messenger):
        def process_message(self, msg):
            if msg["type"] == "sample":
                msg["value"] = 5.0
                msg["my_own_field"] = "kept"

    with handlers.trace() as tr, Five():
        assert sample("x", dist.Normal(0.0, 1.0)) == 5.0
    assert tr["x"]["my_own_field"] == "kept"


def test_an_exception_restores_the_stack_and_the_next_run_works():
    outer = handlers.trace()
    with pytest.raises(RuntimeError):
        with outer:
            Messenger().__enter__()  # left open by somebody who failed
            raise RuntimeError
    assert current_stack() == ()
    with handlers.trace() as tr:
        model()
    assert list(tr) == ["x", "y"]


def test_an_exception_in_a_hook_restores_the_stack():
    class Broken(Messenger):
        def process_message(self, msg):
            raise RuntimeError

    with pytest.raises(RuntimeError), handlers.trace(), Broken():
        model()
    assert current_stack() == ()


def test_a_handler_can_be_entered_again_while_active():
    @handlers.scope(prefix="f")
    def nested(depth):
        sample("x", dist.Normal(0.0, 1.0))
        if depth > 0:
            nested(depth - 1)

    assert list(handlers.trace(nested).get_trace(2)) == ["f/x", "f/f/x", "f/f/f/x"]


def test_a_decorated_method_receives_its_instance():
    class Holder:
        shift = 3.0

        @handlers.condition(data={"x": 1.0})
        def model(self):
            return sample("x", dist.Normal(0.0, 1.0)) + self.shift

    assert Holder().model() == 4.0


def test_two_threads_run_two_models():
    barrier = threading.Barrier(2)
    traces = {}

    def work(name):
        with handlers.trace() as tr, handlers.seed(rng_seed=0), handlers.scope(prefix=name):
            for i in range(50):
                barrier.wait(timeout=10)
                sample(f"x{i}", dist.Normal(0.0, 1.0))
        traces[name] = tr

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(traces["a"]) == [f"a/x{i}" for i in range(50)]
    assert list(traces["b"]) == [f"b/x{i}" for i in range(50)]
    for i in range(50):
        assert traces["a"][f"a/x{i}"].value == traces["b"][f"b/x{i}"].value


def test_one_conditioned_model_serves_many_threads():
    shared = handlers.condition(model, {"x": 2.0})
    results = []

    def work():
        results.extend(shared()[0] for _ in range(100))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [2.0] * 400


def test_message_is_a_record_and_a_mapping():
    msg = Message("sample", "x", None, value=1.0)
    assert msg["value"] == msg.value == msg.get("value") == 1.0
    assert msg.get("absent") is None and "name" in msg and "absent" not in msg
    msg.update(scale=2.0)
    assert msg.scale == 2.0
    clone = msg.copy()
    clone.infer["a"] = 1
    assert msg.infer == {}
    with pytest.raises(KeyError):
        msg["absent"]


def test_message_without_handlers_computes_its_value():
    assert apply_stack(Message("deterministic", "x", lambda: 4)).value == 4


def test_model_in_the_wrong_place_is_named():
    with pytest.raises(TypeError, match="condition takes the model as its first argument"):
        handlers.condition({"x": 1.0}, {"x": 1.0})
    with pytest.raises(TypeError, match="no model to run"):
        handlers.trace().get_trace()
    with pytest.raises(TypeError, match="seed needs rng_seed"):
        handlers.seed(model)
    with pytest.raises(TypeError, match="either data or condition_fn"):
        handlers.condition(model)
    with pytest.raises(TypeError, match="replay needs a trace"):
        handlers.replay(model)
    with pytest.raises(TypeError, match="one way to choose"):
        handlers.block(model, hide=["x"], expose=["y"])
