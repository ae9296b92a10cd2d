"""Classes whose constructors name themselves, and their arguments, when a call does not fit.

Python speaks of the function that refused a call, as in ``LocationScale.__init__() got an
unexpected keyword argument 'sd'`` for ``Normal(0, sd=1)``: a class that the user never named.
"""

import inspect

from lightppl.errors import ArgumentError
from lightppl.when_used import module_when_used

difflib = module_when_used("difflib")


class NamedArguments(type):
    """A class of which `ArgumentError` says which arguments it takes, if a call does not fit.

    Examples
    --------
    >>> class Family(metaclass=NamedArguments):
    ...     def __init__(self, scale):
    ...         self.scale = scale
    >>> class Normal(Family):
    ...     pass
    >>> Normal(sd=1.0)
    Traceback (most recent call last):
    ...
    lightppl.errors.ArgumentError: Normal has no argument 'sd' (did you mean 'scale'?). Its
    arguments are scale.
    """

    def __call__(cls, *args, **kwargs):
        try:
            return super().__call__(*args, **kwargs)
        except TypeError as error:
            message = None if isinstance(error, ArgumentError) else _misfit(cls, args, kwargs)
            if message is None:
                raise
        raise ArgumentError(message)

    @property
    def __signature__(cls):
        """How the class is called; `inspect.signature` looks here."""
        maker = cls.__new__ if cls.__init__ is object.__init__ else cls.__init__
        if maker is object.__new__:
            return inspect.Signature()
        of_maker = inspect.signature(maker)
        return of_maker.replace(parameters=list(of_maker.parameters.values())[1:])


def _misfit(cls, args, kwargs):
    """Return a sentence about the arguments that do not fit, or None if all do."""
    signature = cls.__signature__
    try:
        signature.bind(*args, **kwargs)
        return None
    except TypeError:
        parameters = signature.parameters
    anything = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    named = [name for name, parameter in parameters.items() if parameter.kind not in anything]
    listed = f"Its arguments are {', '.join(named)}." if named else "It takes no arguments."
    return f"{cls.__name__} {_misfit_of(parameters, named, args, kwargs)}. {listed}"


def _misfit_of(parameters, named, args, kwargs):
    unknown = [name for name in kwargs if name not in named]
    if unknown and not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return f"has no argument {', '.join(_with_guess(name, named) for name in unknown)}"
    by_name_only = inspect.Parameter.KEYWORD_ONLY
    by_position = [name for name in named if parameters[name].kind is not by_name_only]
    if len(args) > len(by_position):
        return f"takes {len(by_position)} arguments by position, found {len(args)}"
    twice = [name for name in by_position[: len(args)] if name in kwargs]
    if twice:
        return f"was given {twice[0]!r} twice, by position and by name"
    given = {*by_position[: len(args)], *kwargs}
    required = [name for name in named if parameters[name].default is inspect.Parameter.empty]
    missing = [name for name in required if name not in given]
    return f"needs {', '.join(map(repr, missing))}"


def _with_guess(name, known):
    guesses = [other for other in _OTHER_WORDS.get(name, ()) if other in known]
    guesses += difflib.get_close_matches(name, known, 1, cutoff=0.5)
    return f"{name!r} (did you mean {guesses[0]!r}?)" if guesses else repr(name)


_OTHER_WORDS = {
    "alpha": ("concentration1", "concentration"), "beta": ("concentration0", "rate", "scale"),
    "a": ("concentration1", "concentration", "low"), "b": ("concentration0", "rate", "high"),
    "cov": ("covariance_matrix",), "df": ("df", "concentration"), "k": ("total_count",),
    "lam": ("rate",), "lower": ("low",), "mean": ("loc",), "mu": ("loc", "rate"),
    "n": ("total_count",), "p": ("probs",), "sd": ("scale",), "sigma": ("scale",),
    "std": ("scale",), "upper": ("high",), "var": ("scale",),
}
"""What other books and libraries call an argument -> what it may be called here."""
