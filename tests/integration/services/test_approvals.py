"""What is within a person's limits happens at once, and what is beyond them by the word of a second person, once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import approvals, orders, staff
from largesse.domain.approvals import (
    ActLimit,
    FrozenAct,
    LimitedAct,
    LimitInvalid,
    NobodyToAsk,
    RequestChanged,
    RequestDecided,
    RequestDecision,
    RequestForSelf,
    RequestLapsed,
    RequestOwn,
    RequestState,
    RequestTooClose,
    RequestUnknown,
    TillShown,
)
from largesse.domain.locations import default_location
from largesse.domain.merchants import Merchant
from largesse.domain.staff import ActRefused, Audited, AuditReason, Role
from largesse.domain.tills import TillAct
from largesse.kernel.ids import new_id
from largesse.ledger import Outcome
from largesse.services import approvals as services
from largesse.services import tills
from largesse.services.approvals import AskedFor, TillAsked
from largesse.services.certificates import Request
from largesse.services.staff import end_membership
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card, a_card, a_merchant
from tests.builders.gifts import a_gift, bought
from tests.builders.staff import OPERATOR, Worker, a_worker
from tests.fakes.clock import StillClock


class Office(NamedTuple):
    """A merchant whose managers adjust up to 20.00 at once, 50.00 a day and 60.00 on one certificate alone."""

    application: Application
    merchant: Merchant
    card: Card
    manager: Worker
    owner: Worker


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        long_ago = NOW - timedelta(days=30)
        owner = await a_worker(application, merchant, now=long_ago)
        manager = await a_worker(
            application, merchant, email="mia@bakery.example", name="Mia", role=Role.MANAGER, now=long_ago
        )
        card = await a_card(application, merchant, value=10_000)
        await limits(application, merchant, per_act=2_000, per_day=5_000, per_certificate=6_000)
        yield Office(application, merchant, card, manager, owner)


async def limits(
    application: Application, merchant: Merchant, *, act: LimitedAct = LimitedAct.ADJUST, **amounts: int
) -> None:
    async with application.database.transaction() as connection:
        limit = ActLimit(merchant_id=merchant.merchant_id, act=act, **amounts)
        await services.change_limit(connection, merchant, limit, by=OPERATOR, now=NOW)


def asked(worker: Worker) -> Request:
    return Request(operation_id=new_id(NOW), actor=f"person:{worker.person.person_id}", memo="The till was wrong.")


def adjusts(card: Card, by: int) -> FrozenAct:
    return FrozenAct(act=LimitedAct.ADJUST, certificate_id=card.place.certificate_id, value=by)


async def asks(office: Office, by: int, *, worker: Worker | None = None, card: Card | None = None) -> AskedFor:
    who = worker or office.manager
    return await services.ask_or_do(
        office.application,
        office.merchant,
        adjusts(card or office.card, by),
        by=who.manager,
        request=asked(who),
        now=NOW,
    )


async def left(office: Office) -> int:
    return (await office.card.left(office.application))[0]


async def test_what_is_within_the_limits_happens_at_once_and_what_is_beyond_waits(office: Office) -> None:
    assert (await asks(office, -2_000)).outcome is not None
    waits = (await asks(office, 2_001)).waits
    assert waits is not None
    assert await left(office) == 8_000
    outcome = await services.approve(
        office.application, office.merchant, waits.request_id, by=office.owner.manager, now=NOW
    )
    assert isinstance(outcome, Outcome)
    assert await left(office) == 10_001
    async with office.application.database.connection() as connection:
        stands = await approvals.find_request(connection, office.merchant.merchant_id, waits.request_id)
        done = await staff.entries_about(connection, office.merchant.merchant_id, str(waits.request_id))
    assert (stands.decision, stands.outcome, stands.by_one) == (RequestDecision.APPROVED, "done", False)
    assert {one.action for one in done} == {Audited.REQUEST_MADE, Audited.REQUEST_DECIDED}


async def test_limits_count_all_of_a_day_and_all_on_a_certificate(office: Office) -> None:
    other = await a_card(office.application, office.merchant, value=10_000)
    assert (await asks(office, -2_000)).outcome
    assert (await asks(office, -2_000, card=other)).outcome
    assert (await asks(office, -1_001)).waits, "more than 50.00 today"
    assert (await asks(office, -1_000)).outcome
    assert (await asks(office, -2_000, worker=office.owner)).outcome, "somebody else has a day of their own"
    assert (await asks(office, -1_001, worker=office.owner)).waits, "more than 60.00 on this certificate"


async def own(
    office: Office, worker: Worker, act: LimitedAct = LimitedAct.ADJUST, *, gone: bool = False, **amounts: int
) -> None:
    limit = None if gone else ActLimit(merchant_id=office.merchant.merchant_id, act=act, **amounts)
    async with office.application.database.transaction() as connection:
        await services.change_own_limit(
            connection, office.merchant, worker.membership, act, limit, by=OPERATOR, now=NOW
        )


async def test_a_limit_of_ones_own_counts_in_place_of_everybodys(office: Office) -> None:
    await own(office, office.manager, per_act=500)
    assert (await asks(office, -501)).waits, "she is trusted less than others"
    assert (await asks(office, -2_000, worker=office.owner)).outcome, "others are as they were"
    await own(office, office.manager, per_act=9_000)
    assert (await asks(office, -7_000)).outcome, "more than everybody may at once, in a day and on one certificate"
    await own(office, office.manager, gone=True)
    other = await a_card(office.application, office.merchant, value=10_000)
    assert (await asks(office, -100, card=other)).waits, "what she did today counts against everybody's limit again"
    async with office.application.database.connection() as connection:
        about = str(office.manager.membership.membership_id)
        done = await staff.entries_about(connection, office.merchant.merchant_id, about)
    said = {one.reason for one in done if one.action is Audited.OWN_LIMIT_CHANGED}
    assert said == {
        "adjust: at once 500, a day none, each none",
        "adjust: at once 9000, a day none, each none",
        "adjust: as everybody",
    }


async def test_where_everybody_does_as_they_like_one_person_may_be_limited(office: Office) -> None:
    await own(office, office.manager, LimitedAct.REFUND, per_act=1_000)
    place = office.card.place
    refunds = FrozenAct(act=LimitedAct.REFUND, certificate_id=place.certificate_id, value=1_001)
    for worker, waits in ((office.manager, True), (office.owner, False)):
        alone = await services.may_alone(
            office.application, office.merchant, refunds, "USD", by=worker.manager, operation_id=new_id(NOW), now=NOW
        )
        assert alone is not waits
    with pytest.raises(LimitInvalid):
        await own(office, office.manager, per_act=-1)


async def test_a_managers_sales_are_limited_where_they_have_a_limit_of_their_own(office: Office) -> None:
    sells = FrozenAct(act=LimitedAct.SALE, certificate_id=office.card.place.certificate_id, value=5_000)

    async def alone() -> bool:
        return await services.may_alone(
            office.application,
            office.merchant,
            sells,
            "USD",
            by=office.manager.manager,
            operation_id=new_id(NOW),
            now=NOW,
        )

    await limits(office.application, office.merchant, act=LimitedAct.SALE, per_act=1_000)
    assert await alone(), "who approves what others do sells as they like"
    await own(office, office.manager, LimitedAct.SALE, per_act=4_999)
    assert not await alone()


async def test_two_at_once_do_not_both_fit_where_one_does(office: Office) -> None:
    await asks(office, -2_000)
    cards = [await a_card(office.application, office.merchant, value=10_000) for _ in range(4)]
    came = await asyncio.gather(*(asks(office, -2_000, card=card) for card in cards))
    assert [one.outcome is not None for one in came].count(True) == 1


async def test_the_same_request_twice_is_one(office: Office) -> None:
    request = asked(office.manager)
    first, second = [
        await services.ask_or_do(
            office.application, office.merchant, adjusts(office.card, 5_000), by=office.manager.manager,
            request=request, now=NOW,
        )
        for _ in range(2)
    ]  # fmt: skip
    assert first.waits == second.waits
    request = asked(office.manager)
    for _ in range(2):
        await services.ask_or_do(
            office.application, office.merchant, adjusts(office.card, -2_000), by=office.manager.manager,
            request=request, now=NOW,
        )  # fmt: skip
    assert await left(office) == 8_000


async def test_what_is_refused_does_not_count(office: Office) -> None:
    await limits(office.application, office.merchant, per_day=30_000)
    with pytest.raises(Exception, match=r"\w"):
        await asks(office, -20_000)
    assert (await asks(office, 25_000)).outcome


async def test_two_approvals_at_once_do_it_once(office: Office) -> None:
    waits = (await asks(office, 5_000)).waits
    assert waits is not None
    third = await a_worker(
        office.application, office.merchant, email="zoe@bakery.example", name="Zoe", now=NOW - timedelta(days=30)
    )

    async def approves(worker: Worker) -> Outcome:
        return await services.approve(office.application, office.merchant, waits.request_id, by=worker.manager, now=NOW)

    came = await asyncio.gather(approves(office.owner), approves(third), return_exceptions=True)
    assert sum(isinstance(one, Outcome) for one in came) >= 1
    assert all(isinstance(one, Outcome | RequestDecided) for one in came)
    assert await left(office) == 15_000


async def test_nobody_approves_what_they_asked_for_but_alone_after_a_day_where_there_is_nobody_else(
    office: Office,
) -> None:
    waits = (await asks(office, 5_000, worker=office.owner)).waits
    assert waits is not None

    async def approves(*, later: timedelta) -> Outcome:
        return await services.approve(
            office.application, office.merchant, waits.request_id, by=office.owner.manager, now=NOW + later
        )

    with pytest.raises(RequestOwn) as refused:
        await approves(later=timedelta(days=2))
    assert refused.value.code == "request.own"
    async with office.application.database.transaction() as connection:
        await end_membership(
            connection, office.merchant, office.manager.membership, by=OPERATOR, reason=None, code=AuditReason.LEFT,
            now=NOW,
        )  # fmt: skip
    with pytest.raises(RequestOwn):
        await approves(later=timedelta(hours=23))
    await approves(later=timedelta(hours=24))
    async with office.application.database.connection() as connection:
        assert (await approvals.find_request(connection, office.merchant.merchant_id, waits.request_id)).by_one


async def test_who_was_invited_or_given_a_pin_by_whoever_asks_decides_nothing_for_a_week(office: Office) -> None:
    new = await a_worker(
        office.application, office.merchant, email="new@bakery.example", name="New", role=Role.MANAGER,
        by=office.owner.manager, now=NOW - timedelta(days=6),
    )  # fmt: skip
    waits = (await asks(office, 5_000, worker=office.owner)).waits
    assert waits is not None
    with pytest.raises(RequestTooClose) as refused:
        await services.approve(office.application, office.merchant, waits.request_id, by=new.manager, now=NOW)
    assert refused.value.code == "request.too_close"
    async with office.application.database.transaction() as connection:
        await tills.offer_pin_code(
            connection, office.merchant, office.manager.membership, by=office.owner.manager, now=NOW
        )
    with pytest.raises(RequestTooClose):
        await services.approve(
            office.application, office.merchant, waits.request_id, by=office.manager.manager, now=NOW
        )
    later = NOW + timedelta(days=2)
    await services.approve(office.application, office.merchant, waits.request_id, by=new.manager, now=later)
    assert await left(office) == 15_000


async def test_it_is_refused_when_anything_it_showed_has_changed(office: Office) -> None:
    waits = (await asks(office, 5_000)).waits
    assert waits is not None
    await asks(office, -100)
    with pytest.raises(RequestChanged) as refused:
        await services.approve(office.application, office.merchant, waits.request_id, by=office.owner.manager, now=NOW)
    assert refused.value.code == "request.changed"
    with pytest.raises(RequestDecided):
        await services.approve(office.application, office.merchant, waits.request_id, by=office.owner.manager, now=NOW)
    assert await left(office) == 9_900


async def test_a_request_lapses_after_seven_days_and_when_whoever_asked_leaves(office: Office) -> None:
    first, second = (await asks(office, 5_000)).waits, (await asks(office, 6_000)).waits
    assert first is not None
    assert second is not None
    assert first.state(NOW + timedelta(days=7)) is RequestState.LAPSED
    with pytest.raises(RequestLapsed):
        await services.approve(
            office.application, office.merchant, first.request_id, by=office.owner.manager, now=NOW + timedelta(days=7)
        )
    async with office.application.database.transaction() as connection:
        await end_membership(
            connection, office.merchant, office.manager.membership, by=OPERATOR, reason=None, code=AuditReason.LEFT,
            now=NOW,
        )  # fmt: skip
    with pytest.raises(RequestLapsed):
        await services.approve(office.application, office.merchant, second.request_id, by=office.owner.manager, now=NOW)


async def test_who_asked_may_take_it_back_and_who_may_not_approve_decides_nothing(office: Office) -> None:
    application, merchant = office.application, office.merchant
    clerk = await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK)
    waits = (await asks(office, 5_000)).waits
    assert waits is not None
    for decide in (services.approve, services.refuse):
        with pytest.raises(ActRefused):
            await decide(application, merchant, waits.request_id, by=clerk.manager, now=NOW)
    with pytest.raises(ActRefused):
        await asks(office, 1, worker=clerk)
    refused = await services.refuse(application, merchant, waits.request_id, by=office.manager.manager, now=NOW)
    assert refused.decision is RequestDecision.REFUSED
    with pytest.raises(RequestUnknown):
        await services.refuse(application, merchant, new_id(NOW), by=office.owner.manager, now=NOW)
    assert await left(office) == 10_000


async def test_what_the_ledger_refuses_then_is_kept_as_why(office: Office) -> None:
    waits = (await asks(office, -20_000)).waits
    assert waits is not None
    with pytest.raises(Exception, match=r"\w"):
        await services.approve(office.application, office.merchant, waits.request_id, by=office.owner.manager, now=NOW)
    async with office.application.database.connection() as connection:
        stands = await approvals.find_request(connection, office.merchant.merchant_id, waits.request_id)
    assert stands.outcome not in {None, "done"}


async def test_a_limit_is_an_amount(office: Office) -> None:
    with pytest.raises(LimitInvalid) as refused:
        await limits(office.application, office.merchant, per_act=-1)
    assert refused.value.code == "limit.invalid"


@pytest.mark.parametrize("address", ["Zoe@Bakery.example", "buyer@example.com"])
async def test_nobody_approves_for_a_certificate_that_they_bought_or_that_is_for_them(
    office: Office, address: str
) -> None:
    application, merchant = office.application, office.merchant
    [order] = await bought(application, merchant, a_gift(email="zoe@bakery.example"))
    assert order.certificate_id is not None
    assert order.checkout_id is not None
    async with application.database.connection() as connection:
        buyer = (await orders.find_checkout(connection, merchant.merchant_id, order.checkout_id)).billing.email
    email = buyer if address == "buyer@example.com" else address
    party = await a_worker(application, merchant, email=email, name="Zoe", now=NOW - timedelta(days=30))
    card = Card(merchant, order.certificate_id, "")
    waits = (await asks(office, 5_000, card=card)).waits
    assert waits is not None
    with pytest.raises(RequestForSelf) as refused:
        await services.approve(application, merchant, waits.request_id, by=party.manager, now=NOW)
    assert refused.value.code == "request.for_self"
    async with application.database.connection() as connection:
        stands = await approvals.find_request(connection, merchant.merchant_id, waits.request_id)
    assert stands.state(NOW) is RequestState.WAITING
    await services.approve(application, merchant, waits.request_id, by=office.owner.manager, now=NOW)


async def test_a_form_of_before_does_nothing_once_its_request_was_refused_whatever_the_limit_is(
    office: Office,
) -> None:
    application, merchant = office.application, office.merchant
    request, command = asked(office.manager), adjusts(office.card, 5_000)

    async def sends() -> AskedFor:
        return await services.ask_or_do(
            application, merchant, command, by=office.manager.manager, request=request, now=NOW
        )

    waits = (await sends()).waits
    assert waits is not None
    await services.refuse(application, merchant, waits.request_id, by=office.owner.manager, now=NOW)
    await limits(application, merchant, per_act=100_000)
    with pytest.raises(RequestDecided):
        await sends()
    assert await left(office) == 10_000


async def test_what_was_done_at_once_is_told_again_though_the_limit_is_lower_by_then(office: Office) -> None:
    application, merchant, request = office.application, office.merchant, asked(office.manager)
    command = adjusts(office.card, -2_000)
    for limit in (2_000, 100):
        await limits(application, merchant, per_act=limit)
        came = await services.ask_or_do(
            application, merchant, command, by=office.manager.manager, request=request, now=NOW
        )
        assert came.outcome is not None
    assert await left(office) == 8_000


@pytest.mark.parametrize("act", sorted(set(LimitedAct) - {LimitedAct.ADJUST, LimitedAct.REFUND, LimitedAct.SALE}))
async def test_every_act_that_changes_what_is_owed_waits_beyond_its_limit_and_is_done_as_asked(
    office: Office, act: LimitedAct
) -> None:
    application, merchant, card = office.application, office.merchant, office.card
    target = await a_card(application, merchant, value=500)
    every: dict[str, dict[str, Any]] = {
        LimitedAct.VOID: {"value": 10_000, "why": "fraud"},
        LimitedAct.RELOAD: {"value": 3_000, "tender": "cash"},
        LimitedAct.EXTEND: {"value": 10_000, "good_through": None},
        LimitedAct.MOVE: {"value": 3_000, "to": target.place.certificate_id},
        LimitedAct.CASH_OUT: {"value": 10_000, "payer": "later"},
    }
    parts = every[act]
    if act is LimitedAct.EXTEND:
        card = await a_card(application, merchant, value=10_000, good_through=NOW.date() + timedelta(days=9))
    command = FrozenAct(act=act, certificate_id=card.place.certificate_id, **parts)
    await limits(application, merchant, act=act, per_act=2_999)
    came = await services.ask_or_do(
        application, merchant, command, by=office.manager.manager, request=asked(office.manager), now=NOW
    )
    assert came.waits is not None
    before = await card.left(application)
    await services.approve(application, merchant, came.waits.request_id, by=office.owner.manager, now=NOW)
    after = await card.left(application)
    change = {LimitedAct.RELOAD: 3_000, LimitedAct.MOVE: -3_000, LimitedAct.EXTEND: 0}.get(act, -10_000)
    assert after[0] - before[0] == change


async def test_nobody_asks_for_what_changes_their_own_certificate(office: Office) -> None:
    application, merchant = office.application, office.merchant
    [order] = await bought(application, merchant, a_gift(email="mia@bakery.example"))
    assert order.certificate_id is not None
    with pytest.raises(RequestForSelf):
        await asks(office, 1_000, card=Card(merchant, order.certificate_id, ""))
    with pytest.raises(RequestForSelf):
        await services.ask_or_do(
            application, merchant,
            FrozenAct(
                act=LimitedAct.MOVE, certificate_id=office.card.place.certificate_id, value=100, to=order.certificate_id
            ),
            by=office.manager.manager, request=asked(office.manager), now=NOW,
        )  # fmt: skip


async def test_nobody_waits_at_a_till_for_a_word_that_nobody_could_give(office: Office) -> None:
    application, merchant = office.application, office.merchant
    async with application.database.connection() as connection:
        place = await default_location(connection, merchant.merchant_id)
    told = TillAsked(
        act=TillAct.CASH_OUT,
        subject="a-card",
        shown=TillShown(amount=500, currency="USD"),
        location_id=place.location_id,
    )
    async with application.database.transaction() as connection:
        await end_membership(
            connection, merchant, office.manager.membership, by=OPERATOR, reason=None, code=AuditReason.LEFT, now=NOW
        )
    with pytest.raises(NobodyToAsk) as refused:
        await services.ask_from_afar(
            application, merchant, told, request_id=new_id(NOW), form=None, by=office.owner.manager, now=NOW
        )
    assert refused.value.code == "request.nobody_to_ask"
