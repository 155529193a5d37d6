"""The formats an export may have."""

from collections.abc import Awaitable, Callable
from enum import StrEnum

Sink = Callable[[bytes], Awaitable[None]]
"""Take the next bytes of a file. Whoever writes waits for it, so a slow reader slows the database, not the memory."""

Progress = Callable[[int], None]
"""Called with how many rows have been written so far."""


class FileFormat(StrEnum):
    """A format."""

    CSV = "csv"
    """RFC 4180, UTF-8, safe against spreadsheet formulas."""
    XLSX = "xlsx"
    """A workbook with numbers as numbers; a further sheet for every 1,048,575 rows."""
    JSONL = "jsonl"
    """One JSON object on each line."""
