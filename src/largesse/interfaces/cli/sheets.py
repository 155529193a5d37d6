"""Files that people bring, decoded into what services take."""

from typing import Final

from largesse.domain.orders import POST_NAMES, OrderSheet, SheetRow
from largesse.wire.csv import read_table

FILE_BYTES_MAX: Final = 64 * 1024 * 1024


def read_order_sheet(data: bytes) -> OrderSheet:
    """Return the rows of a CSV file with the 26 fields.

    Raises:
        WireError: it is too large, not UTF-8, not CSV, or has not exactly the 26 columns.
    """
    table = read_table(data, columns=POST_NAMES, size_max=FILE_BYTES_MAX)
    return OrderSheet(rows=tuple(SheetRow(line=row.line, cells=row.cells) for row in table.rows), faults=table.faults)
