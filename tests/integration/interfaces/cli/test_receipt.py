"""`largesse receipt`: receipts of the shop listed, written as PDF, and in another name, typed as an operator does."""

import asyncio
from pathlib import Path

from largesse.db import Database
from largesse.domain.merchants import find_merchant
from largesse.services.refunds import refund_order
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_request
from tests.builders.gifts import a_gift, bought
from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator

SPA = ("--merchant", "corner-spa")


def sold(dsn: str) -> str:
    """Somebody buys in the shop, and a part goes back."""

    async def work() -> str:
        async with await Database.open(dsn) as database, an_application(database) as application:
            async with database.connection() as connection:
                merchant = await find_merchant(connection, "corner-spa")
            [order] = await bought(application, merchant, a_gift())
            await refund_order(application, merchant, order.order_number, value=2_500, request=a_request(), now=NOW)
            return order.order_number

    return asyncio.run(work())


def test_a_receipt_is_listed_written_and_made_out_to_somebody_else(dsn: str, tmp_path: Path) -> None:
    operator = Operator(dsn, tmp_path)
    operator.asks(*MERCHANT)
    order = sold(dsn)
    first, back = operator.types("receipt", "list", *SPA, order).stdout.splitlines()
    assert first.split()[0] == "SR-000001"
    assert "100.00 USD" in first
    assert back.endswith("25.00 USD corrects SR-000001 (refund)")
    [shown] = operator.asks("receipt", "list", *SPA, "sr-000001")
    assert shown["document"]["lines"][0]["order_number"] == order
    target = tmp_path / "receipt.pdf"
    operator.types("receipt", "file", *SPA, order, "--to", str(target))
    assert target.read_bytes().startswith(b"%PDF-")
    somebody = ("--name", "Hopper Ltd", "--address", "1 High Street", "--city", "London")
    named = operator.types("receipt", "address", *SPA, order, *somebody, "--country", "gb")
    assert named.stdout.split()[0] == "SRC-000002"
    assert (
        "[sale_document.address]"
        in operator.types("receipt", "address", *SPA, order, *somebody, "--country", "xx").stderr
    )
    assert "[sale_document.unknown]" in operator.types("receipt", "list", *SPA, "SR-000009").stderr
