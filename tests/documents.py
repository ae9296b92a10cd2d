"""Pages whose code runs, and whose output is what the code prints.

In a page, a block of ``python`` may be followed by a block of ``text``: what it prints, whole.

Run:  python -m tests.documents PAGE...

Writes what the blocks print into the pages.
"""

import io
import re
import sys
import warnings
from contextlib import redirect_stdout
from pathlib import Path

_CODE_AND_OUTPUT = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)


def page_as_it_runs(path):
    """Return the text of a page with the output of its code, run from top to end.

    Parameters
    ----------
    path : Path

    Raises
    ------
    Warning
        What a page shows is what does not need a warning.
    """
    text = path.read_text(encoding="utf-8")
    names = {"__name__": "document"}

    def run(found):
        line = text[: found.start(1)].count("\n")
        output = io.StringIO()
        with redirect_stdout(output):
            exec(compile("\n" * line + found.group(1), str(path), "exec"), names)
        if found.group(2) is None:
            return found.group()
        return f"```python\n{found.group(1)}```\n\n```text\n{output.getvalue()}```\n"

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return _CODE_AND_OUTPUT.sub(run, text)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).write_text(page_as_it_runs(Path(name)), encoding="utf-8")
