"""Reminders of a last day: twice at most, of what is left of this certificate, and never again to who says so."""

import re
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import locations
from largesse.domain.locations import EntityChange
from largesse.domain.merchants import Merchant, MerchantChange, Reminding
from largesse.domain.orders import DeliveryMethod
from largesse.kernel.numbers import in_groups
from largesse.services.certificates import block, extend, redeem, reissue
from largesse.services.gifts import REMINDERS_PATH, remind_due, reminders_are_on, stage_of
from largesse.services.merchants import change_merchant
from largesse.services.orders.selling import GiftOrder
from tests.builders.application import NOW
from tests.builders.certificates import a_request
from tests.builders.gifts import a_gift, a_gift_installation, a_relay, a_shop, bought
from tests.fakes.clock import StillClock
from tests.fakes.senders import KeepingSender
from tests.integration.interfaces.storefront.test_redeem_page import visitor
from tests.integration.services.test_thanks import number_of, place_of

LAST_DAY = date(2027, 11, 22)
NOON = datetime(2027, 11, 22, 17, tzinfo=UTC)  # in New York
REMINDED = b"gift certificate of Corner Spa is good through"


@given(left=st.integers(0, 400))
def test_each_of_two_reminders_is_due_on_three_days(left: int) -> None:
    due = stage_of(LAST_DAY, today=LAST_DAY - timedelta(days=left))
    assert due == (30 if 28 <= left <= 30 else 7 if 5 <= left <= 7 else None)


@pytest.mark.parametrize(
    "reminders, country, on",
    [
        (Reminding.USUAL, "US", True),
        (Reminding.USUAL, "FR", True),
        (Reminding.USUAL, "DE", False),
        (Reminding.USUAL, "AT", False),
        (Reminding.USUAL, "", False),
        (Reminding.ON, "DE", True),
        (Reminding.OFF, "US", False),
    ],
)
def test_reminders_are_off_in_germany_and_austria_unless_somebody_says_so(
    reminders: Reminding, country: str, *, on: bool
) -> None:
    assert reminders_are_on(reminders, country) is on


class Reminders:
    """What is mailed to whom was given something."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.mail = KeepingSender()

    async def sends(self) -> None:
        """Send what is queued."""
        await a_relay(self.application, self.mail).run_once(self.application.clock.now())

    async def at(self, clock: StillClock, days_left: int) -> list[EmailMessage]:
        """What is reminded of at noon, so many days before the last one."""
        clock.moment = NOON - timedelta(days=days_left)
        await remind_due(self.application, now=clock.moment)
        before = len(self.mail.parcels)
        await self.sends()
        return [
            message_from_bytes(one.body, policy=policy.default)
            for one in self.mail.parcels[before:]
            if REMINDED in one.body.replace(b"=\r\n", b"")
        ]


async def an_american_shop(application: Application, reminders: Reminding = Reminding.USUAL) -> Merchant:
    """A shop where reminders are usual."""
    merchant = await a_shop(application.database)
    async with application.database.transaction() as connection:
        entity = await locations.default_entity(connection, merchant.merchant_id)
        await locations.change_entity(connection, entity, EntityChange(country="US"))
        return await change_merchant(connection, merchant.merchant_id, MerchantChange(reminders=reminders))


def gift_for(email: str) -> GiftOrder:
    """A present that ends in a year."""
    return replace(a_gift(email=email), good_through=LAST_DAY)


async def test_who_was_mailed_a_certificate_is_reminded_twice_and_sold_nothing(database: Database) -> None:
    clock = StillClock(NOW)
    async with a_gift_installation(database, clock=clock, prints=False) as application:
        reminders = Reminders(application)
        merchant = await an_american_shop(application)
        [order, *_] = await bought(
            application,
            merchant,
            gift_for("ada@example.com"),
            replace(a_gift(delivery=DeliveryMethod.PRINT), good_through=LAST_DAY),
        )
        number = await number_of(application, order)
        await reminders.sends()
        await redeem(application, place_of(order), value=2550, request=a_request(), now=NOW)
        found = [await reminders.at(clock, days) for days in (31, 30, 29, 20, 8, 7, 6, 0)]
    assert [len(mails) for mails in found] == [0, 1, 0, 0, 0, 1, 0, 0]
    for [mail] in (found[1], found[5]):
        text, html = (cast("Any", mail.get_body([kind])).get_content() for kind in ("plain", "html"))
        assert mail["To"] == "Ada <ada@example.com>"
        assert "Monday, 22 November 2027" in text
        assert "$74.50" in text
        assert "Grace" in text, "who gave us the address"
        for secret in (number, in_groups(number)):
            assert secret not in text + html
        assert "Massage" not in text, "no offering"
        assert "<img" not in html
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["List-Unsubscribe"][1:-1] in text


async def test_one_click_ends_them_for_that_address_and_merchant_for_ever(database: Database) -> None:
    clock = StillClock(NOW)
    async with (
        a_gift_installation(database, clock=clock, prints=False) as application,
        visitor(application) as client,
    ):
        reminders = Reminders(application)
        merchant = await an_american_shop(application)
        await bought(
            application, merchant, gift_for("ada@example.com"), gift_for("Ada@Example.com"), gift_for("bob@x.example")
        )
        await reminders.sends()
        mails = await reminders.at(clock, 30)
        assert sorted(str(mail["To"]).lower() for mail in mails) == [
            "ada <ada@example.com>", "ada <ada@example.com>", "ada <bob@x.example>",
        ]  # fmt: skip
        [stop] = {mail["List-Unsubscribe"][1:-1] for mail in mails if "ada@" in str(mail["To"]).lower()}
        path = stop.removeprefix(application.base_url)
        assert path.startswith(f"{REMINDERS_PATH}?token=")
        asked = await client.get(path, headers={"accept-language": "de"})
        assert "Keine Erinnerungen mehr?" in asked.text
        assert [(await client.post(bad, data={})).status_code for bad in (REMINDERS_PATH, f"{path}x")] == [404, 404]
        assert len(await reminders.at(clock, 7)) == 3, "nothing was ended by a look, or by a link that is none"
        ended = await client.post(path, content=b"List-Unsubscribe=One-Click")
        assert (ended.status_code, "no more reminders" in ended.text) == (200, True)
        clock.moment = NOW
        await bought(application, merchant, gift_for("ADA@example.com"), gift_for("bob@x.example"))
        await reminders.sends()
        assert [str(mail["To"]) for mail in await reminders.at(clock, 30)] == ["Ada <bob@x.example>"]


async def test_what_was_spent_ended_extended_or_replaced_is_reminded_of_by_nobody(database: Database) -> None:
    clock = StillClock(NOW)
    async with a_gift_installation(database, clock=clock, prints=False) as application:
        reminders = Reminders(application)
        merchant = await an_american_shop(application)
        names = ("spent", "blocked", "extended", "replaced", "late", "kept")
        made = await bought(application, merchant, *(gift_for(f"{name}@example.com") for name in names))
        await reminders.sends()
        spent, blocked, extended, replaced, late, _ = (place_of(order) for order in made)
        await redeem(application, spent, value=10_000, request=a_request("spend"), now=NOW)
        await block(application, blocked, request=a_request("block"), now=NOW)
        await extend(
            application, merchant, extended, good_through=LAST_DAY + timedelta(days=99), request=a_request("x"), now=NOW
        )
        await reissue(application, merchant, replaced, request=a_request("reissue"), now=NOW)
        clock.moment = NOON - timedelta(days=30)
        assert await remind_due(application, now=clock.moment) == 2
        assert await remind_due(application, now=clock.moment) == 0, "once, however often it is looked at"
        await redeem(application, late, value=10_000, request=a_request("late"), now=clock.moment)
        await reminders.sends()
        told = {
            re.sub(r"^mailto:", "", one.url)
            for one in reminders.mail.parcels
            if REMINDED in one.body.replace(b"=\r\n", b"")
        }
        assert told == {"kept@example.com"}, "what was spent while the mail waited is not reminded of either"


async def test_nobody_is_reminded_at_night_or_where_the_merchant_does_not_want_it(database: Database) -> None:
    clock = StillClock(NOW)
    async with a_gift_installation(database, clock=clock, prints=False) as application:
        reminders = Reminders(application)
        merchant = await an_american_shop(application, Reminding.OFF)
        await bought(application, merchant, gift_for("ada@example.com"))
        await reminders.sends()
        assert await reminders.at(clock, 30) == []
        async with database.transaction() as connection:
            await change_merchant(connection, merchant.merchant_id, MerchantChange(reminders=Reminding.ON))
        assert await remind_due(application, now=clock.moment - timedelta(hours=10)) == 0
        assert len(await reminders.at(clock, 30)) == 1
