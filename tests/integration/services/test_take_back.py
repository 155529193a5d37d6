"""Void and refund: the certificate, its order, the partner's credit and the news of it change together."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import orders, partners
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order, OrderStatus
from largesse.domain.partners import Terms
from largesse.kernel.errors import Conflict
from largesse.ledger import Account, ClassOfValue, Status, VoidReason, proofs
from largesse.ledger.errors import AmountRefused, CertificatesDiffer, LotNotFound, RefundExceeded
from largesse.services.certificates import Tender, cash_out, place_hold
from largesse.services.certificates.adjustments import adjust, reload
from largesse.services.certificates.lookup import locate
from largesse.services.certificates.redemption import redeem
from largesse.services.certificates.transfers import merge, reissue
from largesse.services.orders.fulfilment import mark_paid
from largesse.services.orders.selling import place
from largesse.services.partners.ordering import order_on_account
from largesse.services.refunds import withdrawal
from largesse.services.refunds.taking_back import refund
from largesse.services.refunds.voiding import void
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card, a_merchant, a_request
from tests.builders.orders import a_basket, a_charge
from tests.builders.partners import admitted, an_order, an_ordering_partner

ORDER = {"refcode": "SPRING", "amount": "50.00"}


async def sold(
    application: Application, merchant: Merchant, *, amount: int, tip: int = 0, discount: int = 0, tax: int = 0
) -> Card:
    """A certificate bought at retail."""
    placed = await place(
        application, merchant, a_basket(a_charge(amount, tip=tip, discount=discount, tax=tax)), now=NOW
    )
    number = placed.orders[0].order_number
    await mark_paid(application, merchant, number, reference=f"till {number}", actor="test", now=NOW)
    async with application.database.connection() as connection:
        order = await orders.find_by_number(connection, merchant.merchant_id, number)
    assert order.certificate_id is not None
    return Card(merchant, order.certificate_id, "")


async def order_of(application: Application, card: Card) -> Order:
    number = (await card.stands(application)).certificate.order_number
    assert number is not None
    async with application.database.connection() as connection:
        return await orders.find_by_number(connection, card.merchant.merchant_id, number)


async def events(application: Application, kind: str) -> list[dict[str, Any]]:
    async with application.database.connection() as connection:
        rows = await connection.fetch("SELECT payload FROM events WHERE kind = $1 ORDER BY occurred_at, event_id", kind)
    return [json.loads(row["payload"]) for row in rows]


async def accounts(application: Application) -> dict[Account, int]:
    async with application.database.dedicated() as connection:
        assert [difference async for difference in proofs.verify(connection)] == []
        return {line.account: line.balance for line in await proofs.trial_balance(connection)}


async def test_a_gift_refunded_in_parts_comes_out_as_one_refunded_at_once(database: Database) -> None:
    async with an_application(database) as application:
        card = await sold(application, await a_merchant(database), amount=10_000, tip=1000, discount=1001, tax=333)
        for part in (3333, 3333, None):
            gratuity = 0 if part else None
            await refund(application, card.place, value=part, gratuity=gratuity, request=a_request(), now=NOW)
        told = await events(application, "order.refunded")
        assert sorted(one["amount"] for one in told) == ["33.33", "33.33", "33.34"]
        assert sum(int(one["total"].replace(".", "")) for one in told) == 10_000 + 1000 - 1001 + 333
        books = await accounts(application)
        assert books[Account.REFUNDS] == -(10_000 + 1000 - 1001 + 333)
        assert books.get(Account.DISCOUNTS, 0) == 0
        assert books.get(Account.TAX_PAYABLE, 0) == 0
        assert (await order_of(application, card)).status is OrderStatus.REFUNDED


async def test_a_gift_that_was_partly_spent_is_refunded_for_the_rest(database: Database) -> None:
    async with an_application(database) as application:
        card = await sold(application, await a_merchant(database), amount=10_000, tax=800)
        await redeem(application, card.place, value=2500, request=a_request(), now=NOW)
        request = a_request()
        await refund(application, card.place, request=request, now=NOW)
        await refund(application, card.place, request=request, now=NOW)
        [told] = await events(application, "order.refunded")
        assert (told["amount"], told["tax"], told["total"]) == ("75.00", "6.00", "81.00")
        assert (await accounts(application))[Account.TAX_PAYABLE] == -200


async def test_two_refunds_at_once_share_out_what_there_is(database: Database) -> None:
    async with an_application(database) as application:
        card = await sold(application, await a_merchant(database), amount=10_000, tax=333)
        await asyncio.gather(
            *(refund(application, card.place, value=2500, request=a_request(), now=NOW) for _ in range(4))
        )
        assert await card.left(application) == (0, 0)
        assert (await accounts(application))[Account.REFUNDS] == -10_333
        assert len(await events(application, "order.refunded")) == 4


async def test_a_reissued_gift_is_refunded_as_the_order_it_came_from(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        card = await sold(application, merchant, amount=10_000, tax=800)
        made = await reissue(application, merchant, card.place, request=a_request("lost"), now=NOW)
        fresh = await locate(application, made.number, at=None)
        await refund(application, fresh.place, request=a_request(), now=NOW)
        [told] = await events(application, "order.refunded")
        assert told["total"] == "108.00"
        assert (await order_of(application, card)).status is OrderStatus.REFUNDED


async def on_account(application: Application) -> tuple[Card, partners.Partner]:
    ordering = await an_ordering_partner(application)
    placed = await order_on_account(application, await admitted(application, ordering), an_order(ORDER), now=NOW)
    assert placed.order.certificate_id is not None
    return Card(ordering.merchant, placed.order.certificate_id, placed.number), ordering.partner


async def used(application: Application, partner: partners.Partner) -> int:
    async with application.database.connection() as connection:
        agreement = await partners.agreement_of(connection, partner.merchant_id, partner.partner_id)
    return agreement.terms["USD"].credit_used


async def test_voiding_a_partners_certificate_gives_its_credit_back_once(database: Database) -> None:
    async with an_application(database) as application:
        card, partner = await on_account(application)
        assert await used(application, partner) == 5000
        request = a_request("ordered twice")
        await void(application, card.place, request=request, now=NOW)
        await void(application, card.place, request=request, now=NOW)
        assert await used(application, partner) == 0
        assert (await order_of(application, card)).status is OrderStatus.VOIDED
        assert (await accounts(application))[Account.PARTNER_RECEIVABLE] == 0


async def test_only_what_was_not_spent_is_credited(database: Database) -> None:
    async with an_application(database) as application:
        card, partner = await on_account(application)
        await redeem(application, card.place, value=2000, request=a_request(), now=NOW)
        await void(application, card.place, request=a_request(), now=NOW)
        assert await used(application, partner) == 2000
        assert (await accounts(application))[Account.PARTNER_RECEIVABLE] == 2000


async def test_refunding_a_partners_certificate_lowers_the_bill(database: Database) -> None:
    async with an_application(database) as application:
        card, partner = await on_account(application)
        await refund(application, card.place, value=1500, request=a_request(), now=NOW)
        assert await used(application, partner) == 3500
        assert (await order_of(application, card)).status is OrderStatus.ISSUED


@pytest.mark.parametrize("verb", [void, refund])
async def test_what_is_refused_changes_nothing(database: Database, verb: Any) -> None:
    async with an_application(database) as application:
        card, partner = await on_account(application)
        await void(application, card.place, request=a_request(), now=NOW)
        with pytest.raises(Exception, match="cancelled or replaced"):
            await verb(application, card.place, request=a_request(), now=NOW)
        assert await used(application, partner) == 0


async def test_parts_refunded_before_and_after_a_reissue_come_out_as_one_refund(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        card = await sold(application, merchant, amount=10_000, discount=1001, tax=901)
        await refund(application, card.place, value=5000, request=a_request(), now=NOW)
        made = await reissue(application, merchant, card.place, request=a_request("lost"), now=NOW)
        fresh = await locate(application, made.number, at=None)
        await refund(application, fresh.place, request=a_request(), now=NOW)
        books = await accounts(application)
        assert books[Account.REFUNDS] == -(10_000 - 1001 + 901)
        assert books.get(Account.DISCOUNTS, 0) == books.get(Account.TAX_PAYABLE, 0) == 0


async def test_what_a_partner_owes_for_a_reload_uses_its_credit_and_comes_back_with_it(database: Database) -> None:
    async with an_application(database) as application:
        card, partner = await on_account(application)
        asked = a_request()
        for _ in range(2):
            await reload(
                application,
                card.place,
                value=1000,
                gratuity=200,
                tender=Tender.ACCOUNT,
                request=asked,
                now=NOW,
            )
        assert await used(application, partner) == 6200
        assert (await accounts(application))[Account.PARTNER_RECEIVABLE] == 6200
        await void(application, card.place, request=a_request(), now=NOW)
        assert await used(application, partner) == 0
        assert (await accounts(application))[Account.PARTNER_RECEIVABLE] == 0


@pytest.mark.parametrize("spent, owed_at_last", [(0, 0), (2000, 2000)])
async def test_what_a_correction_added_is_not_taken_off_a_partners_bill(
    database: Database, spent: int, owed_at_last: int
) -> None:
    async with an_application(database) as application:
        card, partner = await on_account(application)
        await adjust(application, card.place, value=1000, gratuity=300, request=a_request("an apology"), now=NOW)
        if spent:
            await redeem(application, card.place, value=spent, request=a_request(), now=NOW)
        asked = a_request("ordered twice")
        for _ in range(2):
            await void(application, card.place, request=asked, now=NOW)
        books = await accounts(application)
        assert books[Account.PARTNER_RECEIVABLE] == await used(application, partner) == owed_at_last
        assert books.get(Account.WRITE_OFFS, 0) == 0
        assert await card.left(application) == (0, 0)


async def test_no_more_is_refunded_to_a_partner_than_it_owes(database: Database) -> None:
    async with an_application(database) as application:
        card, partner = await on_account(application)
        await adjust(application, card.place, value=1000, gratuity=300, request=a_request("an apology"), now=NOW)
        with pytest.raises(RefundExceeded):
            await refund(application, card.place, value=5001, gratuity=0, request=a_request(), now=NOW)
        assert await used(application, partner) == 5000
        await refund(application, card.place, request=a_request(), now=NOW)
        assert await used(application, partner) == 0
        assert (await accounts(application))[Account.PARTNER_RECEIVABLE] == 0
        assert await card.left(application) == (1000, 300)  # the apology still stands


async def test_a_reload_that_does_not_fit_in_a_partners_credit_is_refused_whole(database: Database) -> None:
    async with an_application(database) as application:
        card, partner = await on_account(application)
        async with database.transaction() as connection:
            await partners.put_terms(connection, partner, "USD", Terms(amount_max=9000, credit_limit=5999))
        with pytest.raises(partners.CreditExhausted):
            await reload(application, card.place, value=1000, tender=Tender.ACCOUNT, request=a_request(), now=NOW)
        assert await used(application, partner) == 5000
        assert (await card.stands(application)).certificate.balance == 5000


async def test_merged_value_is_refunded_with_the_order_that_paid_for_it(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        cheap = await sold(application, merchant, amount=10_000, discount=5_000)
        dear = await sold(application, merchant, amount=10_000)
        await merge(application, cheap.place, dear.place, value=10_000, request=a_request(), now=NOW)

        first = await refund(application, dear.place, request=a_request(), now=NOW)
        assert (first.value, first.discount, first.balance) == (10_000, 0, 10_000)
        assert (await order_of(application, dear)).status is OrderStatus.REFUNDED
        assert (await order_of(application, cheap)).status is OrderStatus.ISSUED

        [lot] = [one for one in (await dear.stands(application)).certificate.lots if not one.is_empty]
        rest = await refund(application, dear.place, lot_id=lot.lot_id, request=a_request(), now=NOW)
        assert (rest.value, rest.discount, rest.balance) == (10_000, 5_000, 0)
        assert (await order_of(application, cheap)).status is OrderStatus.REFUNDED
        assert await outstanding(application) == {Account.GATEWAY_CLEARING: 15_000, Account.REFUNDS: -15_000}


async def test_a_lot_that_a_certificate_does_not_hold_is_not_refunded(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        empty, full = [await sold(application, merchant, amount=1_000) for _ in range(2)]
        await merge(application, empty.place, full.place, value=1_000, request=a_request(), now=NOW)
        with pytest.raises(LotNotFound):
            await refund(application, full.place, lot_id=uuid4(), request=a_request(), now=NOW)
        with pytest.raises(AmountRefused):
            await refund(application, empty.place, request=a_request(), now=NOW)
        only_merged = await sold(application, merchant, amount=500)
        await redeem(application, only_merged.place, value=500, request=a_request(), now=NOW)
        await merge(application, full.place, only_merged.place, value=1_000, request=a_request(), now=NOW)
        made = await reissue(application, merchant, only_merged.place, request=a_request(), now=NOW)
        new = Card(merchant, made.certificate_id, "")
        with pytest.raises(LotNotFound):
            await refund(application, new.place, request=a_request(), now=NOW)
        assert await new.left(application) == (1_000, 0)


async def test_each_partner_has_the_credit_back_of_what_it_ordered(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_ordering_partner(application)
        other = await an_ordering_partner(application, merchant=ordering.merchant, email="other@partner.example")
        cards = []
        for one in (ordering, other):
            placed = await order_on_account(application, await admitted(application, one), an_order(ORDER), now=NOW)
            cards.append(Card(one.merchant, placed.order.certificate_id or UUID(int=0), placed.number))
        first, second = cards
        await reload(application, first.place, value=700, tender=Tender.ACCOUNT, request=a_request(), now=NOW)
        await merge(application, first.place, second.place, value=5_700, request=a_request(), now=NOW)
        await redeem(application, second.place, value=1_000, request=a_request(), now=NOW)
        assert [await used(application, one.partner) for one in (ordering, other)] == [5_700, 5_000]

        merged = (await second.stands(application)).certificate.lots[1]
        await refund(application, second.place, value=500, lot_id=merged.lot_id, request=a_request(), now=NOW)
        assert [await used(application, one.partner) for one in (ordering, other)] == [5_200, 5_000]
        await void(application, second.place, request=a_request(), now=NOW)

        assert [await used(application, one.partner) for one in (ordering, other)] == [0, 1_000]
        assert (await accounts(application))[Account.PARTNER_RECEIVABLE] == 1_000


async def test_what_a_partner_pays_for_and_what_others_paid_for_never_meet(database: Database) -> None:
    async with an_application(database) as application:
        card, _ = await on_account(application)
        bought = await sold(application, card.merchant, amount=10_000)
        for source, target in ((card, bought), (bought, card)):
            with pytest.raises(CertificatesDiffer):
                await merge(application, source.place, target.place, value=100, request=a_request(), now=NOW)


async def sold_with_present(application: Application, merchant: Merchant) -> tuple[Card, Card]:
    """A certificate of 100.00 bought at retail, and the 20.00 that came with it."""
    basket, gift_id = a_basket(a_charge(10_000), a_charge(2_000, discount=2_000)), uuid4()
    gift, bonus = basket.gifts
    bonus = replace(bonus, class_of_value=ClassOfValue.PROMOTIONAL, bonus_of=gift_id)
    placed = await place(
        application, merchant, replace(basket, gifts=(replace(gift, order_id=gift_id), bonus)), now=NOW
    )
    number = placed.orders[0].order_number
    done = await mark_paid(application, merchant, number, reference=None, actor="test", now=NOW)
    by_bonus = {order.bonus_of: order.certificate_id for order in done.orders}
    bought, came_with = by_bonus[None], by_bonus[gift_id]
    assert bought is not None
    assert came_with is not None
    return Card(merchant, bought, ""), Card(merchant, came_with, "")


async def test_a_present_goes_with_its_gift_in_proportion_and_at_its_end_whatever_number_it_has_by_then(
    database: Database,
) -> None:
    """refund 30.00 of 100.00: promotional_outstanding < promotions_granted 600 of 2000
    refund the rest:           promotional_outstanding < promotions_granted 1400
    """
    async with an_application(database) as application:
        gift, bonus = await sold_with_present(application, await a_merchant(database))
        new = await reissue(application, gift.merchant, bonus.place, request=a_request(), now=NOW)
        bonus = Card(gift.merchant, new.certificate_id, "")

        asked = a_request()
        for _ in range(2):
            await refund(application, gift.place, value=3_000, request=asked, now=NOW)
            assert await bonus.left(application) == (1_400, 0)
        assert (await order_of(application, bonus)).status is OrderStatus.ISSUED
        await refund(application, gift.place, request=a_request(), now=NOW)

        assert (await bonus.stands(application)).certificate.status is Status.VOID
        assert (await order_of(application, bonus)).status is OrderStatus.VOIDED
        left = await outstanding(application)
        assert not {Account.CERTIFICATES_OUTSTANDING, Account.PROMOTIONAL_OUTSTANDING} & left.keys()


@pytest.mark.parametrize("spent, refunded, left", [(0, 3_333, 1_333), (1_500, 3_000, 0), (1_500, 1_000, 300)])
async def test_what_was_spent_of_a_present_stays_spent(
    database: Database, spent: int, refunded: int, left: int
) -> None:
    async with an_application(database) as application:
        gift, bonus = await sold_with_present(application, await a_merchant(database))
        if spent:
            await redeem(application, bonus.place, value=spent, request=a_request(), now=NOW)
        await refund(application, gift.place, value=refunded, request=a_request(), now=NOW)
        assert await bonus.left(application) == (left, 0)


async def test_a_present_that_was_merged_is_taken_from_where_it_is_and_leaves_what_is_of_others(
    database: Database,
) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        pairs = [await sold_with_present(application, merchant) for _ in range(2)]
        (gift, bonus), (_, other) = pairs
        await merge(application, bonus.place, other.place, value=2_000, request=a_request(), now=NOW)
        await refund(application, gift.place, value=5_000, request=a_request(), now=NOW)
        assert await other.left(application) == (3_000, 0)
        await refund(application, gift.place, request=a_request(), now=NOW)
        assert await other.left(application) == (2_000, 0)


async def test_a_present_goes_with_what_is_paid_out_of_its_gift(database: Database) -> None:
    """cash out the 25.00 that is left of 100.00: promotional_outstanding < promotions_granted 500 of 2000"""
    async with an_application(database) as application:
        gift, bonus = await sold_with_present(application, await a_merchant(database))
        await redeem(application, gift.place, value=7_500, request=a_request(), now=NOW)
        asked = a_request()
        for _ in range(2):
            await cash_out(application, gift.place, request=asked, now=NOW)
        assert await bonus.left(application) == (1_500, 0)
        assert (await order_of(application, bonus)).status is OrderStatus.ISSUED
        everything, all_of_it = await sold_with_present(application, gift.merchant)
        await cash_out(application, everything.place, request=a_request(), now=NOW)
        assert (await all_of_it.stands(application)).certificate.status is Status.VOID


@pytest.mark.parametrize("reason", VoidReason)
async def test_a_present_ends_with_a_gift_that_is_voided(database: Database, reason: VoidReason) -> None:
    async with an_application(database) as application:
        gift, bonus = await sold_with_present(application, await a_merchant(database))
        await void(application, gift.place, reason=reason, request=a_request(), now=NOW)
        assert (await bonus.stands(application)).certificate.status is Status.VOID
        assert (await order_of(application, bonus)).status is OrderStatus.VOIDED


async def test_a_present_that_is_held_stays_and_its_order_with_it(database: Database) -> None:
    async with an_application(database) as application:
        gift, bonus = await sold_with_present(application, await a_merchant(database))
        await place_hold(application, bonus.place, value=1, lasting=timedelta(hours=1), request=a_request(), now=NOW)
        await refund(application, gift.place, request=a_request(), now=NOW)
        assert await bonus.left(application) == (2_000, 0)
        assert (await order_of(application, bonus)).status is OrderStatus.ISSUED


async def outstanding(application: Application) -> dict[Account, int]:
    """The accounts that do not stand at zero."""
    return {account: balance for account, balance in (await accounts(application)).items() if balance}


async def test_a_refund_that_comes_to_nothing_leaves_the_present(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with an_application(database) as application:
        gift, bonus = await sold_with_present(application, await a_merchant(database))

        async def crash(*_: object, **__: object) -> None:
            raise ConnectionResetError

        monkeypatch.setattr(withdrawal, "tell_of_gift", crash)
        with pytest.raises(ConnectionResetError):
            await refund(application, gift.place, request=a_request(), now=NOW)
        monkeypatch.undo()

        for card in (gift, bonus):
            assert (await card.stands(application)).certificate.status is Status.ACTIVE
        await refund(application, gift.place, request=a_request(), now=NOW)
        assert (await bonus.stands(application)).certificate.status is Status.VOID


async def test_refunds_and_tills_that_hold_gift_and_present_get_out_of_each_others_way(database: Database) -> None:
    async with an_application(database) as application:
        merchant = await a_merchant(database)
        pairs = [await sold_with_present(application, merchant) for _ in range(8)]
        refunds = [refund(application, gift.place, request=a_request(), now=NOW) for gift, _ in pairs]
        spends = [
            redeem(application, card.place, value=1, request=a_request(), now=NOW)
            for pair in pairs
            for card in pair
            for _ in range(5)
        ]

        outcomes = await asyncio.gather(*refunds, *spends, return_exceptions=True)

        assert [one for one in outcomes[: len(pairs)] if isinstance(one, BaseException)] == []  # no refund gives way
        assert [one for one in outcomes if isinstance(one, BaseException) and not isinstance(one, Conflict)] == []
        for _, bonus in pairs:
            assert (await bonus.stands(application)).certificate.status is Status.VOID
        assert Account.CERTIFICATES_OUTSTANDING not in await outstanding(application)
