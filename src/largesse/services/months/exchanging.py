"""Book what was gained or lost between currencies when a month is closed.

What passed through `exchange` stands there in two currencies. What is left in others, valued by the rate of the month's
last day, against what is left in the merchant's own, is the gain or loss so far; closing books what of it is not in the
books yet, so that `exchange` as a whole is worth nothing afterwards. The amounts follow from what was booked by then.
"""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from largesse.db import Connection
from largesse.domain.merchants import Merchant
from largesse.domain.rates import in_base, rate_on
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.where import Where
from largesse.ledger import Account, Kind, PostEntry, SubjectKind, sums
from largesse.services.merchants import where_of
from largesse.services.months.dependencies import MonthDependencies
from largesse.services.reports import month_after

_MOMENT = timedelta(microseconds=1)


async def exchange_due(connection: Connection, merchant: Merchant, month: date) -> int:
    """Return what closing a month books: above zero a loss, below a gain, in the merchant's own smallest unit.

    Raises:
        RateMissing: what stands in some currency cannot be valued.
    """
    until = month_after(month)
    standing: dict[str, int] = {}
    for one in await sums(connection, merchant.merchant_id, until=until):
        side = (one.debit is Account.EXCHANGE) - (one.credit is Account.EXCHANGE)
        if side:
            standing[one.currency] = standing.get(one.currency, 0) + side * one.sum
    total = standing.pop(merchant.currency, 0)
    for code, amount in sorted(standing.items()):
        if amount:
            rate = await rate_on(connection, merchant.merchant_id, code, until - timedelta(days=1))
            total += in_base(amount, code, merchant.currency, rate.rate)
    return total


async def book_exchange(
    deps: MonthDependencies, connection: Connection, merchant: Merchant, month: date, *, actor: str, now: datetime
) -> int:
    """Book what is due, and return it.

    Raises:
        RateMissing: what stands in some currency cannot be valued.
        LargesseError: the ledger refuses it.
    """
    subject_id = derived_id("exchange-subject", merchant.merchant_id)
    turn = await deps.ledger.lock_subject(connection, merchant.merchant_id, SubjectKind.MERCHANT, subject_id)
    due = await exchange_due(connection, merchant, month)
    if not due:
        return 0
    where = await where_of(connection, merchant.merchant_id, closed_too=True)
    [outcome] = await deps.ledger.post(
        connection, [_command(month, due, where, subject_id, turn, currency=merchant.currency, actor=actor)], now=now
    )
    if isinstance(outcome, LargesseError):
        raise outcome
    return due


def _command(
    month: date, due: int, where: Where, subject_id: UUID, turn: int, *, currency: str, actor: str
) -> PostEntry:
    """Return the row. `turn` is how many stand: the same amount may be due once more when a month was opened again."""
    after = datetime.combine(month_after(month), time(where.cut_off_hour), tzinfo=where.zone)
    # What stands on exchange in debits is owed by nobody: a loss; in credits, a gain.
    return PostEntry(
        merchant_id=where.merchant_id,
        operation_id=derived_id("exchange-booked", subject_id, month.isoformat(), str(turn)),
        actor=actor,
        where=where,
        claimed_at=after - _MOMENT,
        subject_kind=SubjectKind.MERCHANT,
        subject_id=subject_id,
        kind=Kind.EXCHANGE,
        reason="loss" if due > 0 else "gain",
        currency=currency,
        amount=abs(due),
    )
