"""Named SQL: every domain keeps its statements in `queries.sql`, each with a name and a sentence.

-- name: find_order
-- The order of a number, or nothing.
SELECT ... WHERE merchant_id = $1 AND order_number = $2
"""

import re
from functools import cache
from importlib.resources import files

_HEADER = re.compile(r"^-- name: (?P<name>[a-z][a-z0-9_]*)$", re.MULTILINE)


class Queries:
    """Give each statement of a `queries.sql` as an attribute of its name."""

    def __init__(self, text: str) -> None:
        parts = _HEADER.split(text)
        names, bodies = parts[1::2], parts[2::2]
        if len(set(names)) != len(names):
            message = "two statements in one queries.sql share a name"
            raise ValueError(message)
        self._statements = {name: _without_comments(body) for name, body in zip(names, bodies, strict=True)}

    def __getattr__(self, name: str) -> str:
        try:
            return self._statements[name]
        except KeyError:
            message = f"there is no statement named {name!r}"
            raise AttributeError(message) from None

    def names(self) -> tuple[str, ...]:
        """Return the names of all statements."""
        return tuple(self._statements)


@cache
def load(package: str, file: str = "queries.sql") -> Queries:
    """Return the statements of a file in `package` (pass `__package__`): a store's, or the `views.sql` of a service."""
    return Queries(files(package).joinpath(file).read_text(encoding="utf-8"))


def _without_comments(body: str) -> str:
    return "\n".join(line for line in body.splitlines() if not line.lstrip().startswith("--")).strip()
