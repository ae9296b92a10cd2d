"""Names of variables that all nests of a function share."""


class Names:
    """Names of variables that all nests of a function share, or all nests of a body in it.

    Parameters
    ----------
    prefix : str
        Of a body; its numbers of the data pool are inputs, which have names already.

    Attributes
    ----------
    of_data : dict of str to str
        Names of numbers of the data pool, by source text.
    """

    def __init__(self, prefix=""):
        self.prefix = prefix
        self.of_data = {}
        self._of_numbers = {}
        self._count = 0

    def number(self, node):
        """Return the variable that holds a kept number."""
        new = f"{self.prefix}s{len(self._of_numbers)}"
        return self._of_numbers.setdefault(node.index, new)

    def data(self, element):
        """Return the variable that holds a number of the data pool."""
        return element if self.prefix else self.of_data.setdefault(element, f"c{len(self.of_data)}")

    def new(self, letter):
        """Return a variable that nothing else in the function uses.

        What stands outside loops needs such a one: a name that is free again may mean a number of
        another type.
        """
        self._count += 1
        return f"{self.prefix}{letter}{self._count}"
