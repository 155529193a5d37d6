"""Change a planned gift until it is sent: for whom, its words and design, its day and hour.

Who changes it holds the row that the sender of gifts takes: either the change is made before the gift leaves, or the
gift has left and the change is refused.
"""

from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse import outbox
from largesse.db import Connection
from largesse.domain import catalog, gifts, merchants, orders, staff
from largesse.domain.catalog import Design
from largesse.domain.drafts import GiftText
from largesse.domain.gifts import Gift, GiftLeft, GiftNotFound, GiftStatus
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order
from largesse.domain.staff import Audited
from largesse.kernel.clock import add_years
from largesse.kernel.mail import read_email
from largesse.services.checkout.faults import Fault, FaultKind
from largesse.services.checkout.plan import LATER, YEARS_AHEAD_MAX, Rules, length_faults, read_moment, text_faults
from largesse.services.checkout.reading import rules_of
from largesse.services.gifts import (
    NAME_MAX,
    GiftDependencies,
    GiftLink,
    GiftTakenBack,
    hand_over,
    newest,
    standing_of,
)

_UNNAMED: Final = "-"  # what the gift form asks for in two fields stands in one here


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A gift that waits for its day: what it is, until when it may be sent, and the designs it may have.

    `certificate_id` is that of the certificate as it stands, which the shop may have reissued.
    """

    merchant: Merchant
    order: Order
    gift: Gift
    certificate_id: UUID
    last_day: date
    designs: tuple[Design, ...]

    def when(self) -> tuple[str, str]:
        """Return the day and the hour at which it is sent, as the form says them."""
        if self.gift.due_at is None:
            return "", ""
        moment = self.gift.due_at.astimezone(self.merchant.zone)
        return moment.date().isoformat(), str(moment.hour)


class PlannedText(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody typed of a planned gift."""

    name: str
    email: str
    to: str
    sender: str
    message: str
    design: str
    day: str
    hour: str


async def planned_gift(deps: GiftDependencies, link: GiftLink, order_id: UUID, *, now: datetime) -> Planned:
    """Return a gift of a checkout that waits for its day.

    Raises:
        GiftNotFound: the link's checkout has no such gift.
        GiftLeft: it does not wait any more.
        GiftTakenBack: its certificate cannot be used any more.
    """
    async with deps.database.connection() as connection:
        gift = await gifts.find_gift(connection, link.merchant_id, order_id)
        return await _planned(connection, deps, link, gift, now=now)


async def change_planned(
    deps: GiftDependencies, link: GiftLink, order_id: UUID, text: PlannedText, *, now: datetime
) -> Gift | tuple[Fault, ...]:
    """Change a gift that waits for its day, or return what is wrong with `text`. An hour that has passed sends it.

    Raises:
        GiftNotFound: the link's checkout has no such gift.
        GiftLeft: it does not wait any more.
        GiftTakenBack: its certificate cannot be used any more.
    """

    async def work(connection: Connection) -> Gift | tuple[Fault, ...]:
        before = await gifts.lock_gift(connection, link.merchant_id, order_id)
        planned = await _planned(connection, deps, link, before, now=now)
        faults = list[Fault]()
        due_at = _read(text, planned, rules_of(planned.merchant, now=now), faults)
        if faults:
            return tuple(faults)
        written = replace(
            planned.order,
            to_message=text.to,
            from_message=text.sender,
            message=text.message,
            design=text.design,
            deliver_at=due_at or now,
        )
        fresh = replace(
            before,
            certificate_id=planned.certificate_id,
            recipient_name=text.name,
            recipient_email=read_email(text.email),
            due_at=written.deliver_at,
        )
        await orders.rewrite(connection, written)
        if due_at is None:
            await hand_over(connection, [fresh], now=now)
        else:
            await gifts.update_gifts(connection, [fresh])
        await staff.record(
            connection,
            before.merchant_id,
            Audited.GIFT_CHANGED,
            subject=str(order_id),
            actor=f"buyer:{before.order_number}",
            reason=None,
            now=now,
        )
        if (before.recipient_name, before.recipient_email) != (fresh.recipient_name, fresh.recipient_email):
            await outbox.publish(connection, [gifts.recipient_changed_event(fresh, now=now)])
        return await gifts.find_gift(connection, link.merchant_id, order_id)

    return await deps.retrying(work)


async def _planned(
    connection: Connection, deps: GiftDependencies, link: GiftLink, gift: Gift, *, now: datetime
) -> Planned:
    if gift.checkout_id != link.checkout_id:
        raise GiftNotFound
    if gift.status is not GiftStatus.WAITING:
        raise GiftLeft
    merchant = await merchants.merchant_of_id(connection, link.merchant_id)
    order = await orders.find_by_number(connection, link.merchant_id, gift.order_number)
    certificate_id = await newest(connection, deps, gift.merchant_id, gift.certificate_id)
    standing = await standing_of(connection, deps, gift.merchant_id, certificate_id, order=order)
    if not standing.stands_for_buyer(now):
        raise GiftTakenBack
    last = add_years(rules_of(merchant, now=now).today, YEARS_AHEAD_MAX)
    good_through = standing.certificate.good_through
    ids = [order.offering_id] if order.offering_id else []
    offered = await catalog.offerings_of(connection, merchant.merchant_id, ids) if ids else {}
    designs = [one for offering in offered.values() for one in offering.design_choices] or list(Design)
    if order.design in set(Design) and Design(order.design) not in designs:
        designs.insert(0, Design(order.design))
    return Planned(
        merchant=merchant,
        order=order,
        gift=gift,
        certificate_id=certificate_id,
        last_day=last if good_through is None else min(last, good_through),
        designs=tuple(designs),
    )


def _read(text: PlannedText, planned: Planned, rules: Rules, faults: list[Fault]) -> datetime | None:
    """Return when the gift is sent, None for at once; what is wrong is added to `faults`, in the order of the form."""
    faults += length_faults("name", text.name, limit=NAME_MAX, needed=False)
    faults += text_faults(
        GiftText(
            to=text.to,
            sender=text.sender,
            message=text.message,
            first_name=_UNNAMED,
            email=text.email,
            delivery=LATER,
        )
    )
    if text.design not in planned.designs:
        faults.append(Fault(field="design", kind=FaultKind.DESIGN if text.design else FaultKind.MISSING))
    due_at = planned.gift.due_at
    if due_at is not None and (text.day, text.hour) == planned.when():
        return due_at if due_at > rules.now else None  # left as it is: a program plans to the minute, at any hour
    return read_moment(text.day, text.hour, last=planned.last_day, rules=rules, faults=faults)
