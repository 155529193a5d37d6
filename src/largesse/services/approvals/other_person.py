"""Whether somebody is the other person that an act takes: not who asked, nobody who is theirs, and nobody's own."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import staff
from largesse.domain.approvals import ALONE_AFTER, TOO_CLOSE_FOR, RequestForSelf, RequestOwn, RequestTooClose
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, Audited, Membership, MembershipState, MembershipUnknown, may
from largesse.services.approvals.dependencies import ApprovalDependencies
from largesse.services.counter import people_of

_CLOSE = frozenset({Audited.PIN_CODE_MADE, Audited.STAFF_ROLE_CHANGED, Audited.STAFF_CONFIRMED})


class AskedBy(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked, when, and the folded mail addresses of those whom it is about."""

    person_id: UUID
    made_at: datetime
    addresses: frozenset[str]


async def demand_other(
    connection: Connection,
    merchant: Merchant,
    asked: AskedBy,
    person_id: UUID | None,
    *,
    act: Act = Act.APPROVE,
    now: datetime,
) -> bool:
    """Let somebody decide whose role may `act`; return whether they do it alone because there is nobody else.

    Raises:
        MembershipUnknown: they decide nothing here.
        RequestOwn: they asked for it themselves, and somebody else could decide, or the day is not over.
        RequestForSelf: they bought the certificate, or it is for them.
        RequestTooClose: whoever asked invited them, or changed what they work with, a short while ago.
    """
    people = await staff.members(connection, merchant.merchant_id)
    deciders = [one for one, _ in people if one.state is MembershipState.LIVE and may(one.role, act)]
    mine = next((one for one in deciders if one.person_id == person_id), None)
    if mine is None:
        raise MembershipUnknown
    own = next(person.email for one, person in people if one.membership_id == mine.membership_id)
    if own.casefold() in asked.addresses:
        raise RequestForSelf
    if person_id == asked.person_id:
        if len(deciders) > 1 or now < asked.made_at + ALONE_AFTER:
            raise RequestOwn
        return True
    if await _too_close(connection, mine, asked.person_id, now=now):
        raise RequestTooClose
    return False


async def refuse_own(connection: Connection, person_id: UUID | None, addresses: frozenset[str]) -> None:
    """Refuse somebody who does something to what they bought, or what is for them.

    Raises:
        RequestForSelf: it is theirs.
    """
    person = await staff.person_of_id(connection, person_id) if person_id is not None else None
    if person is not None and person.email.casefold() in addresses:
        raise RequestForSelf


async def addresses_of(
    connection: Connection,
    deps: ApprovalDependencies,
    merchant_id: UUID,
    certificate_ids: Collection[UUID],
    *,
    order_number: str = "",
) -> frozenset[str]:
    """Return the mail addresses, folded, of whoever bought what is on certificates, and of whom it is for."""
    known = await people_of(connection, deps, merchant_id, certificate_ids, order_number=order_number)
    return frozenset(one.address.casefold() for one in known)


async def _too_close(connection: Connection, membership: Membership, other: UUID, *, now: datetime) -> bool:
    since = now - TOO_CLOSE_FOR
    if membership.invited_by == other and membership.made_at > since:
        return True
    entries = await staff.entries_about(connection, membership.merchant_id, str(membership.membership_id))
    return any(one.action in _CLOSE and one.actor == f"person:{other}" and one.recorded_at > since for one in entries)
