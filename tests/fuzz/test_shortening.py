"""A program that fails is made shorter and goes on failing; what it needs stays."""

from tests.fuzz.program import Program
from tests.fuzz.shortening import shortened

PROGRAM = Program(
    "found", 1, 6, ("d1 = numbers(1, 3)", "d2 = numbers(2, 6)"),
    ("a = q[:3] * d1\nb = np.cumsum(q * d2)", "c = np.sin(b)", "total = np.sum(q)",
     "total = total + np.sum(a)", "total = total + np.sum(c)"),
)


def test_keeps_what_the_failure_needs():
    shorter = shortened(PROGRAM, lambda program: "np.sin" in program.text)
    assert shorter.blocks == ("b = np.cumsum(q * d2)", "c = np.sin(b)", "total = np.sum(q)")
    assert shorter.data == ("d2 = numbers(2, 6)",)
    shorter.function()(shorter.points()[0])


def test_a_program_that_raises_is_no_failure():
    def is_failing(program):
        if "np.sum(a)" not in program.text:
            raise ValueError("something else")
        return True

    assert "np.sum(a)" in shortened(PROGRAM, is_failing).text
