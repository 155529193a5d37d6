"""How often a certificate may be redeemed within an hour, whoever asks at once, on a real database."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

from largesse.db import Database
from largesse.kernel.errors import LargesseError
from largesse.ledger import CaptureHold, Ledger, Outcome, PlaceHold, errors, keep_home
from largesse.ledger.proofs import verify
from tests.builders.ledger import KEYRING, MERCHANT, NOW, SOON, a_where, issue, redeem

LIMIT = 5


def an_engine(database: Database) -> Ledger:
    """An engine with several runners, by the time that it is told."""
    return Ledger(database, keyring=KEYRING, publish=lambda *_: None, runners=2, told_time=True)


async def limited(database: Database, limit: int | None) -> None:
    """Limit how often a certificate of the merchant's is redeemed."""
    async with database.transaction() as connection:
        await keep_home(connection, a_where(), redemptions_per_hour=limit)


async def kept(database: Database, certificate_id: UUID) -> int | None:
    """How many times stand on a certificate."""
    async with database.connection() as connection:
        found: int | None = await connection.fetchval(
            "SELECT cardinality(redeemed_at) FROM certificates WHERE merchant_id = $1 AND certificate_id = $2",
            MERCHANT,
            certificate_id,
        )
        return found


async def test_engines_that_redeem_at_once_never_redeem_too_often(dsn: str, database: Database) -> None:
    await limited(database, LIMIT)
    async with await Database.open(dsn, size_max=3) as second, an_engine(database) as one, an_engine(second) as other:
        card = (await one.submit(issue(), now=NOW)).certificate_id

        async def spend(engine: Ledger) -> Outcome | LargesseError:
            try:
                return await engine.submit(redeem(card, 1), now=NOW)
            except LargesseError as refusal:
                return refusal

        outcomes = await asyncio.gather(*(spend(engine) for _ in range(20) for engine in (one, other)))
        assert sum(isinstance(outcome, Outcome) for outcome in outcomes) == LIMIT
        assert {type(outcome) for outcome in outcomes} == {Outcome, errors.RedeemedTooOften}
        assert await kept(database, card) == LIMIT
        later = await other.submit(redeem(card, 1), now=NOW + timedelta(hours=1))
        assert later.balance == 10_000 - LIMIT - 1
        assert await kept(database, card) == 1
    async with database.connection() as connection:
        assert [difference async for difference in verify(connection)] == []


async def test_times_outlive_what_does_not_redeem_and_are_none_without_a_limit(database: Database) -> None:
    async with an_engine(database) as engine:
        card = (await engine.submit(issue(), now=NOW)).certificate_id
        await engine.submit(redeem(card, 1), now=NOW)
        assert await kept(database, card) is None
        await limited(database, 2)
        hold = PlaceHold(
            merchant_id=MERCHANT, certificate_id=card, operation_id=uuid4(), actor="test", value=1, expires_at=SOON
        )
        for command in (redeem(card, 1), hold):
            await engine.submit(command, now=NOW)
        capture = CaptureHold(
            merchant_id=MERCHANT,
            certificate_id=card,
            operation_id=uuid4(),
            actor="test",
            hold_id=hold.operation_id,
            value=1,
        )
        await engine.submit(capture, now=NOW)
        assert await kept(database, card) == 2
