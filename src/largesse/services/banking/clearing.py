"""What stands on accounts that have to come to nothing, item by item, and for how long: together, all of the balance.

An item is what a row names: a payment by its order, a refund, a dispute, a payout, a line of a statement, a location's
day; and where it names nothing, the operation. A payout is not one item of the gateway's account, but what its lines
are of.
"""

from collections import defaultdict
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.kernel.ids import derived_id
from largesse.ledger import Account, OpenItemKind

CLEARING: Final = (
    Account.GATEWAY_CLEARING,
    Account.BANK_CLEARING,
    Account.TERMINAL,
    Account.TENDER_CLEARING,
    Account.DISPUTED,
    Account.CASH_IN_TRANSIT,
    Account.EXCHANGE,
)
"""The accounts that have to come to nothing."""

_views = load(__package__, "views.sql")
_Key = tuple[str, str, str, str]


class ClearingItem(msgspec.Struct, frozen=True, kw_only=True):
    """One open item: of which account, of what kind (`order`, `location_day`, the ledger’s words), under which name.

    `amount` is what it adds to the account, in debits less credits; `since` the day of its first row.
    """

    account: str
    currency: str
    kind: str
    name: str
    amount: int
    since: date


async def clearing_items(connection: Connection, merchant_id: UUID) -> list[ClearingItem]:
    """Return every open item of a merchant's clearing accounts, by account, the oldest first."""
    rows = await connection.fetch(_views.clearing_rows, merchant_id, [one.value for one in CLEARING])
    payouts = await connection.fetch(_views.payout_lines_of, merchant_id)
    amounts: dict[_Key, int] = defaultdict(int)
    since: dict[_Key, date] = {}
    days = _days(rows)
    of_payments = {(number, line["currency"]): line["item_id"] for line in payouts for number in line["order_numbers"]}
    told = {line["payout_id"] for line in payouts}

    def add(key: _Key, amount: int, day: date) -> None:
        amounts[key] += amount
        since[key] = min(day, since.get(key, day))

    for row in rows:
        by_lines = row["account"] == Account.GATEWAY_CLEARING and row["open_item_kind"] == OpenItemKind.PAYOUT
        if by_lines and row["open_item_id"] in told:
            continue
        add((row["account"], row["currency"], *_named(row, days, of_payments)), row["amount"], row["since"])
    for line in payouts:
        if line["gross"]:
            name = str(line["item_id"]) if line["item_id"] else f"{line['payout_id']}:{line['line_no']}"
            kind = line["what"] if line["item_id"] else "payout_line"
            add((Account.GATEWAY_CLEARING.value, line["currency"], kind, name), -line["gross"], line["arrives_on"])
    found = [
        ClearingItem(account=key[0], currency=key[1], kind=key[2], name=key[3], amount=amount, since=since[key])
        for key, amount in amounts.items()
        if amount
    ]
    places = {account.value: place for place, account in enumerate(CLEARING)}
    return sorted(found, key=lambda one: (places[one.account], one.currency, one.since, one.name))


def _days(rows: list[Row]) -> dict[UUID, str]:
    """Return what the open items of locations' days stand for, of all that rows name."""
    return {
        derived_id("location-day", row["location_id"], row["day"].isoformat()): f"{row['location_id']}:{row['day']}"
        for row in rows
        if row["location_id"] is not None
    }


def _named(row: Row, days: dict[UUID, str], of_payments: dict[tuple[str, str], UUID]) -> tuple[str, str]:
    """Return the kind and the name of the item that rows are about."""
    if row["open_item_id"] is not None:
        if row["open_item_kind"] == OpenItemKind.LOCATION_DAY:
            return "location_day", days.get(row["open_item_id"], str(row["open_item_id"]))
        return row["open_item_kind"], str(row["open_item_id"])
    if row["location_id"] is not None:
        return "location_day", f"{row['location_id']}:{row['day']}"
    if row["order_number"] is not None:
        payment_id = of_payments.get((row["order_number"], row["currency"]))
        return ("payment", str(payment_id)) if payment_id else ("order", row["order_number"])
    if row["operation_id"] is not None:
        return "operation", str(row["operation_id"])
    return "all", ""
