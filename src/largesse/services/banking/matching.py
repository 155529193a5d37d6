"""What lines of statements are for: said whole, in part, in several parts; and taken back, as new rows.

Whoever says it has the line locked: of two at once one wins, and the other is told. What is said once is said under an
id of its own, so that a form that is sent twice does it once. The line's own item on `bank_clearing` is closed by as
much as is matched.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import partners, staff
from largesse.domain.banking import (
    BankMatch,
    BankMatchUnknown,
    KeptLine,
    LineMatched,
    LineState,
    MatchInvalid,
    MatchKind,
    PartnerPayment,
    PaymentSource,
    Suggestion,
    find_match,
    insert_match,
    insert_payment,
    is_booked_by_line,
    lock_line,
    move_line,
)
from largesse.domain.invoices import SettlementSource, find_invoice
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.kernel.currency import is_currency
from largesse.kernel.ids import derived_id
from largesse.ledger import Account, Across, Entry, Kind, OpenItem, OpenItemKind, PostEntry
from largesse.services.banking.accounts import demand_booking
from largesse.services.banking.booking import (
    Booker,
    awaited,
    item_carried,
    item_of_line,
    lock_awaited,
    post,
    where_of_line,
)
from largesse.services.banking.dependencies import BankingDependencies
from largesse.services.invoices import credit_carried, credit_of, lower_credit, settle
from largesse.services.merchants import where_of_row
from largesse.services.staff import Manager

_NOT_BOOKED = "The books had no such amount on the bank, or another line stands for it."
_AWAITED = frozenset(
    {OpenItemKind.PAYOUT, OpenItemKind.DEPOSIT, OpenItemKind.LOCATION_DAY, OpenItemKind.STATEMENT_LINE}
)


class Against(msgspec.Struct, frozen=True):
    """So much of a payment for one invoice, in the invoice's currency."""

    invoice_id: UUID
    amount: int


class Matching(msgspec.Struct, frozen=True, kw_only=True):
    """Who says something of a line, under which id, and what they saw was left of it.

    `amount` is how much of what is left they speak of, None for all; `reason` why it was suggested, where it was.
    """

    merchant: Merchant
    line_id: UUID
    match_id: UUID
    by: Manager
    now: datetime
    amount: int | None = None
    seen: int | None = None
    reason: str | None = None


class InOtherMoney(msgspec.Struct, frozen=True):
    """What a line is worth in the currency that the partner owes, in the smallest unit."""

    currency: str
    amount: int


_Rows = Callable[[Connection, KeptLine, Booker, int], Awaitable[BankMatch]]


async def match_payment(
    deps: BankingDependencies,
    asked: Matching,
    partner_id: UUID,
    against: Sequence[Against] = (),
    *,
    worth: InOtherMoney | None = None,
) -> BankMatch:
    """Take a line as a partner's payment, and set it against invoices; what is left over is the partner's credit.

    Raises:
        LineMatched: less is left of the line, or not what was seen.
        MatchInvalid: money left the account, more is set against invoices than came, or the currency does not fit.
        SettlementRefused: more than is open of an invoice.
    """

    async def rows(connection: Connection, line: KeptLine, book: Booker, amount: int) -> BankMatch:
        if amount <= 0:
            raise MatchInvalid
        paid = await _partner_money(connection, asked, partner_id, line=line, amount=amount, worth=worth)
        if sum(one.amount for one in against) > paid.amount or any(one.amount <= 0 for one in against):
            raise MatchInvalid
        await post(deps, connection, _received(book, line, paid, amount), now=asked.now)
        await lower_credit(connection, line.merchant_id, partner_id, paid.currency, paid.amount)
        await insert_payment(connection, paid)
        for one in against:
            invoice = await find_invoice(connection, line.merchant_id, one.invoice_id)
            if (invoice.partner_id, invoice.currency) != (partner_id, paid.currency):
                raise MatchInvalid("That invoice is another partner's, or in another currency.")
            await settle(
                deps, connection, line.merchant_id, one.invoice_id, amount=one.amount,
                source=SettlementSource.PAYMENT, source_id=paid.payment_id,
                operation_id=derived_id("payment-against", paid.payment_id, one.invoice_id),
                actor=asked.by.actor, now=asked.now,
            )  # fmt: skip
        return _match(asked, MatchKind.PAYMENT, amount, target_id=paid.payment_id)

    return await _matched(deps, asked, rows)


async def match_suggestion(deps: BankingDependencies, asked: Matching, suggestion: Suggestion) -> BankMatch:
    """Accept what was suggested for a line.

    Raises:
        LineMatched: less is left of the line, or not what was seen.
        SettlementRefused: less is open of an invoice by now.
    """
    parts = [Against(part.invoice.invoice_id, part.amount) for part in suggestion.parts]
    asked = msgspec.structs.replace(asked, reason=suggestion.reason.name.lower())
    return await match_payment(deps, asked, suggestion.partner_id, parts)


async def match_paid_back(
    deps: BankingDependencies, asked: Matching, partner_id: UUID, *, worth: InOtherMoney | None = None
) -> BankMatch:
    """Take a line as money that was paid back to a partner, out of its credit.

    Raises:
        LineMatched: less is left of the line, or not what was seen.
        MatchInvalid: money came in, the currency does not fit, or less is owed to the partner.
    """

    async def rows(connection: Connection, line: KeptLine, book: Booker, amount: int) -> BankMatch:
        if amount >= 0:
            raise MatchInvalid
        paid = await _partner_money(connection, asked, partner_id, line=line, amount=amount, worth=worth)
        if -paid.amount > await credit_of(connection, line.merchant_id, partner_id, paid.currency):
            raise MatchInvalid("Less is owed to the partner than that. Set what it has paid for free first.")
        owed = await credit_carried(
            connection, partner_id, paid.currency, to=book.where, amount=-paid.amount, operation_id=asked.match_id,
            actor=asked.by.actor,
        )  # fmt: skip
        await post(deps, connection, [*owed, *_received(book, line, paid, amount)], now=asked.now)
        await lower_credit(connection, line.merchant_id, partner_id, paid.currency, paid.amount)
        await insert_payment(connection, paid)
        return _match(asked, MatchKind.PAID_BACK, amount, target_id=paid.payment_id)

    return await _matched(deps, asked, rows)


async def match_awaited(deps: BankingDependencies, asked: Matching, item: OpenItem) -> BankMatch:
    """Take a line as what was on its way to the account, or from it: a payout, a deposit, a payment that was typed.

    Raises:
        LineMatched: less is left of the line, or not what was seen.
        MatchInvalid: nothing of that kind is on its way, or less.
    """

    async def rows(connection: Connection, line: KeptLine, book: Booker, amount: int) -> BankMatch:
        code = line.line.currency
        if item.kind not in _AWAITED:
            raise MatchInvalid
        await lock_awaited(deps, connection, line.merchant_id, item)
        expected = await awaited(deps, connection, line.merchant_id, item, code)
        if not _within(amount, expected):
            raise MatchInvalid("Less than that is on its way under this name.")
        carried = await item_carried(deps, connection, book, item, amount, currency=code)
        rows = [book.cleared(-amount, code, item_of_line(line.line_id)), book.cleared(amount, code, item)]
        await post(deps, connection, [*carried, *rows], now=asked.now)
        return _match(asked, MatchKind.AWAITED, amount, target_kind=item.kind.value, target_id=item.item_id)

    return await _matched(deps, asked, rows)


async def match_booked(deps: BankingDependencies, asked: Matching, operation_id: UUID) -> BankMatch:
    """Take a line as what the books had booked on the bank before: a refund by transfer, gratuities paid out.

    Raises:
        LineMatched: less is left of the line, or not what was seen.
        MatchInvalid: that operation moved another amount on the bank, or another line stands for it.
    """

    async def rows(connection: Connection, line: KeptLine, book: Booker, amount: int) -> BankMatch:
        row = await deps.ledger.first_row(connection, line.merchant_id, operation_id)
        moved = 0 if row is None else (row.amount or 0) * ((row.debit is Account.BANK) - (row.credit is Account.BANK))
        fits = row is not None and row.currency == line.line.currency and row.open_item_kind != "statement_line"
        if row is None or not fits or moved != amount:
            raise MatchInvalid(_NOT_BOOKED)
        # Of two lines that are taken as one operation, the second sees that the first stands for it.
        await deps.ledger.lock_subject(connection, line.merchant_id, row.subject_kind, row.subject_id)
        if await is_booked_by_line(connection, line.merchant_id, operation_id):
            raise MatchInvalid(_NOT_BOOKED)
        rows = await of_the_bank(connection, book, line, row, amount)
        await post(deps, connection, rows, now=asked.now)
        return _match(asked, MatchKind.BOOKED, amount, target_id=operation_id)

    return await _matched(deps, asked, rows)


async def match_fee(deps: BankingDependencies, asked: Matching) -> BankMatch:
    """Take a line as what the bank charges, or gives back of it.

    Raises:
        LineMatched: less is left of the line, or not what was seen.
    """

    async def rows(connection: Connection, line: KeptLine, book: Booker, amount: int) -> BankMatch:
        code, item = line.line.currency, item_of_line(line.line_id)
        reason = "charged" if amount < 0 else "returned"
        fee = book.entry(Kind.FEE, reason, abs(amount), code, item, main=True)
        await post(deps, connection, [book.cleared(-amount, code, item), fee], now=asked.now)
        return _match(asked, MatchKind.FEE, amount)

    return await _matched(deps, asked, rows)


async def set_aside(deps: BankingDependencies, asked: Matching, note: str) -> KeptLine:
    """Take a line out of the queue, because nobody knows what it is for; an empty note takes it back in.

    Raises:
        LineMatched: nothing is left of it.
    """
    demand_booking(asked.by)

    async def work(connection: Connection) -> KeptLine:
        line = await lock_line(connection, asked.merchant.merchant_id, asked.line_id)
        if line.state is LineState.MATCHED:
            raise LineMatched
        state = LineState.SET_ASIDE if note else LineState.OPEN
        if line.state is not state or line.note != note:
            await move_line(connection, line, left=line.left, state=state, note=note)
            await audit(connection, asked, Audited.LINE_SET_ASIDE, note)
        return msgspec.structs.replace(line, state=state, note=note)

    return await deps.retrying(work)


async def _matched(deps: BankingDependencies, asked: Matching, rows: _Rows) -> BankMatch:
    """Lock a line, book what is said of it, and write that down; what was said before is returned."""
    demand_booking(asked.by)
    merchant_id = asked.merchant.merchant_id

    async def work(connection: Connection) -> BankMatch:
        line = await lock_line(connection, merchant_id, asked.line_id)
        try:
            known = await find_match(connection, merchant_id, asked.match_id)
        except BankMatchUnknown:
            pass
        else:
            if known.line_id != asked.line_id:
                raise MatchInvalid
            return known
        amount = line.left if asked.amount is None else asked.amount
        if asked.seen is not None and asked.seen != line.left:
            raise LineMatched
        if amount == 0 or not _within(amount, line.left):
            raise LineMatched if line.left == 0 else MatchInvalid
        where = await where_of_line(deps, connection, line)
        book = Booker(where, line.account_id, asked.match_id, asked.by.actor)
        match = await rows(connection, line, book, amount)
        await insert_match(connection, match)
        left = line.left - amount
        await move_line(connection, line, left=left, state=LineState.OPEN if left else LineState.MATCHED)
        await audit(connection, asked, Audited.LINE_MATCHED, match.what.value)
        return match

    return await deps.retrying(work)


async def audit(connection: Connection, asked: Matching, action: Audited, reason: str) -> None:
    """Write to the audit log what somebody said of a line."""
    await staff.record(
        connection,
        asked.merchant.merchant_id,
        action,
        subject=str(asked.line_id),
        actor=asked.by.actor,
        reason=reason or None,
        now=asked.now,
    )


async def _partner_money(
    connection: Connection,
    asked: Matching,
    partner_id: UUID,
    *,
    line: KeptLine,
    amount: int,
    worth: InOtherMoney | None,
) -> PartnerPayment:
    """Return a payment as it is to be written, its partner's agreement locked.

    Raises:
        PartnerUnknown: there is no such partner.
        MatchInvalid: the other money does not fit.
    """
    merchant_id, code = line.merchant_id, line.line.currency
    await partners.find_partner(connection, merchant_id, str(partner_id))
    if worth is not None and not (is_currency(worth.currency) and worth.currency != code and worth.amount > 0):
        raise MatchInvalid
    await partners.lock_agreements(connection, [(merchant_id, partner_id)])
    sign = 1 if amount > 0 else -1
    return PartnerPayment(
        merchant_id=merchant_id,
        payment_id=asked.match_id,
        partner_id=partner_id,
        currency=worth.currency if worth else code,
        amount=sign * worth.amount if worth else amount,
        bank_currency=code if worth else None,
        bank_amount=amount if worth else None,
        received_on=line.line.booked_on,
        source=PaymentSource.LINE,
        subject_id=line.account_id,
        line_id=line.line_id,
        reference=(line.line.structured or line.line.text)[:140],
        made_by=asked.by.actor,
        made_at=asked.now,
    )


def _received(book: Booker, line: KeptLine, paid: PartnerPayment, amount: int) -> list[PostEntry]:
    """Return the rows of what a partner paid or was paid back: through `exchange` where that was in other money."""
    code, item = line.line.currency, item_of_line(line.line_id)
    if paid.bank_currency is None:
        return [book.assigned(amount, code, item, paid.partner_id, main=True)]
    return [book.cleared(-amount, code, item), exchanged(book, item, paid)]


async def of_the_bank(connection: Connection, book: Booker, line: KeptLine, row: Entry, amount: int) -> list[PostEntry]:
    """Return what says that a row moved the bank as a line tells, or, below zero, that it did not after all.

    Where it was booked in another legal entity than the line's, that one's bank was not moved.
    """
    code, item = line.line.currency, item_of_line(line.line_id)
    rows = [book.cleared(-amount, code, item)]
    if row.legal_entity_id not in {None, book.where.legal_entity_id}:
        rows.append(book.carried("booked", amount, code, item, await where_of_row(connection, row)))
    return rows


def exchanged(book: Booker, item: OpenItem, paid: PartnerPayment, *, back: bool = False) -> PostEntry:
    """Return the two rows of a payment in other money; `back` swaps them."""
    assert paid.bank_currency is not None
    assert paid.bank_amount is not None
    if (paid.amount > 0) is not back:
        across = Across(currency=paid.currency, amount=abs(paid.amount))
        money, currency, reason = abs(paid.bank_amount), paid.bank_currency, "received"
    else:
        across = Across(currency=paid.bank_currency, amount=abs(paid.bank_amount))
        money, currency, reason = abs(paid.amount), paid.currency, "paid"
    return book.entry(
        Kind.EXCHANGE, reason, money, currency, item, party_id=paid.partner_id, across=across, main=not back
    )


def _within(amount: int, bound: int) -> bool:
    """Return whether an amount goes the way of a bound, and no further."""
    return 0 < amount <= bound or bound <= amount < 0


def _match(
    asked: Matching, what: MatchKind, amount: int, *, target_kind: str | None = None, target_id: UUID | None = None
) -> BankMatch:
    return BankMatch(
        merchant_id=asked.merchant.merchant_id,
        match_id=asked.match_id,
        line_id=asked.line_id,
        what=what,
        amount=amount,
        target_kind=target_kind,
        target_id=target_id,
        reason=asked.reason,
        made_by=asked.by.actor,
        made_at=asked.now,
    )
