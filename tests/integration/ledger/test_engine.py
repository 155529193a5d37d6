"""The engine on a real PostgreSQL: durable outcomes, poisoned commands, replays, and an append-only journal."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from msgspec.structs import replace

from largesse.db import Database, Writes
from largesse.kernel.errors import LargesseError
from largesse.kernel.events import Event
from largesse.ledger import (
    CaptureHold,
    Ledger,
    Outcome,
    PlaceHold,
    Redeem,
    ReleaseHold,
    Reverse,
    Status,
    Transfer,
    errors,
    keep_home,
)
from largesse.ledger.proofs import trial_balance, verify
from tests.builders.ledger import KEYRING, MERCHANT, NOW, SOON, a_where, issue, redeem


class Published:
    """An outbox that remembers what it was given."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def publish(self, _: Writes, events: Sequence[Event]) -> None:
        """Keep the events."""
        self.events.extend(events)


@pytest.fixture
def published() -> Published:
    return Published()


@pytest.fixture
async def ledger(database: Database, published: Published) -> AsyncIterator[Ledger]:
    async with Ledger(database, keyring=KEYRING, publish=published.publish, told_time=True) as opened:
        yield opened


async def differences(database: Database) -> list[str]:
    async with database.dedicated() as connection:
        return [found.finding async for found in verify(connection)]


async def test_a_certificate_is_issued_and_spent_to_the_last_cent(ledger: Ledger, database: Database) -> None:
    opened = await ledger.submit(issue(value=10_000, gratuity=1_500), now=NOW)
    spent = await ledger.submit(redeem(opened.certificate_id, 9_999, 1_500), now=NOW)
    assert (spent.balance, spent.gratuity_balance, spent.seq) == (1, 0, 4)
    with pytest.raises(errors.BalanceInsufficient):
        await ledger.submit(redeem(opened.certificate_id, 2), now=NOW)
    last = await ledger.submit(redeem(opened.certificate_id, 1), now=NOW)
    assert last.balance == 0
    assert await differences(database) == []


async def test_every_command_is_written_and_read_back(ledger: Ledger, database: Database, published: Published) -> None:
    first = (await ledger.submit(issue(value=5_000, gratuity=500), now=NOW)).certificate_id
    common: dict[str, Any] = {"merchant_id": MERCHANT, "certificate_id": first, "actor": "test"}
    hold = await ledger.submit(
        PlaceHold(**common, operation_id=uuid4(), value=2_000, gratuity=100, expires_at=SOON), now=NOW
    )
    assert (hold.held, hold.gratuity_held, hold.value) == (2_000, 100, 2_000)
    captured = await ledger.submit(
        CaptureHold(**common, operation_id=uuid4(), hold_id=hold.operation_id, value=1_500), now=NOW
    )
    assert (captured.balance, captured.held, captured.gratuity_balance, captured.gratuity_held) == (3_500, 0, 500, 0)
    with pytest.raises(errors.HoldClosed):
        await ledger.submit(ReleaseHold(**common, operation_id=uuid4(), hold_id=hold.operation_id), now=NOW)
    undone = await ledger.submit(Reverse(**common, operation_id=uuid4(), redemption_id=captured.operation_id), now=NOW)
    assert undone.balance == 5_000
    with pytest.raises(errors.AlreadyReversed):
        await ledger.submit(Reverse(**common, operation_id=uuid4(), redemption_id=captured.operation_id), now=NOW)
    new = uuid4()
    moved = await ledger.submit(Transfer(**common, operation_id=uuid4(), to_certificate_id=new, reissue=True), now=NOW)
    assert (moved.value, moved.gratuity, moved.balance) == (5_000, 500, 0)
    async with database.connection() as connection:
        old_state = await ledger.find(connection, MERCHANT, first)
        new_state = await ledger.find(connection, MERCHANT, new)
        statement = await ledger.statement(connection, MERCHANT, first)
        balances = {str(line.account): line.balance for line in await trial_balance(connection)}
    assert old_state is not None
    assert new_state is not None
    assert (old_state.status, new_state.status) == (Status.VOID, Status.ACTIVE)
    assert (new_state.balance, new_state.gratuity_balance) == (5_000, 500)
    assert [row.kind for row in statement][-2:] == ["transfer", "transfer"]
    assert balances["gateway_clearing"] == 5_500
    assert balances["certificates_outstanding"] == -5_500
    assert balances["transfers"] == balances["redeemed"] == 0
    kinds = [event.kind for event in published.events]
    assert kinds == [
        "certificate.held",
        "certificate.redeemed",
        "certificate.reversed",
        "certificate.transferred",
        "certificate.transferred",
    ]
    assert await differences(database) == []


async def test_the_same_operation_again_returns_the_first_outcome_for_ever(ledger: Ledger) -> None:
    opened = await ledger.submit(issue(value=1_000), now=NOW)
    command = redeem(opened.certificate_id, 400)
    first = await ledger.submit(command, now=NOW)
    await ledger.submit(redeem(opened.certificate_id, 600), now=NOW)
    again = await ledger.submit(command, now=NOW + timedelta(days=900))
    assert again == replace(first, replayed=True)
    with pytest.raises(errors.OperationConflict):
        await ledger.submit(replace(command, value=401), now=NOW)


async def test_a_thousand_tills_spend_one_certificate_exactly_once(ledger: Ledger, database: Database) -> None:
    opened = await ledger.submit(issue(value=300), now=NOW)
    outcomes = await asyncio.gather(
        *(ledger.submit(redeem(opened.certificate_id, 1), now=NOW) for _ in range(1_000)), return_exceptions=True
    )
    spent = [outcome for outcome in outcomes if isinstance(outcome, Outcome)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, errors.BalanceInsufficient)]
    assert (len(spent), len(refused)) == (300, 700)
    assert sorted(outcome.balance for outcome in spent) == list(range(300))
    assert await differences(database) == []


async def test_a_poisoned_command_harms_nobody_else_in_its_batch(ledger: Ledger, database: Database) -> None:
    """An actor longer than its column is refused by the database itself, in the middle of a batch."""
    good = [issue(value=100) for _ in range(40)]
    poison = replace(issue(value=100), actor="x" * 500)
    commands = [*good[:17], poison, *good[17:]]
    outcomes = await asyncio.gather(*(ledger.submit(command, now=NOW) for command in commands), return_exceptions=True)
    assert isinstance(outcomes.pop(17), asyncpg.CheckViolationError)
    assert all(isinstance(outcome, Outcome) for outcome in outcomes)
    assert await differences(database) == []


async def test_posting_inside_a_transaction_that_fails_leaves_nothing(ledger: Ledger, database: Database) -> None:
    command = issue(value=100)

    async def post_and_fail() -> None:
        async with database.transaction() as connection:
            [outcome] = await ledger.post(connection, [command], now=NOW)
            assert isinstance(outcome, Outcome)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await post_and_fail()
    async with database.connection() as connection:
        assert await ledger.find(connection, MERCHANT, command.certificate_id) is None


async def test_a_refused_command_does_not_spoil_the_transaction_it_was_posted_in(
    ledger: Ledger, database: Database
) -> None:
    command = issue(value=100)
    async with database.transaction() as connection:
        outcomes = await ledger.post(
            connection, [command, redeem(uuid4(), 5), redeem(command.certificate_id, 30)], now=NOW
        )
    assert isinstance(outcomes[1], LargesseError)
    assert isinstance(outcomes[2], Outcome)
    assert outcomes[2].balance == 70


@pytest.mark.parametrize("statement", ["UPDATE journal SET amount = 1", "DELETE FROM journal", "TRUNCATE journal"])
async def test_the_database_refuses_to_rewrite_the_journal(ledger: Ledger, database: Database, statement: str) -> None:
    await ledger.submit(issue(value=100), now=NOW)
    async with database.connection() as connection:
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(statement)


async def test_verify_finds_a_balance_that_somebody_changed_by_hand(ledger: Ledger, database: Database) -> None:
    opened = await ledger.submit(issue(value=100), now=NOW)
    await ledger.submit(issue(value=100), now=NOW)
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE certificates SET balance = 200 WHERE certificate_id = $1", opened.certificate_id
        )
    async with database.dedicated() as connection:
        found = [difference async for difference in verify(connection)]
    assert {difference.subject for difference in found} == {str(opened.certificate_id), "USD"}


async def test_verify_finds_certificates_whose_currencies_were_exchanged(ledger: Ledger, database: Database) -> None:
    dollars = await ledger.submit(issue(value=100), now=NOW)
    yen = await ledger.submit(issue(value=100, currency="JPY"), now=NOW)
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE certificates SET currency = CASE currency WHEN 'USD' THEN 'JPY' ELSE 'USD' END"
        )
    async with database.dedicated() as connection:
        found = {difference.subject: difference.finding async for difference in verify(connection)}
    assert set(found) == {str(dollars.certificate_id), str(yen.certificate_id)}


async def test_verify_says_what_differs(ledger: Ledger, database: Database) -> None:
    await ledger.submit(issue(value=100), now=NOW)
    async with database.connection() as connection:
        await connection.execute("UPDATE certificates SET seq = 2")
    [said] = await differences(database)
    certificate, journal = said.split("; its journal ")
    assert certificate.startswith(
        "the certificate says 100 + 0 USD, held 0 + 0, at row 2, active until 2027-11-22, of "
    )
    assert journal.startswith("100 + 0 USD, held 0 + 0, at row 1, active until 2027-11-22, of ")


async def test_verify_finds_a_row_that_was_taken_out_of_the_journal(ledger: Ledger, database: Database) -> None:
    opened = await ledger.submit(issue(value=100, gratuity=10), now=NOW)
    await ledger.submit(redeem(opened.certificate_id, 40), now=NOW)
    async with database.connection() as connection:
        await connection.execute("ALTER TABLE journal DISABLE TRIGGER journal_is_append_only")
        await connection.execute("DELETE FROM journal WHERE seq = 2")
    assert any("does not follow" in finding for finding in await differences(database))


async def test_verify_finds_a_hold_that_nobody_remembers(ledger: Ledger, database: Database) -> None:
    opened = await ledger.submit(issue(value=100), now=NOW)
    hold = PlaceHold(
        merchant_id=MERCHANT,
        certificate_id=opened.certificate_id,
        operation_id=uuid4(),
        actor="test",
        value=50,
        expires_at=SOON,
    )
    await ledger.submit(hold, now=NOW)
    async with database.connection() as connection:
        await connection.execute("UPDATE holds SET status = 'released'")
    assert any(finding.startswith("held 50") for finding in await differences(database))


async def test_two_merchants_may_use_the_same_operation_id(ledger: Ledger, database: Database) -> None:
    operation_id, other = uuid4(), UUID(int=77)
    async with database.transaction() as connection:
        await keep_home(connection, a_where(other))
    mine = await ledger.submit(issue(value=100, operation_id=operation_id), now=NOW)
    theirs = await ledger.submit(issue(value=200, operation_id=operation_id, merchant_id=other), now=NOW)
    assert (mine.balance, theirs.balance) == (100, 200)
    with pytest.raises(errors.CertificateNotFound):
        await ledger.submit(
            Redeem(merchant_id=other, certificate_id=mine.certificate_id, operation_id=uuid4(), actor="test", value=1),
            now=NOW,
        )
