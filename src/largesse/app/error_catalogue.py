"""Every error a reader may meet, gathered from the code itself: `make docs` writes docs/errors.md from it.

python -m largesse.app.error_catalogue > docs/errors.md
"""

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from textwrap import dedent

import largesse
from largesse.kernel.errors import LargesseError
from largesse.web.statuses import status_of

_ELSEWHERE = re.compile(r"\.migrations\.|^largesse\.client\b")
_HEAD = """\
    # Errors

    Made from the code by `make docs`; do not edit. A code never changes its meaning. The sentence may carry details
    when it is shown. The command line prints sentence and code, and ends with status 1.
    """


def all_errors() -> list[type[LargesseError]]:
    """Return every class of error in the whole installation, by code."""
    for module in pkgutil.walk_packages(largesse.__path__, "largesse."):
        # The client stands on httpx, which an installation need not have, and has errors of its own.
        if not module.name.endswith("__main__") and not _ELSEWHERE.search(module.name):
            importlib.import_module(module.name)
    return sorted({LargesseError, *_below(LargesseError)}, key=lambda error: (error.code, error.__qualname__))


def _below(error: type[LargesseError]) -> Iterator[type[LargesseError]]:
    for child in error.__subclasses__():
        if child.__module__.startswith("largesse."):
            yield child
            yield from _below(child)


def document() -> str:
    """Return the page as Markdown."""
    columns = ["code", "what it says", "HTTP status"]
    rows = [_row(error) for error in all_errors()]
    lines = [columns, ["---"] * len(columns), *rows]
    return dedent(_HEAD) + "\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def _row(error: type[LargesseError]) -> list[str]:
    sentence = error.message if "message" in vars(error) else (error.__doc__ or "").partition("\n")[0]
    text = " ".join(sentence.split()).replace("|", "\\|")
    return [f"`{error.code}`", text, str(status_of(error))]


if __name__ == "__main__":
    sys.stdout.write(document())
