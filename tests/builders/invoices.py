"""A partner on account whose orders can be invoiced, and what is ordered and issued for it."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec

from largesse.app.application import Application
from largesse.domain import invoices, locations, partners
from largesse.domain.invoices import BillingDetails, Invoice, InvoiceSettings
from largesse.domain.locations import EntityChange
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order
from largesse.domain.partners import AgreementChange, Partner, PartnerChange, Terms
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.ledger import proofs
from largesse.services.invoices import gather, issue, verify
from largesse.services.partners import order_on_account
from largesse.services.staff import Manager
from tests.builders.application import NOW
from tests.builders.partners import Ordering, admitted, an_order, an_ordering_partner

EUROS = {"EUR": Terms(amount_max=500_000, credit_limit=100_000_000)}
NINETEEN = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19"))
BOOKKEEPER = Manager(actor="cli:test", name="Test")
IBAN = "DE89370400440532013000"
VAT_ID = "DE136695976"


async def an_invoiced_partner(
    application: Application,
    *,
    merchant: Merchant | None = None,
    email: str = "orders@partner.example",
    terms: dict[str, Terms] | None = None,
    billing: BillingDetails | None = None,
    **agreed: Any,
) -> Ordering:
    """A merchant with address, tax id and account, and a partner with an address, who orders in euros."""
    ordering = await an_ordering_partner(
        application, merchant=merchant, email=email, terms=terms or EUROS, change=AgreementChange(**agreed)
    )
    merchant_id = ordering.merchant.merchant_id
    async with application.database.transaction() as connection:
        entity = await locations.default_entity(connection, merchant_id)
        change = EntityChange(
            address="Am Markt 1", city="Bremen", zip="28195", country="DE", vat_id=VAT_ID, tax_id="60/123/45678"
        )
        await locations.change_entity(connection, entity, change)
        settings = InvoiceSettings(iban=IBAN, contact_name="Erika", contact_phone="+4942112345")
        await invoices.put_settings(connection, merchant_id, entity.entity_id, settings)
        where = PartnerChange(address="Rue Haute 5", city="Bruxelles", zip="1000", country="BE")
        partner = await partners.change_partner(connection, ordering.partner, where)
        await invoices.put_billing(connection, merchant_id, partner.partner_id, billing or BillingDetails())
    return msgspec.structs.replace(ordering, partner=partner)


async def ordered(
    application: Application, ordering: Ordering, amount: str = "50.00", *, refcode: str = "SPRING", now: datetime = NOW
) -> Order:
    """One certificate on account."""
    given = {"refcode": refcode, "amount": amount, "currencyCode": "EUR"}
    placed = await order_on_account(
        application, await admitted(application, ordering), an_order(given, key=str(uuid4())), now=now
    )
    return placed.order


async def drafts(application: Application, ordering: Ordering, *, now: datetime = NOW) -> list[Invoice]:
    """All that is not invoiced, in drafts."""
    found = await gather(application, ordering.merchant, ordering.partner, actor="cli:test", now=now)
    return [one.invoice for one in found if one.items]


async def invoiced(application: Application, ordering: Ordering, *, now: datetime = NOW) -> list[Invoice]:
    """All that is not invoiced, issued."""
    return [
        await issue(application, ordering.merchant, one.invoice_id, by=BOOKKEEPER, now=now)
        for one in await drafts(application, ordering, now=now)
    ]


async def stands(application: Application, invoice: Invoice) -> Invoice:
    """An invoice as it is now."""
    async with application.database.connection() as connection:
        return await invoices.find_invoice(connection, invoice.merchant_id, invoice.invoice_id)


async def assert_sound(application: Application) -> None:
    """The books agree with themselves, and the invoices with the books."""
    async with application.database.dedicated() as connection:
        assert [one async for one in proofs.verify(connection)] == []
        assert [one async for one in verify(connection)] == []


async def where_it_stands(application: Application, partner: Partner, code: str = "EUR") -> tuple[int, int, int]:
    """What a partner owes and is owed by the journal, and what it has used of its credit."""
    async with application.database.connection() as connection:
        balances = await application.ledger.partner_balances(connection, partner.merchant_id)
        agreement = await partners.agreement_of(connection, partner.merchant_id, partner.partner_id)
    mine = [one for one in balances if (one.party_id, one.currency) == (partner.partner_id, code)]
    owed, credit = (mine[0].receivable, mine[0].credit) if mine else (0, 0)
    return owed, credit, agreement.terms[code].credit_used
