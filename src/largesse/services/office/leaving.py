"""What somebody who leaves knows: certificates that they sold, found, revealed or printed, and new numbers for all."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.domain import certificates, gifts, orders
from largesse.domain.gifts import Gift, GiftNotFound, GiftStatus
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, AuditReason, Membership
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id
from largesse.services.certificates import Place, Request, reissue_within
from largesse.services.counter import CounterMailPurpose, tell_known
from largesse.services.gifts import hand_over
from largesse.services.office.dependencies import StoryDependencies
from largesse.services.staff import Manager

_views = load(__package__, "views.sql")
KNOWN_MAX: Final = 2_000
"""How many are looked at at once; what is left over is there the next time."""
_MAILED: Final = frozenset({GiftStatus.SENDING, GiftStatus.SENT, GiftStatus.FAILED})


class KnownCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that somebody knows, and how: *sold*, *found*, *revealed* or *printed*. In smallest units."""

    certificate_id: UUID
    last_four: str
    currency: str
    balance: int
    gratuity_balance: int
    order_number: str | None
    how: tuple[str, ...]


class NumbersRenewed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of new numbers for all: how many got one, how many of those were mailed, and which were refused why."""

    renewed: int
    mailed: int
    refused: tuple[tuple[KnownCertificate, str], ...] = ()


async def known_to(deps: StoryDependencies, merchant: Merchant, membership: Membership) -> list[KnownCertificate]:
    """Return what somebody sold, found, revealed or printed for a merchant and still holds value."""
    actor = f"person:{membership.person_id}"
    async with deps.database.connection() as connection:
        rows = await connection.fetch(_views.known_to_person, merchant.merchant_id, actor, KNOWN_MAX)
        ids = [row["certificate_id"] for row in rows]
        ends = await certificates.last_four_of(connection, merchant.merchant_id, ids)
    return [
        KnownCertificate(**{**dict(row), "how": tuple(row["how"]), "last_four": ends.get(row["certificate_id"], "")})
        for row in rows
    ]


async def renew_numbers(
    deps: StoryDependencies,
    merchant: Merchant,
    membership: Membership,
    *,
    by: Manager,
    reason: str,
    now: datetime,
) -> NumbersRenewed:
    """Give all that somebody knows new numbers; audited. Safe to repeat: what has a new one is known no more.

    Each is a transaction of its own: the first number is dead, and a gift that was mailed is mailed again to where it
    was. Of others whoever is known is told that they get the new number from the merchant. What is held or blocked for
    its payment is refused, and named.

    Raises:
        ReasonInvalid: no reason that can be kept was given.
    """
    renewed, mailed, refused = 0, 0, list[tuple[KnownCertificate, str]]()
    async with deps.database.transaction() as connection:
        await by.record(
            connection,
            merchant,
            Audited.NUMBERS_RENEWED,
            membership.membership_id,
            reason,
            code=AuditReason.SECURITY,
            now=now,
        )
    for one in await known_to(deps, merchant, membership):
        try:
            mailed += await _renew(deps, merchant, one, by=by, reason=reason, now=now)
            renewed += 1
        except LargesseError as error:
            refused.append((one, error.code))
    return NumbersRenewed(renewed=renewed, mailed=mailed, refused=tuple(refused))


async def _renew(
    deps: StoryDependencies, merchant: Merchant, one: KnownCertificate, *, by: Manager, reason: str, now: datetime
) -> bool:
    """Give a certificate a new number; return whether its gift was mailed again."""
    place = Place(merchant_id=merchant.merchant_id, certificate_id=one.certificate_id)
    operation_id = derived_id("leaver's number", merchant.merchant_id, one.certificate_id)
    request = Request(operation_id=operation_id, actor=by.actor, memo=reason)

    async def work(connection: Connection) -> bool:
        gift = await _gift_of(connection, merchant.merchant_id, one)
        made = await reissue_within(connection, deps, merchant, place, request=request, now=now)
        if gift is not None:
            fresh = msgspec.structs.replace(gift, certificate_id=made.certificate_id, unwrapped_at=None)
            if gift.status in _MAILED and gift.recipient_email:
                await hand_over(connection, [fresh], now=now)
                return True
            await gifts.update_gifts(connection, [fresh])
            if gift.status is GiftStatus.WAITING:
                return False  # nobody has the first number
        await tell_known(
            connection,
            deps,
            merchant.merchant_id,
            [made.certificate_id],
            CounterMailPurpose.REPLACED,
            amount=one.balance,
            currency=one.currency,
            ends=[one.last_four],
            place="",
            operation_id=operation_id,
            now=now,
        )
        return False

    return await deps.retrying(work)


async def _gift_of(connection: Connection, merchant_id: UUID, one: KnownCertificate) -> Gift | None:
    """Return the gift that a certificate is given as, locked; None where it is none."""
    order = await orders.find_by_optional_number(connection, merchant_id, one.order_number)
    if order is None:
        return None
    try:
        return await gifts.lock_gift(connection, merchant_id, order.order_id)
    except GiftNotFound:
        return None
