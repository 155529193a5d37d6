"""Batches of the ledger beside locks that others hold, beside floods, and bundles, on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from msgspec.structs import replace

from largesse import outbox
from largesse.db import Database, group_commit, queue
from largesse.db.faults import Contended
from largesse.ledger import Block, Expire, Ledger, Outcome, Reinstate, Reverse, Transfer, errors
from largesse.ledger.bundles import late
from largesse.ledger.proofs import verify
from tests.builders.ledger import KEYRING, MERCHANT, NOW, issue, redeem
from tests.integration.ledger.till import publish

OTHER = UUID(int=77)


@pytest.fixture
async def ledger(database: Database) -> AsyncIterator[Ledger]:
    async with Ledger(database, keyring=KEYRING, publish=publish, told_time=True) as opened:
        yield opened


@asynccontextmanager
async def holding(database: Database, certificate_id: UUID) -> AsyncIterator[None]:
    """Lock a certificate in a session of its own until the block ends."""
    async with database.dedicated() as connection, connection.transaction():
        await connection.execute("SELECT 1 FROM certificates WHERE certificate_id = $1 FOR UPDATE", certificate_id)
        yield


async def differences(database: Database) -> list[str]:
    async with database.dedicated() as connection:
        return [found.finding async for found in verify(connection)]


async def journal_rows(database: Database) -> int:
    async with database.connection() as connection:
        count: int = await connection.fetchval("SELECT count(*) FROM journal")
        return count


async def test_nobody_waits_for_a_row_that_only_another_needs(ledger: Ledger, database: Database) -> None:
    opened = await asyncio.gather(
        *(ledger.submit(issue(value=100), now=NOW) for _ in range(2)),
        ledger.submit(issue(value=100, merchant_id=OTHER), now=NOW),
    )
    held, same, other = (one.certificate_id for one in opened)
    async with holding(database, held):
        waiting = [asyncio.create_task(ledger.submit(redeem(held, 1), now=NOW)) for _ in range(40)]
        for _ in range(20):
            await ledger.submit(redeem(same, 1), now=NOW)
            await ledger.submit(redeem(other, 1, merchant_id=OTHER), now=NOW)
        assert not any(one.done() for one in waiting)
    outcomes = await asyncio.gather(*waiting)
    assert [one.balance for one in outcomes] == list(range(99, 59, -1))
    assert await differences(database) == []


async def test_a_certificate_that_is_locked_is_never_called_missing(ledger: Ledger, database: Database) -> None:
    held = (await ledger.submit(issue(value=100), now=NOW)).certificate_id
    source = (await ledger.submit(issue(value=100), now=NOW)).certificate_id
    merge = Transfer(
        merchant_id=MERCHANT,
        certificate_id=source,
        to_certificate_id=held,
        operation_id=uuid4(),
        actor="test",
        value=10,
    )
    reissue = replace(merge, operation_id=uuid4(), value=0, reissue=True)
    commands = [redeem(held, 1), merge, reissue, issue(value=5, certificate_id=held), redeem(uuid4(), 1)]
    async with holding(database, held):
        asked = [asyncio.create_task(ledger.submit(command, now=NOW)) for command in commands]
        with pytest.raises(errors.CertificateNotFound):  # this one is
            await asked[-1]
        await asyncio.sleep(2 * group_commit.LOCK_WAIT_S)
        assert not any(one.done() for one in asked[:-1])
    redeemed, merged, reissued, issued = await asyncio.gather(*asked[:-1], return_exceptions=True)
    assert isinstance(redeemed, Outcome)
    assert isinstance(merged, Outcome)
    assert isinstance(reissued, errors.CertificateExists)
    assert isinstance(issued, errors.CertificateExists)
    assert await differences(database) == []


async def test_a_certificate_that_came_to_stand_meanwhile_is_found(ledger: Ledger, database: Database) -> None:
    """It is locked by whoever issues it; while that is not committed, it does not stand."""
    command = issue(value=100)
    async with database.transaction() as connection:
        await ledger.post(connection, [command], now=NOW)
        with pytest.raises(errors.CertificateNotFound):
            await ledger.submit(redeem(command.certificate_id, 1), now=NOW)
    assert (await ledger.submit(redeem(command.certificate_id, 1), now=NOW)).balance == 99


@pytest.mark.time_limits
async def test_a_lock_held_for_longer_than_the_caller_has_is_told_as_contended(
    ledger: Ledger, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = (await ledger.submit(issue(value=100), now=NOW)).certificate_id
    monkeypatch.setattr(queue, "DEADLINE_S", 1.5)
    command = redeem(held, 1)
    async with holding(database, held):
        with pytest.raises(Contended):
            await ledger.submit(command, now=NOW)
    assert (await ledger.submit(command, now=NOW)).balance == 99
    assert await journal_rows(database) == 2


async def test_what_is_posted_in_a_transaction_waits_for_its_locks(ledger: Ledger, database: Database) -> None:
    held = (await ledger.submit(issue(value=100), now=NOW)).certificate_id

    async def post() -> object:
        async with database.transaction() as connection:
            [outcome] = await ledger.post(connection, [redeem(held, 1)], now=NOW)
            return outcome

    async with holding(database, held):
        posting = asyncio.create_task(post())
        await asyncio.sleep(2 * group_commit.LOCK_WAIT_S)
        assert not posting.done()
    assert isinstance(await posting, Outcome)


async def test_a_flood_of_bulk_keeps_no_till_waiting(ledger: Ledger, database: Database) -> None:
    cards = await asyncio.gather(*(ledger.submit(issue(value=100), now=NOW) for _ in range(5)))
    flood = [asyncio.create_task(ledger.submit(issue(value=1), now=NOW, bulk=True)) for _ in range(3_000)]
    await asyncio.sleep(0)
    for _ in range(3):
        await asyncio.gather(*(ledger.submit(redeem(card.certificate_id, 1), now=NOW) for card in cards))
    assert not all(one.done() for one in flood)
    await asyncio.gather(*flood)
    assert await journal_rows(database) == 3_000 + 5 + 15
    assert await differences(database) == []


async def test_a_bundle_is_written_whole_and_told_again(database: Database) -> None:
    operation_id = uuid4()
    async with Ledger(database, keyring=KEYRING, publish=outbox.add_events, told_time=True) as ledger:
        one = (await ledger.submit(issue(value=100, gratuity=10), now=NOW)).certificate_id
        two = (await ledger.submit(issue(value=100), now=NOW)).certificate_id
        bundle = [
            redeem(one, 40, 5, operation_id=operation_id),
            redeem(two, 30, operation_id=operation_id),
            redeem(one, 20, operation_id=operation_id),
        ]
        first = await ledger.submit_all(bundle, now=NOW)
        again = await ledger.submit_all(bundle, now=NOW)
        with pytest.raises(errors.OperationConflict):
            await ledger.submit_all(bundle[:2], now=NOW)
    assert [(outcome.certificate_id, outcome.balance) for outcome in first] == [(one, 60), (two, 70), (one, 40)]
    assert again == tuple(replace(outcome, replayed=True) for outcome in first)
    async with database.connection() as connection:
        lines = await connection.fetch("SELECT line FROM journal WHERE operation_id = $1 ORDER BY line", operation_id)
        told = await connection.fetchval("SELECT count(*) FROM events WHERE kind = 'certificate.redeemed'")
    assert [row["line"] for row in lines] == [0, 1, 2, 3]
    assert told == 3
    assert await differences(database) == []


async def test_a_bundle_of_which_one_is_refused_does_nothing(ledger: Ledger, database: Database) -> None:
    opened = (await ledger.submit(issue(value=100), now=NOW)).certificate_id
    operation_id = uuid4()
    amounts = [60, 30, 11, 5]
    bundle = [redeem(opened, amount, operation_id=operation_id) for amount in amounts]
    beside = redeem(opened, 1)
    refused, done = await asyncio.gather(
        ledger.submit_all(bundle, now=NOW), ledger.submit(beside, now=NOW), return_exceptions=True
    )
    assert isinstance(refused, errors.BalanceInsufficient)
    assert refused.index == 2
    assert isinstance(done, Outcome)
    assert done.balance == 99
    assert await journal_rows(database) == 2
    smaller = await ledger.submit_all(bundle[:2], now=NOW)  # a refusal is not remembered
    assert [outcome.balance for outcome in smaller] == [39, 9]


async def test_a_bundle_is_never_split_when_poison_is_looked_for(ledger: Ledger, database: Database) -> None:
    good = [issue(value=100) for _ in range(30)]
    operation_id = uuid4()
    poisoned = [issue(value=100, operation_id=operation_id) for _ in range(8)]
    poisoned[5] = replace(poisoned[5], actor="x" * 500)
    bundle = [issue(value=100, operation_id=UUID(int=9)) for _ in range(9)]
    outcomes = await asyncio.gather(
        *(ledger.submit(command, now=NOW) for command in good[:15]),
        ledger.submit_all(poisoned, now=NOW),
        ledger.submit_all(bundle, now=NOW),
        *(ledger.submit(command, now=NOW) for command in good[15:]),
        return_exceptions=True,
    )
    assert isinstance(outcomes.pop(15), asyncpg.CheckViolationError)
    assert not any(isinstance(outcome, BaseException) for outcome in outcomes)
    assert await journal_rows(database) == len(good) + len(bundle)
    assert await differences(database) == []


async def test_a_bundle_waits_for_all_its_certificates(ledger: Ledger, database: Database) -> None:
    cards = [(await ledger.submit(issue(value=100), now=NOW)).certificate_id for _ in range(3)]
    operation_id = uuid4()
    async with holding(database, cards[1]):
        asked = asyncio.create_task(
            ledger.submit_all([redeem(card, 1, operation_id=operation_id) for card in cards], now=NOW)
        )
        block = Block(merchant_id=MERCHANT, certificate_id=cards[2], operation_id=uuid4(), actor="test")
        await ledger.submit(block, now=NOW)
        assert not asked.done()
    with pytest.raises(errors.CertificateBlocked) as refused:
        await asked
    assert refused.value.index == 2
    assert await journal_rows(database) == 4


async def test_a_reversal_undoes_what_a_bundle_took_of_one_certificate(ledger: Ledger, database: Database) -> None:
    first, other = [(await ledger.submit(issue(value=100, tax=8), now=NOW)).certificate_id for _ in range(2)]
    bill = uuid4()
    taken = ((first, 30), (other, 40), (first, 25))
    await ledger.submit_all([redeem(card, value, operation_id=bill) for card, value in taken], now=NOW)
    undo = Reverse(merchant_id=MERCHANT, certificate_id=first, operation_id=uuid4(), actor="test", redemption_id=bill)
    undone = await ledger.submit(undo, now=NOW)
    assert (undone.value, undone.balance) == (55, 100)
    undone = await ledger.submit(replace(undo, certificate_id=other, operation_id=uuid4()), now=NOW)
    assert (undone.value, undone.balance) == (40, 100)
    with pytest.raises(errors.AlreadyReversed):
        await ledger.submit(replace(undo, operation_id=uuid4()), now=NOW)
    async with database.connection() as connection:
        stands = await ledger.lock(connection, MERCHANT, [first, other])
    assert [[lot.added_tax for lot in one.lots] for one in stands.values()] == [[8], [8]]
    assert await differences(database) == []


async def test_several_certificates_of_one_bill_are_undone_together_or_not_at_all(
    ledger: Ledger, database: Database
) -> None:
    cards = [(await ledger.submit(issue(value=100), now=NOW)).certificate_id for _ in range(3)]
    bill, undoing = uuid4(), uuid4()
    await ledger.submit_all([redeem(card, 60, operation_id=bill) for card in cards], now=NOW)
    undo = [
        Reverse(merchant_id=MERCHANT, certificate_id=card, operation_id=undoing, actor="test", redemption_id=bill)
        for card in cards
    ]
    with pytest.raises(errors.AlreadyReversed) as refused:
        await ledger.submit_all([*undo, undo[1]], now=NOW)
    assert refused.value.index == 3
    assert [one.balance for one in await ledger.submit_all(undo, now=NOW)] == [100, 100, 100]
    assert await differences(database) == []


async def test_a_late_redemption_is_posted_around_the_expiry_that_was_booked(
    ledger: Ledger, database: Database
) -> None:
    opened = issue(value=100, tax=8, discount=10)
    await ledger.submit(opened, now=NOW)
    assert opened.expires_at is not None
    common: dict[str, Any] = {"merchant_id": MERCHANT, "certificate_id": opened.certificate_id, "actor": "test"}
    late_by = opened.expires_at + timedelta(days=1)
    expiry = await ledger.submit(Expire(**common, operation_id=uuid4()), now=late_by)
    taken = replace(
        redeem(opened.certificate_id, 60), claimed_at=opened.expires_at - timedelta(minutes=1), refreshed_at=NOW
    )
    bundle = late(taken, expiry_id=expiry.operation_id)
    outcomes = await ledger.submit_all(bundle, now=late_by)
    assert [one.balance for one in outcomes] == [100, 40, 0]
    again = await ledger.submit_all(bundle, now=late_by)
    assert again == tuple(replace(one, replayed=True) for one in outcomes)
    # What it took can be undone, once the rest is on the certificate again; and that can expire once more.
    await ledger.submit(Reinstate(**common, operation_id=uuid4(), expiry_id=taken.operation_id), now=late_by)
    undo = Reverse(**common, operation_id=uuid4(), redemption_id=taken.operation_id)
    assert (await ledger.submit(undo, now=late_by)).balance == 100
    await ledger.submit(Expire(**common, operation_id=uuid4()), now=late_by)
    assert await differences(database) == []


async def test_a_bundle_as_large_as_may_be_is_one_operation(ledger: Ledger, database: Database) -> None:
    operation_id = uuid4()
    outcomes = await ledger.submit_all([issue(value=1, operation_id=operation_id) for _ in range(1_000)], now=NOW)
    assert len({outcome.certificate_id for outcome in outcomes}) == 1_000
    assert await differences(database) == []


async def test_the_same_bundle_asked_of_several_engines_at_once_happens_once(database: Database) -> None:
    operation_id = uuid4()
    async with (
        Ledger(database, keyring=KEYRING, publish=publish, told_time=True) as one,
        Ledger(database, keyring=KEYRING, publish=publish, told_time=True) as two,
    ):
        card = (await one.submit(issue(value=1_000), now=NOW)).certificate_id
        bundle = [issue(value=1, operation_id=operation_id), redeem(card, 7, operation_id=operation_id)]
        outcomes = await asyncio.gather(*(ledger.submit_all(bundle, now=NOW) for ledger in (one, two) * 20))
    assert {outcome[1].balance for outcome in outcomes} == {993}
    assert sum(not outcome[0].replayed for outcome in outcomes) == 1
    assert await journal_rows(database) == 3
