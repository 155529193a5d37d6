"""A table of another program as texts: read from whatever encoding by an interface, understood by a domain."""

import msgspec

from largesse.kernel.errors import FieldError


class TextRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as texts, the line it stands on, and which of its cells a workbook keeps as numbers."""

    line: int
    cells: tuple[str, ...]
    numbers: frozenset[int] = frozenset()


class TextTable(msgspec.Struct, frozen=True, kw_only=True):
    """Rows as they stand, the first of which may be a header; all are as wide as the widest.

    `faults` are cells that cannot be taken as they are, whatever they mean. `digest` is the SHA-256 of the file.
    """

    rows: tuple[TextRow, ...]
    faults: tuple[FieldError, ...] = ()
    digest: bytes = b""
