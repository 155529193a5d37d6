"""CSV and JSON Lines: PostgreSQL writes the rows, and they pass through here in chunks."""

from largesse.db import Connection
from largesse.db.dataset import Dataset, Statement, csv_statement, json_statement
from largesse.domain.exports.formats import Progress, Sink
from largesse.domain.exports.rows import write_csv_rows, write_json_rows


async def write_csv(connection: Connection, dataset: Dataset, sink: Sink, progress: Progress) -> int:
    """Write `dataset` as CSV with a header, lines ended by CRLF (RFC 4180), and return how many rows it has."""
    if dataset.rewritten:
        return await write_csv_rows(connection, dataset, sink, progress)
    await sink(",".join(column.name for column in dataset.columns).encode() + b"\r\n")
    return await _copy(connection, csv_statement(dataset), CrLf(), sink, progress)


async def write_jsonl(connection: Connection, dataset: Dataset, sink: Sink, progress: Progress) -> int:
    """Write `dataset` as one JSON object on each line, and return how many rows it has."""
    if dataset.rewritten:
        return await write_json_rows(connection, dataset, sink, progress)
    return await _copy(connection, json_statement(dataset), PlainText(), sink, progress)


class CrLf:
    """Turn the newlines that end CSV records into CRLF; those inside quotes are data, and stay.

    Between an even number of quotes and the next one, we are outside a quoted cell: a doubled quote inside one leaves
    and enters again. `rows` counts the records that ended.
    """

    copy_format = "csv"

    def __init__(self) -> None:
        self.rows = 0
        self._quoted = False

    def __call__(self, chunk: bytes) -> bytes:
        """Return the next chunk with its record ends replaced."""
        lines = chunk.split(b"\n")
        if not self._quoted and not any(line.count(b'"') & 1 for line in lines):
            # Every quote that opens closes on its line: no newline of this chunk is data. That is nearly always so.
            self.rows += len(lines) - 1
            return b"\r\n".join(lines)
        return self._between_quotes(chunk)

    def _between_quotes(self, chunk: bytes) -> bytes:
        pieces = chunk.split(b'"')
        for place in range(int(self._quoted), len(pieces), 2):
            self.rows += pieces[place].count(b"\n")
            pieces[place] = pieces[place].replace(b"\n", b"\r\n")
        if len(pieces) % 2 == 0:
            self._quoted = not self._quoted
        return b'"'.join(pieces)


class PlainText:
    """Take the doubling off the backslashes that COPY's text format doubled. JSON has nothing else that COPY escapes.

    `rows` counts the lines that ended.
    """

    copy_format = "text"

    def __init__(self) -> None:
        self.rows = 0
        self._held = b""

    def __call__(self, chunk: bytes) -> bytes:
        """Return the next chunk; half of a pair of backslashes waits for the chunk after it."""
        whole = self._held + chunk
        trailing = len(whole) - len(whole.rstrip(b"\\"))
        cut = len(whole) - trailing % 2
        self._held, whole = whole[cut:], whole[:cut]
        self.rows += whole.count(b"\n")
        return whole.replace(b"\\\\", b"\\")


async def _copy(
    connection: Connection, statement: Statement, mend: CrLf | PlainText, sink: Sink, progress: Progress
) -> int:
    query, args = statement

    async def pass_on(chunk: bytes) -> None:
        await sink(mend(chunk))
        progress(mend.rows)

    await connection.copy_from_query(query, *args, output=pass_on, format=mend.copy_format)
    return mend.rows
