"""Tabs: value that is set aside while somebody sits at a table, and what becomes of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import certificates
from largesse.ledger import Hold, HoldStatus, Outcome, PlacedHold, PlaceHold, Redeem, ReleaseHold, holds_at, lapsed_at
from largesse.services.certificates import Place, capture_hold, place_hold, redeem, release_hold, said_of
from largesse.services.counter.bills import BillPart
from largesse.services.counter.dependencies import CounterWorkDependencies
from largesse.services.counter.desk import Desk
from largesse.services.counter.errors import TabOver, TabUnknown

LASTS_AT_LEAST: Final = timedelta(hours=4)
ASKED_BEFORE: Final = timedelta(minutes=15)
"""How long before its end the counter asks what shall become of a tab."""
_LAPSED_SHOWN: Final = timedelta(hours=12)


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """What is set aside at a location: for which reference, by whom, and until when.

    `is_over` where its time has ended, so that nothing is set aside any more.
    """

    hold: Hold
    reference: str
    actor: str
    currency: str
    last_four: str
    is_over: bool

    def ends_soon(self, now: datetime) -> bool:
        """Return whether somebody should be asked what shall become of it."""
        return not self.is_over and self.hold.expires_at - now <= ASKED_BEFORE


def tab_lasts(desk: Desk, now: datetime) -> timedelta:
    """Return how long a tab stands: to the end of the business day, and for some hours at least. Pure."""
    return max(desk.day_ends(now) - now, LASTS_AT_LEAST)


async def open_tab(
    deps: CounterWorkDependencies,
    desk: Desk,
    part: BillPart,
    *,
    reference: str,
    operation_id: UUID,
    now: datetime,
) -> Outcome:
    """Set something aside for a tab; the tab goes by the operation's id.

    Raises:
        LargesseError: the ledger refuses it.
    """
    return await place_hold(
        deps,
        Place(merchant_id=desk.merchant.merchant_id, certificate_id=part.certificate_id),
        value=part.value,
        gratuity=part.gratuity,
        lasting=_whole_minutes(tab_lasts(desk, now)),
        spot=desk.spot(part.entry_mode),
        request=desk.request(operation_id, reference=reference),
        now=now,
    )


async def tabs_at(deps: CounterWorkDependencies, desk: Desk, *, now: datetime) -> list[Tab]:
    """Return the tabs of a location: those that are open, and those whose time ended in the last hours unused."""
    async with deps.database.connection() as connection:
        return await _tabs(connection, desk, now)


async def find_tab(deps: CounterWorkDependencies, desk: Desk, hold_id: UUID, *, now: datetime) -> Tab:
    """Return one tab of a location.

    Raises:
        TabUnknown: there is none of that id.
    """
    for tab in await tabs_at(deps, desk, now=now):
        if tab.hold.hold_id == hold_id:
            return tab
    raise TabUnknown


async def capture_tab(
    deps: CounterWorkDependencies,
    desk: Desk,
    hold_id: UUID,
    *,
    value: int,
    gratuity: int = 0,
    operation_id: UUID,
    now: datetime,
) -> Outcome:
    """Take what a tab comes to; what it set aside besides is free again.

    After its end it is a redemption of what is still there.

    Raises:
        TabUnknown: there is no such tab here.
        LargesseError: the ledger refuses it.
    """
    tab = await find_tab(deps, desk, hold_id, now=now)
    place = Place(merchant_id=desk.merchant.merchant_id, certificate_id=tab.hold.certificate_id)
    request = desk.request(operation_id, reference=tab.reference)
    if not tab.is_over:
        amounts = partial(capture_hold, hold_id=hold_id, value=value, gratuity=gratuity)
        return await amounts(deps, place, spot=desk.spot(), request=request, now=now)
    if tab.hold.status is not HoldStatus.OPEN:
        return await redeem(deps, place, value=value, gratuity=gratuity, spot=desk.spot(), request=request, now=now)
    if desk.refusal is not None:
        raise desk.refusal
    said = said_of(place, request, desk.spot())
    # Its time is over, and nobody let it go yet: what it kept from others is there for this.
    both = [ReleaseHold(**said, hold_id=hold_id), Redeem(**said, value=value, gratuity=gratuity)]
    return (await deps.ledger.submit_all(both, now=now))[-1]


async def change_tab(
    deps: CounterWorkDependencies,
    desk: Desk,
    hold_id: UUID,
    *,
    more: int = 0,
    more_gratuity: int = 0,
    operation_id: UUID,
    now: datetime,
) -> Sequence[Outcome]:
    """Set more aside for a tab, or prolong it, or take it over: the same tab stands anew, in the name of who asks.

    It is released and placed again as one operation, so that both names are in the journal and nothing is free between.

    Raises:
        TabUnknown: there is no such open tab here.
        TabOver: its time has ended.
        LargesseError: the ledger refuses it.
    """
    tab = await find_tab(deps, desk, hold_id, now=now)
    if tab.is_over:
        raise TabOver
    place = Place(merchant_id=desk.merchant.merchant_id, certificate_id=tab.hold.certificate_id)
    said = said_of(place, desk.request(operation_id, reference=tab.reference), desk.spot())
    commands = [
        ReleaseHold(**said, hold_id=hold_id),
        PlaceHold(
            **said,
            value=tab.hold.amount + more,
            gratuity=tab.hold.gratuity + more_gratuity,
            expires_at=max(now + tab_lasts(desk, now), tab.hold.expires_at),
        ),
    ]
    if desk.refusal is not None:
        raise desk.refusal
    return await deps.ledger.submit_all(commands, now=now)


async def release_tab(
    deps: CounterWorkDependencies, desk: Desk, hold_id: UUID, *, operation_id: UUID, now: datetime
) -> Outcome:
    """Let go of all that a tab set aside: nothing is taken.

    Raises:
        TabUnknown: there is no such open tab here.
        LargesseError: the ledger refuses it.
    """
    tab = await find_tab(deps, desk, hold_id, now=now)
    place = Place(merchant_id=desk.merchant.merchant_id, certificate_id=tab.hold.certificate_id)
    request = desk.request(operation_id, reference=tab.reference)
    return await release_hold(deps, place, hold_id=hold_id, spot=desk.spot(), request=request, now=now)


async def _tabs(connection: Connection, desk: Desk, now: datetime) -> list[Tab]:
    merchant_id, location_id = desk.merchant.merchant_id, desk.where.location_id
    found: list[PlacedHold] = await holds_at(connection, merchant_id, location_id)
    found += await lapsed_at(connection, merchant_id, location_id, since=now - _LAPSED_SHOWN)
    ends = await certificates.last_four_of(connection, merchant_id, [one.hold.certificate_id for one in found])
    return [
        Tab(
            hold=one.hold,
            reference=one.memo or "",
            actor=one.actor,
            currency=one.currency,
            last_four=ends.get(one.hold.certificate_id, ""),
            is_over=one.hold.expires_at <= now,
        )
        for one in found
    ]


def _whole_minutes(lasting: timedelta) -> timedelta:
    """Return a time without its seconds, so that the same form asks for the same a moment later."""
    return timedelta(minutes=-(-lasting // timedelta(minutes=1)))
