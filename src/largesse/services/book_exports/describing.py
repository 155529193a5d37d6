"""What describes the archive of the books: an index.xml, and a page that can be read without any program.

The index follows the description standard of the German finance administration (GDPdU/GoBD, `gdpdu-01-09-2004.dtd`),
whose DTD belongs beside it and is not ours to bring; that an auditor's program reads it is not verified.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

from largesse.domain.merchants import Merchant
from largesse.ledger import EXPORTED, Seal

INDEX_COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "journal": EXPORTED,
    "accounts": ("account", "name"),
    "mapping": (
        "version", "made_at", "made_by", "account", "class_of_value", "location_id", "tax_kind", "rate_ppm", "code",
        "name", "tax_code",
    ),
    "exports": (
        "set_number", "made_at", "made_by", "legal_entity_id", "currency", "first_day", "last_day", "rows",
        "late_rows", "total", "format", "grain", "mapping_version", "files",
    ),
    "export_rows": ("set_number", "subject_id", "seq"),
    "seals": ("number", "cut", "leaf_count", "row_count", "root", "previous", "hash"),
}  # fmt: skip
"""The tables of the archive and their columns."""

_TOLD: Final = {
    "journal": "The journal: every row that the seal covers, with its hash; amounts in the smallest unit",
    "accounts": "The chart of accounts",
    "mapping": "Which accounts of the bookkeeper's program these are, in all versions",
    "exports": "What was exported into the bookkeeper's program",
    "export_rows": "Which export each row of the journal left with",
    "seals": "The seals, each with the hash of the one before",
}
_NUMBERS: Final = frozenset(
    {
        "seq", "line", "amount", "held_change", "balance_after", "held_after", "gratuity_after",
        "gratuity_held_after", "lot_face_after", "lot_gratuity_after", "lot_discount_after",
        "lot_included_tax_after", "lot_added_tax_after", "tax_rate_ppm", "taxable_amount", "tax_amount",
        "hash_format", "version", "rate_ppm", "set_number", "rows", "late_rows", "total", "mapping_version", "files",
        "number", "leaf_count", "row_count",
    }
)  # fmt: skip
_DAYS: Final = frozenset({"booked_on", "good_through_after", "tax_point", "first_day", "last_day"})


def index_xml(merchant: Merchant) -> bytes:
    """Return the description of all tables for an auditor's program."""
    tables = "".join(_table(name, columns) for name, columns in INDEX_COLUMNS.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE DataSet SYSTEM "gdpdu-01-09-2004.dtd">\n'
        "<DataSet>\n  <Version>1.0</Version>\n"
        f"  <DataSupplier>\n    <Name>{escape(merchant.name)}</Name>\n    <Location></Location>\n"
        "    <Comment>Books of gift certificates, written by Largesse</Comment>\n  </DataSupplier>\n"
        f"  <Media>\n    <Name>Largesse</Name>\n{tables}  </Media>\n</DataSet>\n"
    ).encode()


def _table(name: str, columns: Sequence[str]) -> str:
    return (
        f"    <Table>\n      <URL>{name}.csv</URL>\n      <Name>{name}</Name>\n"
        f"      <Description>{escape(_TOLD[name])}</Description>\n      <UTF8/>\n"
        "      <DecimalSymbol>.</DecimalSymbol>\n      <DigitGroupingSymbol>,</DigitGroupingSymbol>\n"
        "      <Range><From>2</From></Range>\n      <VariableLength>\n        <ColumnDelimiter>,</ColumnDelimiter>\n"
        "        <RecordDelimiter>&#13;&#10;</RecordDelimiter>\n"
        "        <TextEncapsulator>&#34;</TextEncapsulator>\n"
        + "".join(f"        {_column(column)}\n" for column in columns)
        + "      </VariableLength>\n    </Table>\n"
    )


def _column(name: str) -> str:
    kind = "<AlphaNumeric/>"
    if name in _NUMBERS:
        kind = "<Numeric/>"
    elif name in _DAYS:
        kind = "<Date><Format>YYYY-MM-DD</Format></Date>"
    return f"<VariableColumn><Name>{name}</Name>{kind}</VariableColumn>"


def readme(merchant: Merchant, seal: Seal, *, rows: int, made_at: datetime) -> bytes:
    """Return what the archive is, and how it is checked."""
    tables = "\n".join(f"  {name}.csv — {told}" for name, told in _TOLD.items())
    return (
        f"The books of {merchant.name} ({merchant.slug}), written on {made_at:%Y-%m-%d %H:%M:%S %Z}.\n\n"
        f"{rows} rows of the journal, everything that seal {seal.number} of {seal.cut:%Y-%m-%d %H:%M:%S %Z} covers.\n"
        f"Hash of the seal: {seal.hash.hex()}\n\n"
        f"{tables}\n"
        "  sealed.jsonl — the seal and every row as they were hashed\n"
        "  index.xml — describes the tables for an auditor's program; put gdpdu-01-09-2004.dtd beside it\n"
        "  SHA256SUMS — the hash of every file: sha256sum -c SHA256SUMS\n\n"
        "Check it without Largesse, with check_archive.py and check_seal.py of its documentation and the hash from the "
        "mail:\n\n"
        f"  python3 check_archive.py this-archive.zip {seal.hash.hex()}\n\n"
        "There are no names of buyers, no numbers of certificates and no memos in it.\n"
    ).encode()
