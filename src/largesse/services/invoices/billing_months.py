"""Bill by the month: when one has ended, what was ordered in it is gathered, and issued where that is set.

Gathering claims each filling once and issuing gives a draft one number, so a worker that dies between, and two that
come at once, leave the same invoices. What cannot be issued stays a draft, with the reason on record.
"""

from datetime import date, datetime, timedelta
from functools import partial
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
_views = load(__package__, "views.sql")
_log = structlog.get_logger()


async def bill_months(deps: InvoiceDependencies, *, now: datetime) -> int:
    """Gather what was ordered in the month before of every partner that is billed monthly, and return of how many.

    Issued is what a legal entity has issued by itself. Safe to repeat, and on several workers at once.
    """
    found = dict[UUID, None]()
    async with deps.database.connection() as connection:
        for month in {_last_month(now.date()), _last_month((now + timedelta(days=1)).date())}:
            found |= dict.fromkeys(one for one, _ in await _monthly_partners(connection, month))
    return await in_turns(list(found), partial(_bill_one, deps, now=now), now=now)


async def _bill_one(deps: InvoiceDependencies, merchant_id: UUID, *, now: datetime) -> Turn:
    """Bill one partner of a merchant."""
    async with deps.database.connection() as connection:
        merchant = await merchants.merchant_of_id(connection, merchant_id)
        month = _last_month(day_of(now, in_zone=merchant.zone))
        waiting = await _monthly_partners(connection, month, merchant_id)
        if not waiting:
            return Turn(0, more=False)
        partner = await partners.find_partner(connection, merchant_id, str(waiting[0][1]))
    through = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    drafts = await gather(deps, merchant, partner, through=through, actor=_WORKER.actor, now=now)
    due = [one.invoice for one in drafts if one.items and _has_ended(one.invoice, month)]
    outcome = await _issue(deps, merchant, due, now=now)
    async with deps.database.transaction() as connection:
        await invoices.insert_run(connection, merchant_id, partner.partner_id, month, outcome=outcome, now=now)
    return Turn(1, more=len(waiting) > 1)


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
    connection: Connection, month: date, merchant_id: UUID | None = None
) -> list[tuple[UUID, UUID]]:
    """Return merchant and partner of whom is billed monthly and was not gathered for a month yet."""
    rows = await connection.fetch(_views.monthly_partners, merchant_id, month)
    return [(row["merchant_id"], row["partner_id"]) for row in rows]


def _has_ended(draft: Invoice, month: date) -> bool:
    """Return whether a draft gathers a month that is over; one of another kind is somebody's to issue."""
    return draft.grouping is Grouping.MONTHLY and draft.group_key <= f"{month:%Y-%m}"


def _last_month(today: date) -> date:
    """Return the first day of the month before that of a day."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)
