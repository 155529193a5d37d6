"""What passes through on its way from COPY to a file."""

import csv
import io
import json

from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.exports.text import CrLf, PlainText

CELLS = st.text(st.sampled_from('ab",\n\r\\x'), max_size=6)
TABLES = st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=6)
CUTS = st.integers(1, 7)


def _cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(rows=TABLES, size=CUTS)
def test_only_record_ends_become_crlf_however_the_stream_is_cut(rows: list[list[str]], size: int) -> None:
    text, expected = io.StringIO(), io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    csv.writer(expected, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(rows)
    mend = CrLf()

    mended = b"".join(map(mend, _cut(text.getvalue().encode(), size)))

    assert list(csv.reader(io.StringIO(mended.decode(), newline=""))) == rows
    assert mend.rows == len(rows)
    assert mended == expected.getvalue().encode()


@given(texts=st.lists(CELLS, max_size=6), size=CUTS)
def test_json_comes_out_of_copy_as_it_went_in(texts: list[str], size: int) -> None:
    lines = [json.dumps({"text": text}) for text in texts]
    copied = "".join(line.replace("\\", "\\\\") + "\n" for line in lines).encode()
    mend = PlainText()

    plain = b"".join(map(mend, _cut(copied, size))).decode()

    assert [json.loads(line)["text"] for line in plain.splitlines()] == texts
    assert mend.rows == len(texts)
