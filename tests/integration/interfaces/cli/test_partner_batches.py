"""`largesse partner batch`: what was ordered in the portal, typed as an operator does."""

import asyncio
import csv
import io
from pathlib import Path

import pytest

from largesse.db import Database
from largesse.domain import partners
from largesse.domain.merchants import find_merchant
from largesse.domain.partners import AgreementChange, find_partner
from largesse.domain.portal import BatchDelivery, PortalBatch, PortalBatchState
from largesse.kernel.currency import currency
from largesse.kernel.ids import new_id
from largesse.kernel.text_tables import TextRow, TextTable
from largesse.services import portal as services
from largesse.services.portal import ActsFor, PortalOrderAsked
from tests.builders.application import NOW, an_application
from tests.builders.portal import a_colleague
from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator

SPA = "corner-spa"


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def stopped(dsn: str) -> PortalBatch:
    """Somebody of the partner ordered two; after the first one the credit was gone."""

    async def work() -> PortalBatch:
        async with await Database.open(dsn) as database, an_application(database) as application:
            async with database.connection() as connection:
                merchant = await find_merchant(connection, SPA)
                partner = await find_partner(connection, merchant.merchant_id, "Acme")
                agreement = await partners.agreement_of(connection, merchant.merchant_id, partner.partner_id)
            colleague = await a_colleague(application, merchant, partner)
            acts = ActsFor(member=colleague.member, partner=partner, agreement=agreement, merchant=merchant)
            asked = PortalOrderAsked(refcode="SPRING", currency=currency("USD"), delivery=BatchDelivery.EMAIL)
            rows = [TextRow(line=n, cells=("25", f"p{n}@example.com", "", f"E-{n}")) for n in (1, 2)]
            table = TextTable(rows=tuple(rows))
            batch = await services.order_batch(application, acts, table, asked, batch_id=new_id(NOW), now=NOW)
            async with application.database.transaction() as connection:
                await partners.put_terms(
                    connection, partner, "USD", partners.Terms(amount_max=500_00, credit_limit=30_00)
                )
            await services.place_all(application, batch.merchant_id, batch.batch_id, now=NOW)
            async with application.database.transaction() as connection:
                await partners.change_agreement(connection, partner, AgreementChange())
        return batch

    return asyncio.run(work())


def goes_on(dsn: str, batch: PortalBatch) -> None:
    """Place what can be placed of a batch."""

    async def work() -> None:
        async with await Database.open(dsn) as database, an_application(database) as application:
            await services.place_all(application, batch.merchant_id, batch.batch_id, now=NOW)

    asyncio.run(work())


def test_what_was_ordered_is_listed_written_and_goes_on(operator: Operator, dsn: str) -> None:
    operator.asks(*MERCHANT)
    terms = ("--terms", "USD", "500.00", "1000.00")
    operator.asks("partner", "add", SPA, "Acme", "--contact-email", "billing@acme.example", *terms)
    assert operator.types("partner", "batch", "list", SPA, "Acme").output.startswith("Nothing like that")
    batch = stopped(dsn)
    [told] = operator.asks("partner", "batch", "list", SPA, "Acme", "--state", "stopped")
    assert (told["id"], told["done"], told["lines"]) == (str(batch.batch_id), "1", "2")
    assert told["trouble"] == "agreement.credit_exhausted"
    written = operator.types("partner", "batch", "result", SPA, "Acme", str(batch.batch_id)).output
    rows = list(csv.DictReader(io.StringIO(written)))
    assert [row["identifier"] for row in rows] == ["E-1", "E-2"]
    assert [bool(row["order_number"]) for row in rows] == [True, False]
    names = (SPA, "Acme", str(batch.batch_id))
    nothing_said = operator.types("partner", "batch", "withdraw", *names, "--reason", "")
    assert "audit.reason.invalid" in nothing_said.output + nothing_said.stderr
    again = operator.types("partner", "batch", "go-on", SPA, "Acme", str(batch.batch_id))
    assert "1 of 2" in again.output
    [told] = operator.asks("partner", "batch", "list", SPA, "Acme")
    assert told["state"] == PortalBatchState.PLACING.value
    refused = operator.types("partner", "batch", "go-on", SPA, "Acme", str(batch.batch_id))
    assert "portal.batch.closed" in refused.output + refused.stderr
    goes_on(dsn, batch)
    withdrawn = operator.types("partner", "batch", "withdraw", *names, "--reason", "They moved")
    assert "1 of 2" in withdrawn.output
    [told] = operator.asks("partner", "batch", "list", SPA, "Acme")
    assert (told["state"], told["done"]) == (PortalBatchState.WITHDRAWN.value, "1")
    late = operator.types("partner", "batch", "withdraw", *names, "--reason", "They moved")
    assert "portal.batch.closed" in late.output + late.stderr
