"""Receipts and invoices of the shop: what stands on them, numbers without gaps, and what corrects them to the cent."""

import asyncio
import contextlib
from random import Random
from uuid import uuid4

import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import invoices, locations, payments
from largesse.domain.invoices import (
    BuyerAddressInvalid,
    KeptDocument,
    Party,
    ReaddressedTooOften,
    SaleDocumentKind,
    SaleDocumentMissing,
    SaleReason,
    TaxGroup,
)
from largesse.domain.locations import EntityChange
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Billing, Order
from largesse.kernel.errors import LargesseError
from largesse.kernel.tax import TaxKind
from largesse.ledger import VoidReason
from largesse.services import invoices as invoicing
from largesse.services.certificates import Place
from largesse.services.invoices import (
    correct_sale,
    documents_named,
    readdress,
    sale_documents_of_order,
)
from largesse.services.orders.fulfilment import fulfil
from largesse.services.orders.selling import Basket, GiftOrder, place
from largesse.services.refunds import Funds, credit_order, refund_order, void
from tests.builders.application import an_application
from tests.builders.certificates import a_merchant, a_request
from tests.builders.gifts import a_gift, bought
from tests.builders.invoices import assert_sound
from tests.builders.orders import BILLING, NOW, a_charge, a_payment
from tests.integration.services.test_taxed_orders import GERMAN, LATER, SOLD

NAMELESS = Billing(first_name="Grace", last_name="Hopper", email="grace@example.com")
FIRM = Party(name="Hopper & Töchter", address="Am Markt 1", zip="28195", city="Bremen", country="DE")


async def given_up(application: Application, merchant: Merchant) -> None:
    """A transaction takes a number, and comes to grief."""
    with contextlib.suppress(ZeroDivisionError):
        async with application.transaction() as connection:
            await invoices.next_sale_number(connection, merchant.merchant_id, SaleDocumentKind.RECEIPT)
            raise ZeroDivisionError


async def of_checkout(application: Application, order: Order) -> list[KeptDocument]:
    assert order.checkout_id is not None
    async with application.database.connection() as connection:
        return await invoices.sale_documents_of(connection, order.merchant_id, order.checkout_id)


async def sold(
    application: Application, merchant: Merchant, *gifts: GiftOrder, billing: Billing = BILLING
) -> list[Order]:
    wanted = gifts or tuple(replace(a_gift(charge), tax=tax) for tax, charge in SOLD.values())
    return await bought(application, merchant, *wanted, billing=billing)


async def test_what_is_taxed_alike_stands_on_one_document_and_together_they_are_what_was_paid(
    database: Database,
) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        orders = await sold(application, merchant)
        kept = await of_checkout(application, orders[0])
        await assert_sound(application)
    found = {one.document.group: one.document for one in kept}
    assert sum(one.total for one in found.values()) == sum(order.total for order in orders)
    invoice, receipt = found[TaxGroup.SINGLE_PURPOSE], found[TaxGroup.MULTI_PURPOSE]
    assert (invoice.kind, invoice.number) == (SaleDocumentKind.INVOICE, "SI-000001")
    assert [(one.rate, one.country, one.gross, one.tax) for one in invoice.taxes] == [("19", "DE", 9_000, 1_437)]
    assert (receipt.kind, receipt.taxes, receipt.tax) == (SaleDocumentKind.RECEIPT, (), 0)
    assert found[TaxGroup.OTHER].tax == SOLD[TaxKind.SALES_TAX][1].tax.minor
    assert {receipt.number, found[TaxGroup.OTHER].number} == {"SR-000001", "SR-000002"}
    assert {one.document.paid_by for one in kept} == {"manual"}
    assert {one.document.buyer.city if one.document.buyer else "" for one in kept} == {BILLING.city}


async def test_what_costs_nothing_and_what_is_a_present_of_the_merchant_have_no_document(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        [free] = await bought(application, merchant, a_gift(a_charge(5_000, discount=5_000)))
        assert await of_checkout(application, free) == []
        async with application.database.connection() as connection:
            with pytest.raises(SaleDocumentMissing):
                await sale_documents_of_order(connection, free)


@pytest.mark.parametrize("seed", range(4))
async def test_corrections_are_what_went_back_to_the_cent(database: Database, seed: int) -> None:
    chance = Random(seed)
    price = chance.randrange(3_001, 20_000)
    charges = [
        (
            GERMAN,
            a_charge(
                price, tip=chance.randrange(700), discount=price // 7, included_tax=(price - price // 7) * 19 // 119
            ),
        ),
        (LATER, a_charge(price, discount=price // 3)),
        (SOLD[TaxKind.SALES_TAX][0], a_charge(price, tip=1, tax=price // 12)),
    ]
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        orders = await sold(application, merchant, *(replace(a_gift(charge), tax=tax) for tax, charge in charges))
        back = 0
        for order in orders:
            for part in (chance.randrange(1, price // 2), chance.randrange(1, price // 3), None):
                request = a_request()
                gone = await refund_order(
                    application, merchant, order.order_number, value=part, gratuity=None if part is None else 0,
                    request=request, now=NOW,
                )  # fmt: skip
                again = await refund_order(
                    application, merchant, order.order_number, value=part, gratuity=None if part is None else 0,
                    request=request, now=NOW,
                )  # fmt: skip
                assert again.owed == gone.owed
                back += gone.owed
        kept = [one for order in orders[:1] for one in await of_checkout(application, order)]
        await assert_sound(application)
    corrections = [one.document for one in kept if one.corrects is not None]
    assert len(corrections) == 3 * len(orders)
    assert sum(one.total for one in corrections) == back == sum(order.total for order in orders)
    for first in (one for one in kept if one.corrects is None):
        mine = [one.document for one in kept if one.corrects == first.document_id]
        assert {one.corrects_number for one in mine} == {first.document.number}
        assert sum(one.total for one in mine) == first.document.total
        assert sum(one.tax for one in mine) == first.document.tax
        assert {one.reason for one in mine} == {SaleReason.REFUND}


async def test_what_is_given_back_as_credit_and_what_was_never_paid_are_corrected_too(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        [credited] = await sold(application, merchant, a_gift(a_charge(5_000)))
        await credit_order(application, merchant, credited.order_number, value=2_000, request=a_request(), now=NOW)
        [unpaid] = await sold(application, merchant, a_gift(a_charge(7_000, discount=500, tip=300)))
        assert unpaid.certificate_id is not None
        where = Place(merchant_id=unpaid.merchant_id, certificate_id=unpaid.certificate_id)
        await void(
            application, where, funds=Funds.KEPT, reason=VoidReason.UNPAID, request=a_request("never paid"), now=NOW
        )
        given, never = await of_checkout(application, credited), await of_checkout(application, unpaid)
        await assert_sound(application)
    assert [(one.document.reason, one.document.total) for one in given[1:]] == [(SaleReason.REFUND, 2_000)]
    assert [(one.document.reason, one.document.total) for one in never[1:]] == [(SaleReason.NOT_PAID, 6_800)]


async def test_fifty_paid_at_once_leave_no_gap_where_some_fail(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        baskets = [Basket(operation_id=uuid4(), billing=BILLING, gifts=(a_gift(a_charge(1_000)),)) for _ in range(50)]
        placed = [await place(application, merchant, one, now=NOW) for one in baskets]

        async def pay(number: int) -> bool:
            """Pay for one of them; every seventh payment is of another sum, every ninth comes to grief at first."""
            checkout = placed[number].checkout
            payment = a_payment(checkout, reference=f"till {number}", amount=999 if number % 7 == 0 else None)
            if number % 9 == 1:
                await given_up(application, merchant)
            try:
                await fulfil(application, merchant, payment, actor="test", now=NOW)
            except payments.AmountDiffers:
                return False
            return True

        done = await asyncio.gather(*(pay(number) for number in range(50)))
        numbers = [
            one.document.number
            for place_, went in zip(placed, done, strict=True)
            for one in await of_checkout(application, place_.orders[0])
            if went
        ]
        await assert_sound(application)
    assert sorted(numbers) == [f"SR-{number:06d}" for number in range(1, sum(done) + 1)]


async def test_another_address_is_a_correction_that_later_ones_keep(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        [order] = await sold(application, merchant, replace(a_gift(a_charge(5_000)), tax=LATER), billing=NAMELESS)

        async def named(buyer: Party) -> KeptDocument:
            async with application.database.transaction() as connection:
                [first, *_] = await documents_named(connection, merchant, order.order_number)
                return await readdress(connection, merchant, first, buyer, now=NOW)

        with pytest.raises(BuyerAddressInvalid) as refused:
            await named(replace(FIRM, city="", country="", name="x" * 121))
        assert {one.field for one in refused.value.fields} == {"city", "country", "name"}
        with pytest.raises(BuyerAddressInvalid):
            await named(replace(FIRM, country="XX"))
        assert [kept.document.buyer for kept in await of_checkout(application, order)] == [None]
        one = await named(FIRM)
        assert (one.document.number, one.document.corrects_number, one.document.total) == ("SRC-000001", "SR-000001", 0)
        assert await named(replace(FIRM, name=" Hopper &  Töchter ")) == one  # said again, it is the same
        await refund_order(application, merchant, order.order_number, request=a_request(), now=NOW)
        *_, last = await of_checkout(application, order)
        assert (last.document.buyer, last.document.reason, last.document.total) == (FIRM, SaleReason.REFUND, 5_000)
        for number in range(4):
            await named(replace(FIRM, address=f"Am Markt {number + 2}"))
        with pytest.raises(ReaddressedTooOften):
            await named(replace(FIRM, address="Am Markt 9"))
        async with application.database.connection() as connection:
            assert [each.document.number for each in await documents_named(connection, merchant, "src-000002")] == [
                "SRC-000002"
            ]
            for wrong in ("SRC-000099", "X-1", "SR-", "SR-99999999999999999999", "nothing"):
                with pytest.raises(LargesseError):
                    await documents_named(connection, merchant, wrong)
        await assert_sound(application)


async def test_a_document_stays_as_it_was_whatever_becomes_of_seller_and_order(database: Database) -> None:
    address = Billing(
        first_name="Grace", last_name="Hopper", email="grace@example.com", address="Rue 1", city="Lyon", country="FR"
    )
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        [order] = await sold(application, merchant, a_gift(a_charge(5_000)), billing=address)
        before = await of_checkout(application, order)
        async with application.database.transaction() as connection:
            entity = await locations.default_entity(connection, merchant.merchant_id)
            await locations.change_entity(
                connection, entity, EntityChange(address="Elsewhere 9", city="Ulm", country="DE")
            )
        await refund_order(application, merchant, order.order_number, request=a_request(), now=NOW)
        first, correction = await of_checkout(application, order)
        assert [first] == before
        assert first.document.buyer is not None
        assert (first.document.buyer.name, first.document.buyer.city) == ("Grace Hopper", "Lyon")
        assert correction.document.seller == first.document.seller
        async with application.database.transaction() as connection:
            await connection.execute(
                "UPDATE sale_documents SET document = document || ' '::bytea WHERE kind = 'receipt'"
            )
            await correct_sale(connection, order, [], SaleReason.REFUND, now=NOW)  # of nothing: nothing is written
        async with application.database.dedicated() as connection:
            findings = [one.finding async for one in invoicing.verify(connection)]
    assert findings == ["document 1 of kind receipt is not what its hash was made of"]
