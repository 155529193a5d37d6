"""Bill by the month: when one has ended, what was ordered in it is gathered, and issued where that is set.

Gathering claims each filling once and issuing gives a draft one number, so a worker that dies between, and two that
come at once, leave the same invoices. What cannot be issued stays a draft, with the reason on record.
"""

from collections import deque
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog

from largesse.db import Connection, load
from largesse.db.turns import Turn, in_turns
from largesse.domain import invoices, merchants, partners
from largesse.domain.invoices import Grouping, Invoice
from largesse.domain.merchants import Merchant
from largesse.kernel.clock import day_of
from largesse.kernel.errors import LargesseError, Unavailable
from largesse.services.invoices.dependencies import InvoiceDependencies
from largesse.services.invoices.drafting import gather
from largesse.services.invoices.issuing import issue
from largesse.services.staff import Manager

_WORKER = Manager(actor="worker")
_FAILED: Final = "failed"  # what is kept of what is no refusal
_TRIES_AGAIN: Final = timedelta(hours=6)
_views = load(__package__, "views.sql")
_log = structlog.get_logger()


async def bill_months(deps: InvoiceDependencies, *, now: datetime) -> int:
    """Gather what was ordered in the month before of every partner that is billed monthly, and return of how many.

    Issued is what a legal entity has issued by itself; what was refused, or failed, is tried again after a while. Safe
    to repeat, and on several workers at once.
    """
    found = dict[UUID, None]()
    async with deps.database.connection() as connection:
        for month in {_last_month(now.date()), _last_month((now + timedelta(days=1)).date())}:
            found |= dict.fromkeys(one for one, _ in await _monthly_partners(connection, month, now=now))
    waiting = dict[UUID, deque[UUID]]()
    return await in_turns(list(found), partial(_bill_one, deps, waiting, now=now), now=now)


async def _bill_one(
    deps: InvoiceDependencies, waiting: dict[UUID, deque[UUID]], merchant_id: UUID, *, now: datetime
) -> Turn:
    """Bill the next partner of a merchant: each once in a run, whatever becomes of it, the longest untried first."""
    async with deps.database.connection() as connection:
        merchant = await merchants.merchant_of_id(connection, merchant_id)
        month = _last_month(day_of(now, in_zone=merchant.zone))
        if merchant_id not in waiting:
            due = await _monthly_partners(connection, month, merchant_id, now=now)
            waiting[merchant_id] = deque(partner_id for _, partner_id in due)
        mine = waiting[merchant_id]
        if not mine:
            return Turn(0, more=False)
        partner_id = mine.popleft()
        # Another worker may have been faster.
        if not await _monthly_partners(connection, month, merchant_id, partner_id, now=now):
            return Turn(0, more=bool(mine))
    try:
        outcome = await _bill(deps, merchant, partner_id, month, now=now)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - one partner that cannot be billed must not keep the others
        outcome = error.code if isinstance(error, LargesseError) else _FAILED
        _log.error("month_not_billed", partner_id=str(partner_id), error_code=outcome, exc_info=error)
    async with deps.database.transaction() as connection:
        await invoices.put_run(connection, merchant_id, partner_id, month, outcome=outcome, now=now)
    return Turn(1, more=bool(mine))


async def _bill(deps: InvoiceDependencies, merchant: Merchant, partner_id: UUID, month: date, *, now: datetime) -> str:
    """Gather a partner's month and issue what has ended; return the code of what was refused, if anything was."""
    async with deps.database.connection() as connection:
        partner = await partners.find_partner(connection, merchant.merchant_id, str(partner_id))
    through = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    drafts = await gather(deps, merchant, partner, through=through, actor=_WORKER.actor, now=now)
    due = [one.invoice for one in drafts if one.items and _has_ended(one.invoice, month)]
    return await _issue(deps, merchant, due, now=now)


async def _issue(deps: InvoiceDependencies, merchant: Merchant, drafts: list[Invoice], *, now: datetime) -> str:
    """Issue drafts of legal entities that issue by themselves, and return the code of what refused one, if any."""
    outcome = ""
    for draft in drafts:
        async with deps.database.connection() as connection:
            settings = await invoices.settings_of(connection, draft.merchant_id, draft.entity_id)
        if not settings.issues_itself:
            continue
        try:
            await issue(deps, merchant, draft.invoice_id, by=_WORKER, now=now)
        except Unavailable:
            raise
        except LargesseError as refused:
            outcome = refused.code
            _log.warning("invoice_not_issued", invoice_id=str(draft.invoice_id), error_code=refused.code)
    return outcome


async def _monthly_partners(
    connection: Connection,
    month: date,
    merchant_id: UUID | None = None,
    partner_id: UUID | None = None,
    *,
    now: datetime,
) -> list[tuple[UUID, UUID]]:
    """Return merchant and partner of whom is billed monthly and is to be billed for a month, the longest untried first.

    That is whoever was not gathered yet, and whoever was refused some time ago.
    """
    rows = await connection.fetch(_views.monthly_partners, merchant_id, month, partner_id, now - _TRIES_AGAIN)
    return [(row["merchant_id"], row["partner_id"]) for row in rows]


def _has_ended(draft: Invoice, month: date) -> bool:
    """Return whether a draft gathers a month that is over; one of another kind is somebody's to issue."""
    return draft.grouping is Grouping.MONTHLY and draft.group_key <= f"{month:%Y-%m}"


def _last_month(today: date) -> date:
    """Return the first day of the month before that of a day."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)
