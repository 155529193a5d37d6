"""`largesse withdrawal` as an operator types it."""

import asyncio
import json
from pathlib import Path
from uuid import uuid4

from largesse.domain.merchants import find_merchant
from largesse.domain.withdrawals import Withdrawal, WithdrawalForm
from largesse.services.withdrawals import receive
from tests.builders.application import NOW
from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator


async def _declared(operator: Operator) -> Withdrawal:
    async with operator.application() as application:
        async with application.database.connection() as connection:
            merchant = await find_merchant(connection, "corner-spa")
        form = WithdrawalForm(name="Grace", order_number="GL-1", email="grace@example.com")
        done = await receive(application, merchant, form, operation_id=uuid4(), actor="test", now=NOW)
        return done.withdrawal


def test_withdrawals_are_listed_shown_settled_and_closed(dsn: str, tmp_path: Path) -> None:
    operator = Operator(dsn, tmp_path)
    operator.asks(*MERCHANT)
    assert operator.types("withdrawal", "list", "corner-spa").output == "No withdrawal waits.\n"
    one = str(asyncio.run(_declared(operator)).withdrawal_id)
    assert "doubtful: no_order" in operator.types("withdrawal", "list", "corner-spa").output
    assert "grace@example.com" in operator.types("withdrawal", "show", "corner-spa", one).output
    refused = operator.types("withdrawal", "settle", "corner-spa", one)
    assert "withdrawal.doubtful" in refused.output
    closed = operator.types("withdrawal", "close", "corner-spa", one, "--reason", "A slip", "--json")
    assert json.loads(closed.output)["reason"] == "A slip"
    assert operator.types("withdrawal", "list", "corner-spa").output == "No withdrawal waits.\n"
    assert "closed" in operator.types("withdrawal", "list", "corner-spa", "--all").output
