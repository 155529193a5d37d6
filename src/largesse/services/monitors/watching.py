"""Look at what monitors watch, remember it, and tell somebody once when a bound is passed.

What was seen and the mail that tells of it are written in one transaction, so of several workers one tells it, and one
that dies tells nothing twice. A figure that comes back within its bound is forgotten; one that swings to and fro is
told of once an hour at most.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog

from largesse.db import Connection, load
from largesse.db.turns import Turn, in_turns
from largesse.domain import merchants, monitors, staff
from largesse.domain.merchants import Merchant
from largesse.domain.monitors import Monitor, Watched
from largesse.domain.staff import Act, MembershipState, Person, Role, may
from largesse.kernel.clock import day_of
from largesse.kernel.conventions import written_in
from largesse.kernel.errors import Unavailable
from largesse.ledger import ClassOfValue
from largesse.services import reports
from largesse.services.monitors.dependencies import MonitorDependencies
from largesse.services.monitors.wording import LOCALES, sentence_of
from largesse.services.reports import DEVICE_ACTS, ReportName, ReportPeriod, ReportQuestion
from largesse.services.staff import StaffMailPurpose, mail_person
from largesse.ui import speak

_log = structlog.get_logger()
_views = load(__package__, "views.sql")
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


async def watch(deps: MonitorDependencies, *, now: datetime) -> int:
    """Look at all monitors of all merchants, and return how many were told of."""
    async with deps.database.connection() as connection:
        found = await monitors.merchants_with_monitors(connection)
    return await in_turns(found, partial(_watch_one, deps, now=now), now=now)


async def _watch_one(deps: MonitorDependencies, merchant_id: UUID, *, now: datetime) -> Turn:
    try:
        async with deps.database.connection() as connection:
            merchant = await merchants.merchant_of_id(connection, merchant_id)
            known = await monitors.list_monitors(connection, merchant_id)
        values = await values_of(deps, merchant, known, now=now)
        told = 0
        for one in known:
            if one.monitor_id in values:
                told += await _see(deps, merchant, one, values[one.monitor_id], now=now)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - one merchant whose figures cannot be read must not keep the others
        _log.error("monitors_failed", merchant_id=str(merchant_id), exc_info=error)
        return Turn(0, more=False)
    return Turn(told, more=False)


async def values_of(
    deps: MonitorDependencies, merchant: Merchant, known: Sequence[Monitor], *, now: datetime
) -> dict[UUID, int]:
    """Return what each figure comes to now; none where there is nothing to watch any more."""
    found: dict[UUID, int] = {}
    owed: Mapping[str, int] | None = None
    acts: Mapping[str, int] | None = None
    for one in known:
        value: int | None
        if one.watched is Watched.LIABILITY and one.currency is not None:
            owed = owed if owed is not None else await _liability(deps, merchant)
            value = owed.get(one.currency, 0)
        elif one.watched is Watched.EXCEPTION and one.act is not None:
            acts = acts if acts is not None else await _acts(deps, merchant, now=now)
            value = acts.get(one.act, 0)
        else:
            async with deps.database.connection() as connection:
                value = await _other(connection, one, now=now)
        if value is not None:
            found[one.monitor_id] = value
    return found


async def _other(connection: Connection, one: Monitor, *, now: datetime) -> int | None:
    found: int | None
    match one.watched:
        case Watched.STOCK:
            found = await connection.fetchval(_views.stock_left, one.merchant_id, one.offering_id)
        case Watched.CARD_ELSEWHERE:
            found = await connection.fetchval(_views.cards_used_elsewhere, one.merchant_id, now - _DAY, _HOUR)
        case Watched.CREDIT:
            found = await connection.fetchval(_views.credit_used, one.merchant_id)
        case _:
            found = await connection.fetchval(_views.redeemed_since, one.merchant_id, now - _HOUR, one.currency)
    return found


async def _liability(deps: MonitorDependencies, merchant: Merchant) -> dict[str, int]:
    told = await reports.read_sums(deps, merchant.merchant_id, ReportPeriod())
    found: dict[str, int] = {}
    for line in reports.roll_forward(told.lines):
        if line.class_of_value is not ClassOfValue.PROMOTIONAL:
            found[line.currency] = found.get(line.currency, 0) + line.closing
    return found


async def _acts(deps: MonitorDependencies, merchant: Merchant, *, now: datetime) -> dict[str, int]:
    """Return how often any one person, or device, did each today at most."""
    today = day_of(now, in_zone=merchant.zone)
    found: dict[str, int] = {}
    for report, by in ((ReportName.PEOPLE, "actor"), (ReportName.DEVICES, "device_id")):
        asked = ReportQuestion(report=report, since=today, until=today + _DAY)
        for line in (await reports.answer(deps, merchant, asked, now=now)).lines:
            for act, count in line.cells.items():
                told = act != by and line.cells[by] != "average" and (act in DEVICE_ACTS) == (by == "device_id")
                if told and isinstance(count, int):
                    found[act] = max(found.get(act, 0), count)
    return found


async def _see(deps: MonitorDependencies, merchant: Merchant, known: Monitor, value: int, *, now: datetime) -> int:
    """Write what a monitor saw, and queue the mails that tell of it; return whether anybody is told."""
    async with deps.transaction() as connection:
        one = await monitors.lock_monitor(connection, merchant.merchant_id, known.monitor_id)
        if one is None or (one.seen_at is not None and one.seen_at >= now):
            return 0
        tells = one.tells(value, now)
        over_since = (one.over_since or now) if one.passed_by(value) else None
        told_at = now if tells else one.told_at
        await monitors.put_seen(connection, one, value=value, now=now, over_since=over_since, told_at=told_at)
        if not tells:
            return 0
        for person in await _listeners(connection, one):
            voice = speak(written_in(person.language, merchant.english), folders=LOCALES)
            await mail_person(
                connection, person, StaffMailPurpose.MONITOR, about=sentence_of(one, voice),
                merchant_id=merchant.merchant_id, now=now,
            )  # fmt: skip
    return 1


async def _listeners(connection: Connection, one: Monitor) -> list[Person]:
    """Return who is told: whoever set it, as long as they work here and read figures; else the owners."""
    people = [
        (membership, person)
        for membership, person in await staff.members(connection, one.merchant_id)
        if membership.state is MembershipState.LIVE and may(membership.role, Act.FIGURES_READ)
    ]
    maker = [person for membership, person in people if membership.person_id == one.made_by]
    return maker or [person for membership, person in people if membership.role is Role.OWNER]
