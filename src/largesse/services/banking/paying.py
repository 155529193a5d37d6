"""Payments of partners that somebody types, and what is left of payments: set against invoices, and set free again.

A payment by transfer that is typed waits on `bank_clearing` until the bank's statement tells of it; cash is in the
drawer at once.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from largesse.db import Connection
from largesse.domain import invoices, partners, staff
from largesse.domain.banking import (
    BankAccount,
    PartnerPayment,
    PartnerPaymentUnknown,
    PaymentInvalid,
    PaymentSource,
    PaymentUsed,
    insert_payment,
    lock_payment,
)
from largesse.domain.invoices import Invoice, SettlementSource
from largesse.domain.merchants import Merchant
from largesse.domain.partners import Partner
from largesse.domain.staff import Audited
from largesse.kernel import free_text
from largesse.kernel.currency import is_currency
from largesse.kernel.errors import FieldError
from largesse.kernel.ids import derived_id
from largesse.kernel.where import Where
from largesse.ledger import Kind, PostEntry, SubjectKind
from largesse.services.banking.accounts import demand_booking, where_of_account
from largesse.services.banking.booking import Booker, awaited, item_carried, item_of_line, post
from largesse.services.banking.dependencies import BankingDependencies
from largesse.services.banking.matching import Against
from largesse.services.banking.undoing import free_payment
from largesse.services.certificates import drawer_of
from largesse.services.invoices import credit_carried, lower_credit, settle, unsettle
from largesse.services.merchants import where_of_row
from largesse.services.staff import Manager

_REFERENCE_MAX: Final = 140
_AMOUNT_MAX: Final = 10**15


async def book_payment(
    deps: BankingDependencies,
    merchant: Merchant,
    partner: Partner,
    *,
    payment_id: UUID,
    currency: str,
    amount: int,
    received_on: date,
    account: BankAccount | None,
    location: UUID | None = None,
    reference: str = "",
    against: Sequence[Against] = (),
    by: Manager,
    now: datetime,
) -> PartnerPayment:
    """Book a payment of a partner: by transfer to an account, or in cash into the drawer of a location.

    Asked again under the same id, it is returned as it is.

    Raises:
        ActRefused: the role does not allow it.
        PaymentInvalid: the amount, the currency, the day, or more is set against invoices than was paid.
        SettlementRefused: more than is open of an invoice.
    """
    demand_booking(by)
    _demand_sense(merchant, currency, amount, received_on=received_on, account=account, against=against, now=now)
    where = await _where(deps, merchant, account, location, now=now)
    payment = PartnerPayment(
        merchant_id=merchant.merchant_id,
        payment_id=payment_id,
        partner_id=partner.partner_id,
        currency=currency,
        amount=amount,
        received_on=received_on,
        source=PaymentSource.HAND if account else PaymentSource.DRAWER,
        subject_id=account.account_id if account else drawer_of(where),
        reference=free_text.one_line(reference)[:_REFERENCE_MAX],
        made_by=by.actor,
        made_at=now,
    )

    async def work(connection: Connection) -> PartnerPayment:
        await partners.lock_agreements(connection, [(merchant.merchant_id, partner.partner_id)])
        if not await insert_payment(connection, payment):
            return await lock_payment(connection, merchant.merchant_id, payment_id)
        await post(deps, connection, [_entry(payment, where, by)], now=now)
        await lower_credit(connection, merchant.merchant_id, partner.partner_id, currency, amount)
        for one in against:
            await _settle(deps, connection, payment, one, by=by, now=now)
        await _record(connection, payment, Audited.PAYMENT_BOOKED, by, now=now)
        return payment

    return await deps.retrying(work)


async def take_back_payment(
    deps: BankingDependencies, merchant: Merchant, payment_id: UUID, *, by: Manager, now: datetime
) -> PartnerPayment:
    """Take a payment back that somebody typed by mistake; what it had settled is open again.

    Raises:
        ActRefused: the role does not allow it.
        PartnerPaymentUnknown: there is none that was typed: what a line says is unmatched there.
        PaymentUsed: a line of a statement stands for it, it is used in other ways, or it was taken back.
    """
    demand_booking(by)

    async def work(connection: Connection) -> PartnerPayment:
        payment = await lock_payment(connection, merchant.merchant_id, payment_id)
        if payment.source is PaymentSource.LINE:
            raise PartnerPaymentUnknown
        booked = await deps.ledger.first_row(connection, merchant.merchant_id, payment_id)
        assert booked is not None, "a payment is booked when it is typed"
        where = await where_of_row(connection, booked)
        item, act_id = item_of_line(payment_id), _taken_back_by(payment)
        carried: list[PostEntry] = []
        if payment.source is PaymentSource.HAND:
            waits = await awaited(deps, connection, merchant.merchant_id, item, payment.currency)
            if waits != payment.amount:
                raise PaymentUsed("A line of a statement stands for this payment. Undo that first.")
            book = Booker(where, payment.subject_id, act_id, by.actor)
            carried += await item_carried(deps, connection, book, item, waits, currency=payment.currency)
        await free_payment(deps, connection, payment, by=by.actor, now=now)
        owed = await credit_carried(
            connection, payment.partner_id, payment.currency, to=where, amount=payment.amount, operation_id=act_id,
            actor=by.actor,
        )  # fmt: skip
        await post(deps, connection, [*carried, *owed, _entry(payment, where, by, back=True)], now=now)
        await _record(connection, payment, Audited.PAYMENT_TAKEN_BACK, by, now=now)
        return await lock_payment(connection, merchant.merchant_id, payment_id)

    return await deps.retrying(work)


async def left_of(connection: Connection, payment: PartnerPayment) -> int:
    """Return what of a payment is set against no invoice."""
    if payment.undone_at is not None or payment.amount < 0:
        return 0
    settled = await invoices.settlements_from(connection, payment.merchant_id, payment.payment_id)
    return payment.amount - sum(one.amount for one in settled if one.undone_at is None)


async def apply_payment(
    deps: BankingDependencies, merchant: Merchant, payment_id: UUID, one: Against, *, act_id: UUID, by: Manager,
    now: datetime,
) -> Invoice:  # fmt: skip
    """Set what is left of a payment against an invoice, and return that.

    Raises:
        ActRefused: the role does not allow it.
        PaymentUsed: less is left of the payment.
        SettlementRefused: more than is open of the invoice.
    """
    demand_booking(by)

    async def work(connection: Connection) -> Invoice:
        payment = await lock_payment(connection, merchant.merchant_id, payment_id)
        if await invoices.find_settlement(connection, merchant.merchant_id, act_id) is not None:
            return await invoices.find_invoice(connection, merchant.merchant_id, one.invoice_id)
        if not 0 < one.amount <= await left_of(connection, payment):
            raise PaymentUsed
        changed = await _settle(deps, connection, payment, one, by=by, now=now, act_id=act_id)
        await _record(connection, payment, Audited.PAYMENT_APPLIED, by, now=now)
        return changed

    return await deps.retrying(work)


async def unapply(
    deps: BankingDependencies, merchant: Merchant, settlement_id: UUID, *, by: Manager, now: datetime
) -> Invoice:
    """Set free what was set against an invoice; it is the partner's credit again, and the invoice is open.

    Raises:
        ActRefused: the role does not allow it.
        SettlementUnknown: there is none, or it is undone.
    """
    demand_booking(by)

    async def work(connection: Connection) -> Invoice:
        again = derived_id("settlement-freed", settlement_id)
        changed = await unsettle(
            deps, connection, merchant.merchant_id, settlement_id, by_operation=again, actor=by.actor, now=now
        )
        await staff.record(
            connection, merchant.merchant_id, Audited.PAYMENT_APPLIED, subject=str(settlement_id), actor=by.actor,
            reason="undone", now=now,
        )  # fmt: skip
        return changed

    return await deps.retrying(work)


async def _settle(
    deps: BankingDependencies, connection: Connection, payment: PartnerPayment, one: Against, *, by: Manager,
    now: datetime, act_id: UUID | None = None,
) -> Invoice:  # fmt: skip
    invoice = await invoices.find_invoice(connection, payment.merchant_id, one.invoice_id)
    if (invoice.partner_id, invoice.currency) != (payment.partner_id, payment.currency):
        raise PaymentInvalid("That invoice is another partner's, or in another currency.")
    return await settle(
        deps, connection, payment.merchant_id, one.invoice_id, amount=one.amount, source=SettlementSource.PAYMENT,
        source_id=payment.payment_id,
        operation_id=act_id or derived_id("payment-against", payment.payment_id, one.invoice_id),
        actor=by.actor, now=now,
    )  # fmt: skip


async def _where(
    deps: BankingDependencies, merchant: Merchant, account: BankAccount | None, location: UUID | None, *, now: datetime
) -> Where:
    if account is not None:
        return await where_of_account(deps, account, now=now)
    return await deps.locator.where(merchant.merchant_id, location, now=now)


def _demand_sense(
    merchant: Merchant,
    currency: str,
    amount: int,
    *,
    received_on: date,
    account: BankAccount | None,
    against: Sequence[Against],
    now: datetime,
) -> None:
    faults = []
    if not 0 < amount < _AMOUNT_MAX:
        faults.append(FieldError("amount", PaymentInvalid.code, "Write an amount above zero."))
    if not is_currency(currency) or (account is not None and account.currency != currency):
        faults.append(FieldError("currency", PaymentInvalid.code, "Choose the currency of the account."))
    if received_on > now.astimezone(merchant.zone).date():
        faults.append(FieldError("received_on", PaymentInvalid.code, "That day has not come yet."))
    if sum(one.amount for one in against) > amount or any(one.amount <= 0 for one in against):
        faults.append(FieldError("against", PaymentInvalid.code, "Set no more against invoices than was paid."))
    if faults:
        raise PaymentInvalid(fields=faults)


def _entry(payment: PartnerPayment, where: Where, by: Manager, *, back: bool = False) -> PostEntry:
    """Return the row of a payment; `back` takes it back."""
    act_id = _taken_back_by(payment) if back else payment.payment_id
    if payment.source is PaymentSource.HAND:
        book = Booker(where, payment.subject_id, act_id, by.actor)
        amount = -payment.amount if back else payment.amount
        item = item_of_line(payment.payment_id)
        return book.assigned(amount, payment.currency, item, payment.partner_id, main=not back)
    return PostEntry(
        merchant_id=payment.merchant_id,
        operation_id=act_id,
        actor=by.actor,
        where=where,
        subject_kind=SubjectKind.TILL_DRAWER,
        subject_id=payment.subject_id,
        kind=Kind.PAY_REFUND if back else Kind.RECEIVE,
        reason="partner",
        currency=payment.currency,
        amount=payment.amount,
        party_id=payment.partner_id,
    )


def _taken_back_by(payment: PartnerPayment) -> UUID:
    return derived_id("payment-taken-back", payment.payment_id)


async def _record(
    connection: Connection, payment: PartnerPayment, action: Audited, by: Manager, *, now: datetime
) -> None:
    await staff.record(
        connection,
        payment.merchant_id,
        action,
        subject=str(payment.payment_id),
        actor=by.actor,
        reason=payment.reference or None,
        now=now,
    )
