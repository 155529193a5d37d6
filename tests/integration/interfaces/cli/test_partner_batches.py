"""`largesse partner batch`: what was ordered in the portal, typed as an operator does."""

import asyncio
import csv
import io
from pathlib import Path

import pytest
import pyzipper

from largesse.db import Database
from largesse.domain import partners
from largesse.domain.merchants import find_merchant
from largesse.domain.partners import AgreementChange, find_partner
from largesse.domain.portal import BatchDelivery, PartnerRole, PortalBatch, PortalBatchState
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


def colleagues(dsn: str) -> str:
    """An orderer and somebody of finance act for the partner, who may have numbers; the address of the first."""

    async def work() -> str:
        async with await Database.open(dsn) as database, an_application(database) as application:
            async with application.transaction() as connection:
                merchant = await find_merchant(connection, SPA)
                partner = await find_partner(connection, merchant.merchant_id, "Acme")
                await partners.change_agreement(connection, partner, AgreementChange(numbers_as_file=True))
            role = PartnerRole.FINANCE
            await a_colleague(application, merchant, partner, email="finance@acme.example", role=role)
            return (await a_colleague(application, merchant, partner)).person.email

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


def test_what_is_ordered_for_somebody_is_ordered_once_and_its_numbers_written_once(
    operator: Operator, dsn: str, tmp_path: Path
) -> None:
    operator.asks(*MERCHANT)
    terms = ("--terms", "USD", "500.00", "1000.00")
    operator.asks("partner", "add", SPA, "Acme", "--contact-email", "billing@acme.example", *terms)
    address = colleagues(dsn)
    file, zipped = tmp_path / "ordered.csv", tmp_path / "numbers.zip"
    file.write_text("amount,identifier\n25.00,E-1\n30.00,E-2\n")
    order = ("partner", "batch", "order", SPA, "Acme", str(file), "--refcode", "SPRING", "--delivery", "file")
    once = ("--operation-id", "01940000-0000-7000-8000-000000000009")
    assert "staff.not_allowed" in operator.types(*order, "--as", "finance@acme.example").stderr
    assert "portal.member.unknown" in operator.types(*order, "--as", "nobody@acme.example").stderr
    [first, again] = [operator.asks(*order, *once, "--as", address) for _ in range(2)]
    assert (first, first["state"], first["done"], first["total"]) == (again, "done", "2", "55.00")
    numbers = ("partner", "batch", "numbers", SPA, "Acme", first["id"], "-o", str(zipped), "--as", address)
    short = operator.types(*numbers, stdin="short\nshort\n")
    assert (short.exit_code, zipped.exists()) == (2, False)
    password = "correct horse battery"
    assert operator.types(*numbers, stdin=f"{password}\n{password}\n").exit_code == 0
    with pyzipper.AESZipFile(zipped) as archive:
        archive.setpassword(password.encode())
        rows = list(csv.DictReader(io.StringIO(archive.read("numbers.csv").decode())))
    assert [(one["identifier"], one["amount"], bool(one["number"])) for one in rows] == [
        ("E-1", "25.00", True),
        ("E-2", "30.00", True),
    ]
    taken = operator.types(*numbers, stdin=f"{password}\n{password}\n")
    assert taken.exit_code == 1
    log = operator.asks("audit", "list", SPA)["entries"]
    by_operator = {one["action"] for one in log if one["actor"].startswith("cli:")}
    assert {"partner.batch_ordered", "partner.numbers_taken"} <= by_operator
