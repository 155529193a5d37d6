"""Whatever is kept beside the journal and follows from it is proven from it: column by column, none is left out.

A column that is added to these tables is named here, with a change of it that `verify` finds, or with the reason why no
row tells it.
"""

import json
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
from largesse.ledger import (
    Account,
    Adjust,
    CaptureHold,
    Command,
    Kind,
    Ledger,
    Lot,
    PlaceHold,
    Prepare,
    ReleaseHold,
    Reload,
    SubjectKind,
    Transfer,
)
from largesse.ledger.proofs import verify
from largesse.ledger.seals import make_seal
from tests.builders.ledger import KEYRING, MERCHANT, NOW, SOON, entry, issue, redeem

NINETEEN = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19"))
_OTHER = "gen_random_uuid()"
_NOT_OF_THE_BOOKS = "a merchant's settings, kept by whoever changes them: rows say what was booked by them"

CERTIFICATES = {
    "merchant_id": _OTHER,
    "certificate_id": _OTHER,
    "currency": "'EUR'",
    "class_of_value": "'credit'",
    "funding": "'cash'",
    "status": "'blocked'",
    "balance": "balance + 1",
    "held": "held + 1",
    "gratuity_balance": "gratuity_balance + 1",
    "gratuity_held": "gratuity_held + 1",
    "good_through": "good_through + 1",
    "expires_at": "expires_at + interval '1 day'",
    "order_number": "'GL-2'",
    "seq": "seq + 1",
    "issued_at": "issued_at - interval '1 day'",
    "active_at": "active_at - interval '1 day'",
    "lots": "'[]'",
    "head": "sha256(head)",
    "effective_at": "effective_at - interval '1 microsecond'",
    "recorded_at": "recorded_at + interval '1 microsecond'",
}
LOTS: dict[str, object] = {
    "lot_id": str(UUID(int=9)),
    "source": "terminal",
    "face": 1,
    "gratuity": 1,
    "discount": 1,
    "included_tax": 1,
    "added_tax": 1,
    "treatment": {"kind": "single_purpose", "country": "DE", "rate": "0.07"},
    "tax_account": "tender_clearing",
    "order_number": "GL-2",
    "party_id": str(UUID(int=9)),
    "location_id": str(UUID(int=9)),
    "legal_entity_id": str(UUID(int=9)),
    "filled_by": str(UUID(int=9)),
    "offering_id": str(UUID(int=9)),
    "refcode": "spring",
    "first_issued_at": "2020-01-01T00:00:00Z",
}
HOLDS = {
    "merchant_id": _OTHER,
    "hold_id": _OTHER,
    "certificate_id": "(SELECT certificate_id FROM certificates WHERE certificate_id <> holds.certificate_id LIMIT 1)",
    "status": "CASE status WHEN 'released' THEN 'captured' ELSE 'released' END",
    "amount": "amount + 1",
    "gratuity": "gratuity + 1",
    "placed_at": "placed_at - interval '1 day'",
    "expires_at": "expires_at + interval '1 day'",
}
SUBJECTS = {
    "merchant_id": _OTHER,
    "subject_id": _OTHER,
    "subject_kind": "'bank_account'",
    "seq": "seq + 1",
    "head": "sha256(head)",
    "effective_at": "effective_at - interval '1 microsecond'",
    "recorded_at": "recorded_at + interval '1 microsecond'",
}
BOOKS = {"sealed_through": "NULL"}
TOLD = {
    **{f"certificates.{name}": f"UPDATE certificates SET {name} = {to}" for name, to in CERTIFICATES.items()},
    **{f"holds.{name}": f"UPDATE holds SET {name} = {to}" for name, to in HOLDS.items()},
    **{f"subjects.{name}": f"UPDATE subjects SET {name} = {to}" for name, to in SUBJECTS.items()},
    **{f"books.{name}": f"UPDATE books SET {name} = {to}" for name, to in BOOKS.items()},
}
UNTOLD = {
    "certificates.redeemed_at": "for an hour, and only where there is a limit: docs/decisions/0102-pace.md",
    "books.merchant_id": "who has books is the merchants' own table's to say",
    "books.open_from": "set by whoever closes a period, before anything is posted in the next",
    "books.location_id": _NOT_OF_THE_BOOKS,
    "books.legal_entity_id": _NOT_OF_THE_BOOKS,
    "books.country": _NOT_OF_THE_BOOKS,
    "books.time_zone": _NOT_OF_THE_BOOKS,
    "books.cut_off_hour": _NOT_OF_THE_BOOKS,
    "books.books_sale": _NOT_OF_THE_BOOKS,
    "books.default_rate_name": _NOT_OF_THE_BOOKS,
    "books.default_rate": _NOT_OF_THE_BOOKS,
    "books.redemptions_per_hour": _NOT_OF_THE_BOOKS,
    "books.expired_gratuity": _NOT_OF_THE_BOOKS,
}
UNTOLD_OF_CORRECTIONS = {
    "location_id": "that of the first lot: nobody sold a correction anywhere",
    "treatment": "that of the first lot",
    "tax_account": "no tax was paid for it",
}


@pytest.fixture
async def ledger(database: Database) -> AsyncIterator[Ledger]:
    def publish(_: Writes, events: Sequence[Event]) -> None:
        del events

    async with Ledger(database, keyring=KEYRING, publish=publish, told_time=True) as opened:
        yield opened


def about(certificate_id: UUID) -> dict[str, Any]:
    return {"merchant_id": MERCHANT, "certificate_id": certificate_id, "operation_id": uuid4(), "actor": "test"}


async def found(database: Database) -> list[str]:
    async with database.dedicated() as connection:
        return [f"{one.subject}: {one.finding}" async for one in verify(connection)]


async def lived(ledger: Ledger, database: Database) -> tuple[UUID, UUID]:
    """A certificate that was replaced by another, with all its lots and three holds; sealed, with an entry beside."""
    one, new, card = uuid4(), uuid4(), uuid4()
    bought = replace(
        issue(value=5_000, gratuity=500, discount=100, certificate_id=one),
        order_number="GL-1",
        treatment=NINETEEN,
        included_tax=782,
    )
    holds = [PlaceHold(**about(new), value=10 + number, gratuity=1, expires_at=SOON) for number in range(3)]
    commands: list[Command] = [
        bought,
        Reload(**about(one), value=300, funding=Account.CASH),
        Adjust(**about(one), value=7, memo="counted"),
        redeem(one, 100),
        Transfer(**about(one), to_certificate_id=new, reissue=True),
        *holds,
        CaptureHold(**about(new), hold_id=holds[0].operation_id, value=5),
        ReleaseHold(**about(new), hold_id=holds[1].operation_id),
        Prepare(**about(card), currency="USD"),
        entry((Kind.PAY_IN, SubjectKind.TILL_DRAWER, "float"), 500),
    ]
    for number, command in enumerate(commands):
        await ledger.submit(command, now=NOW + timedelta(seconds=number))
    async with database.connection() as connection:
        await ledger.move_cut(connection, MERCHANT, now=NOW + timedelta(hours=1))
    async with database.transaction() as connection:
        assert await make_seal(connection, MERCHANT, now=NOW + timedelta(hours=1)) is not None
    return one, new


async def changed(database: Database, statement: str, *arguments: object) -> None:
    """What somebody does to the tables by hand, whatever holds them together."""
    async with database.transaction() as connection:
        rules = await connection.fetch(
            "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS dropped"
            " FROM pg_constraint"
            " WHERE contype IN ('f', 'c') AND conrelid = ANY ($1::regclass[]) AND conparentid = 0",
            ["certificates", "holds", "subjects", "books"],
        )
        for rule in rules:
            await connection.execute(rule["dropped"])
        assert await connection.execute(statement, *arguments) != "UPDATE 0"


async def test_every_column_is_proven_or_named_with_the_reason_why_not(database: Database) -> None:
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT table_name || '.' || column_name AS name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name IN ('certificates', 'holds', 'subjects', 'books')"
        )
    assert sorted(row["name"] for row in rows) == sorted([*TOLD, *UNTOLD])
    assert set(LOTS) == set(Lot.__struct_fields__)
    assert UNTOLD_OF_CORRECTIONS.keys() <= set(LOTS)


async def test_none_of_it_is_found_where_nobody_changed_anything(ledger: Ledger, database: Database) -> None:
    await lived(ledger, database)
    assert await found(database) == []


@pytest.mark.parametrize("column", TOLD)
async def test_a_column_that_was_changed_by_hand_is_found(ledger: Ledger, database: Database, column: str) -> None:
    _, new = await lived(ledger, database)
    of = {"certificates": f" WHERE certificate_id = '{new}'", "holds": " WHERE amount = 11"}
    await changed(database, TOLD[column] + of.get(column.partition(".")[0], ""))
    assert await found(database) != []


@pytest.mark.parametrize(
    "place, name",
    [(place, name) for place in range(3) for name in LOTS if place < 2 or name not in UNTOLD_OF_CORRECTIONS],
)
async def test_what_a_lot_says_is_found_where_no_row_says_so(
    ledger: Ledger, database: Database, place: int, name: str
) -> None:
    """Of what was issued, reloaded and corrected, all of it on the certificate that took the place of another."""
    _, new = await lived(ledger, database)
    statement = f"UPDATE certificates SET lots = jsonb_set(lots, $1, $2) WHERE certificate_id = '{new}'"
    await changed(database, statement, [str(place), name], json.dumps(LOTS[name]))
    assert await found(database) != []


@pytest.mark.parametrize("name", ["filled_by", "location_id", "legal_entity_id", "treatment", "order_number"])
async def test_what_a_lot_says_no_more_is_found(ledger: Ledger, database: Database, name: str) -> None:
    _, new = await lived(ledger, database)
    await changed(database, f"UPDATE certificates SET lots = lots #- $1 WHERE certificate_id = '{new}'", ["0", name])
    assert await found(database) != []


@pytest.mark.parametrize(
    "change", ["class_of_value = 'promotional'", "funding = 'cash'", "order_number = 'GL-2'", "issued_at = now()"]
)
async def test_a_card_that_was_never_sold_says_nothing_of_a_sale(
    ledger: Ledger, database: Database, change: str
) -> None:
    await lived(ledger, database)
    await changed(database, f"UPDATE certificates SET {change} WHERE status = 'inactive'")
    assert await found(database) != []


async def test_a_hold_that_was_taken_away_is_found(ledger: Ledger, database: Database) -> None:
    await lived(ledger, database)
    async with database.connection() as connection:
        await connection.execute("DELETE FROM holds WHERE status = 'released'")
    assert any("says nothing of" in line for line in await found(database))
