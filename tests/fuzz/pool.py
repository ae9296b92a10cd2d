"""The arrays that a random program has made so far; each statement is run as it is written."""

import warnings

import numpy as np

from tests.fuzz.words import WORDS

MAX_SIZE = 400
MAX_VALUE = 3.0


def texts(table):
    """Return the texts of a table, which stand between bars and line ends."""
    return [text for line in table.split("\n") for text in line.split(" | ") if text]


class Rejected(Exception):
    """A statement that makes no sense for the arrays it was given."""


class Pool:
    """Variables of one function, and the statements that made them.

    Parameters
    ----------
    rng : Generator
    parent : Pool, optional
        Of the function around this one: its variables can be read, its data are added to.

    Attributes
    ----------
    blocks : list of str
        Statements.
    names : list of str
        Variables that statements may read.
    data : list of str
        Statements that make data, before the function.
    """

    def __init__(self, rng, parent=None):
        self.rng = rng
        self.blocks, self.names = [], []
        self.data = [] if parent is None else parent.data
        self.values = dict(WORDS) if parent is None else dict(parent.values)
        self.data_values = {} if parent is None else parent.data_values
        self.counter = [0] if parent is None else parent.counter
        if parent is not None:
            self.names += parent.names[-3:]

    # ---- choices

    def chance(self, probability):
        """Return True with a probability."""
        return bool(self.rng.uniform() < probability)

    def integer(self, low, high):
        """Return an integer from `low` to `high`, both included."""
        return int(self.rng.integers(low, high + 1))

    def choose(self, options):
        """Return one of some options."""
        return options[self.integer(0, len(options) - 1)]

    def constant(self):
        """Return the text of a number, structural or not."""
        return self.choose(["0.5", "2.0", "-1.0", "0.3", "1.7", "-0.6", "3.0", "0.0", "1.0"])

    def axis(self, x):
        """Return an axis of an array, counted from either end."""
        return self.integer(-np.ndim(x), np.ndim(x) - 1)

    # ---- arrays

    def array(self, min_ndim=0, max_ndim=4, is_fit=None):
        """Return the name of an array and its value; later ones are more likely."""
        found = [n for n in self.names if min_ndim <= np.ndim(self.values[n]) <= max_ndim]
        if is_fit is not None:
            found = [n for n in found if is_fit(self.values[n])]
        if not found:
            raise Rejected
        name = found[-1 - min(int(self.rng.exponential(3.0)), len(found) - 1)]
        return name, self.values[name]

    def matrix(self, is_square=False):
        """Return the name of a stack of matrices and its value."""
        return self.array(2, 4, lambda x: not is_square or np.shape(x)[-1] == np.shape(x)[-2])

    def numbers(self, *shape):
        """Return the name of data of a shape."""
        arguments = "".join(f", {n}" for n in shape)
        return self.constant_of(f"numbers({self.integer(0, 999)}{arguments})")

    def positions(self, size, *shape):
        """Return the name of an array of indices."""
        arguments = "".join(f", {n}" for n in shape)
        return self.constant_of(f"positions({self.integer(0, 999)}, {size}{arguments})")

    def mask(self, *shape):
        """Return the name of data that are truth values."""
        arguments = "".join(f", {n}" for n in shape)
        return self.constant_of(f"mask({self.integer(0, 999)}{arguments})")

    def constant_of(self, text):
        """Return the name of data that an expression makes once."""
        name = self.new_name("d")
        self.values[name] = self.data_values[name] = eval(text, self.values)
        self.data.append(f"{name} = {text}")
        return name

    def partner(self, x):
        """Return the name of an array that broadcasts with another one, often data."""
        shape = np.shape(x)
        others = [n for n in self.names if _is_broadcast_small(shape, np.shape(self.values[n]))]
        if others and self.chance(0.6):
            return self.choose(others)
        shape = tuple(1 if self.chance(0.25) else n for n in shape)
        return self.numbers(*shape[self.integer(0, len(shape)) if self.chance(0.2) else 0 :])

    # ---- statements

    def new_name(self, letter):
        """Return a name that nothing has."""
        self.counter[0] += 1
        return f"{letter}{self.counter[0]}"

    def add(self, text):
        """Run and keep ``name = text``, scaled down if its values are large; return the name."""
        value = self.value_of(text)
        largest = np.max(np.abs(value), initial=0.0)
        if not largest <= MAX_VALUE:
            text = f"np.tanh({text})" if self.chance(0.3) else f"({text}) / {largest / 1.5:.1f}"
            value = self.value_of(text)
        name = self.new_name("x")
        self.keep(f"{name} = {text}", {name: value})
        return name

    def value_of(self, text):
        """Return the value of an expression that is fit to be an array of a program."""
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value = eval(text, self.values)
        except (ValueError, IndexError, np.linalg.LinAlgError) as error:
            raise Rejected(text) from error
        is_array = isinstance(value, (np.ndarray, np.generic, float))
        if not is_array or not 0 < np.size(value) <= MAX_SIZE or np.ndim(value) > 5:
            raise Rejected(text)
        if not np.all(np.isfinite(value)):
            raise Rejected(text)
        return value

    def keep(self, block, values):
        """Keep statements whose variables have these values."""
        self.blocks.append(block)
        self.values.update(values)
        self.names += list(values)


def _is_broadcast_small(a, b):
    try:
        return np.prod(np.broadcast_shapes(a, b), dtype=int) <= MAX_SIZE
    except ValueError:
        return False
