"""A gift that was mailed to a wrong address: once its buyer corrects it, the first number buys nothing."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import certificates
from largesse.domain.gifts import RECIPIENT_CHANGED, CorrectedTooOften, GiftStatus, GiftUsed, RecipientChanged
from largesse.domain.merchants import merchant_of_id
from largesse.domain.orders import Order
from largesse.kernel.errors import LargesseError
from largesse.kernel.numbers import in_groups
from largesse.ledger import Certificate, Status
from largesse.ledger.errors import CertificateVoid
from largesse.outbox import Parcel, ReceiverAnswer
from largesse.services.certificates import Place, place_hold, redeem, release_hold
from largesse.services.gifts import GiftLink, SentAgain, send_again
from tests.builders.application import NOW
from tests.builders.certificates import a_request
from tests.builders.gifts import a_gift, a_gift_installation, a_relay, a_shop, bought, delivery_of
from tests.builders.orders import a_charge
from tests.fakes.clock import StillClock
from tests.fakes.senders import KeepingSender

RIGHT = "ada@right.example"


@dataclass(kw_only=True)
class Mailed:
    """A gift that was mailed to ada@example.com, and the mails that left."""

    application: Application
    order: Order
    mail: KeepingSender

    @property
    def first(self) -> Place:
        """The certificate that was mailed."""
        assert self.order.certificate_id is not None
        return Place(merchant_id=self.order.merchant_id, certificate_id=self.order.certificate_id)

    async def correct(self, email: str = RIGHT) -> SentAgain:
        """Correct the address, as the buyer does."""
        assert self.order.checkout_id is not None
        link = GiftLink(
            merchant_id=self.order.merchant_id, checkout_id=self.order.checkout_id, ends_at=NOW + timedelta(days=1)
        )
        return await send_again(
            self.application, link, self.order.order_id, name="Ada", email=email, at_once=True, now=NOW
        )

    async def state(self, certificate: Place) -> Certificate:
        """How a certificate stands."""
        async with self.application.database.connection() as connection:
            found = await self.application.ledger.find(connection, certificate.merchant_id, certificate.certificate_id)
        assert found is not None
        return found

    async def newest(self) -> Place:
        """The certificate that the gift stands for now."""
        gift = await delivery_of(self.application, self.order)
        return Place(merchant_id=gift.merchant_id, certificate_id=gift.certificate_id)

    async def number_of(self, certificate: Place) -> str:
        """Its number."""
        async with self.application.database.connection() as connection:
            numbers = await certificates.open_numbers(
                connection, self.application.keyring, certificate.merchant_id, [certificate.certificate_id]
            )
        return numbers[certificate.certificate_id]


class SlowSender(KeepingSender):
    """A mail server that takes its time with the first mail: meanwhile the buyer corrects the address."""

    def __init__(self, gift: Mailed) -> None:
        super().__init__()
        self.gift = gift
        self.corrected = False

    async def send(self, parcel: Parcel) -> ReceiverAnswer:
        """Take a mail."""
        if parcel.url == "mailto:ada@example.com" and not self.corrected:
            self.corrected = True
            await self.gift.correct()
        return await super().send(parcel)


async def mailed(application: Application, database: Database) -> Mailed:
    mail = KeepingSender()
    [order] = await bought(application, await a_shop(database), a_gift(a_charge(10_000, tip=1_500)))
    await a_relay(application, mail).run_once(NOW)
    return Mailed(application=application, order=order, mail=mail)


async def test_the_first_number_is_dead_and_all_that_stood_on_it_has_moved(database: Database) -> None:
    async with a_gift_installation(database, clock=StillClock(NOW), prints=False) as application:
        gift = await mailed(application, database)
        before = await gift.state(gift.first)
        done = await gift.correct()
        await a_relay(application, gift.mail).run_once(NOW)
        old, new = await gift.state(gift.first), await gift.state(await gift.newest())
        numbers = [await gift.number_of(one) for one in (gift.first, await gift.newest())]
        with pytest.raises(CertificateVoid):
            await redeem(application, gift.first, value=100, request=a_request("the wrong one"), now=NOW)
        await redeem(application, await gift.newest(), value=100, request=a_request("the right one"), now=NOW)
    assert done.has_new_number
    assert (old.status, old.balance, old.gratuity_balance) == (Status.VOID, 0, 0)
    kept = ("currency", "class_of_value", "funding", "balance", "gratuity_balance", "good_through", "order_number")
    assert [getattr(new, name) for name in kept] == [getattr(before, name) for name in kept]
    assert (new.status, new.expires_at) == (Status.ACTIVE, before.expires_at)
    [sent] = [parcel.body for parcel in gift.mail.parcels if parcel.url == f"mailto:{RIGHT}"]
    assert in_groups(numbers[1]).encode() in sent
    told = [parcel.body for parcel in gift.mail.parcels if parcel.url == "mailto:ada@example.com"][1:]
    assert len(told) == 1, "once, that the first one was replaced"
    assert b"was replaced" in told[0]
    for secret in (numbers[0][2:], numbers[1][2:], in_groups(numbers[1]), RIGHT):
        assert secret.encode() not in told[0].replace(b"=\r\n", b"")


async def test_a_mail_that_was_on_its_way_while_its_address_was_corrected_is_followed_by_another(
    database: Database,
) -> None:
    async with a_gift_installation(database, clock=StillClock(NOW), prints=False) as application:
        [order] = await bought(application, await a_shop(database))
        gift = Mailed(application=application, order=order, mail=KeepingSender())
        slow = SlowSender(gift)
        await a_relay(application, slow).run_once(NOW)
        await a_relay(application, gift.mail).run_once(NOW)
        with pytest.raises(CertificateVoid):
            await redeem(application, gift.first, value=100, request=a_request("the wrong one"), now=NOW)
    assert slow.corrected
    parcels = [*slow.parcels, *gift.mail.parcels]
    assert [parcel.url for parcel in parcels if b"was replaced" in parcel.body] == ["mailto:ada@example.com"]
    assert f"mailto:{RIGHT}" in [parcel.url for parcel in parcels]


async def test_the_same_address_keeps_the_number(database: Database) -> None:
    async with a_gift_installation(database, clock=StillClock(NOW), prints=False) as application:
        gift = await mailed(application, database)
        done = await gift.correct("Ada@example.com")
        assert (done.has_new_number, await gift.newest()) == (False, gift.first)


async def test_a_double_click_gives_one_new_number(database: Database) -> None:
    async with a_gift_installation(database, clock=StillClock(NOW), prints=False) as application:
        gift = await mailed(application, database)
        both = await asyncio.gather(gift.correct(), gift.correct())
        assert sorted(done.has_new_number for done in both) == [False, True]
        assert (await delivery_of(application, gift.order)).corrections == 1
        assert (await gift.state(await gift.newest())).balance == 10_000


async def test_who_spent_or_set_aside_something_has_the_shop_asked(database: Database) -> None:
    async with a_gift_installation(database, clock=StillClock(NOW), prints=False) as application:
        gift = await mailed(application, database)
        tab = a_request("a tab")
        await place_hold(application, gift.first, value=100, lasting=timedelta(hours=1), request=tab, now=NOW)
        with pytest.raises(GiftUsed):
            await gift.correct()
        await release_hold(application, gift.first, hold_id=tab.operation_id, request=a_request("closed"), now=NOW)
        with pytest.raises(GiftUsed):
            await gift.correct()
        after = await delivery_of(application, gift.order)
        assert (after.recipient_email, after.status) == ("ada@example.com", GiftStatus.SENT)
        assert (await gift.state(gift.first)).balance == 10_000


async def test_an_address_is_corrected_twice_at_most(database: Database) -> None:
    async with a_gift_installation(database, clock=StillClock(NOW), prints=False) as application:
        gift = await mailed(application, database)
        assert (await gift.correct("a@one.example")).has_new_number
        assert (await gift.correct("a@two.example")).has_new_number
        with pytest.raises(CorrectedTooOften):
            await gift.correct("a@three.example")
        assert (await delivery_of(application, gift.order)).recipient_email == "a@two.example"


async def test_a_redemption_meanwhile_is_either_made_or_refused(database: Database) -> None:
    async with a_gift_installation(database, clock=StillClock(NOW), prints=False) as application:
        gift = await mailed(application, database)
        for place in range(6):  # whichever comes first
            other = gift if place == 0 else await again(application, gift)
            spending = redeem(application, other.first, value=100, request=a_request("at the till"), now=NOW)
            acts = [spending, other.correct()] if place % 2 else [other.correct(), spending]
            outcomes = await asyncio.gather(*acts, return_exceptions=True)
            refused = [one for one in outcomes if isinstance(one, BaseException)]
            assert [type(one) for one in refused] in ([GiftUsed], [CertificateVoid])
            assert isinstance(refused[0], LargesseError)
            left = (await other.state(await other.newest())).balance
            assert left == (9_900 if isinstance(refused[0], GiftUsed) else 10_000)


async def again(application: Application, gift: Mailed) -> Mailed:
    async with application.database.connection() as connection:
        merchant = await merchant_of_id(connection, gift.order.merchant_id)
    [order] = await bought(application, merchant, a_gift(a_charge(10_000, tip=1_500)))
    await a_relay(application, gift.mail).run_once(NOW)
    return Mailed(application=application, order=order, mail=gift.mail)


async def test_who_listens_is_told_once_for_whom_the_gift_is_now_and_no_order_is_posted_again(
    database: Database,
) -> None:
    async with a_gift_installation(database, clock=StillClock(NOW), prints=False) as application:
        gift = await mailed(application, database)
        await gift.correct()
        await gift.correct()
        async with database.connection() as connection:
            rows = await connection.fetch("SELECT kind, payload FROM events WHERE kind LIKE 'order.%' ORDER BY kind")
        newest = await gift.newest()
    [issued, changed] = rows
    assert (issued["kind"], changed["kind"]) == ("order.issued", RECIPIENT_CHANGED)
    told = msgspec.json.decode(changed["payload"], type=RecipientChanged)
    assert (told.order_id, told.order_number) == (gift.order.order_id, gift.order.order_number)
    assert (told.recipient.name, told.recipient.email) == ("Ada", RIGHT)
    assert told.certificate_id == newest.certificate_id
