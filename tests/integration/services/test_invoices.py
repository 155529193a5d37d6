"""Invoices to partners on account: drafts, issue, credit notes, and what is set against them, with a real database."""

import asyncio
import json
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import jsonschema_rs
import pytest
from msgspec.structs import replace
from stdnum import iso11649

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import invoices, locations, partners
from largesse.domain.invoices import (
    BillingDetails,
    BuyerAddressMissing,
    Invoice,
    InvoiceClosed,
    InvoiceInvalid,
    InvoiceIssued,
    InvoiceKind,
    InvoiceNotIssued,
    InvoiceSettlementRefused,
    InvoiceState,
    InvoiceUnknown,
    NothingToInvoice,
    SellerIncomplete,
    SeriesTaken,
    SettlementSource,
    SettlementUnknown,
    TaxIdInvalid,
    TaxInBase,
)
from largesse.domain.orders import Order
from largesse.domain.partners import AgreementChange, CreditExhausted, DiscountKind, Invoicing, Terms
from largesse.domain.rates import Rate, put_rates
from largesse.domain.staff import ByWhom
from largesse.kernel.money import half_up
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.ledger import Account, Kind, OpenItem, OpenItemKind, PostEntry, SubjectKind, proofs
from largesse.services.certificates import Place, redeem
from largesse.services.invoices import (
    change_billing,
    change_draft,
    change_settings,
    discard,
    dispute,
    face_of,
    issue,
    lower_credit,
    pro_forma_of,
    settle,
    unsettle,
    write_off,
)
from largesse.services.merchants import keep_home
from largesse.services.refunds import refund, void
from largesse.services.reports import ReportName, ReportQuestion, answer, names_of, shown
from largesse.ui import speak
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_request
from tests.builders.invoices import (
    BOOKKEEPER,
    NINETEEN,
    an_invoiced_partner,
    assert_sound,
    drafts,
    invoiced,
    ordered,
    stands,
    where_it_stands,
)
from tests.builders.partners import Ordering
from tests.contract.test_events import data_schema_of
from tests.integration.services.bookkeeper import DONE, Issue, a_bookkeeper, told, waits_for_locks


def place_of(order: Order) -> Place:
    assert order.certificate_id is not None
    return Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id)


async def notes_of(application: Application, invoice: Invoice) -> list[Invoice]:
    async with application.database.connection() as connection:
        return await invoices.credit_notes_of(connection, invoice)


async def pay(application: Application, ordering: Ordering, amount: int) -> None:
    """Money of a partner comes in, as whoever matches payments books it."""
    ref = ordering.merchant.merchant_id, ordering.partner.partner_id
    async with application.database.transaction() as connection:
        await partners.lock_agreements(connection, [ref])
        received = PostEntry(
            merchant_id=ref[0],
            operation_id=uuid4(),
            actor="test",
            where=await application.locator.where(ref[0], now=NOW),
            subject_kind=SubjectKind.BANK_ACCOUNT,
            subject_id=UUID(int=77),
            kind=Kind.RECEIVE,
            reason="partner",
            currency="EUR",
            amount=amount,
            party_id=ref[1],
            open_item=OpenItem(OpenItemKind.STATEMENT_LINE, uuid4()),
        )
        [outcome] = await application.ledger.post(connection, [received], now=NOW)
        assert not isinstance(outcome, Exception)
        await lower_credit(connection, *ref, "EUR", amount)


async def match(
    application: Application, invoice: Invoice, amount: int, *, operation_id: UUID | None = None
) -> Invoice:
    async with application.database.transaction() as connection:
        return await settle(
            application,
            connection,
            invoice.merchant_id,
            invoice.invoice_id,
            amount=amount,
            source=SettlementSource.PAYMENT,
            source_id=UUID(int=5),
            operation_id=operation_id or uuid4(),
            actor="test",
            now=NOW,
        )


async def balances(application: Application) -> dict[Account, int]:
    async with application.database.dedicated() as connection:
        return {line.account: line.balance for line in await proofs.trial_balance(connection)}


async def test_orders_become_lines_by_refcode_and_value(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application)
        for amount, refcode in [("50.00", "SPRING"), ("50.00", "SPRING"), ("20.00", "SPRING"), ("10.00", "AUTUMN")]:
            await ordered(application, ordering, amount, refcode=refcode)
        autumn, spring = await invoiced(application, ordering)
        assert (autumn.invoice_number, spring.invoice_number) == ("INV-000001", "INV-000002")
        assert (autumn.total, spring.total, spring.tax, spring.open) == (1_000, 12_000, 0, 12_000)
        assert spring.reference == iso11649.validate("RF42INV000002")
        async with database.connection() as connection:
            lines = await invoices.stored_lines(connection, spring.merchant_id, spring.invoice_id)
            document = await invoices.document_of(connection, spring.merchant_id, spring.invoice_id)
        assert [(one.quantity, one.face, one.total) for one in lines] == [(2, 5_000, 10_000), (1, 2_000, 2_000)]
        assert document is not None
        assert (document.total, document.net, document.tax) == ("120.00", "120.00", "0.00")
        assert [one.category for one in document.taxes] == ["O"]
        assert document.taxes[0].reason
        assert document.seller.vat_id == document.buyer.vat_id == ""
        assert await where_it_stands(application, ordering.partner) == (13_000, 0, 13_000)
        assert await drafts(application, ordering) == []
        await assert_sound(application)


async def test_programs_are_told_what_was_issued_and_what_is_paid(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application)
        order, _ = [await ordered(application, ordering) for _ in range(2)]
        [invoice] = await invoiced(application, ordering)
        await void(application, place_of(order), request=a_request(), now=NOW)
        await pay(application, ordering, 5_000)
        await match(application, invoice, 5_000)
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT kind, payload FROM events WHERE kind LIKE 'invoice.%' ORDER BY event_id")
    told = [(row["kind"], json.loads(row["payload"])) for row in rows]
    assert sorted((kind, one["invoice_number"], one["total"], one["open_amount"]) for kind, one in told) == [
        ("invoice.issued", "CN-000001", "50.00", "0.00"),
        ("invoice.issued", "INV-000001", "100.00", "100.00"),
        ("invoice.paid", "INV-000001", "100.00", "0.00"),
    ]
    for kind, one in told:
        jsonschema_rs.validate(data_schema_of(kind), one)


async def test_a_dispute_is_noted_and_settled_and_what_is_open_stays(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application)
        await ordered(application, ordering)
        change: dict[str, Any] = {"by": BOOKKEEPER, "now": NOW}
        [draft] = await drafts(application, ordering)
        with pytest.raises(InvoiceNotIssued):
            await dispute(application, ordering.merchant, draft.invoice_id, disputed=True, reason="late", **change)
        [invoice] = await invoiced(application, ordering)
        with pytest.raises(InvoiceInvalid):
            await dispute(application, ordering.merchant, invoice.invoice_id, disputed=True, reason=" ", **change)
        noted = await dispute(
            application, ordering.merchant, invoice.invoice_id, disputed=True, reason="late", **change
        )
        assert (noted.disputed_at, noted.dispute_reason, noted.open) == (NOW, "late", 5_000)
        done = await dispute(application, ordering.merchant, invoice.invoice_id, disputed=False, reason="", **change)
        assert (done.disputed_at, done.dispute_reason) == (None, "")
        await assert_sound(application)


async def test_what_invoices_say_is_checked_field_by_field(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application)
        change: dict[str, Any] = {"by": ByWhom(actor="test"), "now": NOW}
        wrong = BillingDetails(vat_id="DE1", email="nobody", language="xx", endpoint_scheme="0088", tax_id="1" * 41)
        async with database.transaction() as connection:
            with pytest.raises(InvoiceInvalid) as raised:
                await change_billing(connection, ordering.merchant, ordering.partner, wrong, **change)
            assert {one.field for one in raised.value.fields} == {
                "vat_id",
                "email",
                "language",
                "endpoint_id",
                "tax_id",
            }
            entity = await locations.default_entity(connection, ordering.merchant.merchant_id)
            bad = {
                "iban": "DE1",
                "bic": "X",
                "invoice_series": "A",
                "credit_note_series": "A",
                "reminder_days": (7, 7, 9),
            }
            with pytest.raises(InvoiceInvalid) as raised:
                await change_settings(connection, ordering.merchant, entity.entity_id, bad, **change)
            assert {one.field for one in raised.value.fields} == {"iban", "bic", "invoice_series", "reminder_days"}
            kept = {"iban": "DE89 3704 0044 0532 0130 00", "invoice_series": "R-", "credit_note_series": "G-"}
            found = await change_settings(connection, ordering.merchant, entity.entity_id, kept, **change)
            assert found.iban == "DE89370400440532013000"
        await ordered(application, ordering)
        [invoice] = await invoiced(application, ordering)
        assert invoice.invoice_number == "R-000001"
        async with database.transaction() as connection:
            swapped = {"invoice_series": "G-", "credit_note_series": "R-"}
            with pytest.raises(SeriesTaken):
                await change_settings(connection, ordering.merchant, entity.entity_id, swapped, **change)


async def test_who_changes_what_invoices_say_takes_back_no_account_that_changed_meanwhile(database: Database) -> None:
    """Two people at the same moment: one changes the account, the other the words below the lines."""
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application)
        merchant = ordering.merchant
        async with database.connection() as connection:
            entity_id = (await locations.default_entity(connection, merchant.merchant_id)).entity_id

        async def changes(change: Mapping[str, object]) -> None:
            async with database.transaction() as connection:
                await change_settings(connection, merchant, entity_id, change, by=ByWhom(actor="test"), now=NOW)

        for number in range(10):
            iban = ("DE89370400440532013000", "AT611904300234573201")[number % 2]
            await asyncio.gather(*(changes({"iban": iban}), changes({"note": f"{number}"})))
            async with database.connection() as connection:
                found = await invoices.settings_of(connection, merchant.merchant_id, entity_id)
            assert (found.iban, found.note) == (iban, f"{number}")


async def test_tax_is_computed_once_and_the_difference_is_a_row_at_issue(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application, tax=NINETEEN)
        for _ in range(50):
            await ordered(application, ordering, "10.00")
        assert (await balances(application))[Account.TAX_PAYABLE] == -50 * 160
        [invoice] = await invoiced(application, ordering)
        assert (invoice.total, invoice.tax) == (50_000, 7_983)
        books = await balances(application)
        assert (books[Account.TAX_PAYABLE], books[Account.ROUNDING]) == (-7_983, -17)
        await assert_sound(application)


async def test_tax_in_other_money_is_told_in_the_merchants_own_and_a_credit_note_keeps_the_rate(
    database: Database,
) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application, tax=NINETEEN)
        merchant = ordering.merchant

        async def keep(rate: str, day: date) -> None:
            one = Rate(
                merchant_id=merchant.merchant_id, currency="EUR", day=day, rate=Decimal(rate), source="ECB",
                set_by="test", set_at=NOW,
            )  # fmt: skip
            async with application.database.transaction() as connection:
                await put_rates(connection, [one])

        async def said(invoice: Invoice) -> TaxInBase | None:
            async with application.database.connection() as connection:
                found = await invoices.document_of(connection, invoice.merchant_id, invoice.invoice_id)
            assert found is not None
            return found.tax_in_base

        order = await ordered(application, ordering, "119.00")
        await keep("0.8", NOW.date())
        [invoice] = await invoiced(application, ordering)
        told = TaxInBase(currency="USD", tax="23.75", rate="0.8", day=NOW.date(), source="ECB")
        assert (invoice.tax, await said(invoice)) == (1_900, told)
        await keep("0.5", NOW.date())
        await void(application, place_of(order), request=a_request(), now=NOW)
        [note] = await notes_of(application, invoice)
        assert await said(note) == told
        assert await said(invoice) == told, "an issued invoice never changes"


async def test_the_report_of_taxes_tells_them_in_the_merchants_own_money_at_the_rate_of_each_day(
    database: Database,
) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application, tax=NINETEEN)
        merchant, later = ordering.merchant, NOW + timedelta(days=2)

        async def told() -> tuple[object, ...]:
            question = ReportQuestion(report=ReportName.TAXES)
            table = await answer(application, merchant, question, now=later)
            names = await names_of(application, merchant)
            [line], [row] = table.lines, shown(table, names, speak("en"), merchant.zone).rows
            return line.cells["tax"], line.cells["tax_in_base"], row["tax"], row["tax_in_base"]

        await ordered(application, ordering, "119.00")
        assert await told() == (1_900, None, "€19.00", ""), "no rate of that day is known"
        at = {"merchant_id": merchant.merchant_id, "currency": "EUR", "source": "ECB", "set_by": "test", "set_at": NOW}
        rates = [
            Rate(day=day.date(), rate=Decimal(rate), **at)  # type: ignore[arg-type]  # what all of them share
            for day, rate in ((NOW, "0.8"), (later, "0.5"))
        ]
        async with application.database.transaction() as connection:
            await put_rates(connection, rates)
        await ordered(application, ordering, "119.00", now=later)
        assert await told() == (3_800, 2_375 + 3_800, "€38.00", "$61.75")


async def test_a_pro_forma_says_what_a_draft_would_ask_for_and_leaves_nothing_behind(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application, tax=NINETEEN)
        orders = [await ordered(application, ordering, "119.00") for _ in range(2)]
        [draft] = await drafts(application, ordering)
        async with application.database.connection() as connection:
            document = await pro_forma_of(connection, ordering.merchant, draft, now=NOW)
        assert (document.number, document.reference, document.due_on, document.terms) == ("", "", None, "")
        assert (document.total, document.tax) == ("238.00", "38.00")
        face = face_of(document)
        assert (face.title, face.code) == ("Pro forma invoice", "")
        assert "This is no invoice" in face.notes[0]
        assert "Number" not in dict(face.facts)
        assert (await stands(application, draft)) == draft
        [issued] = await invoiced(application, ordering)
        assert issued.number == 1, "no number was used"
        async with application.database.connection() as connection:
            with pytest.raises(InvoiceIssued):
                await pro_forma_of(connection, ordering.merchant, issued, now=NOW)
        gone = await ordered(application, ordering)
        [other] = await drafts(application, ordering)
        await void(application, place_of(gone), request=a_request(), now=NOW)
        async with application.database.connection() as connection:
            with pytest.raises(NothingToInvoice):
                await pro_forma_of(connection, ordering.merchant, other, now=NOW)
        assert len(orders) == 2
        await assert_sound(application)


async def test_what_is_cancelled_before_issue_is_not_on_it(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application)
        gone, part, whole = [await ordered(application, ordering) for _ in range(3)]
        [draft] = await drafts(application, ordering)
        await void(application, place_of(gone), request=a_request(), now=NOW)
        await refund(application, place_of(part), value=1_500, request=a_request(), now=NOW)
        await redeem(application, place_of(whole), value=5_000, request=a_request(), now=NOW)
        issued = await issue(application, ordering.merchant, draft.invoice_id, by=BOOKKEEPER, now=NOW)
        assert issued.total == 3_500 + 5_000
        assert await issue(application, ordering.merchant, draft.invoice_id, by=BOOKKEEPER, now=NOW) == issued
        await assert_sound(application)


async def test_nothing_is_invoiced_where_all_was_cancelled(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application)
        order = await ordered(application, ordering)
        [draft] = await drafts(application, ordering)
        await void(application, place_of(order), request=a_request(), now=NOW)
        with pytest.raises(NothingToInvoice):
            await issue(application, ordering.merchant, draft.invoice_id, by=BOOKKEEPER, now=NOW)
        await ordered(application, ordering)
        [invoice] = await invoiced(application, ordering)
        assert invoice.number == 1


async def test_what_is_cancelled_after_issue_gives_credit_notes_that_add_up(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application, tax=NINETEEN)
        orders = [await ordered(application, ordering, "10.00") for _ in range(7)]
        [invoice] = await invoiced(application, ordering)
        assert (invoice.total, invoice.tax) == (7_000, 1_118)
        request = a_request()
        for _ in range(2):
            await refund(application, place_of(orders[0]), value=333, request=request, now=NOW)
        assert (await stands(application, invoice)).state is InvoiceState.PART_PAID
        for order in orders:
            await void(application, place_of(order), request=a_request(), now=NOW)
        notes = await notes_of(application, invoice)
        assert [one.invoice_number for one in notes] == [f"CN-{number:06d}" for number in range(1, 9)]
        assert sum(one.total for one in notes) == 7_000
        assert sum(one.tax for one in notes) == 1_118
        assert {one.state for one in notes} == {InvoiceState.PAID}
        assert all(one.kind is InvoiceKind.CREDIT_NOTE for one in notes)
        assert (await stands(application, invoice)).state is InvoiceState.CREDITED
        books = await balances(application)
        assert books.get(Account.TAX_PAYABLE, 0) == books.get(Account.ROUNDING, 0) == 0
        assert await where_it_stands(application, ordering.partner) == (0, 0, 0)
        await assert_sound(application)


async def test_what_is_cancelled_of_a_paid_invoice_is_credit(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application)
        order, _ = [await ordered(application, ordering) for _ in range(2)]
        [invoice] = await invoiced(application, ordering)
        await pay(application, ordering, 8_000)
        paid = await match(application, invoice, 8_000)
        assert (paid.state, paid.open) == (InvoiceState.PART_PAID, 2_000)
        await void(application, place_of(order), request=a_request(), now=NOW)
        [note] = await notes_of(application, invoice)
        assert (note.total, note.open, note.state) == (5_000, 3_000, InvoiceState.PART_PAID)
        assert await where_it_stands(application, ordering.partner) == (0, 3_000, -3_000)
        await ordered(application, ordering, "40.00")
        [other] = await invoiced(application, ordering)
        async with application.database.transaction() as connection:
            more: dict[str, Any] = {
                "operation_id": uuid4(),
                "actor": "test",
                "now": NOW,
                "source": SettlementSource.CREDIT_NOTE,
            }
            other = await settle(
                application,
                connection,
                other.merchant_id,
                other.invoice_id,
                amount=3_000,
                source_id=note.invoice_id,
                **more,
            )
        assert (other.open, (await stands(application, note)).state) == (1_000, InvoiceState.PAID)
        await assert_sound(application)


async def test_what_was_matched_is_undone_as_new_rows_once(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application)
        await ordered(application, ordering)
        [invoice] = await invoiced(application, ordering)
        await pay(application, ordering, 6_000)
        with pytest.raises(InvoiceSettlementRefused):
            await match(application, invoice, 5_001)
        operation_id, undone_by = uuid4(), uuid4()
        await match(application, invoice, 5_000, operation_id=operation_id)
        paid = await match(application, invoice, 5_000, operation_id=operation_id)
        assert paid.state is InvoiceState.PAID
        assert await where_it_stands(application, ordering.partner) == (0, 1_000, -1_000)
        for _ in range(2):
            async with application.database.transaction() as connection:
                await unsettle(
                    application,
                    connection,
                    invoice.merchant_id,
                    operation_id,
                    by_operation=undone_by,
                    actor="test",
                    now=NOW,
                )
        again = await stands(application, invoice)
        assert (again.state, again.open) == (InvoiceState.ISSUED, 5_000)
        await assert_sound(application)


async def test_what_is_written_off_relieves_its_tax_and_comes_back_when_it_is_paid(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application, tax=NINETEEN)
        await ordered(application, ordering, "119.00")
        [invoice] = await invoiced(application, ordering)
        gone = await write_off(
            application, ordering.merchant, invoice.invoice_id, reason="insolvent", by=BOOKKEEPER, now=NOW
        )
        assert (gone.state, gone.open) == (InvoiceState.WRITTEN_OFF, 0)
        books = await balances(application)
        assert (books[Account.BAD_DEBTS], books.get(Account.TAX_PAYABLE, 0)) == (11_900 - 1_900, 0)
        assert await where_it_stands(application, ordering.partner) == (0, 0, 0)
        await assert_sound(application)
        await pay(application, ordering, 11_900)
        for amount in (1_000, 10_900):
            await match(application, invoice, amount)
            await assert_sound(application)
        paid = await stands(application, invoice)
        assert (paid.state, paid.written_off) == (InvoiceState.PAID, 0)
        books = await balances(application)
        assert (books.get(Account.BAD_DEBTS, 0), books[Account.TAX_PAYABLE]) == (0, -1_900)


async def sold_at_both(application: Application) -> tuple[Ordering, list[Order]]:
    """119.00 sold where the merchant's own till books the sale, so that its 19.00 of tax are the till's; and 11.90."""
    ordering = await an_invoiced_partner(application, tax=NINETEEN)
    merchant_id, found = ordering.merchant.merchant_id, []
    for amount, books_sale in (("119.00", "till"), ("11.90", "largesse")):
        async with application.database.transaction() as connection:
            await connection.execute(
                "UPDATE locations SET books_sale = $2 WHERE merchant_id = $1", merchant_id, books_sale
            )
            await keep_home(connection, merchant_id)
        application.locator.forget(merchant_id)
        found.append(await ordered(application, ordering, amount))
    return ordering, found


async def test_the_tax_that_a_till_has_booked_is_not_relieved_here(database: Database) -> None:
    async with an_application(database) as application:
        ordering, _ = await sold_at_both(application)
        [invoice] = await invoiced(application, ordering)
        await write_off(application, ordering.merchant, invoice.invoice_id, reason="gone", by=BOOKKEEPER, now=NOW)
        books = await balances(application)
        assert (books[Account.BAD_DEBTS], books.get(Account.TAX_PAYABLE, 0)) == (130_90 - 1_90, 0)
        await assert_sound(application)
        await pay(application, ordering, 130_90)
        await match(application, invoice, 130_90)
        books = await balances(application)
        assert (books.get(Account.BAD_DEBTS, 0), books[Account.TAX_PAYABLE]) == (0, -1_90)
        await assert_sound(application)


@pytest.mark.parametrize("voided, open_then, relief", [(1, 119_00, 0), (0, 11_90, 1_90)])
async def test_what_credit_notes_returned_is_not_relieved_again(
    database: Database, voided: int, open_then: int, relief: int
) -> None:
    async with an_application(database) as application:
        ordering, orders = await sold_at_both(application)
        [invoice] = await invoiced(application, ordering)
        await void(application, place_of(orders[voided]), request=a_request(), now=NOW)
        gone = await write_off(
            application, ordering.merchant, invoice.invoice_id, reason="gone", by=BOOKKEEPER, now=NOW
        )
        assert gone.written_off == open_then
        books = await balances(application)
        assert (books[Account.BAD_DEBTS], books.get(Account.TAX_PAYABLE, 0)) == (open_then - relief, 0)
        await assert_sound(application)


@pytest.mark.parametrize("paid", [0, 50_00])
async def test_a_credit_note_at_one_rate_undoes_the_relief_of_that_rate_alone(database: Database, paid: int) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application, tax=NINETEEN)
        first = await ordered(application, ordering, "119.00")
        async with database.transaction() as connection:
            seven = AgreementChange(tax=replace(NINETEEN, rate=Decimal("0.07")))
            await partners.change_agreement(connection, ordering.partner, seven)
        await ordered(application, ordering, "107.00")
        [invoice] = await invoiced(application, ordering)
        if paid:
            await pay(application, ordering, paid)
            await match(application, invoice, paid)
        await write_off(application, ordering.merchant, invoice.invoice_id, reason="gone", by=BOOKKEEPER, now=NOW)
        await void(application, place_of(first), request=a_request(), now=NOW)
        await assert_sound(application)
        relieved = await relief_by_rate(application, invoice)
        left = half_up(7_00 * max(107_00 - paid, 0), 107_00)
        assert relieved == {190_000: 0, 70_000: left}
        books = await balances(application)
        assert books.get(Account.TAX_PAYABLE, 0) == left - 7_00
        await pay(application, ordering, 107_00 - paid)
        for amount in (33_33, 107_00 - paid - 33_33):
            await match(application, invoice, amount)
            await assert_sound(application)
        assert await relief_by_rate(application, invoice) == {190_000: 0, 70_000: 0}
        books = await balances(application)
        assert (books.get(Account.BAD_DEBTS, 0), books[Account.TAX_PAYABLE]) == (0, -7_00)


async def relief_by_rate(application: Application, invoice: Invoice) -> dict[int, int]:
    """The tax that is relieved of an invoice, by its rate."""
    found = dict[int, int]()
    item = OpenItem(OpenItemKind.INVOICE, invoice.invoice_id)
    async with application.database.connection() as connection:
        for row in await application.ledger.rows_of_item(connection, invoice.merchant_id, item):
            if row.kind is Kind.TAX_RELIEF:
                sign = 1 if row.debit is Account.TAX_PAYABLE else -1
                assert row.tax_rate_ppm is not None
                found[row.tax_rate_ppm] = found.get(row.tax_rate_ppm, 0) + sign * (row.amount or 0)
    return found


async def test_fifty_orders_at_once_never_pass_the_limit_and_what_is_paid_frees_it(database: Database) -> None:
    async with an_application(database) as application:
        terms = {"EUR": Terms(amount_max=10_000, credit_limit=10_000)}
        ordering = await an_invoiced_partner(application, terms=terms)
        outcomes = await asyncio.gather(
            *(ordered(application, ordering, "10.00") for _ in range(50)), return_exceptions=True
        )
        assert sum(isinstance(one, Order) for one in outcomes) == 10
        assert sum(isinstance(one, CreditExhausted) for one in outcomes) == 40
        await pay(application, ordering, 2_000)
        for _ in range(2):
            await ordered(application, ordering, "10.00")
        with pytest.raises(CreditExhausted):
            await ordered(application, ordering, "10.00")
        await assert_sound(application)


async def test_fifty_issuers_at_once_leave_no_gap_where_one_fails(database: Database) -> None:
    async with an_application(database) as application:
        first = await an_invoiced_partner(application)
        others = [
            await an_invoiced_partner(application, merchant=first.merchant, email=f"p{number}@partner.example")
            for number in range(4)
        ]
        found = list[Invoice]()
        for ordering in (first, *others):
            for number in range(10):
                await ordered(application, ordering, refcode=f"R{number}")
            found += await drafts(application, ordering)
        async with database.transaction() as connection:  # one of the five cannot be invoiced
            await connection.execute(
                "UPDATE partners SET city = '' WHERE partner_id = $1", others[0].partner.partner_id
            )
        outcomes = await asyncio.gather(
            *(issue(application, first.merchant, one.invoice_id, by=BOOKKEEPER, now=NOW) for one in found),
            *(issue(application, first.merchant, one.invoice_id, by=BOOKKEEPER, now=NOW) for one in found[:10]),
            return_exceptions=True,
        )
        assert sum(isinstance(one, BuyerAddressMissing) for one in outcomes) == 10
        numbers = {one.number for one in outcomes if isinstance(one, Invoice)}
        assert numbers == set(range(1, 41))
        await assert_sound(application)


async def test_a_draft_is_not_discarded_while_somebody_gathers_into_it(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application)
        ref = ordering.merchant.merchant_id, ordering.partner.partner_id
        await ordered(application, ordering)
        [draft] = await drafts(application, ordering)
        async with database.transaction() as connection:
            await partners.lock_agreements(connection, [ref])  # as whoever gathers, issues or orders holds it
            gone = asyncio.create_task(discard(application, ordering.merchant, draft, by=BOOKKEEPER, now=NOW))
            await waits_for_locks(database, 1)
            assert await invoices.drafts_of(connection, *ref) == [draft]
        await gone
        assert await invoiced(application, ordering) != []
        await assert_sound(application)


@pytest.mark.parametrize("table", ["invoice_series", "invoice_lines", "invoices", "audit_log", "events"])
async def test_an_issuer_that_is_killed_at_any_step_leaves_no_gap(database: Database, dsn: str, table: str) -> None:
    """It is killed over the second of four invoices, when it has come to what the table keeps; another one goes on."""
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application, tax=NINETEEN)
        for refcode in ("SPRING", "SUMMER", "AUTUMN", "WINTER"):
            await ordered(application, ordering, "13.37", refcode=refcode)
        merchant_id = ordering.merchant.merchant_id
        first, second, *rest = [Issue(merchant_id, one.invoice_id) for one in await drafts(application, ordering)]
        async with a_bookkeeper(dsn) as process:
            assert await told(process, first) == DONE
            async with database.transaction() as connection:
                await connection.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
                asked = asyncio.create_task(told(process, second))
                await waits_for_locks(database, 1)
                process.kill()
                assert await asked == ""
        async with a_bookkeeper(dsn) as process:
            for task in (second, *rest, first):
                assert await told(process, task) == DONE
        async with database.connection() as connection:
            numbers = await connection.fetch("SELECT number FROM invoices ORDER BY number")
        assert [row["number"] for row in numbers] == [1, 2, 3, 4]
        await assert_sound(application)


async def test_an_agreement_lets_off_a_part_of_each_price(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application, tax=NINETEEN, discount_ppm=100_000)
        order = await ordered(application, ordering, "100.00")
        assert (order.discount, order.total, order.included_tax) == (1_000, 9_000, 1_437)
        [invoice] = await invoiced(application, ordering)
        assert (invoice.total, invoice.tax) == (9_000, 1_437)
        await refund(application, place_of(order), value=5_000, request=a_request(), now=NOW)
        [note] = await notes_of(application, invoice)
        assert note.total == 4_500
        await assert_sound(application)


async def test_a_commission_leaves_certificates_at_face(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(
            application, discount_ppm=100_000, discount_kind=DiscountKind.COMMISSION, invoicing=Invoicing.ORDER
        )
        orders = [await ordered(application, ordering, "100.00") for _ in range(2)]
        found = await invoiced(application, ordering)
        assert [one.total for one in found] == [10_000, 10_000]
        assert {one.group_key for one in found} == {one.order_number for one in orders}


async def test_months_and_tax_kinds_never_share_an_invoice(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application, invoicing=Invoicing.MONTHLY, tax=NINETEEN)
        await ordered(application, ordering)
        multi = partners.AgreementChange(tax=TaxTreatment(kind=TaxKind.MULTI_PURPOSE))
        async with database.transaction() as connection:
            await partners.change_agreement(connection, ordering.partner, multi)
        await ordered(application, ordering)
        found = await invoiced(application, ordering)
        assert sorted((one.taxed, one.group_key, one.tax) for one in found) == [
            (False, "2026-11", 0),
            (True, "2026-11", 798),
        ]
        await assert_sound(application)


async def test_each_thing_that_cannot_be_done_is_told_apart(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application)
        merchant = ordering.merchant
        await ordered(application, ordering)
        [draft] = await drafts(application, ordering)
        change: dict[str, Any] = {"by": BOOKKEEPER, "now": NOW}
        await change_draft(application, merchant, draft, po_number="PO 7", note="Thank you.", **change)
        with pytest.raises(InvoiceInvalid):
            await change_draft(application, merchant, draft, po_number="7" * 61, note="", **change)
        with pytest.raises(InvoiceNotIssued):
            await match(application, draft, 1)
        with pytest.raises(InvoiceNotIssued):
            await write_off(application, merchant, draft.invoice_id, reason="Gone", **change)
        async with database.transaction() as connection:
            await connection.execute("UPDATE legal_entities SET city = ''")
        with pytest.raises(SellerIncomplete):
            await issue(application, merchant, draft.invoice_id, **change)
        async with database.transaction() as connection:
            await connection.execute("UPDATE legal_entities SET city = 'Bremen'")
        issued = await issue(application, merchant, draft.invoice_id, **change)
        async with database.connection() as connection:
            document = await invoices.document_of(connection, issued.merchant_id, issued.invoice_id)
        assert document is not None
        assert (document.po_number, document.note) == ("PO 7", "Thank you.")
        for refused, work in [
            (InvoiceIssued, change_draft(application, merchant, draft, po_number="", note="", **change)),
            (InvoiceIssued, discard(application, merchant, draft, **change)),
            (InvoiceUnknown, issue(application, merchant, uuid4(), **change)),
            (InvoiceUnknown, write_off(application, merchant, uuid4(), reason="Gone", **change)),
        ]:
            with pytest.raises(refused):
                await work
        await write_off(application, merchant, issued.invoice_id, reason="gone", **change)
        with pytest.raises(InvoiceClosed):
            await write_off(application, merchant, issued.invoice_id, reason="gone", **change)
        async with database.transaction() as connection:
            more: dict[str, Any] = {"by_operation": uuid4(), "actor": "test", "now": NOW}
            with pytest.raises(SettlementUnknown):
                await unsettle(application, connection, merchant.merchant_id, uuid4(), **more)
            with pytest.raises(SeriesTaken):
                await invoices.next_number(connection, merchant.merchant_id, "INV-", InvoiceKind.CREDIT_NOTE)
        await ordered(application, ordering)
        [other] = await drafts(application, ordering)
        await discard(application, merchant, other, **change)
        assert len(await invoiced(application, ordering)) == 1
        await assert_sound(application)


@pytest.mark.parametrize(
    "column, value, refused", [("country", "", BuyerAddressMissing), ("vat_id", "DE136695977", TaxIdInvalid)]
)
async def test_what_it_must_say_of_the_buyer_is_told_apart(
    database: Database, column: str, value: str, refused: type[Exception]
) -> None:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application)
        await ordered(application, ordering)
        [draft] = await drafts(application, ordering)
        async with database.transaction() as connection:
            if column == "vat_id":
                billing = BillingDetails(vat_id=value)
                await invoices.put_billing(connection, draft.merchant_id, draft.partner_id, billing)
            else:
                await connection.execute("UPDATE partners SET country = ''")
        with pytest.raises(refused):
            await issue(application, ordering.merchant, draft.invoice_id, by=BOOKKEEPER, now=NOW)
        assert (await stands(application, draft)).state is InvoiceState.DRAFT


def test_an_invoice_moves_between_its_states_by_what_is_set_against_it() -> None:
    draft = Invoice(
        merchant_id=UUID(int=1), invoice_id=UUID(int=2), kind=InvoiceKind.INVOICE, state=InvoiceState.ISSUED,
        partner_id=UUID(int=3), entity_id=UUID(int=4), currency="EUR", grouping=invoices.Grouping.ORDER, group_key="",
        taxed=False, total=100, created_at=NOW, created_by="test",
    )  # fmt: skip
    part = draft.set_against(paid=40, now=NOW)
    assert (part.state, part.open, part.settled_at) == (InvoiceState.PART_PAID, 60, None)
    assert part.set_against(paid=60, now=NOW).state is InvoiceState.PAID
    assert part.set_against(written_off=60, now=NOW).state is InvoiceState.WRITTEN_OFF
    assert draft.set_against(credited=100, now=NOW).state is InvoiceState.CREDITED
    assert part.set_against(paid=-40, now=NOW) == replace(draft, settled_at=None)
    with pytest.raises(AssertionError):
        part.set_against(credited=61, now=NOW)
