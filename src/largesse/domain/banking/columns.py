"""CSV files of banks: what their columns mean, guessed once, said once, and remembered with the account."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from largesse.domain.banking.errors import BankColumnsInvalid
from largesse.domain.banking.model import ColumnMap
from largesse.kernel.amounts import decimal_sign_of, read_written_amount
from largesse.kernel.bank_statements import NAME_MAX, REFERENCE_MAX, TEXT_MAX, BankLine, BankStatement
from largesse.kernel.currency import currency as currency_of
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.iban import read_rf
from largesse.kernel.text_tables import TextRow, TextTable

_HEADER_WITHIN: Final = 40
"""Banks write a few lines of their own above the header."""
_FAULTS_MAX: Final = 50
DAY_ORDERS: Final = ("ymd", "dmy", "mdy")
DECIMAL_SIGNS: Final = (".", ",")
FIELDS: Final = (
    "booked_on", "value_on", "amount", "incoming", "outgoing", "currency", "name", "iban", "text", "reference",
)  # fmt: skip
"""What a column may mean, in the order in which people are asked."""
_KNOWN: Final[dict[str, str]] = {
    "booked_on": "buchungstag buchungsdatum buchung date bookingdate posteddate transactiondate fecha fechaoperación "
    "fechacontable dateopération dateoperation datecomptable datum",
    "value_on": "valuta valutadatum wertstellung valuedate fechavalor datedevaleur datevaleur",
    "amount": "betrag betrag(€) betrag(eur) umsatz amount importe montant",
    "incoming": "haben gutschrift credit creditamount paidin moneyin crédit abono abonos ingresos",
    "outgoing": "soll lastschrift debit debitamount paidout moneyout débit cargo cargos gastos",
    "currency": "währung waehrung currency divisa moneda devise",
    "name": "beguenstigter/zahlungspflichtiger begünstigter/zahlungspflichtiger namezahlungsbeteiligter auftraggeber "
    "auftraggeber/empfänger zahlungspflichtige*r name payer counterparty payee ordenante contrepartie partnername "
    "partner",
    "iban": "kontonummer/iban ibanzahlungsbeteiligter iban counterpartyiban payeraccount partneriban gegenkonto cuenta "
    "compte",
    "text": "verwendungszweck buchungstext reference description details memo concepto descripción libellé libelle "
    "motif paymentreference text",
    "reference": "entryreference bankreference transactionid referenznummer bankreferenz idtransacción référence",
}


def guess(table: TextTable) -> tuple[ColumnMap | None, tuple[str, ...]]:
    """Return what the columns of a bank's CSV seem to mean, None where that is not clear, and their names."""
    best: tuple[int, TextRow | None, dict[str, str]] = (0, None, {})
    for row in table.rows[:_HEADER_WITHIN]:
        named = _named(row.cells)
        if len(named) > best[0]:
            best = (len(named), row, named)
    _, header, named = best
    if header is None:
        return None, tuple(table.rows[0].cells) if table.rows else ()
    names = tuple(cell.strip() for cell in header.cells)
    if "booked_on" not in named or not ("amount" in named or {"incoming", "outgoing"} <= named.keys()):
        return None, names
    if "amount" in named:
        named = {field: name for field, name in named.items() if field not in {"incoming", "outgoing"}}
    below = [row.cells for row in table.rows if row.line > header.line]

    def cells(field: str) -> list[str]:
        return [row[names.index(named[field])] for row in below] if field in named else []

    amounts = cells("amount") + cells("incoming") + cells("outgoing")
    found = ColumnMap(**named, decimal=_decimal(amounts), days=_day_order(cells("booked_on")))
    return found, names


def _named(cells: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, words in _KNOWN.items():
        known = words.split()
        taken = set(found.values())
        hits = [cell.strip() for cell in cells if "".join(cell.lower().split()) in known and cell.strip() not in taken]
        if hits:
            found[field] = min(hits, key=lambda hit: known.index("".join(hit.lower().split())))
    return found


def _decimal(cells: Sequence[str]) -> str:
    signs = {decimal_sign_of(cell) for cell in cells}
    return "," if "," in signs and "." not in signs else "."


def _day_order(cells: Sequence[str]) -> str:
    for order in DAY_ORDERS:
        days = [_day(cell, order) for cell in cells if cell.strip()]
        if days and None not in days:
            return order
    return DAY_ORDERS[0]


def read_columns(table: TextTable, columns: ColumnMap, *, currency: str) -> BankStatement:
    """Return the statement that a CSV is, by what its columns mean; it tells no balances, and no account.

    Raises:
        BankColumnsInvalid: the header has not these columns, or cells cannot be read: all of them, by line.
    """
    wanted = {field: getattr(columns, field) for field in FIELDS if getattr(columns, field)}
    _demand_sense(columns, wanted)
    header = next((row for row in table.rows[:_HEADER_WITHIN] if _has(row, wanted.values())), None)
    if header is None:
        raise BankColumnsInvalid(fields=_missing(table, wanted))
    names = [cell.strip() for cell in header.cells]
    places = {field: names.index(name) for field, name in wanted.items()}
    faults: list[FieldError] = list(table.faults[:_FAULTS_MAX])
    lines = []
    for row in table.rows:
        if row.line <= header.line or not any(cell.strip() for cell in row.cells):
            continue
        cells = {field: row.cells[place].strip() for field, place in places.items()}
        line = _line(cells, columns, row.line, currency, faults)
        if line is not None:
            lines.append(line)
    if faults:
        raise BankColumnsInvalid(fields=faults[:_FAULTS_MAX])
    return BankStatement(format="csv", currency=currency, lines=tuple(lines))


def _demand_sense(columns: ColumnMap, wanted: dict[str, str]) -> None:
    faults = []
    if "booked_on" not in wanted:
        faults.append(FieldError("booked_on", BankColumnsInvalid.code, "Say in which column the booking day stands."))
    if ("amount" in wanted) == bool({"incoming", "outgoing"} & wanted.keys()):
        said = "Say in which column the amount stands, or in which two what came in and what left."
        faults.append(FieldError("amount", BankColumnsInvalid.code, said))
    if len({*wanted.values()}) < len(wanted):
        faults.append(FieldError("columns", BankColumnsInvalid.code, "One column means two things. Choose another."))
    if columns.decimal not in DECIMAL_SIGNS:
        faults.append(FieldError("decimal", BankColumnsInvalid.code, "Decimals are parted by a point or a comma."))
    if columns.days not in DAY_ORDERS:
        faults.append(FieldError("days", BankColumnsInvalid.code, "Choose how days are written: ymd, dmy or mdy."))
    if faults:
        raise BankColumnsInvalid(fields=faults)


def _has(row: TextRow, names: object) -> bool:
    assert hasattr(names, "__iter__")
    return {*names} <= {cell.strip() for cell in row.cells}


def _missing(table: TextTable, wanted: dict[str, str]) -> list[FieldError]:
    seen = {cell.strip() for row in table.rows[:_HEADER_WITHIN] for cell in row.cells}
    gone = [(field, name) for field, name in wanted.items() if name not in seen]
    return [
        FieldError(field, BankColumnsInvalid.code, f"There is no column “{name[:60]}”.")
        for field, name in gone or wanted.items()
    ]


def _line(
    cells: dict[str, str], columns: ColumnMap, line: int, currency: str, faults: list[FieldError]
) -> BankLine | None:
    booked_on = _day(cells["booked_on"], columns.days)
    if booked_on is None:
        if not any(cells.get(field) for field in ("amount", "incoming", "outgoing")):
            return None  # a sum or a remark below the table
        faults.append(FieldError(f"line {line}", BankColumnsInvalid.code, f"“{cells['booked_on'][:40]}” is no day."))
        return None
    code = cells.get("currency") or currency
    try:
        amount = _amount(cells, columns, code)
    except InvalidInput as error:
        faults.append(FieldError(f"line {line}", error.code, error.message))
        return None
    if amount == 0:
        return None
    text = " ".join(cells.get("text", "").split())[:TEXT_MAX]
    return BankLine(
        place=line,
        booked_on=booked_on,
        value_on=_day(cells.get("value_on", ""), columns.days),
        amount=amount,
        currency=code,
        entry_reference=cells.get("reference", "")[:REFERENCE_MAX],
        name=" ".join(cells.get("name", "").split())[:NAME_MAX],
        iban="".join(cells.get("iban", "").split()).upper()[:REFERENCE_MAX],
        text=text,
        structured=read_rf(text) or "",
    )


def _amount(cells: dict[str, str], columns: ColumnMap, code: str) -> int:
    if columns.amount:
        return _signed(cells["amount"], columns, code)
    incoming, outgoing = (_signed(cells.get(field, "") or "0", columns, code) for field in ("incoming", "outgoing"))
    return abs(incoming) - abs(outgoing)


def _signed(text: str, columns: ColumnMap, code: str) -> int:
    """Return an amount with its sign: before it, behind it, or the brackets of bookkeepers."""
    bare = text.strip().replace("\u2212", "-")
    negative = bare.startswith("-") or bare.endswith("-") or (bare.startswith("(") and bare.endswith(")"))
    bare = bare.strip("+-()").strip()
    minor = read_written_amount(bare, currency_of(code), decimal_sign=columns.decimal).minor
    return -minor if negative else minor


def _day(text: str, order: str) -> date | None:
    """Return a day that is written in figures, in an order; None where it is none."""
    parts = text.strip().split("T")[0].split(" ")[0].replace("/", ".").replace("-", ".").split(".")
    if len(parts) == 1 and len(parts[0]) == 8 and order == "ymd":
        parts = [parts[0][:4], parts[0][4:6], parts[0][6:]]
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        return None
    by = dict(zip(order, map(int, parts), strict=True))
    if (order == "ymd") != (len(parts[0]) == 4):
        return None
    year = by["y"] + 2000 if by["y"] < 100 else by["y"]
    try:
        return date(year, by["m"], by["d"])
    except ValueError:
        return None
