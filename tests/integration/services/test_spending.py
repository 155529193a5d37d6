"""What people do with certificates, on a real database."""

from datetime import date, timedelta

import pytest

from largesse.db import Database
from largesse.domain import locations
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.locations import EntityChange
from largesse.domain.merchants import InvalidMerchant, MerchantChange
from largesse.domain.staff import Audited, ReasonInvalid, entries_about
from largesse.kernel.numbers import in_groups, make_number, make_sample_number
from largesse.ledger import Status, VoidReason, errors
from largesse.services.certificates import Tender
from largesse.services.certificates.adjustments import adjust, block, extend, reload, unblock
from largesse.services.certificates.holds import HoldTooLong, capture_hold, place_hold, release_hold
from largesse.services.certificates.lookup import Sample, locate, look_up
from largesse.services.certificates.redemption import redeem, reverse
from largesse.services.certificates.requests import operation_id
from largesse.services.certificates.revealing import reveal
from largesse.services.certificates.transfers import MerchantsDiffer, merge, reissue
from largesse.services.merchants import change_entity, change_merchant
from largesse.services.refunds import refund, void
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_card, a_merchant, a_request


async def test_a_typed_number_leads_to_its_certificate(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        card = await a_card(application, merchant)
        found = await locate(application, in_groups(card.number).lower(), at=None)
        assert found.place == card.place
        assert found.last_four == card.number[-4:]


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", make_number("GL"), make_number("ZZ"), make_sample_number("ZZ")],
    ids=["nothing", "nonsense", "unknown", "of nobody", "sample of nobody"],
)
async def test_a_number_that_is_nobodys_is_unknown(database: Database, text: str) -> None:
    await a_merchant(database)
    async with an_application(database) as application:
        with pytest.raises(CertificateUnknown):
            await look_up(application, text)


async def test_a_sample_number_is_known_for_what_it_is_and_cannot_be_spent(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        sample = make_sample_number("GL")
        assert await look_up(application, sample) == Sample(merchant=merchant)
        with pytest.raises(CertificateUnknown):
            await locate(application, sample, at=None)


async def test_a_redemption_takes_from_both_pots_once_and_can_be_undone(database: Database) -> None:
    async with an_application(database) as application:
        card = await a_card(application, await a_merchant(database), gratuity=1500)
        request = a_request()
        first = await redeem(application, card.place, value=2500, gratuity=500, request=request, now=NOW)
        again = await redeem(application, card.place, value=2500, gratuity=500, request=request, now=NOW)
        assert again.replayed
        assert (again.balance, again.seq) == (first.balance, first.seq)
        assert await card.left(application) == (7500, 1000)
        with pytest.raises(errors.OperationConflict):
            await redeem(application, card.place, value=2600, gratuity=500, request=request, now=NOW)
        await reverse(application, card.place, redemption_id=request.operation_id, request=a_request(), now=NOW)
        assert await card.left(application) == (10_000, 1500)


async def test_a_hold_sets_aside_and_is_captured_or_released(database: Database) -> None:
    async with an_application(database) as application:
        card = await a_card(application, await a_merchant(database))
        tab, other = a_request(), a_request()
        hours = timedelta(hours=4)
        await place_hold(application, card.place, value=6000, lasting=hours, request=tab, now=NOW)
        later = NOW + timedelta(minutes=5)
        assert (await place_hold(application, card.place, value=6000, lasting=hours, request=tab, now=later)).replayed
        with pytest.raises(errors.BalanceInsufficient):
            await redeem(application, card.place, value=4001, request=a_request(), now=NOW)
        await place_hold(application, card.place, value=4000, lasting=hours, request=other, now=NOW)
        await release_hold(application, card.place, hold_id=other.operation_id, request=a_request(), now=NOW)
        taken = await capture_hold(
            application, card.place, hold_id=tab.operation_id, value=5000, request=a_request(), now=NOW
        )
        assert (taken.balance, taken.held) == (5000, 0)


@pytest.mark.parametrize("lasting", [timedelta(), timedelta(seconds=59), timedelta(days=32), timedelta(days=-1)])
async def test_a_hold_of_no_sensible_length_is_refused(database: Database, lasting: timedelta) -> None:
    async with an_application(database) as application:
        card = await a_card(application, await a_merchant(database))
        with pytest.raises(HoldTooLong):
            await place_hold(application, card.place, value=1, lasting=lasting, request=a_request(), now=NOW)


async def test_staff_reload_adjust_block_and_extend(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        card = await a_card(application, merchant)
        await reload(
            application, card.place, value=1000, gratuity=200, tender=Tender.CASH, request=a_request(), now=NOW
        )
        await adjust(application, card.place, value=-300, request=a_request("typed twice"), now=NOW)
        with pytest.raises(errors.ReasonMissing):
            await adjust(application, card.place, value=-300, request=a_request(), now=NOW)
        assert await card.left(application) == (10_700, 200)
        await block(application, card.place, request=a_request("lost"), now=NOW)
        with pytest.raises(errors.CertificateBlocked):
            await redeem(application, card.place, value=1, request=a_request(), now=NOW)
        await unblock(application, card.place, request=a_request("found"), now=NOW)
        day = date(2078, 6, 30)
        await extend(application, merchant, card.place, good_through=day, request=a_request(), now=NOW)
        stands = (await card.stands(application)).certificate
        assert stands.good_through == day
        assert stands.expires_at is not None
        assert stands.expires_at.isoformat() == "2078-07-01T04:00:00+00:00"


async def test_a_whole_number_is_shown_only_with_a_reason_that_is_kept(database: Database) -> None:
    async with an_application(database) as application:
        card = await a_card(application, await a_merchant(database))
        with pytest.raises(ReasonInvalid):
            await reveal(application, card.place, actor="cli:ada", reason="", now=NOW)
        shown = await reveal(application, card.place, actor="cli:ada", reason="reprint for Mr Lee", now=NOW)
        assert shown == card.number
        async with database.connection() as connection:
            [entry] = await entries_about(connection, card.place.merchant_id, str(card.place.certificate_id))
        assert (entry.actor, entry.action, entry.reason) == ("cli:ada", Audited.NUMBER_REVEALED, "reprint for Mr Lee")
        assert card.number not in repr(entry)


async def test_a_reissued_certificate_spends_under_its_new_number_only(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        card = await a_card(application, merchant, gratuity=500)
        request = a_request("photographed on the bus")
        made = await reissue(application, merchant, card.place, request=request, now=NOW)
        again = await reissue(application, merchant, card.place, request=request, now=NOW)
        assert (again.number, again.certificate_id) == (made.number, made.certificate_id)
        assert made.number not in repr(made)
        fresh = await locate(application, made.number, at=None)
        assert (fresh.certificate.balance, fresh.certificate.gratuity_balance) == (10_000, 500)
        assert (await locate(application, card.number, at=None)).certificate.status is Status.VOID
        with pytest.raises(errors.CertificateVoid):
            await redeem(application, card.place, value=1, request=a_request(), now=NOW)


async def test_value_moves_between_two_certificates_of_one_merchant_only(database: Database) -> None:
    merchant = await a_merchant(database)
    other = await a_merchant(database, slug="lola", number="2002", prefix="LO")
    async with an_application(database) as application:
        one, two, foreign = [await a_card(application, owner) for owner in (merchant, merchant, other)]
        await merge(application, one.place, two.place, value=4000, request=a_request(), now=NOW)
        assert (await one.left(application), await two.left(application)) == ((6000, 0), (14_000, 0))
        with pytest.raises(MerchantsDiffer):
            await merge(application, one.place, foreign.place, value=1, request=a_request(), now=NOW)


async def test_a_refund_takes_only_what_was_not_spent(database: Database) -> None:
    async with an_application(database) as application:
        card = await a_card(application, await a_merchant(database), gratuity=500)
        await redeem(application, card.place, value=2500, request=a_request(), now=NOW)
        with pytest.raises(errors.BalanceInsufficient):
            await refund(application, card.place, value=7501, request=a_request(), now=NOW)
        request = a_request()
        owed = await refund(application, card.place, request=request, now=NOW)
        assert (owed.value, owed.gratuity) == (7500, 500)
        assert (await refund(application, card.place, request=request, now=NOW)).replayed
        assert await card.left(application) == (0, 0)


async def test_a_voided_certificate_has_ended(database: Database) -> None:
    async with an_application(database) as application:
        card = await a_card(application, await a_merchant(database))
        request = a_request("ordered twice")
        await void(application, card.place, reason=VoidReason.FRAUD, request=request, now=NOW)
        assert (await void(application, card.place, reason=VoidReason.FRAUD, request=request, now=NOW)).replayed
        assert (await card.stands(application)).certificate.status is Status.VOID


async def test_a_key_always_stands_for_one_operation(database: Database) -> None:
    merchant = (await a_merchant(database)).merchant_id
    one = operation_id(merchant, given=None, idempotency_key="till-4-receipt-9", now=NOW)
    assert one == operation_id(merchant, given=None, idempotency_key="till-4-receipt-9", now=NOW + timedelta(days=1))
    assert one != operation_id(merchant, given=None, idempotency_key="till-4-receipt-10", now=NOW)
    assert one == operation_id(merchant, given=one, idempotency_key="ignored", now=NOW)
    fresh = operation_id(merchant, given=None, idempotency_key=None, now=NOW)
    assert fresh != operation_id(merchant, given=None, idempotency_key=None, now=NOW)


async def test_no_day_is_good_beyond_the_end_of_the_calendar(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        card = await a_card(application, merchant)
        with pytest.raises(errors.ExtensionRefused):
            await extend(application, merchant, card.place, good_through=date.max, request=a_request(), now=NOW)


async def test_the_books_know_the_limit_of_redemptions_that_a_merchant_sets(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        card = await a_card(application, merchant)
        await redeem(application, card.place, value=1, request=a_request(), now=NOW)
        async with database.transaction() as connection:
            await change_merchant(connection, merchant.merchant_id, MerchantChange(redemptions_per_hour=1))
        await redeem(application, card.place, value=1, request=a_request(), now=NOW)
        with pytest.raises(errors.RedeemedTooOften):
            await redeem(application, card.place, value=1, request=a_request(), now=NOW)
        async with database.transaction() as connection:  # whatever else the books are told, they keep the limit
            entity = await locations.default_entity(connection, merchant.merchant_id)
            await change_entity(connection, merchant, entity, EntityChange(country="US"))
        with pytest.raises(errors.RedeemedTooOften):
            await redeem(application, card.place, value=1, request=a_request(), now=NOW)
        async with database.transaction() as connection:
            await change_merchant(connection, merchant.merchant_id, MerchantChange(redemptions_per_hour=0))
        await redeem(application, card.place, value=1, request=a_request(), now=NOW)


@pytest.mark.parametrize("limit", [-1, 101])
async def test_a_limit_of_redemptions_is_one_to_a_hundred(database: Database, limit: int) -> None:
    merchant = await a_merchant(database)
    async with database.transaction() as connection:
        with pytest.raises(InvalidMerchant) as refused:
            await change_merchant(connection, merchant.merchant_id, MerchantChange(redemptions_per_hour=limit))
    assert [fault.code for fault in refused.value.fields] == ["merchant.redemptions_per_hour.range"]
