"""Seals on a real database: nothing lands behind a cut, each follows from the one before, and tampering is found."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from largesse.db import Connection, Database
from largesse.ledger import (
    Activate,
    Adjust,
    Block,
    ClassOfValue,
    Ledger,
    Prepare,
    Seal,
    SealedMeanwhile,
    SealNotFound,
    Transfer,
    anything_to_seal,
    find_seal,
    keep_home,
    list_seals,
    make_seal,
    merchants_to_seal,
)
from largesse.ledger.errors import BooksMissing
from largesse.ledger.merkle import EMPTY, Tree
from largesse.ledger.proofs import verify
from largesse.ledger.seals import NO_SEAL, leaf_of, seal_hash
from tests.builders.ledger import KEYRING, MERCHANT, NOW, a_where, issue, redeem

HOUR = timedelta(hours=1)
OTHER = UUID("01900000-0000-7000-8000-000000000002")


@pytest.fixture
async def ledger(database: Database) -> AsyncIterator[Ledger]:
    async with Ledger(database, keyring=KEYRING, publish=lambda *_: None, told_time=True) as opened:
        yield opened


async def seal(ledger: Ledger, database: Database, now: datetime, merchant_id: UUID = MERCHANT) -> Seal | None:
    async with database.connection() as connection:
        await ledger.move_cut(connection, merchant_id, now=now)
    async with database.transaction() as connection:
        return await make_seal(connection, merchant_id, now=now)


async def sealed(ledger: Ledger, database: Database, now: datetime, merchant_id: UUID = MERCHANT) -> Seal:
    made = await seal(ledger, database, now, merchant_id)
    assert made is not None
    return made


async def findings(database: Database) -> list[str]:
    async with database.dedicated() as connection:
        return [f"{one.subject}: {one.finding}" async for one in verify(connection)]


async def change(database: Database, statement: str) -> None:
    """What somebody does to the tables by hand, whatever the triggers say."""
    async with database.connection() as connection:
        for table in ("journal", "seals", "ledger_days", "ledger_figures", "ledger_acts"):
            verb = "is" if table == "journal" else "are"
            await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_{verb}_append_only")
        await connection.execute(statement)


async def three_seals(ledger: Ledger, database: Database) -> list[UUID]:
    """Certificates that were used between three seals, and after the last; the last of them is younger."""
    ids = sorted(uuid4() for _ in range(5))
    for certificate_id in ids[:4]:
        await ledger.submit(issue(value=500, gratuity=50, certificate_id=certificate_id), now=NOW)
    await sealed(ledger, database, NOW + HOUR)
    await ledger.submit(redeem(ids[0], 100, 10), now=NOW + 2 * HOUR)
    about: dict[str, Any] = {"merchant_id": MERCHANT, "certificate_id": ids[1], "actor": "test"}
    await ledger.submit(Block(**about, operation_id=uuid4(), memo="lost"), now=NOW + 2 * HOUR)
    await sealed(ledger, database, NOW + 24 * HOUR)
    gift = issue(value=700, certificate_id=ids[4], class_of_value=ClassOfValue.PROMOTIONAL)
    await ledger.submit(gift, now=NOW + 30 * HOUR)
    await ledger.submit(redeem(ids[0], 50), now=NOW + 30 * HOUR)
    await sealed(ledger, database, NOW + 48 * HOUR)
    await ledger.submit(redeem(ids[0], 7), now=NOW + 60 * HOUR)
    await ledger.submit(issue(value=900), now=NOW + 60 * HOUR)
    return ids


async def test_a_seal_covers_every_row_up_to_its_cut_and_follows_from_the_one_before(
    ledger: Ledger, database: Database
) -> None:
    await three_seals(ledger, database)
    async with database.connection() as connection:
        seals = await list_seals(connection, MERCHANT)
        rows = await connection.fetch("SELECT * FROM journal ORDER BY subject_id, seq")
        assert await find_seal(connection, MERCHANT) == seals[-1]
        assert await find_seal(connection, MERCHANT, 2) == seals[1]
        with pytest.raises(SealNotFound):
            await find_seal(connection, MERCHANT, 4)
        with pytest.raises(SealNotFound):
            await find_seal(connection, OTHER)
    previous = NO_SEAL
    for number, one in enumerate(seals, 1):
        covered = [row for row in rows if row["recorded_at"] <= one.cut]
        tips = {row["subject_id"]: row for row in covered}
        tree = Tree()
        for subject_id in sorted(tips):
            tree.append(leaf_of(subject_id, tips[subject_id]["seq"], tips[subject_id]["hash"]))
        assert (one.number, one.row_count, one.leaf_count) == (number, len(covered), len(tips))
        assert (one.root, one.previous, one.hash) == (tree.root(), previous, seal_hash(one))
        sums: dict[str, list[int]] = {}
        for row in covered:
            for side, account in enumerate((row["debit"], row["credit"])):
                if account is not None:
                    sums.setdefault(f"{row['currency']} {account}", [0, 0])[side] += row["amount"]
        assert one.totals == "".join(f"{key} {debits} {credits_}\n" for key, (debits, credits_) in sorted(sums.items()))
        previous = one.hash
    assert [one.row_count for one in seals] == [8, 11, 13]
    assert seals[0].root != EMPTY
    assert await findings(database) == []


async def test_nothing_is_sealed_twice(ledger: Ledger, database: Database) -> None:
    assert await seal(ledger, database, NOW) is None
    await ledger.submit(issue(value=100), now=NOW + HOUR)
    assert await seal(ledger, database, NOW + HOUR) is not None
    assert await seal(ledger, database, NOW + 2 * HOUR) is None
    async with database.connection() as connection:
        assert len(await list_seals(connection, MERCHANT)) == 1
    assert await findings(database) == []


async def test_a_merchant_without_books_has_nothing_to_seal(ledger: Ledger, database: Database) -> None:
    async with database.connection() as connection:
        with pytest.raises(BooksMissing):
            await ledger.move_cut(connection, OTHER, now=NOW)
    async with database.transaction() as connection:
        assert await make_seal(connection, OTHER, now=NOW) is None


async def test_a_clock_that_was_set_back_moves_no_cut_back(ledger: Ledger, database: Database) -> None:
    async with database.connection() as connection:
        assert await ledger.move_cut(connection, MERCHANT, now=NOW + HOUR) == NOW + HOUR
        assert await ledger.move_cut(connection, MERCHANT, now=NOW) == NOW + HOUR


async def test_whoever_posts_is_waited_for_and_lands_in_the_seal(database: Database) -> None:
    """By the database's own clock: a poster holds its books while somebody begins to seal."""
    async with Ledger(database, keyring=KEYRING, publish=lambda *_: None) as ledger:
        opened = issue(value=100, expires_at=None)
        async with database.transaction() as posting:
            await ledger.post(posting, [opened], now=NOW)
            waiting = asyncio.create_task(seal(ledger, database, NOW))
            await _waits_for_a_lock(posting)
            assert not waiting.done()
        made = await waiting
        assert made is not None
        assert (made.leaf_count, made.row_count) == (1, 1)
        await ledger.submit(redeem(opened.certificate_id, 5), now=NOW)
        async with database.connection() as connection:
            [_, later] = await ledger.statement(connection, MERCHANT, opened.certificate_id)
        assert later.recorded_at > made.cut
    assert await findings(database) == []


async def _waits_for_a_lock(connection: Connection) -> None:
    # Not `pg_stat_activity`, which is the same until a transaction ends.
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    async with asyncio.timeout(100):  # a guard against hanging
        while not await connection.fetchval(waiting):
            await asyncio.sleep(0.02)


async def test_nothing_lands_behind_a_cut_while_many_post(database: Database) -> None:
    """Two engines post without pause while seal follows seal; what each covers must stay what it was."""
    async with (
        Ledger(database, keyring=KEYRING, publish=lambda *_: None, runners=2) as one,
        Ledger(database, keyring=KEYRING, publish=lambda *_: None) as other,
    ):
        card = (await one.submit(issue(value=1_000_000, expires_at=None), now=NOW)).certificate_id
        stop, posted = asyncio.Event(), asyncio.Semaphore(0)

        async def post(ledger: Ledger) -> None:
            while not stop.is_set():
                await ledger.submit(redeem(card, 1), now=NOW)
                await ledger.submit(issue(value=5, expires_at=None), now=NOW)
                posted.release()

        posting = [asyncio.create_task(post(ledger)) for ledger in (one, other) for _ in range(3)]
        made = []
        for _ in range(5):
            for _ in range(10):
                await posted.acquire()
            made.append(await seal(one, database, NOW))
        stop.set()
        await asyncio.gather(*posting)
    assert all(found is not None for found in made)
    assert await findings(database) == []


async def test_of_two_sealers_at_once_one_seals_and_the_other_is_told(ledger: Ledger, database: Database) -> None:
    await ledger.submit(issue(value=100), now=NOW)
    async with database.connection() as connection:
        await ledger.move_cut(connection, MERCHANT, now=NOW + HOUR)
    async with database.transaction() as first:
        assert await make_seal(first, MERCHANT, now=NOW) is not None

        async def second() -> None:
            async with database.transaction() as connection:
                await make_seal(connection, MERCHANT, now=NOW)

        waiting = asyncio.create_task(second())
        await _waits_for_a_lock(first)
    with pytest.raises(SealedMeanwhile):
        await waiting
    async with database.connection() as connection:
        assert len(await list_seals(connection, MERCHANT)) == 1
    assert await findings(database) == []


async def test_the_days_tell_the_class_of_what_was_prepared_from_its_activation_on(
    ledger: Ledger, database: Database
) -> None:
    gift = issue(value=700, class_of_value=ClassOfValue.PROMOTIONAL)
    about: dict[str, Any] = {"merchant_id": MERCHANT, "certificate_id": gift.certificate_id, "actor": "test"}
    await ledger.submit(Prepare(**about, operation_id=uuid4(), currency="USD"), now=NOW)
    await sealed(ledger, database, NOW + HOUR)
    activation = Activate(**{name: getattr(gift, name) for name in gift.__struct_fields__})
    await ledger.submit(activation, now=NOW + 2 * HOUR)
    await ledger.submit(redeem(gift.certificate_id, 100), now=NOW + 2 * HOUR)
    await sealed(ledger, database, NOW + 3 * HOUR)
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT seal_number, class_of_value, kind FROM ledger_days ORDER BY 1, 3")
    assert [tuple(row.values()) for row in rows] == [
        (1, "", "prepare"),
        (2, "promotional", "activate"),
        (2, "promotional", "redeem"),
    ]
    assert await findings(database) == []


async def test_the_days_add_up_to_the_seals(ledger: Ledger, database: Database) -> None:
    """A row is of the business day of its location, in New York, and of the class of its certificate."""
    await three_seals(ledger, database)
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT * FROM ledger_days ORDER BY seal_number, kind, sum")
        seals = await list_seals(connection, MERCHANT)
    counts = [sum(row["count"] for row in rows if row["seal_number"] <= one.number) for one in seals]
    assert counts == [one.row_count for one in seals]
    facts = [
        (row["seal_number"], str(row["booked_on"]), row["class_of_value"], row["kind"], row["debit"], row["sum"])
        for row in rows
    ]
    assert facts == [
        (1, "2026-11-22", "paid", "issue", "gateway_clearing", 4 * 550),
        (2, "2026-11-22", "paid", "block", "", 0),
        (2, "2026-11-22", "paid", "redeem", "certificates_outstanding", 10),
        (2, "2026-11-22", "paid", "redeem", "certificates_outstanding", 100),
        (3, "2026-11-23", "promotional", "issue", "promotions_granted", 700),
        (3, "2026-11-23", "paid", "redeem", "certificates_outstanding", 50),
    ]
    assert {row["location_id"] for row in rows} == {a_where().location_id}


async def test_whether_anything_is_to_be_sealed_is_told_by_what_was_recorded_since(
    ledger: Ledger, database: Database
) -> None:
    async def told(merchant_id: UUID = MERCHANT) -> bool:
        async with database.connection() as connection:
            return await anything_to_seal(connection, merchant_id)

    assert not await told()
    one = (await ledger.submit(issue(value=500), now=NOW)).certificate_id
    assert await told()
    assert not await told(OTHER)
    await sealed(ledger, database, NOW)
    assert not await told()
    await ledger.submit(redeem(one, 1), now=NOW + HOUR)
    assert await told()


async def test_a_subject_that_is_no_certificate_has_a_leaf_too(ledger: Ledger, database: Database) -> None:
    await three_seals(ledger, database)
    partner = uuid4()
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO journal SELECT (jsonb_populate_record(j, jsonb_build_object('subject_id', $1::uuid, "
            "'subject_kind', 'partner', 'operation_id', gen_random_uuid(), 'recorded_at', $2::timestamptz))).* "
            "FROM journal j WHERE seq = 1 LIMIT 1",
            partner,
            NOW + 61 * HOUR,
        )
    before = await sealed(ledger, database, NOW + 62 * HOUR)
    assert before.leaf_count == 7
    said = await findings(database)
    assert not any(line.startswith("seal ") for line in said), said


@pytest.mark.parametrize(
    "statement, finding",
    [
        ("UPDATE seals SET hash = sha256('x') WHERE number = 2", "seal 2: it is not what its hash was made of"),
        ("UPDATE seals SET hash = sha256('x') WHERE number = 2", "seal 3: it does not follow"),
        ("UPDATE seals SET row_count = 99 WHERE number = 3", "seal 3: it is not what its hash was made of"),
        ("UPDATE seals SET format = 2 WHERE number = 3", "seal 3: it is not what its hash was made of"),
        ("UPDATE seals SET cut = cut - interval '40 hours' WHERE number = 3", "seal 3: it is not later than the seal"),
        ("DELETE FROM seals WHERE number = 1", "seal 2: seal 1 is missing before it"),
        ("UPDATE books SET sealed_through = '2026-11-22Z'", "seal 3: the books say that they are sealed up to"),
        ("UPDATE ledger_days SET sum = sum + 1 WHERE seal_number = 1", "seal 1: its 2026-11-22 has"),
        (
            "UPDATE ledger_days SET count = 9 WHERE kind = 'block'",
            "seal 2: its 2026-11-22 has 9 rows of 0, the journal 1",
        ),
        ("UPDATE ledger_days SET sum = sum + 1 WHERE seal_number = 1", "seal 2: its totals are not what its days"),
        ("DELETE FROM ledger_days WHERE kind = 'block'", "seal 2: it says 11 rows, its days 10"),
        ("UPDATE ledger_days SET seal_number = 7 WHERE kind = 'block'", "seal 7: its 2026-11-22 has 1 rows"),
        (
            "UPDATE ledger_figures SET sum = sum + 1 WHERE seal_number = 2",
            "seal 2: the figures of its 2026-11-22 are not what the journal comes to",
        ),
        (
            "UPDATE ledger_figures SET movements = 0 WHERE kind = 'redeem'",
            "seal 3: the figures of its 2026-11-23 are not what the journal comes to",
        ),
        (
            "UPDATE ledger_figures SET offering_id = merchant_id WHERE seal_number = 1",
            "seal 1: the figures of its 2026-11-22 are not what the journal comes to",
        ),
        ("DELETE FROM ledger_figures WHERE seal_number = 2", "seal 2: the figures of its 2026-11-22 are not"),
        ("UPDATE ledger_acts SET count = 9", "seal 2: the acts of its 2026-11-22 are not what the journal comes to"),
        ("UPDATE ledger_acts SET actor = 'else' WHERE seal_number = 3", "seal 3: the acts of its 2026-11-23 are not"),
        ("UPDATE journal SET amount = 9 WHERE amount = 100", "seal 2: its 2026-11-22 has"),
        (
            "UPDATE journal SET hash = sha256('x') WHERE amount = 10",
            "seal 2: the journal up to it is not what was sealed",
        ),
        ("UPDATE journal SET booked_on = '2026-11-20' WHERE amount = 100", "seal 2: its 2026-11-20 has 0 rows"),
        ("DELETE FROM journal WHERE kind = 'block'", "seal 3: the journal up to it is not what was sealed"),
        (
            "DELETE FROM journal WHERE subject_id = (SELECT subject_id FROM journal WHERE kind = 'block')",
            "seal 1: it says 4 subjects, the journal has 3",
        ),
        (
            "UPDATE journal SET recorded_at = '2026-11-22 16:00Z' WHERE amount = 7",
            "seal 1: its 2026-11-24 has 0 rows of 0, the journal 1 of 7",
        ),
    ],
)
async def test_what_was_changed_by_hand_is_found(
    ledger: Ledger, database: Database, *, statement: str, finding: str
) -> None:
    await three_seals(ledger, database)
    await change(database, statement)
    said = await findings(database)
    assert any(finding in line for line in said), said


async def test_seals_from_before_there_were_figures_get_theirs_with_the_next(
    ledger: Ledger, database: Database
) -> None:
    await three_seals(ledger, database)

    async def told() -> list[tuple[Any, ...]]:
        async with database.connection() as connection:
            rows = await connection.fetch(
                """SELECT 0, seal_number, booked_on, kind, leg, coalesce(debit, ''),
                    sum(rows), sum(operations), sum(movements), sum(sum)
                FROM ledger_figures GROUP BY 2, 3, 4, 5, 6
                UNION ALL SELECT 1, seal_number, booked_on, act, '', actor, sum(count), 0, 0, 0
                FROM ledger_acts GROUP BY 2, 3, 4, 6
                ORDER BY 1, 2, 3, 4, 5, 6"""
            )
        return [tuple(row.values()) for row in rows]

    before = await told()
    await change(database, "DELETE FROM ledger_figures WHERE seal_number > 1")
    await change(database, "DELETE FROM ledger_acts WHERE seal_number > 1")
    assert await findings(database) == []
    await sealed(ledger, database, NOW + 80 * HOUR)
    assert await findings(database) == []
    assert [row for row in await told() if row[1] <= 3] == before
    assert {row[1] for row in await told()} == {1, 2, 3, 4}


async def test_rows_that_no_seal_covers_yet_are_no_difference(ledger: Ledger, database: Database) -> None:
    """Also where a sealer died between its two steps: the cut is behind the last row, and no seal is."""
    await three_seals(ledger, database)
    async with database.connection() as connection:
        await ledger.move_cut(connection, MERCHANT, now=NOW + 90 * HOUR)
        assert await merchants_to_seal(connection, now=NOW + 61 * HOUR) == [MERCHANT]
    assert await findings(database) == []
    made = await sealed(ledger, database, NOW + 80 * HOUR)
    assert made.cut == NOW + 90 * HOUR
    assert await findings(database) == []


async def test_seals_and_days_are_never_changed(database: Database, ledger: Ledger) -> None:
    await three_seals(ledger, database)
    async with database.connection() as connection:
        for statement in (
            "UPDATE seals SET number = 9",
            "DELETE FROM seals",
            "TRUNCATE ledger_days",
            "DELETE FROM ledger_figures",
            "UPDATE ledger_acts SET count = 1",
        ):
            with pytest.raises(Exception, match="append-only"):
                await connection.execute(statement)


async def test_a_merchant_is_due_when_its_business_day_has_ended(ledger: Ledger, database: Database) -> None:
    """In its own zone and at its own hour, and only where something was recorded that no seal covers."""
    tokyo = replace(a_where(OTHER), time_zone="Asia/Tokyo", cut_off_hour=4)
    async with database.transaction() as connection:
        await keep_home(connection, tokyo)

    async def due(now: datetime) -> set[UUID]:
        async with database.connection() as connection:
            return set(await merchants_to_seal(connection, now=now))

    assert await due(NOW + 100 * HOUR) == set()
    start = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)  # ten in the morning in New York, midnight in Tokyo
    await ledger.submit(issue(value=100), now=start)
    await ledger.submit(issue(value=100, merchant_id=OTHER), now=start)
    assert await due(start + 3 * HOUR) == set()
    assert await due(start + 4 * HOUR) == {OTHER}
    assert await due(start + 14 * HOUR) == {OTHER, MERCHANT}
    await sealed(ledger, database, start + 14 * HOUR)
    await sealed(ledger, database, start + 14 * HOUR, OTHER)
    assert await due(start + 100 * HOUR) == set()
    certificate = await ledger.submit(issue(value=100), now=start + 15 * HOUR)
    assert await due(start + 15 * HOUR) == set()
    adjust = Adjust(
        merchant_id=MERCHANT,
        certificate_id=certificate.certificate_id,
        operation_id=uuid4(),
        actor="test",
        value=-7,
        memo="counted",
    )
    await ledger.submit(adjust, now=start + 16 * HOUR)
    assert await due(start + 38 * HOUR) == {MERCHANT}


async def test_value_that_moved_between_certificates_is_sealed_on_both(ledger: Ledger, database: Database) -> None:
    first = (await ledger.submit(issue(value=500), now=NOW)).certificate_id
    move = Transfer(
        merchant_id=MERCHANT,
        certificate_id=first,
        operation_id=uuid4(),
        actor="test",
        to_certificate_id=uuid4(),
        reissue=True,
    )
    await ledger.submit(move, now=NOW)
    made = await sealed(ledger, database, NOW)
    assert (made.leaf_count, made.row_count) == (2, 3)
    assert "USD transfers 500 500\n" in made.totals
    assert await findings(database) == []
