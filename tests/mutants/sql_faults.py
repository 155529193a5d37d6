"""The single faults that a proof's statement can be given, by its words."""

import re
from collections.abc import Iterator

from tests.mutants.mutant import Mutant

_HEADER = re.compile(r"^-- name: ([a-z][a-z0-9_]*)$", re.MULTILINE)
_COMMENT = re.compile(r"--[^\n]*")
_TEXT = re.compile(r"'[^']*'")
_FAULTS = tuple(
    (re.compile(pattern), kind, after)
    for pattern, kind, after in (
        (r"<>", "comparison", "="),
        (r"(?<![<>!:])=(?![>])", "comparison", "<>"),
        (r"<=", "comparison", "<"),
        (r">=", "comparison", ">"),
        (r"<(?![=>])", "comparison", "<="),
        (r"(?<![<=-])>(?!=)", "comparison", ">="),
        (r"\bIS NOT NULL\b", "condition negated", "IS NULL"),
        (r"\bIS NULL\b", "condition negated", "IS NOT NULL"),
        (r"\bIS NOT DISTINCT FROM\b", "condition negated", "IS DISTINCT FROM"),
        (r"\bIS DISTINCT FROM\b", "condition negated", "IS NOT DISTINCT FROM"),
        (r"\bNOT EXISTS\b", "not dropped", "EXISTS"),
        (r"\bNOT IN\b", "not dropped", "IN"),
        (r"\bAND\b", "and/or", "OR"),
        (r"\bOR\b", "and/or", "AND"),
        (r"\bdebit\b", "account swapped", "credit"),
        (r"\bcredit\b", "account swapped", "debit"),
        (r" \+ ", "arithmetic", " - "),
        (r" - ", "arithmetic", " + "),
        (r"\bmin\(", "opposite", "max("),
        (r"\bmax\(", "opposite", "min("),
        (r"\bUNION ALL\b", "duplicates dropped", "UNION"),
    )
)


def sql_mutants(file: str, text: str, names: frozenset[str]) -> list[Mutant]:
    """Return every mutant of the statements of `names` in a `queries.sql`."""
    headers = list(_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    return [
        mutant
        for header, end in zip(headers, ends, strict=True)
        if header[1] in names
        for mutant in _statement(file, text, header[1], header.end(), end)
    ]


def _statement(file: str, text: str, name: str, start: int, end: int) -> Iterator[Mutant]:
    hidden = _hidden(_hidden(text, _COMMENT), _TEXT)
    found = [
        (match.start(), match[0], kind, after)
        for pattern, kind, after in _FAULTS
        for match in pattern.finditer(hidden, start, end)
    ]
    for at, before, kind, after in sorted(found):
        yield Mutant(file=file, inside=name, kind=kind, text=text, start=at, before=before, after=after)


def _hidden(text: str, pattern: re.Pattern[str]) -> str:
    """Return the text with what must not be changed as blanks, each character in its place."""
    return pattern.sub(lambda match: " " * len(match[0]), text)
