"""Sealed numbers on a real database: found however they are typed, useless to whoever steals the table."""

from urllib.parse import quote
from uuid import UUID, uuid4

import asyncpg
import pytest

from largesse.adapters.keyring import FixedKeyring
from largesse.db import Connection, Database
from largesse.domain.certificates import (
    CertificateNumbers,
    CertificateUnknown,
    NumberRole,
    NumberRow,
    find_by_activation_code,
    find_by_last_four,
    find_by_number,
    holds_weak,
    last_four_of,
    open_numbers,
    seal_number,
)
from largesse.kernel.numbers import InvalidNumber, in_groups, make_number, make_sample_number
from largesse.kernel.sealing import SecretUnreadable
from tests.builders.certificates import keep_numbers

OLD, NEW = bytes(32), bytes(range(32))
KEYRING = FixedKeyring([OLD])
MERCHANT = UUID(int=7)


def some_numbers(count: int, *, keyring: FixedKeyring = KEYRING) -> tuple[list[str], list[NumberRow]]:
    numbers = [make_number("GL") for _ in range(count)]
    return numbers, [seal_number(keyring, MERCHANT, uuid4(), number) for number in numbers]


async def resealed(connection: Connection, keyring: FixedKeyring) -> int:
    done, after = await CertificateNumbers().reseal(connection, keyring, after=None, limit=10)
    while after is not None:
        count, after = await CertificateNumbers().reseal(connection, keyring, after=after, limit=10)
        done += count
    return done


async def test_a_number_is_found_however_it_is_typed(database: Database) -> None:
    numbers, rows = some_numbers(3)
    async with database.transaction() as connection:
        await keep_numbers(connection, rows)
        for number, row in zip(numbers, rows, strict=True):
            for typed in (number, number.lower(), in_groups(number), in_groups(number).replace("-", " ")):
                assert await find_by_number(connection, KEYRING, MERCHANT, typed) == row.certificate_id


# The ids are named because the numbers are random, and every worker of a run must collect the same tests.
@pytest.mark.parametrize(
    "text",
    ["", "nonsense", make_number("GL"), make_sample_number("GL"), "-", "\x00", "x" * 10_000],
    ids=["nothing", "nonsense", "unknown", "sample", "dash", "nul", "endless"],
)
async def test_unknown_and_malformed_numbers_get_one_answer(database: Database, text: str) -> None:
    _, rows = some_numbers(1)
    async with database.transaction() as connection:
        await keep_numbers(connection, rows)
        with pytest.raises(CertificateUnknown) as refusal:
            await find_by_number(connection, KEYRING, MERCHANT, text)
    assert str(refusal.value) == CertificateUnknown.message


async def test_a_number_of_another_merchant_is_unknown(database: Database) -> None:
    [number], rows = some_numbers(1)
    async with database.transaction() as connection:
        await keep_numbers(connection, rows)
        with pytest.raises(CertificateUnknown):
            await find_by_number(connection, KEYRING, UUID(int=8), number)


async def test_numbers_open_again_and_show_their_last_four(database: Database) -> None:
    numbers, rows = some_numbers(5)
    ids = [row.certificate_id for row in rows]
    async with database.transaction() as connection:
        await keep_numbers(connection, rows)
        await keep_numbers(connection, [])
        assert await open_numbers(connection, KEYRING, MERCHANT, ids) == dict(zip(ids, numbers, strict=True))
        ends = await last_four_of(connection, MERCHANT, [*ids, uuid4()])
        assert ends == {row.certificate_id: row.last_four for row in rows}
        assert ids[0] in await find_by_last_four(connection, MERCHANT, numbers[0][-4:].lower())


async def test_a_row_copied_to_another_certificate_does_not_open(database: Database) -> None:
    _, [row] = some_numbers(1)
    thief = uuid4()
    async with database.transaction() as connection:
        await keep_numbers(connection, [row])
        await connection.execute("UPDATE certificate_numbers SET certificate_id = $1", thief)
        with pytest.raises(SecretUnreadable):
            await open_numbers(connection, KEYRING, MERCHANT, [thief])


async def test_one_number_is_never_stored_twice(database: Database) -> None:
    [number], [row] = some_numbers(1)
    async with database.connection() as connection:
        await keep_numbers(connection, [row])
        with pytest.raises(asyncpg.UniqueViolationError):
            await keep_numbers(connection, [seal_number(KEYRING, MERCHANT, uuid4(), number)])


async def test_numbers_under_an_older_key_are_found_and_resealed(database: Database) -> None:
    numbers, rows = some_numbers(25)
    both, new = FixedKeyring([NEW, OLD]), FixedKeyring([NEW])
    async with database.connection() as connection:
        await keep_numbers(connection, rows)
        assert await find_by_number(connection, both, MERCHANT, numbers[3]) == rows[3].certificate_id
        assert await resealed(connection, both) == 25
        assert await CertificateNumbers().by_key(connection) == {both.current_key_id: 25}
        assert await resealed(connection, both) == 0
        for number, row in zip(numbers, rows, strict=True):
            assert await find_by_number(connection, new, MERCHANT, number) == row.certificate_id
        opened = await open_numbers(connection, new, MERCHANT, [row.certificate_id for row in rows])
        assert set(opened.values()) == set(numbers)


async def test_a_number_that_does_not_open_is_reported(database: Database) -> None:
    _, rows = some_numbers(4)
    async with database.connection() as connection:
        await keep_numbers(connection, rows)
        await connection.execute(
            "UPDATE certificate_numbers SET cipher = $1 WHERE certificate_id = $2", bytes(40), rows[1].certificate_id
        )
        checked, wrong, _ = await CertificateNumbers().unreadable(connection, KEYRING, after=None, limit=10)
    assert (checked, wrong) == (4, [rows[1].certificate_id])


async def test_neither_a_row_nor_an_error_shows_the_number() -> None:
    [number], [row] = some_numbers(1)
    assert number not in repr(row)
    assert number[2:] not in repr(row)


@pytest.mark.parametrize(
    "number, typed",
    [
        ("AB7C5", "ab7c5"),
        ("GIFT-0I2L/x", "gift 0121/X"),
        ("6012 3456 7890 1234", "6012345678901234"),
        ("Ärger-2020", "ärger2020"),
        ("GL7K2M9QXR4T8WHB3C", "gl-7k2m-9qxr-4t8w-hb3c"),  # our prefix and length, and no check symbol that fits
        ("#" * 255, "#" * 255),
    ],
)
async def test_a_number_of_another_system_is_found_however_it_is_typed(
    database: Database, number: str, typed: str
) -> None:
    row = seal_number(KEYRING, MERCHANT, uuid4(), number, bits=30)
    async with database.transaction() as connection:
        await keep_numbers(connection, [row])
        for text in (number, typed, f"https://gifts.example.com/gifts/redeem.html?code={quote(number)}"):
            assert await find_by_number(connection, KEYRING, MERCHANT, text) == row.certificate_id
        assert await open_numbers(connection, KEYRING, MERCHANT, [row.certificate_id]) == {row.certificate_id: number}


@pytest.mark.parametrize("text", ["", " - ", "x" * 256, "a\x00b"])
def test_what_nobody_could_type_is_no_number(text: str) -> None:
    with pytest.raises(InvalidNumber):
        seal_number(KEYRING, MERCHANT, uuid4(), text)


async def test_a_short_number_does_not_stand_on_screens_nearly_whole(database: Database) -> None:
    rows = [seal_number(KEYRING, MERCHANT, uuid4(), number) for number in ("AB7C5", "ABCD-5678", "ABCDEFGH-1234")]
    assert [row.last_four for row in rows] == ["5", "78", "1234"]
    async with database.transaction() as connection:
        await keep_numbers(connection, rows)


async def test_an_alias_is_as_good_and_an_activation_code_finds_only_to_activate(database: Database) -> None:
    certificate = uuid4()
    number, alias, outside = make_number("GL"), "OLD-ALIAS-77", make_number("GL")
    rows = [
        seal_number(KEYRING, MERCHANT, certificate, number),
        seal_number(KEYRING, MERCHANT, certificate, alias, role=NumberRole.ALIAS, bits=50),
        seal_number(KEYRING, MERCHANT, certificate, outside, role=NumberRole.ACTIVATION),
    ]
    async with database.transaction() as connection:
        await keep_numbers(connection, rows)
        assert await find_by_number(connection, KEYRING, MERCHANT, alias) == certificate
        with pytest.raises(CertificateUnknown):
            await find_by_number(connection, KEYRING, MERCHANT, outside)
        assert await find_by_activation_code(connection, KEYRING, MERCHANT, outside) == certificate
        with pytest.raises(CertificateUnknown):
            await find_by_activation_code(connection, KEYRING, MERCHANT, alias)
        assert await open_numbers(connection, KEYRING, MERCHANT, [certificate]) == {certificate: number}
        assert await find_by_last_four(connection, MERCHANT, outside[-4:]) == []
        assert await holds_weak(connection, MERCHANT, below=51)
        assert not await holds_weak(connection, MERCHANT, below=50)


async def test_all_numbers_of_a_certificate_are_put_under_a_new_key_whatever_fits_into_a_batch(
    database: Database,
) -> None:
    both = FixedKeyring([NEW, OLD])
    rows = []
    for _ in range(5):
        certificate = uuid4()
        rows += [seal_number(KEYRING, MERCHANT, certificate, make_number("GL"), role=role) for role in NumberRole]
    async with database.transaction() as connection:
        await keep_numbers(connection, rows)
        done, after = await CertificateNumbers().reseal(connection, both, after=None, limit=4)
        while after is not None:
            count, after = await CertificateNumbers().reseal(connection, both, after=after, limit=4)
            done += count
        assert done == 15
        assert await CertificateNumbers().by_key(connection) == {both.current_key_id: 15}
        checked, wrong, after = await CertificateNumbers().unreadable(connection, both, after=None, limit=4)
        while after is not None:
            count, more, after = await CertificateNumbers().unreadable(connection, both, after=after, limit=4)
            checked, wrong = checked + count, wrong + more
    assert (checked, wrong) == (15, [])
