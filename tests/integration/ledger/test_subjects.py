"""Subjects that are no certificates on a real PostgreSQL: every entry is proven, races book once, faults are found."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from largesse.db import Database, Writes
from largesse.kernel.events import Event
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.kernel.where import BooksSale, TaxRate
from largesse.ledger import Account, Kind, Ledger, Outcome, Reverse, Settle, SubjectKind
from largesse.ledger.entries import OpenItem, OpenItemKind, PostEntry
from largesse.ledger.entry_rules import RULES, UNDOES
from largesse.ledger.proofs import trial_balance, verify
from largesse.ledger.seals import make_seal
from tests.builders.ledger import (
    ENTITY,
    KEYRING,
    MERCHANT,
    NOW,
    OTHER_ENTITY,
    PARTNER,
    SUBJECTS,
    a_where,
    entry,
    issue,
    redeem,
    undo,
)

MATCH = (Kind.MATCH, SubjectKind.PARTNER, "invoice")
RECEIVED = (Kind.RECEIVE, SubjectKind.BANK_ACCOUNT, "partner")
DISPUTED = (Kind.DISPUTE_OPENED, SubjectKind.GATEWAY_ACCOUNT, "disputed")
PAID_BACK = (Kind.PAY_REFUND, SubjectKind.GATEWAY_ACCOUNT, "owed")


@pytest.fixture
async def ledger(database: Database) -> AsyncIterator[Ledger]:
    def publish(_: Writes, events: Sequence[Event]) -> None:
        del events

    async with Ledger(database, keyring=KEYRING, publish=publish, told_time=True) as opened:
        yield opened


async def found(database: Database) -> list[str]:
    async with database.dedicated() as connection:
        return [f"{one.subject}: {one.finding}" async for one in verify(connection)]


async def change(database: Database, statement: str) -> None:
    async with database.connection() as connection:
        await connection.execute("ALTER TABLE journal DISABLE TRIGGER journal_is_append_only")
        await connection.execute(statement)


def manual() -> PostEntry:
    return PostEntry(
        merchant_id=MERCHANT,
        operation_id=uuid4(),
        actor="test",
        where=a_where(),
        subject_kind=SubjectKind.MERCHANT,
        subject_id=MERCHANT,
        kind=Kind.MANUAL_ENTRY,
        reason="correction",
        memo="the fee of March",
        currency="EUR",
        amount=12,
        debit=Account.GATEWAY_FEES,
        credit=Account.BANK,
    )


async def all_of_it(ledger: Ledger) -> None:
    """Every entry of the table, every one that can be undone undone, and certificates among them."""
    sale = await ledger.submit(issue(value=900, currency="EUR"), now=NOW)
    owed = issue(value=800, currency="EUR", funding=Account.PARTNER_RECEIVABLE)
    await ledger.submit(owed, now=NOW)
    await ledger.submit(redeem(owed.certificate_id, 100), now=NOW)
    undoing = {done: undone for undone, done in UNDOES.items()}
    later = NOW
    for place in RULES:
        later += timedelta(minutes=1)
        commands: list[Any] = [entry(place, memo="as agreed"), redeem(sale.certificate_id, 1)]
        if place[0] in undoing:
            commands.append(undo(commands[0], undoing[place[0]], memo="no, it was not"))
            commands.append(entry(place))
        await asyncio.gather(*(ledger.submit(command, now=later) for command in commands))
    await ledger.submit(manual(), now=later)


async def test_every_entry_is_proven(ledger: Ledger, database: Database) -> None:
    await all_of_it(ledger)
    assert await found(database) == []
    async with database.connection() as connection:
        lines = await trial_balance(connection)
        subjects = await connection.fetch("SELECT subject_id, subject_kind, seq FROM subjects ORDER BY subject_kind")
        rows = await connection.fetch(
            "SELECT subject_id, subject_kind, count(*) AS seq FROM journal WHERE subject_kind <> 'certificate'"
            " GROUP BY 1, 2 ORDER BY 2"
        )
    assert [tuple(row.values()) for row in subjects] == [tuple(row.values()) for row in rows]
    assert {row["subject_id"]: row["subject_kind"] for row in subjects} == {
        id_: kind for kind, id_ in SUBJECTS.items() if kind is not SubjectKind.CERTIFICATE
    }
    balances = Counter[str]()
    for line in lines:
        balances[line.currency] += line.balance
    assert balances == {"EUR": 0, "USD": 0}


async def test_seals_cover_the_entries_of_all_subjects(ledger: Ledger, database: Database) -> None:
    await all_of_it(ledger)
    later = NOW + timedelta(days=1)
    async with database.transaction() as connection:
        await ledger.move_cut(connection, MERCHANT, now=later)
    async with database.transaction() as connection:
        seal = await make_seal(connection, MERCHANT, now=later)
    assert seal is not None
    assert seal.leaf_count == 2 + len(SUBJECTS) - 1
    assert "\nEUR partner_credit " in seal.totals
    await ledger.submit(entry(PAID_BACK), now=later + timedelta(hours=1))
    assert await found(database) == []
    await change(database, "UPDATE journal SET amount = 999 WHERE kind = 'deposit'")
    assert any("is not what its hash was made of" in line for line in await found(database))


async def test_an_entry_is_told_again_for_ever(ledger: Ledger, database: Database) -> None:
    command = entry(RECEIVED, 300)
    first = await ledger.submit(command, now=NOW)
    async with database.transaction() as connection:
        [again] = await ledger.post(connection, [command], now=NOW + timedelta(days=900))
        [other] = await ledger.post(connection, [replace(command, amount=301)], now=NOW)
    assert again == replace(first, replayed=True)
    assert getattr(other, "code", None) == "operation.conflict"


async def test_what_is_refused_leaves_nothing_but_an_empty_chain(ledger: Ledger, database: Database) -> None:
    async with database.transaction() as connection:
        outcomes = await ledger.post(
            connection,
            [
                entry(RECEIVED, 0),
                entry(PAID_BACK, 5, subject_id=PARTNER),
                entry(MATCH, subject_kind=SubjectKind.CERTIFICATE, subject_id=uuid4()),
                entry(MATCH, 4),
            ],
            now=NOW,
        )
    codes = [getattr(outcome, "code", None) for outcome in outcomes]
    assert codes == ["entry.amount.refused", None, "entry.refused", "entry.subject.mismatch"]
    assert await found(database) == []
    with pytest.raises(Exception, match="belongs to something of another kind"):
        await ledger.submit(entry(MATCH, 4), now=NOW)


async def test_two_openings_of_one_chain_wait_for_each_other(ledger: Ledger, database: Database) -> None:
    """A transaction that has just opened a chain, and is not done: group commit waits for it, and goes on after it."""
    async with database.transaction() as connection:
        await ledger.post(connection, [entry(PAID_BACK, 5)], now=NOW)
        waiting = asyncio.create_task(ledger.submit(entry(PAID_BACK, 6), now=NOW))
        elsewhere = await asyncio.wait_for(ledger.submit(issue(value=5), now=NOW), timeout=60)
        await asyncio.sleep(0.3)
        assert not waiting.done()
    assert (await waiting).seq == 2
    assert isinstance(elsewhere, Outcome)
    async with database.transaction() as connection:
        await ledger.post(connection, [entry(PAID_BACK, 7)], now=NOW)
        locked = asyncio.create_task(ledger.submit(entry(PAID_BACK, 8), now=NOW))
        free = [ledger.submit(command, now=NOW) for command in (issue(value=5), entry(RECEIVED, 6))]
        others = await asyncio.wait_for(asyncio.gather(*free), timeout=60)
        assert not locked.done()
    assert (await locked).seq == 4
    assert [one.seq for one in others] == [1, 1]
    assert await found(database) == []


async def test_what_two_ask_at_once_is_undone_once(ledger: Ledger, database: Database) -> None:
    command = entry(MATCH, 40)
    await ledger.submit(command, now=NOW)
    outcomes = await asyncio.gather(
        *(ledger.submit(undo(command, Kind.UNMATCH), now=NOW) for _ in range(20)), return_exceptions=True
    )
    assert Counter(getattr(outcome, "code", "done") for outcome in outcomes) == {
        "done": 1,
        "entry.already_undone": 19,
    }
    assert await found(database) == []


async def test_several_processes_book_each_entry_once(dsn: str, database: Database) -> None:
    """Three processes post the same operations on the same few subjects, beside what certificates do."""
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.integration.ledger.bookkeeper",
            dsn,
            str(seed),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for seed in range(3)
    ]
    said = [await asyncio.wait_for(process.communicate(), timeout=300) for process in processes]
    for process, (_, complaint) in zip(processes, said, strict=True):
        assert process.returncode == 0, complaint.decode()
    told: dict[str, set[str]] = {}
    for output, _ in said:
        for line in output.decode().splitlines():
            operation, answer = line.split(" ")
            told.setdefault(operation, set()).add(answer)
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT operation_id::text AS operation, subject_kind, kind, min(seq) AS seq FROM journal GROUP BY 1, 2, 3"
        )
        undone = await connection.fetchval(
            "SELECT count(*) - count(DISTINCT refers_to) FROM journal WHERE kind = 'unmatch'"
        )
    written = Counter(row["operation"] for row in rows)
    done = {operation: answers - {"refused"} for operation, answers in told.items() if answers != {"refused"}}
    assert set(written) == set(done)
    assert set(written.values()) == {1}
    assert all(len(answers) == 1 for answers in done.values()), "a repetition was told something else"
    assert {row["subject_kind"] for row in rows} >= {"partner", "bank_account", "certificate"}
    assert undone == 0
    assert any(row["kind"] == "unmatch" for row in rows)
    assert await found(database) == []


async def test_what_partners_owe_is_read_from_the_journal(ledger: Ledger, database: Database) -> None:
    other = uuid4()
    for command in (
        entry(RECEIVED, 500),
        entry(RECEIVED, 70, party_id=other),
        entry(MATCH, 300),
        entry((Kind.WRITE_OFF, SubjectKind.PARTNER, "recovered"), 1_000),
    ):
        await ledger.submit(command, now=NOW)
    async with database.connection() as connection:
        balances = await ledger.partner_balances(connection, MERCHANT)
    assert {(one.party_id, one.currency): (one.receivable, one.credit) for one in balances} == {
        (PARTNER, "EUR"): (700, 200),
        (other, "EUR"): (0, 70),
    }


@pytest.mark.parametrize(
    "statement, finding",
    [
        ("UPDATE subjects SET seq = seq + 1 WHERE subject_kind = 'partner'", "the partner says row"),
        ("UPDATE subjects SET head = sha256('x') WHERE subject_kind = 'location'", "the location says row"),
        ("UPDATE subjects SET recorded_at = recorded_at + interval '1 s' WHERE subject_kind = 'merchant'", "says row"),
        ("UPDATE subjects SET effective_at = effective_at - interval '1 s' WHERE subject_kind = 'partner'", "says row"),
        ("UPDATE subjects SET subject_kind = 'partner' WHERE subject_kind = 'location'", "of a location"),
        ("DELETE FROM subjects WHERE subject_kind = 'till_drawer'", "the till_drawer says nothing; its journal row"),
        ("DELETE FROM journal WHERE subject_kind = 'location'", "its journal nothing"),
        ("UPDATE journal SET debit = 'cash' WHERE kind = 'payout'", "about a gateway_account and no payout for paid"),
        ("UPDATE journal SET credit = 'cash' WHERE kind = 'fee'", "no fee for charged: gateway_fees < cash"),
        ("UPDATE journal SET reason = 'given_away' WHERE kind = 'pay_refund' AND reason = 'owed'", "no pay_refund for"),
        ("UPDATE journal SET kind = 'fee' WHERE kind = 'payout'", "and no fee for paid"),
        (
            "UPDATE journal SET subject_kind = 'location' WHERE subject_kind = 'partner'",
            "about a location and no match",
        ),
        ("UPDATE journal SET balance_after = 5 WHERE kind = 'deposit'", "about a till_drawer and no deposit"),
        ("UPDATE journal SET held_change = 5 WHERE kind = 'deposit'", "about a till_drawer and no deposit"),
        ("UPDATE journal SET leg = 'value' WHERE kind = 'deposit'", "about a till_drawer and no deposit"),
        ("UPDATE journal SET tax_amount = tax_amount + 1 WHERE kind = 'bill'", "about a partner and no bill"),
        ("UPDATE journal SET tax_amount = 5 WHERE kind = 'deposit'", "about a till_drawer and no deposit"),
        ("UPDATE journal SET credit = 'transfers' WHERE kind = 'manual_entry'", "no manual_entry for correction"),
        ("UPDATE journal SET reason = NULL WHERE kind = 'manual_entry'", "no manual_entry for nothing"),
        ("UPDATE journal SET memo_hash = NULL WHERE kind = 'manual_entry'", "no manual_entry for correction"),
        (
            "UPDATE journal SET subject_kind = 'partner' WHERE kind = 'manual_entry'",
            "about a partner and no manual_entry",
        ),
        (
            "UPDATE journal SET party_id = NULL WHERE kind = 'match'",
            "touches a partner's account and does not say whose",
        ),
        ("UPDATE journal SET party_id = NULL WHERE credit = 'partner_credit'", "does not say whose"),
        ("UPDATE journal SET party_id = merchant_id WHERE kind = 'match'", "is of another partner than its chain"),
        ("UPDATE journal SET party_id = NULL WHERE kind = 'issue'", "rows of a partner's account come to 800 and do"),
        ("UPDATE journal SET party_id = merchant_id WHERE kind = 'issue'", "is of another partner than its lot"),
        ("UPDATE journal SET amount = amount + 1 WHERE kind = 'unmatch'", "does not swap what it undoes"),
        ("UPDATE journal SET amount = amount + 1 WHERE kind = 'refund_failed'", "does not swap what it undoes"),
        ("UPDATE journal SET open_item_id = merchant_id WHERE kind = 'dispute_won'", "does not swap what it undoes"),
        ("UPDATE journal SET party_id = NULL WHERE kind = 'unmatch'", "does not swap what it undoes"),
        ("UPDATE journal SET refers_to = merchant_id WHERE kind = 'unmatch'", "does not swap what it undoes"),
        ("UPDATE journal SET legal_entity_id = merchant_id WHERE kind = 'deposit'", "is not what its hash was made of"),
        (
            "UPDATE journal SET debit = 'exchange' WHERE kind = 'settle_entities' AND line = 0",
            "between entities",
        ),
    ],
)
async def test_what_somebody_changed_by_hand_is_found(
    ledger: Ledger, database: Database, statement: str, finding: str
) -> None:
    await all_of_it(ledger)
    await change(database, statement)
    said = await found(database)
    assert any(finding in line for line in said), said


async def test_an_entry_is_booked_for_the_entity_that_it_names(ledger: Ledger, database: Database) -> None:
    """What one entity pays the other is out of one's bank and into the other's."""
    await ledger.submit(entry((Kind.SETTLE_ENTITIES, SubjectKind.MERCHANT, "paid"), 90), now=NOW)
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT count(DISTINCT legal_entity_id) AS entities, sum(amount) AS amount FROM journal"
        )
    assert tuple(rows[0].values()) == (2, 180)


def test_ids_of_subjects_tell_them_apart() -> None:
    assert len(set(SUBJECTS.values())) == len(SUBJECTS)
    assert UUID(int=0) not in SUBJECTS.values()


ELSEWHERE = replace(a_where(), location_id=UUID(int=78), legal_entity_id=OTHER_ENTITY)


async def used_elsewhere(ledger: Ledger) -> list[Outcome]:
    """A certificate that was used in another entity, of which one redemption was undone at home."""
    sale = issue(value=5_000, gratuity=300, discount=500)
    await ledger.submit(sale, now=NOW)
    spent = [replace(redeem(sale.certificate_id, 1_000, 50), where=ELSEWHERE) for _ in range(2)]
    outcomes = [await ledger.submit(command, now=NOW) for command in spent]
    common: dict[str, Any] = {
        "merchant_id": MERCHANT,
        "certificate_id": sale.certificate_id,
        "operation_id": uuid4(),
        "actor": "test",
    }
    back = Reverse(**common, redemption_id=spent[0].operation_id)
    return [*outcomes, await ledger.submit(back, now=NOW)]


async def test_what_is_used_in_another_entity_is_proven_and_undone_where_it_was(
    ledger: Ledger, database: Database
) -> None:
    outcomes = await used_elsewhere(ledger)
    assert [(one.value, one.gratuity, one.balance) for one in outcomes] == [
        (1_000, 50, 4_000),
        (1_000, 50, 3_000),
        (1_000, 50, 4_000),
    ]
    assert await found(database) == []
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT legal_entity_id,"
            " sum(CASE WHEN debit = 'between_entities' THEN amount ELSE -amount END)::bigint AS owed"
            " FROM journal WHERE 'between_entities' IN (debit, credit) GROUP BY 1"
        )
    assert {row["legal_entity_id"]: row["owed"] for row in rows} == {ENTITY: -1_050, OTHER_ENTITY: 1_050}


async def test_a_bundle_that_used_it_in_two_entities_is_undone_in_both(ledger: Ledger, database: Database) -> None:
    """Taxed at each place by its own rate, with added tax beside; every row is swapped where it was."""
    sale = replace(
        issue(value=5_000, gratuity=300, discount=500, tax=333), treatment=TaxTreatment(kind=TaxKind.MULTI_PURPOSE)
    )
    await ledger.submit(sale, now=NOW)
    places = [
        replace(a_where(), default_rate=TaxRate(name="USt", rate=Decimal("0.19"))),
        replace(ELSEWHERE, default_rate=TaxRate(name="USt", rate=Decimal("0.07"))),
        replace(a_where(), books_sale=BooksSale.TILL, location_id=UUID(int=79)),
    ]
    spent = redeem(sale.certificate_id, 777, 11)
    await ledger.submit_all([replace(spent, where=place) for place in places], now=NOW)
    common: dict[str, Any] = {
        "merchant_id": MERCHANT,
        "certificate_id": sale.certificate_id,
        "operation_id": uuid4(),
        "actor": "test",
    }
    back = await ledger.submit(Reverse(**common, redemption_id=spent.operation_id), now=NOW)
    assert (back.value, back.gratuity, back.balance) == (3 * 777, 33, 5_000)
    assert await found(database) == []
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT kind, debit, credit, amount, location_id, legal_entity_id, books_sale, tax_rate_ppm, tax_amount"
            " FROM journal WHERE kind IN ('redeem', 'reverse') ORDER BY seq"
        )
    told = [tuple(row.values()) for row in rows]
    half = len(told) // 2
    assert [("redeem", credit, debit, *rest) for _, debit, credit, *rest in told[half:]] == told[:half]
    assert {row["location_id"] for row in rows} == {place.location_id for place in places}
    assert {row["tax_rate_ppm"] for row in rows} == {None, 190_000, 70_000}


@pytest.mark.parametrize(
    "statement, finding",
    [
        ("UPDATE journal SET legal_entity_id = $1 WHERE credit = 'between_entities'", "all of it in one"),
        (
            "UPDATE journal SET debit = 'exchange' WHERE debit = 'between_entities' AND amount = 50",
            "leaves -50 between",
        ),
    ],
)
async def test_what_was_changed_between_entities_is_found(
    ledger: Ledger, database: Database, statement: str, finding: str
) -> None:
    await used_elsewhere(ledger)
    await change(database, statement.replace("$1", f"'{OTHER_ENTITY}'"))
    said = await found(database)
    assert any(finding in line for line in said), said


async def test_what_names_an_open_item_is_read_in_order(ledger: Ledger, database: Database) -> None:
    opened = entry(DISPUTED, 500)
    assert opened.open_item is not None
    other = replace(opened.open_item, item_id=uuid4())
    for command in (
        opened,
        entry(DISPUTED, 30, open_item=other),
        undo(opened, Kind.DISPUTE_WON),
        entry(PAID_BACK, open_item=OpenItem(OpenItemKind.REFUND, opened.open_item.item_id)),
    ):
        await ledger.submit(command, now=NOW)
    async with database.connection() as connection:
        rows = await ledger.rows_of_item(connection, MERCHANT, opened.open_item)
        elsewhere = await ledger.rows_of_item(connection, UUID(int=77), opened.open_item)
    assert [(row.kind, row.amount, row.seq) for row in rows] == [("dispute_opened", 500, 1), ("dispute_won", 500, 3)]
    assert elsewhere == []


async def test_refunds_that_were_paid_for_a_certificate_are_told_by_refund_and_account(
    ledger: Ledger, database: Database
) -> None:
    """Of two refunds for a certificate one was paid in two parts and failed in one; rows of before count, too."""
    sale = issue(value=900, currency="EUR")
    await ledger.submit(sale, now=NOW)
    first, second, given = (OpenItem(OpenItemKind.REFUND, UUID(int=number)) for number in (1, 2, 3))
    about = {"refers_to": sale.certificate_id, "open_item": first}
    part = entry(PAID_BACK, 40, **about)
    before = Settle(
        merchant_id=MERCHANT,
        certificate_id=sale.certificate_id,
        operation_id=uuid4(),
        actor="test",
        debit=Account.REFUNDS,
        credit=Account.GATEWAY_CLEARING,
        amount=7,
        refers_to=first.item_id,
    )
    given_away = (Kind.PAY_REFUND, SubjectKind.GATEWAY_ACCOUNT, "given_away")
    for command in (
        before,
        part,
        entry(PAID_BACK, 2, **about),
        undo(part, Kind.REFUND_FAILED),
        entry(given_away, 5, **about | {"open_item": second}),
        entry(PAID_BACK, 90, open_item=given),
    ):
        await ledger.submit(command, now=NOW)
    async with database.connection() as connection:
        found_ = await ledger.settlements(connection, MERCHANT, [sale.certificate_id])
        paid = await ledger.paid_refunds(connection, MERCHANT, [sale.certificate_id])
        happened = [await ledger.happened(connection, MERCHANT, one) for one in (part.operation_id, uuid4())]
    assert {(one.refers_to, one.account): (one.settled, one.taken_back, one.net) for one in found_} == {
        (first.item_id, Account.REFUNDS): (49, 40, 9),
        (second.item_id, Account.GOODWILL): (5, 0, 5),
    }
    assert [(one.refund_id, one.amount, one.undone, one.currency) for one in paid] == [
        (first.item_id, 40, True, "EUR"),
        (first.item_id, 2, False, "EUR"),
        (second.item_id, 5, False, "EUR"),
    ]
    assert happened == [True, False]
