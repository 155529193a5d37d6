"""`largesse invoice`: drafts, issue, dispute and write-off, and what invoices say, typed as an operator does."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import Result

from largesse.db import Database
from largesse.domain.merchants import find_merchant
from largesse.domain.orders import Order
from largesse.domain.partners import OrderWanted, find_partner
from largesse.interfaces.partner_api.order_form import read_order
from largesse.services.partners import sell_on_account
from tests.builders.application import NOW, an_application
from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator

SPA = "corner-spa"


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def ordered(dsn: str, amount: str) -> Order:
    """The partner orders a certificate on account."""

    async def work() -> Order:
        async with await Database.open(dsn) as database, an_application(database) as application:
            async with database.connection() as connection:
                merchant = await find_merchant(connection, SPA)
                partner = await find_partner(connection, merchant.merchant_id, "Acme")
            wanted = read_order({"refcode": "SPRING", "amount": amount}, today=NOW.date())
            assert isinstance(wanted, OrderWanted)
            placed = await sell_on_account(
                application, merchant, partner, wanted, operation_id=uuid4(), actor="test", now=NOW
            )
            return placed.order

    return asyncio.run(work())


ONCE = ("--reason", "They moved", "--operation-id", "01940000-0000-7000-8000-000000000009")


def pro_forma(operator: Operator, name: str) -> Result:
    """A draft as a pro forma."""
    return operator.types("invoice", "file", SPA, name, "--form", "pro-forma", "--to", "-")


def test_what_a_partner_ordered_is_drafted_issued_and_given_up(operator: Operator, dsn: str) -> None:
    operator.asks(*MERCHANT)
    agreed = ("--terms", "USD", "500.00", "1000.00", "--discount", "10", "--po-number", "PO 9")
    operator.asks("partner", "add", SPA, "Acme", "--contact-email", "billing@acme.example", *agreed)
    assert operator.types("invoice", "draft", SPA, "Acme").output == "Nothing is to be invoiced.\n"
    ordered(dsn, "50.00")
    [draft] = operator.asks("invoice", "draft", SPA, "Acme")
    assert (draft["total"], draft["certificates"]) == (4_500, 1)
    name = draft["invoice"]["invoice_id"]
    assert "would ask for 45.00" in operator.types("invoice", "show", SPA, name).output
    assert "[invoice.buyer.address_missing]" in operator.types("invoice", "issue", SPA, name).stderr
    operator.asks("partner", "set", SPA, "Acme", "--address", "1 Main Street", "--city", "New York", "--country", "US")
    assert "[invoice.seller.incomplete]" in operator.types("invoice", "issue", SPA, name).stderr
    seller = ("--address", "2 Main Street", "--city", "New York", "--country", "US", "--tax-id", "12-3456789")
    operator.asks("entity", "set", SPA, operator.asks("entity", "list", SPA)[0]["name"], *seller)
    said = operator.asks("invoice", "settings", SPA, "--invoice-series", "R-", "--note", "Thank you")
    assert (said["invoice_series"], said["note"]) == ("R-", "Thank you")
    assert "[invoice.invalid]" in operator.types("invoice", "settings", SPA, "--iban", "DE1").stderr
    assert operator.asks("invoice", "billing", SPA, "Acme", "--vat-id", "DE136695976")["vat_id"] == "DE136695976"
    assert pro_forma(operator, name).stdout_bytes.startswith(b"%PDF-1.7")
    issued = operator.asks("invoice", "issue", SPA, name)
    assert issued["invoice_number"] == "R-000001"
    assert "[invoice.already_issued]" in pro_forma(operator, name).stderr
    assert (
        "1 x Gift certificate of 50.00 USD  45.00  SPRING" in operator.types("invoice", "show", SPA, "R-000001").output
    )
    file = ("invoice", "file", SPA, "R-000001", "--to", "-")
    assert "<cbc:ID>R-000001</cbc:ID>" in operator.types(*file, "--form", "peppol").stdout
    assert operator.types(*file, "--form", "pdf", "--paper", "us-letter").stdout_bytes.startswith(b"%PDF-1.7")
    assert "[invoice.unknown]" in operator.types("invoice", "file", SPA, "R-2", "--to", "-").stderr
    assert "45.00 open" in operator.types("invoice", "list", SPA, "--partner", "acme").output
    assert "(disputed)" in operator.types("invoice", "dispute", SPA, "R-000001", "--reason", "never came").output
    assert "(disputed)" not in operator.types("invoice", "dispute", SPA, "R-000001", "--settled").output
    assert all("on its way" in operator.types("invoice", "send", SPA, "R-000001", *ONCE).output for _ in range(2))
    assert "[invoice.not_due]" in operator.types("invoice", "remind", SPA, "R-000001").stderr
    assert (
        "[invoice.commission.not_agreed]"
        in operator.types("invoice", "commission", SPA, "R-000001", "--reference", "Theirs").stderr
    )
    assert "not_due 45.00" in operator.types("invoice", "ageing", SPA).output
    told = operator.types("invoice", "statement", SPA, "Acme", "--form", "csv", "--to", "-").stdout
    assert "R-000001" in told
    assert all(
        "[invoice.invalid]" in operator.types("invoice", "statement", SPA, "Acme", option, day, "--to", "-").stderr
        for option, day in (("--since", "2030-01-01"), ("--through", "0001-01-01"))
    )
    alone = operator.asks("invoice", "settings", SPA, "--issues-itself", "--reminder-days", "5", "10", "20")
    assert (alone["issues_itself"], alone["reminds_itself"], alone["reminder_days"]) == (True, False, [5, 10, 20])
    assert operator.asks("invoice", "write-off", SPA, "R-000001", "--reason", "gone")["state"] == "written_off"
    assert operator.types("invoice", "list", SPA).output == "Nothing is open.\n"
    ordered(dsn, "20.00")
    [other] = operator.asks("invoice", "draft", SPA, "Acme")
    assert "The draft is gone" in operator.types("invoice", "discard", SPA, other["invoice"]["invoice_id"]).output
    assert "The ledger is clean" in operator.types("ledger", "verify").output
