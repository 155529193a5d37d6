"""Batches of printed cards, and pools: made, printed once, activated by the outer code, drawn once each, voided."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.cards import (
    BatchInvalid,
    BatchKind,
    BatchNotReady,
    BatchState,
    BatchUnknown,
    CardBatch,
    CodesTaken,
    FileTaken,
    NoFile,
    PoolEmpty,
)
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.merchants import Merchant
from largesse.kernel.errors import LargesseError
from largesse.ledger import Status
from largesse.ledger.proofs import verify
from largesse.services import cards as services
from largesse.services.cards import PrintedCard, locate_card
from largesse.services.certificates import Tender, activate, locate, redeem
from largesse.services.counter.looking import look_here
from largesse.services.counter.reading import ReadAs, ReadText
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant, a_request


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_merchant(database)


async def a_batch(
    application: Application, merchant: Merchant, count: int = 5, kind: BatchKind = BatchKind.TWO_CODES
) -> CardBatch:
    batch = await services.open_batch(
        application, merchant, kind=kind, name="Christmas", count=count, actor="test", now=NOW
    )
    return await services.make(application, merchant, batch.batch_id, now=NOW, at_once=2)


async def a_pool(application: Application, merchant: Merchant, codes: list[str], low_at: int = 1) -> CardBatch:
    batch = await services.open_pool(
        application, merchant, codes, name="Till", low_at=low_at, digest=bytes(32), actor="test", now=NOW
    )
    return await services.make(application, merchant, batch.batch_id, codes=codes, now=NOW)


async def printed(application: Application, merchant: Merchant, batch: CardBatch) -> list[PrintedCard]:
    return await services.take_file(application, merchant, batch.batch_id, actor="test", reason="print", now=NOW)


async def sold(application: Application, merchant: Merchant, code: str, value: int = 2_500) -> UUID:
    found = await locate_card(application, merchant, code)
    await activate(
        application,
        merchant,
        found.certificate,
        value=value,
        tender=Tender.CASH,
        good_through=None,
        request=a_request(),
        now=NOW,
    )
    return found.place.certificate_id


async def test_a_card_is_activated_by_its_outer_code_and_spent_by_its_number(
    application: Application, merchant: Merchant
) -> None:
    batch = await a_batch(application, merchant)
    assert (batch.state, batch.progress, batch.count) == (BatchState.READY, 5, 5)
    cards = await printed(application, merchant, batch)
    assert [one.position for one in cards] == [1, 2, 3, 4, 5]
    first = cards[0]
    assert first.qr.endswith(f"?code={first.barcode}")
    assert first.barcode not in repr(first)

    with pytest.raises(CertificateUnknown):
        await locate(application, first.activation_code, at=None)
    inactive = await locate(application, first.number, at=None)
    assert inactive.certificate.status is Status.INACTIVE
    with pytest.raises(LargesseError) as refused:
        await redeem(application, inactive.place, value=1, request=a_request(), now=NOW)
    assert refused.value.code == "certificate.inactive"

    await sold(application, merchant, first.activation_code)
    active = await locate(application, first.number, at=None)
    assert active.certificate.balance == 2_500
    await redeem(application, active.place, value=500, request=a_request(), now=NOW)
    with pytest.raises(CertificateUnknown):
        await locate(application, first.activation_code, at=None)

    [counts] = (await services.counts(application, merchant)).values()
    assert (counts.unsold, counts.sold, counts.void) == (4, 1, 0)
    left = await services.unsold(application, merchant, batch.batch_id)
    assert [(one.position, one.last_four) for one in left] == [
        (card.position, card.activation_barcode[-4:]) for card in cards[1:]
    ]


async def test_at_the_counter_the_outer_code_finds_a_card_until_it_is_sold(
    application: Application, merchant: Merchant
) -> None:
    batch = await a_batch(application, merchant)
    card = (await printed(application, merchant, batch))[0]
    read = ReadText(kind=ReadAs.NUMBER, candidates=(card.activation_barcode,))
    found = await look_here(application, merchant, read)
    assert found.certificate.status is Status.INACTIVE
    await sold(application, merchant, card.activation_code)
    with pytest.raises(CertificateUnknown):
        await look_here(application, merchant, read)


async def test_the_printers_file_is_given_out_once_and_of_one_code_without_numbers(
    application: Application, merchant: Merchant
) -> None:
    batch = await a_batch(application, merchant, kind=BatchKind.ONE_CODE)
    cards = await printed(application, merchant, batch)
    assert {(one.number, one.qr, one.barcode) for one in cards} == {("", "", "")}
    assert len({one.activation_code for one in cards}) == 5
    with pytest.raises(FileTaken) as refused:
        await printed(application, merchant, batch)
    assert refused.value.code == "cards.file.taken"
    async with application.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM audit_log WHERE action = 'cards.revealed'") == 1


async def test_a_lost_batch_is_voided_in_one_act_and_what_was_sold_stays(
    application: Application, merchant: Merchant
) -> None:
    batch = await a_batch(application, merchant)
    cards = await printed(application, merchant, batch)
    await sold(application, merchant, cards[2].activation_code)

    await services.void_batch(application, merchant, batch.batch_id, actor="test", reason="stolen", now=NOW)
    done = await services.end(application, merchant, batch.batch_id, now=NOW, at_once=2)

    assert done.state is BatchState.VOID
    [counts] = (await services.counts(application, merchant)).values()
    assert (counts.unsold, counts.sold, counts.void) == (0, 1, 4)
    with pytest.raises(LargesseError) as refused:
        await sold(application, merchant, cards[0].activation_code)
    assert refused.value.code == "certificate.void"
    assert (await locate(application, cards[2].number, at=None)).certificate.balance == 2_500
    async with application.database.dedicated() as connection:
        assert [difference async for difference in verify(connection)] == []


async def test_a_batch_that_was_left_half_way_is_finished_by_a_duty(
    application: Application, merchant: Merchant
) -> None:
    batch = await services.open_batch(
        application, merchant, kind=BatchKind.TWO_CODES, name="Half", count=7, actor="test", now=NOW
    )

    def stop(_: CardBatch) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await services.make(application, merchant, batch.batch_id, now=NOW, at_once=3, progress=stop)
    with pytest.raises(BatchNotReady) as refused:
        await printed(application, merchant, batch)
    assert refused.value.code == "cards.batch.not_ready"
    with pytest.raises(BatchNotReady):
        await services.void_batch(application, merchant, batch.batch_id, actor="test", reason=None, now=NOW)

    assert await services.work_on_due(application, now=NOW) == 1
    assert (await services.find_batch(application, merchant, batch.batch_id)).state is BatchState.READY
    assert len(await services.unsold(application, merchant, batch.batch_id)) == 7
    await services.void_batch(application, merchant, batch.batch_id, actor="test", reason=None, now=NOW)
    assert await services.work_on_due(application, now=NOW) == 1
    assert await services.work_on_due(application, now=NOW) == 0


async def test_codes_of_a_till_are_drawn_once_each_and_low_water_is_told(
    application: Application, merchant: Merchant
) -> None:
    codes = ["TILL-0001-A", "TILL-0002-B", "TILL-0003-C", "TILL-0004-D"]
    pool = await a_pool(application, merchant, codes)
    assert pool.state is BatchState.READY
    drawn = await asyncio.gather(*(services.draw(application, merchant, pool.batch_id) for _ in range(3)))
    assert sorted(code for _, _, code in drawn) == codes[:3]
    assert [batch.is_low for batch, _, _ in sorted(drawn, key=lambda one: one[0].drawn)] == [False, False, True]
    assert (await services.draw(application, merchant, pool.batch_id))[2] == codes[3]
    with pytest.raises(PoolEmpty) as refused:
        await services.draw(application, merchant, pool.batch_id)
    assert refused.value.code == "cards.pool.empty"

    certificate = await sold(application, merchant, "till0002b")
    assert (await locate(application, "TILL-0002-B", at=merchant)).place.certificate_id == certificate
    with pytest.raises(NoFile) as no_file:
        await printed(application, merchant, pool)
    assert no_file.value.code == "cards.file.none"


async def test_the_same_file_again_is_the_same_pool_and_codes_that_are_taken_are_named(
    application: Application, merchant: Merchant
) -> None:
    codes = ["TILL-0001-A", "TILL-0002-B"]
    pool = await a_pool(application, merchant, codes)
    assert (await a_pool(application, merchant, codes)).batch_id == pool.batch_id

    wrong = ["NEW-0001-A", "new0001a", "X", "TILL 0002 B"]
    with pytest.raises(CodesTaken) as refused:
        await services.open_pool(
            application, merchant, wrong, name="Till", low_at=0, digest=bytes(31) + b"1", actor="test", now=NOW
        )
    assert refused.value.code == "cards.pool.codes"
    assert [(one.field, one.code) for one in refused.value.fields] == [
        ("line 2", "cards.code.repeated"),
        ("line 3", "cards.code.length"),
        ("line 4", "cards.code.taken"),
    ]


@pytest.mark.parametrize("name, count", [("", 1), ("x" * 81, 1), ("Christmas", 0), ("Christmas", 100_001)])
async def test_a_batch_that_cannot_be_is_refused(
    application: Application, merchant: Merchant, name: str, count: int
) -> None:
    with pytest.raises(BatchInvalid) as refused:
        await services.open_batch(
            application, merchant, kind=BatchKind.TWO_CODES, name=name, count=count, actor="test", now=NOW
        )
    assert refused.value.code == "cards.batch.invalid"


async def test_batches_of_others_are_unknown(application: Application, merchant: Merchant) -> None:
    other = await a_merchant(application.database, slug="other", number="2", prefix="OT")
    batch = await a_batch(application, merchant)
    for batch_id in (batch.batch_id, uuid4()):
        with pytest.raises(BatchUnknown) as refused:
            await services.find_batch(application, other, batch_id)
        assert refused.value.code == "cards.batch.unknown"
    card = (await printed(application, merchant, batch))[0]
    with pytest.raises(CertificateUnknown):
        await locate_card(application, other, card.activation_code)
