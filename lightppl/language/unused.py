"""Names given to a handler that no site ever answered to.

`condition`, `do` and `substitute` take values by site name.  A misspelt name would silently do
nothing, so each of them keeps an account of the names it still waits for; the account is settled
when the outermost run ends, because a site may exist only in some of the calls of a larger model.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from lightppl.errors import SiteNameError, UnusedSiteWarning
from lightppl.language.stack import at_end_of_run
from lightppl.user_line import warn
from lightppl.when_used import module_when_used

difflib = module_when_used("difflib")

_policy = ContextVar("lightppl_unused_sites", default="warn")


@contextmanager
def unused_sites(policy):
    """Choose what happens when a handler names a site that never appeared.

    Parameters
    ----------
    policy : {"warn", "error", "ignore"}
        "warn" is the default; inference uses "error" for its first run of a model.

    Examples
    --------
    >>> with unused_sites("ignore"):
    ...     pass
    """
    if policy not in ("warn", "error", "ignore"):
        raise ValueError(f"policy must be 'warn', 'error' or 'ignore', found {policy!r}.")
    token = _policy.set(policy)
    try:
        yield
    finally:
        _policy.reset(token)


class NameAccount:
    """Which names a handler waits for, and which sites it has met, in one outermost run.

    Parameters
    ----------
    handler : Messenger
    names : iterable of str
    """

    def __init__(self, handler, names):
        self.handler_name = type(handler).__name__
        self.handler = handler  # keeps its id, the key of this account, from being used again
        self.waiting = set(names)
        self.met = {}

    def meet(self, msg, is_used):
        """Enter one message into the account."""
        if is_used:
            self.waiting.discard(msg.name)
        elif msg.name is not None:
            self.met[msg.name] = msg.type

    def __call__(self):
        if not self.waiting or _policy.get() == "ignore":
            return
        message = self.sentence()
        if _policy.get() == "error":
            raise SiteNameError(message, unused=sorted(self.waiting), sites=sorted(self.met))
        warn(message, UnusedSiteWarning)

    def sentence(self):
        """Return the sentence that names what was not used."""
        parts = []
        for name in sorted(self.waiting, key=str):
            part = repr(name)
            if name in self.met:
                part += f" (which is a {self.met[name]} site, out of reach of {self.handler_name})"
            else:
                close = difflib.get_close_matches(str(name), [str(key) for key in self.met], 1)
                part += f" (did you mean {close[0]!r}?)" if close else ""
            parts.append(part)
        plural = "s" if len(parts) > 1 else ""
        sites = ", ".join(repr(name) for name in self.met) or "none"
        return (
            f"{self.handler_name} names the site{plural} {', '.join(parts)}, never met while the "
            f"model ran; other sites met: {sites}. Check the spelling, and which handlers rename "
            "or hide sites."
        )


def account_of(handler, names):
    """Return the account of `handler` in this run, opened at first use."""
    return at_end_of_run(id(handler), lambda: NameAccount(handler, names))
