"""Take back what was said of a line: new rows swap those of before, invoices are open again, the line waits again."""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import invoices, partners
from largesse.domain.banking import (
    BankMatch,
    KeptLine,
    LineState,
    MatchKind,
    MatchUndone,
    PartnerPayment,
    PaymentUsed,
    find_match,
    lock_line,
    lock_payment,
    move_line,
    undo_match,
    undo_payment,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.kernel.ids import derived_id
from largesse.ledger import Kind, OpenItem, OpenItemKind
from largesse.services.banking.accounts import demand_booking
from largesse.services.banking.booking import Booker, item_of_line, post, where_of_line
from largesse.services.banking.dependencies import BankingDependencies
from largesse.services.banking.matching import Matching, audit, exchanged, of_the_bank
from largesse.services.invoices import credit_carried, credit_of, lower_credit, unsettle
from largesse.services.staff import Manager


async def unmatch(
    deps: BankingDependencies, merchant: Merchant, match_id: UUID, *, by: Manager, now: datetime
) -> KeptLine:
    """Take back what was said of a line, and return it as it is now; what a payment had settled is open again.

    Raises:
        ActRefused: the role does not allow it.
        BankMatchUnknown: there is none.
        MatchUndone: it was taken back before.
        PaymentUsed: what was left of the payment is used up in other ways.
    """
    demand_booking(by)
    merchant_id = merchant.merchant_id

    async def work(connection: Connection) -> KeptLine:
        seen = await find_match(connection, merchant_id, match_id)
        line = await lock_line(connection, merchant_id, seen.line_id)
        if not await undo_match(connection, seen, by=by.actor, now=now):
            raise MatchUndone
        where = await where_of_line(deps, connection, line)
        book = Booker(where, line.account_id, derived_id("unmatch", match_id), by.actor)
        await _swap(deps, connection, line, seen, book, now=now)
        left = line.left + seen.amount
        state = LineState.SET_ASIDE if line.state is LineState.SET_ASIDE else LineState.OPEN
        await move_line(connection, line, left=left, state=state, note=line.note)
        asked = Matching(merchant=merchant, line_id=line.line_id, match_id=match_id, by=by, now=now)
        await audit(connection, asked, Audited.LINE_UNMATCHED, seen.what.value)
        return await lock_line(connection, merchant_id, seen.line_id)

    return await deps.retrying(work)


async def _swap(
    deps: BankingDependencies, connection: Connection, line: KeptLine, match: BankMatch, book: Booker, *, now: datetime
) -> None:
    code, item, amount = line.line.currency, item_of_line(line.line_id), match.amount
    if match.what in {MatchKind.PAYMENT, MatchKind.PAID_BACK}:
        assert match.target_id is not None
        payment = await lock_payment(connection, match.merchant_id, match.target_id)
        await free_payment(deps, connection, payment, by=book.actor, now=now)
        if payment.bank_currency is None:
            rows = [book.assigned(-amount, code, item, payment.partner_id)]
        else:
            rows = [exchanged(book, item, payment, back=True), book.cleared(amount, code, item)]
        owed = await credit_carried(
            connection, payment.partner_id, payment.currency, to=book.where, amount=payment.amount,
            operation_id=book.act_id, actor=book.actor,
        )  # fmt: skip
        await post(deps, connection, [*owed, *rows], now=now)
        return
    if match.what is MatchKind.AWAITED:
        assert match.target_id is not None
        of_item = OpenItem(OpenItemKind(match.target_kind or ""), match.target_id)
        rows = [book.cleared(-amount, code, of_item), book.cleared(amount, code, item)]
    elif match.what is MatchKind.FEE:
        fee = book.entry(Kind.FEE, "returned" if amount < 0 else "charged", abs(amount), code, item)
        rows = [fee, book.cleared(amount, code, item)]
    else:
        row = await deps.ledger.first_row(connection, match.merchant_id, match.target_id) if match.target_id else None
        assert row is not None, "what is booked stays"
        rows = await of_the_bank(connection, book, line, row, -amount)
    await post(deps, connection, rows, now=now)


async def free_payment(
    deps: BankingDependencies, connection: Connection, payment: PartnerPayment, *, by: str, now: datetime
) -> None:
    """Undo what a payment had settled, and write that it does not stand any more. It is locked.

    Raises:
        PaymentUsed: the partner's credit has not so much left, or the payment does not stand already.
    """
    await partners.lock_agreements(connection, [(payment.merchant_id, payment.partner_id)])
    for one in await invoices.settlements_from(connection, payment.merchant_id, payment.payment_id):
        if one.undone_at is None:
            again = derived_id("payment-freed", one.operation_id)
            await unsettle(
                deps, connection, payment.merchant_id, one.operation_id, by_operation=again, actor=by, now=now
            )
    owed = await credit_of(connection, payment.merchant_id, payment.partner_id, payment.currency)
    if payment.amount > max(owed, 0):
        raise PaymentUsed
    if not await undo_payment(connection, payment, by=by, now=now):
        raise PaymentUsed
    await lower_credit(connection, payment.merchant_id, payment.partner_id, payment.currency, -payment.amount)
