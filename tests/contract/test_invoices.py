"""A partner asks for its invoices that are not reconciled, in XML and JSON."""

from typing import Any

import msgspec

from largesse.domain import invoices, locations, partners
from largesse.domain.locations import EntityChange
from largesse.domain.partners import PartnerChange
from largesse.interfaces.partner_api.messages import UnreconciledInvoice
from largesse.services.invoices import gather, issue
from tests.builders.invoices import BOOKKEEPER
from tests.builders.partners import EMAIL, an_ordering_partner
from tests.contract.conftest import JSON, XML, Shop
from tests.contract.test_openapi import held_to

INVOICES = "/api/secure/givingservice/invoices"


async def invoiced(shop: Shop) -> None:
    """Two orders under two refcodes, each on an invoice; another partner has one, too."""
    application, ordering = shop.application, shop.ordering
    now = application.clock.now()
    async with application.database.transaction() as connection:
        entity = await locations.default_entity(connection, ordering.merchant.merchant_id)
        change = EntityChange(address="1 Main Street", city="New York", country="US", tax_id="12-3456789")
        await locations.change_entity(connection, entity, change)
        where = PartnerChange(address="2 Main Street", city="New York", country="US")
        partner = await partners.change_partner(connection, ordering.partner, where)
    for refcode in ("A", "B"):
        assert (await shop.order(refcode=refcode)).status_code == 200
    for one in await gather(application, ordering.merchant, partner, actor="test", now=now):
        await issue(application, ordering.merchant, one.invoice.invoice_id, by=BOOKKEEPER, now=now)


async def asked(shop: Shop, accept: str, **parameters: str) -> Any:
    given = {**shop.parameters, **parameters}
    return await shop.client.get(INVOICES, params=given, headers={"Accept": accept})


async def test_what_is_not_reconciled_is_listed_in_the_source_terms(shop: Shop) -> None:
    empty = await asked(shop, JSON)
    assert (empty.status_code, empty.json()) == (200, {"invoices": []})
    await invoiced(shop)
    answer = (await asked(shop, JSON)).json()["invoices"]
    assert [one["refcode"] for one in answer] == ["A", "B"]
    for one in answer:
        held_to(UnreconciledInvoice, one)
    assert (answer[0]["amount"], answer[0]["email"], answer[0]["invoiceNumber"]) == (25.0, EMAIL, "INV-000001")
    text = (await asked(shop, XML)).text
    assert "<invoices><invoice><amount>25.00</amount><datetime>" in text
    assert f"<email>{EMAIL}</email><invoiceNumber>INV-000001</invoiceNumber>" in text


async def test_what_is_settled_and_what_is_anothers_is_not_listed(shop: Shop) -> None:
    await invoiced(shop)
    other = await an_ordering_partner(shop.application, merchant=shop.ordering.merchant, email="other@partner.example")
    async with shop.application.database.transaction() as connection:
        merchant_id = shop.ordering.merchant.merchant_id
        assert await invoices.open_invoices(connection, merchant_id, other.partner.partner_id) == []
        first, _ = await invoices.open_invoices(connection, merchant_id, shop.ordering.partner.partner_id)
        # by hand, for what is told is what is open
        await invoices.write_settled(connection, first.set_against(paid=first.open, now=shop.application.clock.now()))
    listed = (await asked(shop, JSON)).json()["invoices"]
    assert [one["invoiceNumber"] for one in listed] == ["INV-000002"]


async def test_who_asks_without_a_token_or_in_another_way_is_told(shop: Shop) -> None:
    assert (await asked(shop, JSON, api_token="0" * 40)).status_code == 401
    assert (await shop.client.post(INVOICES, params=shop.parameters)).status_code == 405
    assert msgspec.json.decode((await asked(shop, JSON, api_key="x")).content)["error_response"]["status"] == 401
