"""A buyer withdraws: what was bought is blocked at once, and goes back to the last cent, once."""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from fractions import Fraction
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import payments, staff, withdrawals
from largesse.domain.invoices import sale_documents_of
from largesse.domain.law import LawChoice, choose
from largesse.domain.legal_texts import LegalKind, LegalTextDraft
from largesse.domain.merchants import Merchant
from largesse.domain.orders import DeliveryMethod, Order
from largesse.domain.staff import Audited, ByWhom
from largesse.domain.withdrawals import (
    Doubt,
    InvalidWithdrawal,
    KnownBy,
    Withdrawal,
    WithdrawalClosed,
    WithdrawalDoubtful,
    WithdrawalForm,
    WithdrawalLinkRefused,
    WithdrawalNotFound,
    WithdrawalReasonMissing,
    count_open,
    find_withdrawal,
    forget_withdrawals,
    tidied,
)
from largesse.ledger import Certificate, CertificateBlocked, ClassOfValue, Expire, Outcome, Status
from largesse.services.certificates import cash_out, merge, place_hold, redeem, release_hold, said_of, unblock
from largesse.services.certificates.requests import Place
from largesse.services.gifts.delivery import send_due
from largesse.services.merchants import write_legal_text
from largesse.services.privacy import erase_person
from largesse.services.refunds import refund_order, settle_by_hand
from largesse.services.withdrawals import Received, WithdrawalLink, close, read_link, receive, settle, settle_due
from largesse.services.withdrawals.settling import AGAIN_AFTER
from tests.builders.application import NOW
from tests.builders.certificates import a_request
from tests.builders.gifts import a_gift, a_gift_installation, a_relay, a_shop, bought
from tests.builders.orders import a_charge
from tests.fakes.clock import StillClock
from tests.fakes.senders import KeepingSender
from tests.support.words import mentions

BUYER, RECIPIENT = "grace@example.com", "ada@example.com"


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with a_gift_installation(database, clock=StillClock(NOW), prints=False) as opened:
        yield opened


@pytest.fixture
async def shop(database: Database) -> Merchant:
    one = await a_shop(database)
    await goes_by(database, one, "DE")
    return one


async def goes_by(database: Database, one: Merchant, code: str) -> None:
    async with database.transaction() as connection:
        await choose(connection, LawChoice(merchant_id=one.merchant_id, code=code, chosen_at=NOW))


def place_of(order: Order) -> Place:
    assert order.certificate_id is not None
    return Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id)


async def standing(application: Application, order: Order) -> Certificate:
    place = place_of(order)
    async with application.database.connection() as connection:
        found = await application.ledger.find(connection, place.merchant_id, place.certificate_id)
    assert found is not None
    return found


async def withdraw(
    application: Application,
    shop: Merchant,
    number: str,
    *,
    email: str = BUYER,
    link: WithdrawalLink | None = None,
    operation_id: UUID | None = None,
    may_mail: bool = True,
    now: datetime = NOW,
) -> Received:
    form = WithdrawalForm(name="Grace", order_number=number, email=email)
    return await receive(
        application,
        shop,
        form,
        link=link,
        operation_id=operation_id or uuid4(),
        may_mail=may_mail,
        actor="buyer",
        now=now,
    )


async def settled(application: Application, shop: Merchant, one: Withdrawal, *, now: datetime = NOW) -> Withdrawal:
    return await settle(application, shop, one.withdrawal_id, actor="buyer", now=now)


async def owed(application: Application) -> int:
    async with application.database.connection() as connection:
        found: int = await connection.fetchval("SELECT coalesce(sum(amount), 0)::bigint FROM refunds")
    return found


async def test_the_buyers_address_blocks_what_was_bought_and_only_that(
    application: Application, shop: Merchant
) -> None:
    mine, other = await bought(application, shop, a_gift(), a_gift())
    received = await withdraw(application, shop, f" {mine.order_number.lower()} ", email=BUYER.upper())

    assert received.withdrawal.known_by is KnownBy.ADDRESS
    assert (await standing(application, mine)).status is Status.BLOCKED
    assert (await standing(application, other)).status is Status.ACTIVE
    with pytest.raises(CertificateBlocked):
        await redeem(application, place_of(mine), value=1, request=a_request(), now=NOW)


async def test_the_signed_link_does_whatever_address_is_typed(application: Application, shop: Merchant) -> None:
    [order] = await bought(application, shop)
    assert order.checkout_id is not None
    link = WithdrawalLink(merchant_id=shop.merchant_id, checkout_id=order.checkout_id)
    received = await withdraw(application, shop, order.order_number, email="new@example.com", link=link)
    assert received.withdrawal.known_by is KnownBy.LINK
    assert (await standing(application, order)).status is Status.BLOCKED


async def test_who_knows_the_order_number_alone_blocks_nothing(application: Application, shop: Merchant) -> None:
    [order] = await bought(application, shop)
    link = WithdrawalLink(merchant_id=shop.merchant_id, checkout_id=uuid4())
    for number, one in ((order.order_number, None), (order.order_number, link), ("GL-NOBODYS", None)):
        received = await withdraw(application, shop, number, email=RECIPIENT, link=one)
        assert (received.withdrawal.known_by, received.withdrawal.order_id) == (KnownBy.NOTHING, None)
    assert (await standing(application, order)).status is Status.ACTIVE


async def test_a_form_that_cannot_be_answered_names_every_field(application: Application, shop: Merchant) -> None:
    form = WithdrawalForm(name=" ", order_number="see spam.example", email="grace")
    with pytest.raises(InvalidWithdrawal) as refused:
        await receive(application, shop, form, operation_id=uuid4(), actor="buyer", now=NOW)
    assert [one.field for one in refused.value.fields] == ["name", "order_number", "email"]


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("Dr.Grace M.Hopper", "Dr. Grace M. Hopper"),
        ("J.R.R. Tolkien", "J.R.R. Tolkien"),
        ("win at spam.example.com", "win at spam. example. com"),
        ("a.рф", "a. рф"),
    ],
)
def test_no_name_is_a_link_to_a_web_site(typed: str, kept: str) -> None:
    form = WithdrawalForm(name=typed, order_number="GL-1", email=BUYER)
    assert tidied(form).name == kept
    assert tidied(tidied(form)) == tidied(form)


async def test_a_withdrawal_is_found_by_its_own_merchant_alone(application: Application, shop: Merchant) -> None:
    [order] = await bought(application, shop)
    kept = (await withdraw(application, shop, order.order_number)).withdrawal
    async with application.database.connection() as connection:
        assert await find_withdrawal(connection, shop.merchant_id, kept.withdrawal_id) == kept
        with pytest.raises(WithdrawalNotFound):
            await find_withdrawal(connection, uuid4(), kept.withdrawal_id)


async def test_two_at_once_withdraw_once_and_owe_once(application: Application, shop: Merchant) -> None:
    [order] = await bought(application, shop, a_gift(a_charge(10_000, tip=1_500, discount=500)))
    received = await asyncio.gather(*(withdraw(application, shop, order.order_number) for _ in range(2)))
    assert sorted(one.is_new for one in received) == [False, True]
    first = received[0].withdrawal
    assert received[1].withdrawal == first
    await asyncio.gather(*(settled(application, shop, first) for _ in range(2)))
    assert await owed(application) == 11_000


async def test_what_was_spent_whole_owes_nothing_by_itself(application: Application, shop: Merchant) -> None:
    [order] = await bought(application, shop, a_gift(a_charge(10_000)))
    await redeem(application, place_of(order), value=10_000, request=a_request(), now=NOW)
    received = await withdraw(application, shop, order.order_number)
    stands = await settled(application, shop, received.withdrawal)
    assert (stands.settled_at, stands.spent_price, stands.closed_at) == (NOW, 10_000, None)
    assert await owed(application) == 0


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None, phases=[Phase.generate]
)
@given(st.data())
async def test_what_goes_back_is_to_the_last_cent_what_was_paid_for_the_unspent_part(
    application: Application, shop: Merchant, data: st.DataObject
) -> None:
    amount = data.draw(st.integers(100, 50_000), "amount")
    tip = data.draw(st.integers(0, 5_000), "tip")
    discount = data.draw(st.integers(0, amount - 1), "discount")
    tax = data.draw(st.integers(0, 3_000), "tax")
    spent, tipped = data.draw(st.integers(0, amount - 1), "spent"), data.draw(st.integers(0, tip), "tipped")
    gift = replace(a_gift(a_charge(amount, tip=tip, discount=discount, tax=tax)), order_id=uuid4())
    free = replace(
        a_gift(a_charge(700, discount=700), name="Grace", email=BUYER),
        class_of_value=ClassOfValue.PROMOTIONAL,
        bonus_of=gift.order_id,
    )
    order, bonus = await bought(application, shop, gift, free)
    if spent or tipped:
        await redeem(application, place_of(order), value=spent, gratuity=tipped, request=a_request(), now=NOW)
    before = await owed(application)

    received = await withdraw(application, shop, order.order_number)
    blocked = (await standing(application, order)).status, (await standing(application, bonus)).status
    assert blocked == (Status.BLOCKED, Status.BLOCKED)
    stands = await settled(application, shop, received.withdrawal)

    # half a cent of the discount and of the tax may fall to either side, and never more
    went_back = await owed(application) - before
    exact = Fraction((amount - spent) * (amount - discount + tax), amount) + tip - tipped
    assert abs(went_back - exact) <= 1
    assert stands.spent_price is not None
    assert abs(went_back + stands.spent_price - (amount - discount + tax + tip)) <= 1
    after = await standing(application, order)
    assert (after.balance, after.gratuity_balance) == (0, 0)
    if not spent and not tipped:
        assert went_back == amount + tip - discount + tax
        assert (await standing(application, bonus)).balance == 0


async def mails_of(application: Application, *, now: datetime = NOW) -> dict[str, list[EmailMessage]]:
    """What waits to be mailed, by subject."""
    mail, found = KeepingSender(), defaultdict[str, list[EmailMessage]](list)
    await a_relay(application, mail).run_once(now)
    for parcel in mail.parcels:
        message = message_from_bytes(parcel.body, policy=SMTP)
        found[str(message["subject"])].append(message)
    return found


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


ACKNOWLEDGED = "We have received your withdrawal"


async def test_it_is_acknowledged_with_content_date_and_time_and_the_gift_is_not_mailed(
    application: Application, shop: Merchant
) -> None:
    [order] = await bought(application, shop, a_gift(at=NOW + timedelta(hours=3)))
    operation = uuid4()
    first = await withdraw(application, shop, order.order_number, operation_id=operation)
    assert await send_due(application, now=NOW + timedelta(hours=4)) == 1
    mails = await mails_of(application)
    [mail] = mails[ACKNOWLEDGED]
    assert mail["to"] == "Grace <grace@example.com>"
    said = text_of(mail)
    assert f"Grace, {BUYER}, withdraws from the contract about order {order.order_number}." in said
    assert "on 22 November 2026 at 10:00" in said
    assert not [one for one in mails if "present" in one]

    again = await withdraw(application, shop, order.order_number, operation_id=operation)
    assert (again.is_new, again.withdrawal) == (False, first.withdrawal)
    assert ACKNOWLEDGED not in await mails_of(application), "the same form, sent twice"
    anew = await withdraw(application, shop, order.order_number)
    assert anew.withdrawal == first.withdrawal
    assert len((await mails_of(application))[ACKNOWLEDGED]) == 1


async def test_the_address_of_the_order_hears_of_a_stranger_three_times_a_day(
    application: Application, shop: Merchant
) -> None:
    [order] = await bought(application, shop)
    await mails_of(application)
    for _ in range(5):
        await withdraw(application, shop, order.order_number, email=RECIPIENT)
    mails = await mails_of(application)
    told = mails[f"Somebody wants to withdraw from your order {order.order_number}"]
    assert [str(one["to"]) for one in told] == [BUYER] * 3
    assert len(mails[ACKNOWLEDGED]) == 3
    assert not mentions(text_of(told[0]), RECIPIENT)

    link = re.search(r"/corner-spa/withdraw\?token=(\S+)", text_of(told[0]))
    assert link is not None
    read = read_link(application.keyring, link[1])
    assert read == WithdrawalLink(merchant_id=shop.merchant_id, checkout_id=order.checkout_id or uuid4())
    with pytest.raises(WithdrawalLinkRefused):
        read_link(application.keyring, link[1][:-2])


async def test_no_more_is_mailed_to_strangers_addresses_than_where_it_comes_from_may(
    application: Application, shop: Merchant
) -> None:
    [order] = await bought(application, shop)
    await mails_of(application)
    await withdraw(application, shop, "GL-NOBODYS", may_mail=False)
    assert await mails_of(application) == {}
    await withdraw(application, shop, order.order_number, may_mail=False)
    assert list(await mails_of(application)) == [ACKNOWLEDGED], "what counts is acknowledged always"


async def test_who_has_the_link_mails_nobody_more_than_once_a_day_by_declaring_anew(
    application: Application, shop: Merchant
) -> None:
    [order] = await bought(application, shop)
    link = WithdrawalLink(merchant_id=shop.merchant_id, checkout_id=order.checkout_id or uuid4())
    await withdraw(application, shop, order.order_number, link=link)
    await mails_of(application)
    for address in (RECIPIENT, RECIPIENT.upper(), RECIPIENT):
        await withdraw(application, shop, order.order_number, email=address, link=link)
    assert len((await mails_of(application))[ACKNOWLEDGED]) == 1
    next_day = NOW + timedelta(days=1)
    await withdraw(application, shop, order.order_number, email=RECIPIENT, link=link, now=next_day)
    assert len((await mails_of(application, now=next_day))[ACKNOWLEDGED]) == 1


async def told_of_it(database: Database, shop: Merchant) -> None:
    async with database.transaction() as connection:
        draft = LegalTextDraft(kind=LegalKind.WITHDRAWAL, language=shop.language, text="Within 14 days.")
        await write_legal_text(connection, shop, draft, by=ByWhom(actor="test"), now=NOW - timedelta(days=1))


@pytest.mark.parametrize(
    "told, days, doubt",
    [(True, 14, Doubt.NONE), (True, 15, Doubt.LATE), (False, 15, Doubt.NONE), (False, 400, Doubt.LATE)],
)
async def test_it_counts_until_the_last_day_which_is_a_year_later_for_who_was_not_told(
    application: Application, shop: Merchant, told: bool, days: int, doubt: Doubt
) -> None:
    if told:
        await told_of_it(application.database, shop)
    [order] = await bought(application, shop)
    await mails_of(application)
    received = await withdraw(application, shop, order.order_number, now=NOW + timedelta(days=days))
    assert received.withdrawal.doubt is doubt
    assert received.withdrawal.counts is (doubt is Doubt.NONE)


async def test_before_a_planned_gift_is_sent_there_is_no_last_day(application: Application, shop: Merchant) -> None:
    await told_of_it(application.database, shop)
    [order] = await bought(application, shop, a_gift(at=NOW + timedelta(days=300)))
    assert (await withdraw(application, shop, order.order_number, now=NOW + timedelta(days=200))).withdrawal.counts


async def test_where_the_law_knows_no_such_right_nothing_is_blocked(application: Application, shop: Merchant) -> None:
    await goes_by(application.database, shop, "US")
    [order] = await bought(application, shop)
    assert (await withdraw(application, shop, order.order_number)).withdrawal.doubt is Doubt.NO_RIGHT
    assert (await standing(application, order)).status is Status.ACTIVE


async def test_what_was_taken_back_before_is_for_somebody_to_look_at(application: Application, shop: Merchant) -> None:
    [order] = await bought(application, shop)
    await refund_order(application, shop, order.order_number, request=a_request(), now=NOW)
    assert (await withdraw(application, shop, order.order_number)).withdrawal.doubt is Doubt.ENDED


async def test_beside_a_redemption_either_comes_first_and_every_cent_is_had_once(
    application: Application, shop: Merchant
) -> None:
    for _ in range(4):
        [order] = await bought(application, shop, a_gift(a_charge(10_000)))
        before = await owed(application)
        spent, received = await asyncio.gather(
            redeem(application, place_of(order), value=4_000, request=a_request(), now=NOW),
            withdraw(application, shop, order.order_number),
            return_exceptions=True,
        )
        assert isinstance(received, Received)
        stands = await settled(application, shop, received.withdrawal)
        kept = 0 if isinstance(spent, CertificateBlocked) else 4_000
        assert stands.spent_price == kept
        assert await owed(application) - before == 10_000 - kept


async def test_what_a_hold_sets_aside_goes_back_in_a_later_round(application: Application, shop: Merchant) -> None:
    [order] = await bought(application, shop, a_gift(a_charge(10_000)))
    tab = a_request()
    await place_hold(application, place_of(order), value=3_000, lasting=timedelta(hours=1), request=tab, now=NOW)
    one = (await withdraw(application, shop, order.order_number)).withdrawal
    stands = await settled(application, shop, one)
    assert (stands.settled_at, stands.rounds, await owed(application)) == (None, 1, 7_000)
    await release_hold(application, place_of(order), hold_id=tab.operation_id, request=a_request(), now=NOW)
    later = NOW + AGAIN_AFTER
    assert await settle_due(application, now=later) == 1
    async with application.database.connection() as connection:
        stands = await find_withdrawal(connection, shop.merchant_id, one.withdrawal_id)
    assert (stands.settled_at, stands.spent_price, await owed(application)) == (later, 0, 10_000)


async def test_a_round_that_was_booked_and_not_noted_is_the_same_round_for_whoever_comes_next(
    application: Application, shop: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    [order] = await bought(application, shop, a_gift(a_charge(10_000)))
    tab = a_request()
    await place_hold(application, place_of(order), value=3_000, lasting=timedelta(hours=1), request=tab, now=NOW)
    one = (await withdraw(application, shop, order.order_number)).withdrawal

    async def dies(*_: object) -> None:
        raise RuntimeError("the process ended")

    with monkeypatch.context() as patched:
        patched.setattr(withdrawals, "note_round", dies)
        with pytest.raises(RuntimeError):
            await settled(application, shop, one)
    assert await owed(application) == 7_000
    await release_hold(application, place_of(order), hold_id=tab.operation_id, request=a_request(), now=NOW)
    await settle(application, shop, one.withdrawal_id, actor="grace", now=NOW)
    stands = await settle(application, shop, one.withdrawal_id, actor="duty", now=NOW)
    assert (stands.settled_at, stands.closed_at, await owed(application)) == (NOW, None, 10_000)


async def test_it_is_not_closed_while_a_round_that_was_not_noted_is_owed(
    application: Application, shop: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    [order] = await bought(application, shop, a_gift(a_charge(10_000)))
    one = (await withdraw(application, shop, order.order_number)).withdrawal

    async def forgets(*_: object) -> None:
        pass

    with monkeypatch.context() as patched:
        patched.setattr(withdrawals, "note_round", forgets)
        stands = await settled(application, shop, one)
    assert (stands.settled_at, stands.closed_at, await owed(application)) == (NOW, None, 10_000)


async def test_what_was_paid_out_in_cash_or_lapsed_is_for_somebody_to_decide(
    application: Application, shop: Merchant
) -> None:
    short = replace(a_gift(a_charge(5_000)), good_through=NOW.date())
    paid, lapsed = await bought(application, shop, a_gift(a_charge(1_000, tip=200)), short)
    await cash_out(application, place_of(paid), all_the_same=True, request=a_request(), now=NOW)
    later = NOW + timedelta(days=2)
    async with application.database.transaction() as connection:
        gone = Expire(**said_of(place_of(lapsed), a_request()))
        [done] = await application.ledger.post(connection, [gone], now=later)
    assert isinstance(done, Outcome)
    for order, price in ((paid, 1_200), (lapsed, 5_000)):
        one = (await withdraw(application, shop, order.order_number, now=later)).withdrawal
        stands = await settled(application, shop, one, now=later)
        assert (stands.settled_at, stands.spent_price, stands.closed_at) == (later, price, None)
    assert await owed(application) == 0


async def test_the_duty_settles_once_and_closes_when_the_money_is_back(
    application: Application, shop: Merchant
) -> None:
    [order] = await bought(application, shop, a_gift(a_charge(10_000)))
    one = (await withdraw(application, shop, order.order_number)).withdrawal
    await withdraw(application, shop, "GL-NOBODYS")
    assert await settle_due(application, now=NOW) == 1
    assert await settle_due(application, now=NOW) == 0, "it is looked at again after a while"
    async with application.database.connection() as connection:
        assert await count_open(connection, shop.merchant_id) == (2, date(2026, 12, 6))
        [refund] = await payments.open_refunds(connection, shop.merchant_id, limit=9)
    await settle_by_hand(application, shop, refund.refund_id, now=NOW)
    assert await settle_due(application, now=NOW + AGAIN_AFTER) == 1
    async with application.database.connection() as connection:
        stands = await find_withdrawal(connection, shop.merchant_id, one.withdrawal_id)
        assert (await count_open(connection, shop.merchant_id))[0] == 1
    assert stands.closed_at == NOW + AGAIN_AFTER
    with pytest.raises(WithdrawalClosed):
        await settled(application, shop, one)


async def test_somebody_closes_what_is_doubtful_and_says_why(application: Application, shop: Merchant) -> None:
    one = (await withdraw(application, shop, "GL-NOBODYS")).withdrawal
    with pytest.raises(WithdrawalDoubtful):
        await settled(application, shop, one)
    with pytest.raises(WithdrawalReasonMissing):
        await close(application, shop, one.withdrawal_id, by=ByWhom(actor="test", why=" "), now=NOW)
    by = ByWhom(actor="test", why="A slip: they meant another shop.")
    stands = await close(application, shop, one.withdrawal_id, by=by, now=NOW)
    assert (stands.reason, stands.closed_by, stands.closed_at) == (by.why, "test", NOW)
    with pytest.raises(WithdrawalClosed):
        await close(application, shop, one.withdrawal_id, by=by, now=NOW)
    async with application.database.connection() as connection:
        [entry] = await staff.latest_entries(connection, shop.merchant_id, limit=1)
        assert entry.action is Audited.WITHDRAWAL_CLOSED
        assert await forget_withdrawals(connection, shop.merchant_id, before=NOW, limit=9) == 0
        assert await forget_withdrawals(connection, shop.merchant_id, before=NOW + timedelta(1), limit=9) == 1


async def test_what_was_closed_as_a_slip_is_begun_anew_when_it_is_declared_anew(
    application: Application, shop: Merchant
) -> None:
    [order] = await bought(application, shop, a_gift(a_charge(10_000)))
    operation = uuid4()
    one = (await withdraw(application, shop, order.order_number, operation_id=operation)).withdrawal
    by = ByWhom(actor="test", why="They called: a slip.")
    await close(application, shop, one.withdrawal_id, by=by, now=NOW)
    await unblock(application, place_of(order), request=a_request(), now=NOW)
    await withdraw(application, shop, order.order_number, operation_id=operation)
    assert (await standing(application, order)).status is Status.ACTIVE, "the same form, sent twice"

    later = NOW + timedelta(days=3)
    anew = (await withdraw(application, shop, order.order_number, now=later)).withdrawal
    assert (anew.withdrawal_id, anew.received_at, anew.closed_at) == (one.withdrawal_id, later, None)
    assert (anew.due_on, anew.reason) == (one.due_on + timedelta(days=3), "")
    assert (await standing(application, order)).status is Status.BLOCKED
    assert (await settled(application, shop, anew, now=later)).settled_at == later
    assert await owed(application) == 10_000


async def test_a_person_is_erased_from_what_they_declared(application: Application, shop: Merchant) -> None:
    [order] = await bought(application, shop)
    one = (await withdraw(application, shop, order.order_number)).withdrawal
    erased = await erase_person(application, shop, BUYER, actor="test", reason="Asked for", now=NOW)
    assert erased.withdrawals == 1
    async with application.database.connection() as connection:
        stands = await find_withdrawal(connection, shop.merchant_id, one.withdrawal_id)
    assert (stands.name, stands.email, stands.order_id) == ("", "", order.order_id)
    assert (await settled(application, shop, one)).settled_at is not None


async def test_what_was_merged_with_others_value_stays_open_and_gives_its_part_back(
    application: Application, shop: Merchant
) -> None:
    mine, other = await bought(application, shop, a_gift(a_charge(10_000)), a_gift(a_charge(6_000)))
    await merge(application, place_of(mine), place_of(other), value=10_000, request=a_request(), now=NOW)
    one = (await withdraw(application, shop, mine.order_number)).withdrawal
    assert (await standing(application, other)).status is Status.ACTIVE
    stands = await settled(application, shop, one)
    assert (stands.settled_at, stands.spent_price, await owed(application)) == (NOW, 0, 10_000)
    assert (await standing(application, other)).balance == 6_000


async def test_who_withdraws_from_a_reload_gets_it_back_and_what_stood_before_stays(
    application: Application, shop: Merchant
) -> None:
    free = replace(
        a_gift(a_charge(700, discount=700), name="Grace", email=BUYER), class_of_value=ClassOfValue.PROMOTIONAL
    )
    gift = replace(a_gift(a_charge(10_000)), order_id=uuid4())
    first, bonus = await bought(application, shop, gift, replace(free, bonus_of=gift.order_id))
    more = replace(a_gift(a_charge(5_000), delivery=DeliveryMethod.NONE), fills_id=first.certificate_id)
    [reload] = await bought(application, shop, more)
    one = (await withdraw(application, shop, reload.order_number)).withdrawal
    assert one.counts
    assert (await standing(application, first)).status is Status.ACTIVE
    assert (await standing(application, bonus)).status is Status.ACTIVE, "it came with the other order"
    assert (await settled(application, shop, one)).settled_at == NOW
    assert (await owed(application), (await standing(application, first)).balance) == (5_000, 10_000)


async def test_the_receipt_is_corrected(application: Application, shop: Merchant) -> None:
    [order] = await bought(application, shop, a_gift(a_charge(10_000)))
    assert order.checkout_id is not None
    await settled(application, shop, (await withdraw(application, shop, order.order_number)).withdrawal)
    async with application.database.connection() as connection:
        kept = await sale_documents_of(connection, shop.merchant_id, order.checkout_id)
    assert [(one.document.kind.is_correction, one.document.total) for one in kept] == [(False, 10_000), (True, 10_000)]
