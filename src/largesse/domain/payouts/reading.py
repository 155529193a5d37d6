"""Payouts from a CSV: Stripe's “Payout reconciliation, itemized”, or a table of one's own with the plain names. Pure.

The plain names are `payout`, `arrives_on`, `currency`, `what`, `reference`, `gross` and `fee`; days are written
`2026-11-30`, amounts with a point. A header may stand in any order.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Final

from largesse.domain.payouts.errors import PayoutFileInvalid
from largesse.domain.payouts.model import PayoutLine, PayoutPart, PayoutTold
from largesse.kernel.currency import currency as currency_of
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.money import parse
from largesse.kernel.text_tables import TextTable

_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "payout": ("payout", "automatic_payout_id", "payout_id"),
    "arrives_on": ("arrives_on", "automatic_payout_effective_at", "effective_at"),
    "currency": ("currency",),
    "what": ("what", "reporting_category"),
    "reference": ("reference", "payment_intent_id", "source_id"),
    "gross": ("gross",),
    "fee": ("fee",),
}
_SOURCE: Final = "source_id"
_PARTS: Final = {
    "payment": PayoutPart.PAYMENT,
    "charge": PayoutPart.PAYMENT,
    "refund": PayoutPart.REFUND,
    "partial_capture_reversal": PayoutPart.REFUND,
    "dispute": PayoutPart.DISPUTE,
    "dispute_reversal": PayoutPart.DISPUTE,
    "fee": PayoutPart.FEE,
    "network_cost": PayoutPart.FEE,
}
_FAULTS_MAX: Final = 50


def read_payouts(table: TextTable) -> list[PayoutTold]:
    """Return the payouts in a table, in the order in which they first stand there.

    Raises:
        PayoutFileInvalid: a column is missing, or cells cannot be read: all of them, by line.
    """
    header = [cell.strip().lower() for cell in table.rows[0].cells] if table.rows else []
    places = {field: [header.index(name) for name in names if name in header] for field, names in _NAMES.items()}
    faults = [
        FieldError(field, PayoutFileInvalid.code, f"There is no column “{_NAMES[field][0]}”.")
        for field, found in places.items()
        if not found
    ]
    faults += table.faults
    if faults:
        raise PayoutFileInvalid(fields=faults)
    lines: dict[tuple[str, str], list[PayoutLine]] = defaultdict(list)
    days: dict[tuple[str, str], date] = {}
    for row in table.rows[1:]:
        cells = {field: next((row.cells[place].strip() for place in found if row.cells[place].strip()), "")
                 for field, found in places.items()}  # fmt: skip
        if cells["what"] in {"payout", ""} and not cells["gross"].strip("0."):
            continue
        source = row.cells[header.index(_SOURCE)].strip() if _SOURCE in header else ""
        _take(cells, source, row.line, lines=lines, days=days, faults=faults)
    if faults or not lines:
        raise PayoutFileInvalid(fields=faults[:_FAULTS_MAX])
    return [
        PayoutTold(reference=reference, currency=code, arrives_on=days[reference, code], lines=tuple(found))
        for (reference, code), found in lines.items()
    ]


def _take(
    cells: Mapping[str, str],
    source: str,
    line: int,
    *,
    lines: dict[tuple[str, str], list[PayoutLine]],
    days: dict[tuple[str, str], date],
    faults: list[FieldError],
) -> None:
    code = cells["currency"].upper()
    key = cells["payout"], code
    what = _PARTS.get(cells["what"].lower(), PayoutPart.OTHER)
    try:
        money = currency_of(code)
        gross, fee = parse(cells["gross"] or "0", money).minor, parse(cells["fee"] or "0", money).minor
        day = date.fromisoformat(cells["arrives_on"][:10])
    except InvalidInput as error:
        faults.append(FieldError(f"line {line}", error.code, error.message))
        return
    except ValueError:
        faults.append(FieldError(f"line {line}", PayoutFileInvalid.code, "Write days as 2026-11-30."))
        return
    if not cells["payout"]:
        faults.append(FieldError(f"line {line}", PayoutFileInvalid.code, "The payout has no name."))
        return
    if what is PayoutPart.FEE and gross:
        gross, fee = 0, fee - gross
    days.setdefault(key, day)
    # A refund is known by its own name, not by that of the payment that it is of.
    reference = source if source and what in {PayoutPart.REFUND, PayoutPart.DISPUTE} else cells["reference"]
    lines[key].append(
        PayoutLine(line_no=len(lines[key]) + 1, what=what, reference=reference[:255], gross=gross, fee=fee)
    )
