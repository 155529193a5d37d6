"""Remind whoever was given a certificate of its last day, 30 and 7 days before it.

A reminder names this certificate, its day and what is on it, and sells nothing. It goes to the address that the
certificate was mailed to, and holds no number: that stands in the mail that brought it. Whoever wants none any more is
asked nothing and gets none of this merchant, ever (RFC 8058).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse import outbox
from largesse.db import Connection
from largesse.db.turns import Turn, in_turns
from largesse.domain import gifts, locations, merchants, orders
from largesse.domain.gifts import Gift, GiftStatus, Mail, Purpose
from largesse.domain.merchants import Merchant, Reminding
from largesse.kernel.ids import derived_id
from largesse.kernel.sealing import Keyring
from largesse.kernel.tokens import TokenKind, TokenRefused
from largesse.ledger import Certificate, expiring_certificates, merchants_with_expiring
from largesse.services.gifts.delivery import mail_to_recipient
from largesse.services.gifts.dependencies import GiftDependencies
from largesse.services.gifts.links import LinkRefused

REMINDERS_PATH: Final = "/gifts/reminders"
REMINDED_DAYS: Final = (30, 7)
LATE_DAYS_MAX: Final = 2
"""What could not be sent on its day is sent for so much longer; then it would say something else."""
HOURS: Final = range(9, 18)
"""In which reminders leave, by the merchant's clock: nobody is woken."""
BATCH: Final = 200
_NOT_USUAL: Final = frozenset({"AT", "DE", ""})
"""Where reminders are off unless the merchant says so; a merchant that names no country may be there."""


class RefusalLink(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Whose address, by its digest, wants no reminders of which merchant. It ends never."""

    merchant_id: UUID
    digest: bytes


_TOKENS: Final = TokenKind("reminders", RefusalLink, length_max=300)


def reminders_are_on(reminders: Reminding, country: str) -> bool:
    """Whether a merchant that sells in a country reminds holders. Pure."""
    return reminders is Reminding.ON or (reminders is Reminding.USUAL and country not in _NOT_USUAL)


def stage_of(good_through: date, *, today: date) -> int | None:
    """Return which reminder is due: as many days before the last day as it is meant to come. Pure."""
    left = (good_through - today).days
    return next((days for days in REMINDED_DAYS if days - LATE_DAYS_MAX <= left <= days), None)


async def reminds(connection: Connection, merchant: Merchant) -> bool:
    """Return whether a merchant reminds holders."""
    entity = await locations.default_entity(connection, merchant.merchant_id)
    return merchant.is_live and reminders_are_on(merchant.reminders, entity.country)


def refusal_url(deps: GiftDependencies, merchant_id: UUID, email: str) -> str:
    """Return the address at which whoever has an e-mail address ends the reminders of a merchant."""
    link = RefusalLink(merchant_id=merchant_id, digest=gifts.address_digest(email))
    return f"{deps.base_url}{REMINDERS_PATH}?token={_TOKENS.sign(deps.keyring, link)}"


def read_refusal(keyring: Keyring, text: str) -> RefusalLink:
    """Return what such an address stands for.

    Raises:
        LinkRefused: it is none of ours.
    """
    try:
        return _TOKENS.read(keyring, text)
    except TokenRefused:
        raise LinkRefused from None


async def refuse(deps: GiftDependencies, link: RefusalLink, *, now: datetime) -> None:
    """End the reminders of a merchant to an address, for ever."""
    async with deps.database.transaction() as connection:
        await gifts.refuse_reminders(connection, link.merchant_id, link.digest, now=now)


async def remind_due(deps: GiftDependencies, *, now: datetime) -> int:
    """Queue every reminder that is due, and return how many. Safe on several workers: each is queued once."""
    async with deps.database.connection() as connection:
        # A day more at either end: whose days they are, is looked at for each.
        found = await merchants_with_expiring(connection, after=now, until=now + timedelta(days=max(REMINDED_DAYS) + 2))
    return await in_turns(found, _Reminding(deps, now=now).turn, now=now)


class _Reminding:
    """How far the certificates of each merchant have been looked at."""

    def __init__(self, deps: GiftDependencies, *, now: datetime) -> None:
        self._deps = deps
        self._now = now
        self._last_seen: dict[UUID, Certificate] = {}

    async def turn(self, merchant_id: UUID) -> Turn:
        async with self._deps.transaction() as connection:
            merchant = await merchants.merchant_of_id(connection, merchant_id)
            local = self._now.astimezone(merchant.zone)
            if local.hour not in HOURS or not await reminds(connection, merchant):
                return Turn(0, more=False)
            seen = await expiring_certificates(
                connection,
                merchant_id,
                after=self._now,
                until=self._now + timedelta(days=max(REMINDED_DAYS) + 2),
                last_seen=self._last_seen.get(merchant_id),
                limit=BATCH,
            )
            count = await self._remind(connection, merchant, seen, today=local.date())
        if seen:
            self._last_seen[merchant_id] = seen[-1]
        return Turn(count, more=len(seen) == BATCH)

    async def _remind(
        self, connection: Connection, merchant: Merchant, seen: Sequence[Certificate], *, today: date
    ) -> int:
        due = {
            one.order_number: (one, stage)
            for one in seen
            if one.order_number and one.good_through and (stage := stage_of(one.good_through, today=today))
        }
        if not due:
            return 0
        merchant_id = merchant.merchant_id
        bought = await orders.find_by_numbers(connection, merchant_id, list(due))
        known = await gifts.deliveries_of_orders(connection, merchant_id, [one.order_id for one in bought.values()])
        wanted: dict[UUID, Mail] = {}
        for gift in known.values():
            one, stage = due[gift.order_number]
            if may_be_reminded(gift, one, days=stage, merchant=merchant):
                once = derived_id("reminder", merchant_id, one.certificate_id, f"{one.good_through} {stage}")
                wanted[once] = mail_to_recipient(gift, Purpose.REMINDER, now=self._now)
        refused = await gifts.refused_reminders(
            connection, merchant_id, {gifts.address_digest(mail.address) for mail in wanted.values()}
        )
        events = {
            once: gifts.mail_due_event(mail, kind=outbox.MAIL_DUE)
            for once, mail in wanted.items()
            if gifts.address_digest(mail.address) not in refused
        }
        if not events:
            return 0
        await outbox.open_mail_endpoint(connection, merchant_id, now=self._now)
        fresh = {event.event_id for event in await outbox.publish_once(connection, events)}
        await gifts.insert_mails(connection, [mail for mail in wanted.values() if mail.mail_id in fresh])
        return len(fresh)


def may_be_reminded(gift: Gift, one: Certificate, *, days: int, merchant: Merchant) -> bool:
    """Whether whoever a gift was mailed to is told that it ends in so many days. Pure.

    A certificate that the shop reissued since was mailed to nobody, and one that came within these days is still new.
    """
    if gift.status is not GiftStatus.SENT or gift.settled_at is None or not gift.recipient_email:
        return False
    if gift.certificate_id != one.certificate_id or one.good_through is None:
        return False
    came_on = gift.settled_at.astimezone(merchant.zone).date()
    return came_on < one.good_through - timedelta(days=days)
