"""What a partner earns under an agreement on commission: its credit, with the tax of its invoice, once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.invoices import (
    CommissionBooked,
    CommissionNotAgreed,
    CommissionNotBooked,
    CommissionUsed,
    InvoiceInvalid,
    InvoiceNotIssued,
    SettlementSource,
)
from largesse.domain.orders import Order
from largesse.domain.partners import DiscountKind
from largesse.kernel.ids import new_id
from largesse.ledger import Account, Kind, OpenItem, OpenItemKind
from largesse.services.certificates import Place
from largesse.services.invoices import book_commission, settle, undo_commission
from largesse.services.refunds import void
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_request
from tests.builders.invoices import (
    BOOKKEEPER,
    an_invoiced_partner,
    assert_sound,
    drafts,
    invoiced,
    ordered,
    where_it_stands,
)
from tests.fakes.clock import StillClock

BY: dict[str, Any] = {"by": BOOKKEEPER, "now": NOW}


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        yield opened


async def test_the_commission_is_credit_with_its_tax_and_can_be_set_against_the_invoice(
    application: Application,
) -> None:
    ordering = await an_invoiced_partner(application, discount_ppm=100_000, discount_kind=DiscountKind.COMMISSION)
    await ordered(application, ordering, "119.00")
    [invoice] = await invoiced(application, ordering)
    assert invoice.total == 119_00, "billed at face"
    booked = await book_commission(
        application, ordering.merchant, invoice.invoice_id, reference="Their 4711", tax=("BE", 190_000), **BY
    )
    assert booked == 14_16, "the agreement pays 11.90, and its tax comes on top"
    assert await where_it_stands(application, ordering.partner) == (119_00, 14_16, 104_84)
    async with application.database.connection() as connection:
        item = OpenItem(OpenItemKind.INVOICE, invoice.invoice_id)
        rows = await application.ledger.rows_of_item(connection, invoice.merchant_id, item)
    found = {row.debit: row.amount for row in rows if row.kind is Kind.COMMISSION}
    assert found == {Account.COMMISSIONS: 11_90, Account.TAX_PAYABLE: 2_26}
    async with application.transaction() as connection:
        await settle(
            application, connection, invoice.merchant_id, invoice.invoice_id, amount=booked,
            source=SettlementSource.CREDIT, operation_id=new_id(NOW), actor="cli:test", now=NOW,
        )  # fmt: skip
    await assert_sound(application)


async def test_it_is_booked_once_also_by_many_at_once(application: Application) -> None:
    ordering = await an_invoiced_partner(application, discount_ppm=50_000, discount_kind=DiscountKind.COMMISSION)
    await ordered(application, ordering, "50.00")
    [invoice] = await invoiced(application, ordering)
    asked = [
        book_commission(application, ordering.merchant, invoice.invoice_id, reference="Theirs", amount=3_00, **BY)
        for _ in range(4)
    ]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert sorted(str(type(one).__name__) for one in outcomes) == ["CommissionBooked"] * 3 + ["int"]
    assert (await where_it_stands(application, ordering.partner))[1] == 3_00
    with pytest.raises(CommissionBooked):
        await book_commission(application, ordering.merchant, invoice.invoice_id, reference="Theirs", **BY)
    await assert_sound(application)


async def test_what_cannot_be_booked_is_told_apart(application: Application) -> None:
    ordering = await an_invoiced_partner(application)
    await ordered(application, ordering, "50.00")
    [draft] = await drafts(application, ordering)
    with pytest.raises(InvoiceNotIssued):
        await book_commission(application, ordering.merchant, draft.invoice_id, reference="Theirs", **BY)
    [invoice] = await invoiced(application, ordering)
    with pytest.raises(CommissionNotAgreed):
        await book_commission(application, ordering.merchant, invoice.invoice_id, reference="Theirs", **BY)
    with pytest.raises(InvoiceInvalid) as refused:
        await book_commission(application, ordering.merchant, invoice.invoice_id, reference=" ", amount=0, **BY)
    assert [one.field for one in refused.value.fields] == ["reference", "amount"]


async def test_it_is_taken_back_as_far_as_the_credit_is_there_and_booked_anew(application: Application) -> None:
    ordering = await an_invoiced_partner(application, discount_ppm=100_000, discount_kind=DiscountKind.COMMISSION)
    await ordered(application, ordering, "119.00")
    [invoice] = await invoiced(application, ordering)
    named = application, ordering.merchant, invoice.invoice_id
    with pytest.raises(CommissionNotBooked) as none:
        await undo_commission(*named, reason="Wrong", **BY)
    assert none.value.code == "invoice.commission.not_booked"
    for _ in range(2):
        booked = await book_commission(*named, reference="Theirs", amount=11_90, tax=("DE", 190_000), **BY)
        said = await asyncio.gather(
            *(undo_commission(*named, reason="Wrong", **BY) for _ in range(3)), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in said) == ["CommissionNotBooked"] * 2 + ["int"]
        await book_commission(*named, reference="Theirs", amount=11_90, tax=("DE", 190_000), **BY)
        once = {**BY, "operation_id": new_id(NOW)}
        assert await asyncio.gather(*(undo_commission(*named, reason="Wrong", **once) for _ in range(3))) == [11_90] * 3
        assert await where_it_stands(application, ordering.partner) == (119_00, 0, 119_00)
        await assert_sound(application)
    booked = await book_commission(*named, reference="Theirs", **BY)
    async with application.transaction() as connection:
        await settle(
            application, connection, invoice.merchant_id, invoice.invoice_id, amount=booked,
            source=SettlementSource.CREDIT, operation_id=new_id(NOW), actor="cli:test", now=NOW,
        )  # fmt: skip
    with pytest.raises(CommissionUsed) as used:
        await undo_commission(*named, reason="Wrong", **BY)
    assert used.value.code == "invoice.commission.used"


async def test_it_is_at_most_what_credit_notes_have_left_and_its_tax_some_country_s(application: Application) -> None:
    ordering = await an_invoiced_partner(application, discount_ppm=100_000, discount_kind=DiscountKind.COMMISSION)
    orders = [await ordered(application, ordering, amount) for amount in ("50.00", "30.00")]
    [invoice] = await invoiced(application, ordering)
    named = application, ordering.merchant, invoice.invoice_id

    async def voids(order: Order) -> None:
        assert order.certificate_id is not None
        place = Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id)
        await void(application, place, request=a_request(), now=NOW)

    await voids(orders[0])
    wrongs: tuple[tuple[int | None, tuple[str, int] | None, str], ...] = (
        (30_01, None, "amount.too_much"),
        (None, ("", 190_000), "country.invalid"),
        (None, ("XX", 190_000), "country.invalid"),
    )
    for amount, tax, code in wrongs:
        with pytest.raises(InvoiceInvalid) as refused:
            await book_commission(*named, reference="Theirs", amount=amount, tax=tax, **BY)
        assert [one.code for one in refused.value.fields] == [code]
    await voids(orders[1])
    with pytest.raises(CommissionNotAgreed):
        await book_commission(*named, reference="Theirs", amount=1, **BY)
    await assert_sound(application)
