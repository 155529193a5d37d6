"""A month that the demo has behind it: what was sold, given, used and undone at its shop and its two places.

It is lived through the services that pages and commands call, by the clock of its own days; what happens is drawn from
a fixed seed, so that every demo has the same month behind it. Nobody in it is real, and no address can be written to.
"""

import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.app.application import Application
from largesse.app.demo_staff import TILL
from largesse.db import gathering
from largesse.domain import devices, gifts, locations, payments, staff
from largesse.domain.devices import Device
from largesse.domain.gifts import Fate, GiftStatus, MailStatus, Trouble
from largesse.domain.imports import Choices, LastDay
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Billing, Charge, DeliveryMethod, Order
from largesse.domain.payments import Notice, NoticeKind, Payment, PaymentStatus
from largesse.domain.staff import Role
from largesse.kernel.clock import day_of, start_of_day
from largesse.kernel.currency import currency
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.money import Money
from largesse.ledger import Certificate, EntryMode, Status
from largesse.services import certificates, disputes, imports, refunds
from largesse.services.certificates import Place
from largesse.services.counter import BillPart, Desk, open_tab, take_bill, undo_act
from largesse.services.counter_sales import (
    DayCount,
    DrawerMove,
    Sale,
    SaleTender,
    close_day,
    glance_at_drawer,
    move_cash,
    sell,
)
from largesse.services.orders import Basket, GiftOrder, add_placed, as_placed, fulfil
from largesse.wire.loose_tables import read_loose_table

DAYS: Final = 31
_SEED: Final = 20_261_101
_OPENS: Final = timedelta(hours=10)
_OPEN_MINUTES: Final = 9 * 60
_FLOAT: Final = 10_000
_OFFERING: Final = "gift-amount"
_NAMES: Final = ("Ada", "Bruno", "Chiara", "Dario", "Elif", "Felix", "Greta", "Hugo", "Ines", "Jonas", "Karim", "Lena")
_AMOUNTS: Final = (2_500, 5_000, 5_000, 7_500, 10_000, 10_000, 12_000, 15_000, 20_000)
_BILLS: Final = (1_850, 2_400, 3_250, 4_000, 5_600, 8_900, 12_000)
_REFERENCES: Final = ("Room 2", "Room 5", "Table 4", "Table 7", "")

_OLD_CARDS: Final = 18
_OLD_SIGNS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MAILED: Final = 0.6
_SHORT: Final = 0.06
_DESIGN: Final = "letterpress"

Step = Callable[[datetime], Awaitable[None]]


class _Bought(msgspec.Struct, frozen=True, kw_only=True):
    """What was sold in the month: an order that stands, its certificate, and the payment where that was online."""

    order: Order
    certificate_id: UUID
    payment: Payment | None = None


class _Month:
    """The month as it is lived, step by step in the order of time."""

    def __init__(
        self, application: Application, merchant: Merchant, device: Device, desks: Sequence[Desk], manager: str
    ) -> None:
        self._application, self._merchant, self._device, self._desks = application, merchant, device, desks
        self._manager = manager
        self._draw = random.Random(_SEED)  # noqa: S311 - the same at every first start; it keeps no secret
        self._bought = list[_Bought]()
        self._steps = 0

    def day(self, number: int, opens: datetime) -> list[tuple[datetime, Step]]:
        """Return the steps of the `number`-th day with when each happens; some days have one of their own."""
        draw = self._draw
        once: dict[int, Step] = {
            4: self._import,
            9: self._undo,
            12: self._reload,
            17: self._refund,
            21: self._block,
            24: self._dispute,
            DAYS - 3: self._fail_mail,
        }
        steps = list[Step]()
        steps += [self._buy] * draw.choice((1, 2, 2, 3))
        steps += [self._sell] * draw.choice((0, 1, 1, 2))
        steps += [self._redeem] * (draw.choice((1, 2, 3)) if number > 1 else 0)
        steps += [once[number]] if number in once else []
        draw.shuffle(steps)
        moments = sorted(opens + timedelta(minutes=draw.randrange(5, _OPEN_MINUTES)) for _ in steps)
        begun: list[tuple[datetime, Step]] = [(opens, self._lay_float)] if number == 0 else []
        return [*begun, *zip(moments, steps, strict=True), (opens + timedelta(minutes=_OPEN_MINUTES + 10), self._close)]

    async def _buy(self, now: datetime) -> None:
        """Somebody buys in the shop and pays by card."""
        draw, name, other = self._draw, *self._draw.sample(_NAMES, 2)
        amount, tip = draw.choice(_AMOUNTS), draw.choice((0, 0, 0, 1_500))
        known = currency(self._merchant.currency)
        none, mailed = Money(0, known), draw.random() < _MAILED
        gift = GiftOrder(
            charge=Charge(
                amount=Money(amount, known), tip=Money(tip, known), discount=none, tax=none, included_tax=none
            ),
            recipient_first_name=other,
            recipient_email=_address(other) if mailed else "",
            to_message=other,
            from_message=name,
            design=_DESIGN,
            delivery=DeliveryMethod.EMAIL if mailed else DeliveryMethod.PRINT,
        )
        basket = Basket(
            operation_id=self._operation(),
            billing=Billing(first_name=name, last_name="Example", email=_address(name), country="US"),
            gifts=(gift,),
            gateway=payments.TEST,
        )
        placed = as_placed(self._merchant, basket, now=now)
        async with self._application.transaction() as connection, gathering(connection) as writes:
            add_placed(writes, [placed])
        payment = Payment(
            merchant_id=self._merchant.merchant_id,
            payment_id=new_id(now),
            checkout_id=placed.checkout.checkout_id,
            gateway=payments.TEST,
            reference=f"demo-{self._steps}",
            status=PaymentStatus.SUCCEEDED,
            currency=placed.checkout.currency,
            amount=placed.checkout.total,
            created_at=now,
            settled_at=now,
        )
        done = await fulfil(self._application, self._merchant, payment, actor=f"gateway:{payments.TEST}", now=now)
        self._keep(done.orders[0], payment)

    async def _sell(self, now: datetime) -> None:
        """Somebody buys at the front desk."""
        draw, desk = self._draw, self._desks[0]
        sale = Sale(
            tender=draw.choice((SaleTender.CASH, SaleTender.TERMINAL)),
            offering=_OFFERING,
            amount=draw.choice(_AMOUNTS),
            reference=f"slip {1000 + self._steps}",
        )
        request = desk.request(self._operation())
        self._keep(
            (await sell(self._application, self._merchant, sale, spot=desk.spot(), request=request, now=now)).order
        )

    async def _import(self, now: datetime) -> None:
        """What an older system sold is brought over: its list is rehearsed, and the manager gives the word to go.

        Numbers are worth money, so they are random as all others are.
        """
        draw, lines = self._draw, ["number,balance,issued,good through"]
        for _ in range(_OLD_CARDS):
            number = "".join(secrets.choice(_OLD_SIGNS) for _ in range(16))
            sold = now - timedelta(days=draw.randrange(40, 700))
            lines.append(f"{number},{draw.choice(_AMOUNTS) // 100}.00,{sold.date()},{sold.year + 5}-12-31")
        one = await imports.stage(
            self._application,
            self._merchant,
            read_loose_table("\n".join(lines).encode(), size_max=1 << 20),
            file_name="old-gift-cards.csv",
            choices=Choices(preset="plain", last_day=LastDay.INCLUDED),
            actor=self._manager,
            now=now,
        )
        why = "the cards of the system before this one"
        await imports.confirm(
            self._application, self._merchant, one.import_id, actor=self._manager, reason=why, now=now
        )
        await imports.run(self._application, self._merchant, one.import_id, now=now)

    async def _redeem(self, now: datetime) -> None:
        """Somebody pays a bill with a certificate, at one place or the other."""
        await self._take(self._draw.choice(self._desks), now)

    async def _take(self, desk: Desk, now: datetime) -> UUID | None:
        found = await self._spendable()
        if found is None:
            return None
        draw, operation_id = self._draw, self._operation()
        value = min(found.available, draw.choice(_BILLS))
        gratuity = found.gratuity_available if value == found.available else 0
        part = BillPart(
            certificate_id=found.certificate_id,
            value=value,
            gratuity=gratuity,
            entry_mode=draw.choice((EntryMode.SCANNED, EntryMode.SCANNED, EntryMode.CAMERA, EntryMode.TYPED)),
        )
        await take_bill(
            self._application,
            desk,
            [part],
            currency=found.currency,
            reference=draw.choice(_REFERENCES),
            operation_id=operation_id,
            now=now,
        )
        return operation_id

    async def _undo(self, now: datetime) -> None:
        """A redemption is undone a minute later: it was the wrong certificate."""
        taken = await self._take(self._desks[0], now)
        if taken is not None:
            await undo_act(
                self._application,
                self._desks[0],
                taken,
                reason="wrong certificate",
                operation_id=self._operation(),
                now=now + timedelta(minutes=1),
            )

    async def _reload(self, now: datetime) -> None:
        """Somebody fills up a certificate at the front desk."""
        found, desk = await self._spendable(), self._desks[0]
        if found is not None:
            sale = Sale(tender=SaleTender.TERMINAL, amount=5_000, card=found.certificate_id, reference="slip 2001")
            request = desk.request(self._operation())
            await sell(self._application, self._merchant, sale, spot=desk.spot(), request=request, now=now)

    async def _refund(self, now: datetime) -> None:
        """An order that nobody has used is refunded: whoever made the demo sends the money back by hand."""
        one = await self._unused(lambda bought: bought.payment is None)
        if one is not None:
            request, desk = self._desks[0].request(self._operation(), reference="changed her mind"), self._desks[0]
            await refunds.refund_order(
                self._application, self._merchant, one.order.order_number, spot=desk.spot(), request=request, now=now
            )

    async def _block(self, now: datetime) -> None:
        """A certificate is reported as lost."""
        found = await self._spendable()
        if found is not None:
            request = self._desks[0].request(self._operation(), reference="reported as lost")
            place = Place(merchant_id=self._merchant.merchant_id, certificate_id=found.certificate_id)
            await certificates.block(self._application, place, request=request, now=now)

    async def _dispute(self, now: datetime) -> None:
        """The bank of a buyer asks for the money back."""
        one = await self._unused(lambda bought: bought.payment is not None)
        if one is not None and one.payment is not None:
            notice = Notice(
                notice_id="demo-dispute",
                kind=NoticeKind.DISPUTED,
                reference=one.payment.reference,
                currency=one.payment.currency,
                amount=one.payment.amount,
                dispute="demo-dispute",
            )
            await disputes.disputed(self._application, one.payment, notice, now=now)

    async def _fail_mail(self, now: datetime) -> None:
        """A gift's mail comes back: nobody has that address."""
        one = next((bought for bought in reversed(self._bought) if bought.order.delivery is DeliveryMethod.EMAIL), None)
        if one is None:
            return
        async with self._application.transaction() as connection:
            gift = await gifts.find_gift(connection, self._merchant.merchant_id, one.order.order_id)
            if gift.mail_id is None:
                return
            fate = Fate(mail_id=gift.mail_id, status=MailStatus.FAILED, trouble=Trouble.REFUSED, at=now)
            await gifts.settle_mail(connection, self._merchant.merchant_id, fate)
            await gifts.settle_gift(connection, self._merchant.merchant_id, one.order.order_id, fate, GiftStatus.FAILED)

    async def open_tab(self, now: datetime) -> None:
        """Somebody lays a certificate down for a tab, just before the demo is opened."""
        found = await self._spendable()
        if found is not None:
            part = BillPart(certificate_id=found.certificate_id, value=min(found.available, 4_000))
            await open_tab(
                self._application, self._desks[-1], part, reference="Table 7", operation_id=self._operation(), now=now
            )

    async def _lay_float(self, now: datetime) -> None:
        request = self._desks[0].request(self._operation(), reference="change for the drawer")
        await move_cash(
            self._application, self._merchant, self._device, DrawerMove.FLOAT, amount=_FLOAT, request=request, now=now
        )

    async def _close(self, now: datetime) -> None:
        """The day of the front desk is closed; once in a while the drawer is a little short."""
        async with self._application.database.connection() as connection:
            standing = await glance_at_drawer(connection, self._merchant, self._device, now=now)
        if not standing.sums:
            return
        short = self._draw.random() < _SHORT
        count = DayCount(
            cash=standing.expected - (200 if short else 0),
            terminal=standing.terminal,
            reason="miscounted change" if short else "",
        )
        request = self._desks[0].request(self._operation())
        await close_day(self._application, self._merchant, self._device, count, request=request, now=now)

    def _operation(self) -> UUID:
        self._steps += 1
        return derived_id("demo-month", self._merchant.merchant_id, str(self._steps))

    def _keep(self, order: Order, payment: Payment | None = None) -> None:
        if order.certificate_id is not None:
            self._bought.append(_Bought(order=order, certificate_id=order.certificate_id, payment=payment))

    async def _spendable(self) -> Certificate | None:
        """Return one of the certificates that can be spent."""
        for one in self._draw.sample(self._bought, len(self._bought)):
            found = await self._standing(one)
            if found is not None and found.status is Status.ACTIVE and found.available > 0:
                return found
        return None

    async def _unused(self, wanted: Callable[[_Bought], bool]) -> _Bought | None:
        """Return the newest order of which nothing was used."""
        for one in reversed(self._bought):
            found = await self._standing(one)
            if found is not None and wanted(one) and found.balance == one.order.amount:
                return one
        return None

    async def _standing(self, one: _Bought) -> Certificate | None:
        async with self._application.database.connection() as connection:
            return await self._application.ledger.find(connection, self._merchant.merchant_id, one.certificate_id)


async def live(application: Application, merchant: Merchant, *, now: datetime) -> None:
    """Live the month before `now`. The application's ledger has to go by the time that it is told."""
    merchant_id = merchant.merchant_id
    async with application.database.connection() as connection:
        device = await devices.find_device(connection, merchant_id, TILL)
        places = [one for one in await locations.locations(connection, merchant_id) if one.archived_at is None]
        clerk = await staff.person_of_email(connection, f"{Role.CLERK.value}@demo.example")
        manager = await staff.person_of_email(connection, f"{Role.MANAGER.value}@demo.example")
    assert clerk is not None
    assert manager is not None
    places.sort(key=lambda one: one.location_id != device.location_id)
    began = now - timedelta(days=DAYS)
    desks = [
        Desk(
            merchant=merchant,
            where=await application.locator.where(merchant_id, place.location_id, now=began),
            device_id=device.device_id if place.location_id == device.location_id else None,
            actor=f"person:{clerk.person_id}",
        )
        for place in places
    ]
    month = _Month(application, merchant, device, desks, f"person:{manager.person_id}")
    today = day_of(now, in_zone=merchant.zone)
    for number in range(DAYS):  # by the calendar: 24 hours later is the same day again where the clocks go back
        day = today - timedelta(days=DAYS - number)
        for moment, step in month.day(number, start_of_day(day, in_zone=merchant.zone) + _OPENS):
            await step(moment)
    await month.open_tab(now - timedelta(minutes=20))


def _address(name: str) -> str:
    return f"{name.lower()}@example.com"
