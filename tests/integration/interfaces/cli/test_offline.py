"""`largesse offline`, as an operator types it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from largesse.domain.merchants import find_merchant
from largesse.services.certificates import redeem
from largesse.services.offline import take_queue
from tests.builders.application import NOW
from tests.builders.certificates import a_card, a_request
from tests.builders.offline import an_offline_till
from tests.builders.tills import a_till
from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    made = Operator(dsn, tmp_path)
    made.asks(*MERCHANT)
    return made


async def _took(operator: Operator) -> str:
    """Two redemptions without a line of what was spent meanwhile; the second one stands on a receipt alone."""
    async with operator.application() as application:
        async with application.database.connection() as connection:
            merchant = await find_merchant(connection, "corner-spa")
        card, other = [await a_card(application, merchant) for _ in range(2)]
        till = await an_offline_till(application, merchant, await a_till(application, merchant))
        await redeem(application, card.place, value=9_000, request=a_request(), now=NOW)
        till.take((card, 5_000))
        row = till.take((other, 100))
        await take_queue(application, merchant, till.rows[:1], now=NOW)
        return f"{row.signature}.{row.body}"


def test_what_is_allowed_is_shown_changed_and_refused(operator: Operator) -> None:
    assert "Nothing is redeemed" in operator.types("offline", "show", "corner-spa").output
    refused = operator.types("offline", "set", "corner-spa", "--allow")
    assert (refused.exit_code, "offline.rules.invalid" in refused.stderr) == (1, True)
    amounts = ("--per-certificate", "50.00", "--per-day", "200.00", "--over-all", "600.00")
    made = operator.asks("offline", "set", "corner-spa", "--allow", *amounts, "--hours", "12")
    assert (made["most_lost"], made["hours_max"], made["devices"]) == (60_000, 12, [])
    shown = operator.types("offline", "show", "corner-spa").output
    assert "At most 600.00 USD can be lost." in shown
    assert operator.asks("offline", "set", "corner-spa", "--forbid")["most_lost"] == 0


def test_conflicts_are_listed_and_settled_and_a_receipt_is_posted(operator: Operator) -> None:
    paper = asyncio.run(_took(operator))
    assert "Bar left: lent" in operator.types("offline", "show", "corner-spa").output
    found: Any = operator.asks("offline", "conflicts", "corner-spa")
    assert sorted(one["kind"] for one in found) == ["identity", "missing"]
    missing = next(one for one in found if one["kind"] == "missing")
    assert (missing["amount"], missing["remedies"]) == (4_000, ["charge", "write-off"])
    assert "40.00 USD" in operator.types("offline", "conflicts", "corner-spa").output
    settle = ("offline", "settle", "corner-spa", missing["conflict_id"])
    assert operator.types(*settle, "write-off").exit_code == 1
    assert operator.asks(*settle, "write-off", "--reason", "a good guest")["state"] == "written_off"
    assert operator.types(*settle, "write-off", "--reason", "again").exit_code == 1
    assert len(operator.asks("offline", "conflicts", "corner-spa")) == 1
    assert len(operator.asks("offline", "conflicts", "corner-spa", "--all")) == 2
    for text, code in (("nonsense", 1), (paper.replace("Table 4", "Table 5"), 1), (paper, 0), (paper, 0)):
        assert operator.types("offline", "post", "corner-spa", stdin=text).exit_code == code
