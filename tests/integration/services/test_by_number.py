"""Certificates that are redeemed by their number: found under the lock, and booked as if by id."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

import pytest

from largesse.adapters.keyring import FixedKeyring
from largesse.app.application import Application
from largesse.db import Connection, Database
from largesse.domain.certificates import CertificateNumbers, number_digests
from largesse.kernel.errors import LargesseError
from largesse.kernel.numbers import in_groups, make_number, make_sample_number
from largesse.ledger import Command, Digests, Outcome, Redeem, RedeemByNumber, errors
from largesse.services.certificates import Request, merchant_of_number, redeem, redeem_by_number, reverse
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card, a_card, a_merchant, a_request

OLD, NEW = bytes(32), b"1" * 32


async def spend(
    application: Application, card: Card, *, number: str | None = None, value: int = 100, request: Request | None = None
) -> Outcome:
    """Redeem by number."""
    return await redeem_by_number(
        application,
        card.place.merchant_id,
        card.number if number is None else number,
        value=value,
        currency="USD",
        request=request or a_request(),
        now=NOW,
    )


def by_number(application: Application, card: Card, *, operation_id: UUID | None = None) -> RedeemByNumber:
    """The command that redeems a cent."""
    return RedeemByNumber(
        merchant_id=card.place.merchant_id,
        operation_id=operation_id or a_request().operation_id,
        actor="test",
        digests=Digests(number_digests(application.keyring, card.number)),
        value=1,
    )


def by_id(card: Card) -> Redeem:
    """The same by id."""
    place, request = card.place, a_request()
    return Redeem(
        merchant_id=place.merchant_id,
        certificate_id=place.certificate_id,
        operation_id=request.operation_id,
        actor="test",
        value=1,
    )


async def test_a_number_however_it_is_typed_is_redeemed_once_and_is_the_same_request_as_the_id(
    database: Database,
) -> None:
    async with an_application(database) as application:
        card = await a_card(application, await a_merchant(database))
        assert (await merchant_of_number(application, card.number)).merchant_id == card.place.merchant_id
        request = a_request()
        first = await spend(application, card, number=in_groups(card.number).lower(), request=request)
        assert (first.certificate_id, first.balance) == (card.place.certificate_id, 9_900)
        again = await spend(application, card, request=request)
        named = await redeem(application, card.place, value=100, currency="USD", request=request, now=NOW)
        assert again.replayed
        assert named.replayed
        with pytest.raises(errors.OperationConflict):
            await spend(application, card, value=101, request=request)


@pytest.mark.parametrize(
    "number",
    ["", "nonsense", make_number("GL"), make_number("ZZ"), make_sample_number("GL"), "another merchant's"],
    ids=["nothing", "nonsense", "unknown", "of nobody", "a sample", "another merchant's"],
)
async def test_a_wrong_number_is_not_found_and_nobody_who_asks_beside_it_minds(database: Database, number: str) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        card = await a_card(application, merchant)
        if number == "another merchant's":
            other = await a_merchant(database, slug="lola", number="2002", prefix="LO")
            number = (await a_card(application, other)).number
        wrong, right = await asyncio.gather(
            spend(application, card, number=number), spend(application, card), return_exceptions=True
        )
        assert isinstance(wrong, errors.CertificateNotFound)
        assert wrong.code == "certificate.not_found"
        assert isinstance(right, Outcome)


async def test_another_currency_is_refused(database: Database) -> None:
    async with an_application(database) as application:
        card = await a_card(application, await a_merchant(database, currency="EUR"))
        with pytest.raises(errors.WrongCurrency):
            await spend(application, card)


async def test_a_number_under_an_old_key_is_found_and_the_request_is_the_same_under_the_new_one(
    database: Database,
) -> None:
    merchant, request = await a_merchant(database), a_request()
    async with an_application(database, keyring=FixedKeyring([OLD])) as before:
        card = await a_card(before, merchant)
    keyring = FixedKeyring([NEW, OLD])
    async with an_application(database, keyring=keyring) as application:
        assert not (await spend(application, card, request=request)).replayed
        async with database.transaction() as connection:
            resealed, _ = await CertificateNumbers().reseal(connection, keyring, after=None, limit=10)
        assert resealed == 1
        assert (await spend(application, card, request=request)).replayed
    async with an_application(database, keyring=FixedKeyring([NEW])) as after:
        assert (await spend(after, card)).balance == 9_800
    async with an_application(database, keyring=FixedKeyring([OLD])) as stale:
        with pytest.raises(errors.CertificateNotFound):
            await spend(stale, card)


async def test_ids_and_numbers_of_the_same_certificates_meet_in_one_batch(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        cards = [await a_card(application, merchant) for _ in range(3)]
        asked: list[Command] = []
        for card in cards:
            asked += [by_number(application, card), by_id(card), by_number(application, card)]
        async with database.transaction() as connection:
            outcomes = await application.ledger.post(connection, asked, now=NOW)
        assert [outcome.balance for outcome in outcomes if isinstance(outcome, Outcome)] == [9_999, 9_998, 9_997] * 3
        submitted = await asyncio.gather(*(application.ledger.submit(one, now=NOW) for one in asked))
        assert all(outcome.replayed for outcome in submitted)


class Counting:
    """A session that counts what is asked of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.statements: list[str] = []

    async def fetch(self, query: str, *args: object, timeout: float | None = None) -> Any:
        """Run a query, and count it."""
        self.statements.append(query)
        return await self._connection.fetch(query, *args, timeout=timeout)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


async def test_a_redemption_by_number_asks_as_often_as_one_by_id(database: Database) -> None:
    async with an_application(database) as application:
        card = await a_card(application, await a_merchant(database))
        counts = []
        for command in (by_id(card), by_number(application, card)):
            async with database.transaction() as connection:
                counting = Counting(connection)
                [outcome] = await application.ledger.post(cast("Connection", counting), [command], now=NOW)
            assert isinstance(outcome, Outcome)
            counts.append(len(counting.statements))
        assert counts[0] == counts[1] > 1


async def test_a_certificate_that_somebody_has_locked_is_waited_for_and_no_other(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        held, free = await a_card(application, merchant), await a_card(application, merchant)
        async with database.transaction() as connection:
            await application.ledger.lock(connection, merchant.merchant_id, [held.place.certificate_id])
            waiting = [
                asyncio.create_task(application.ledger.submit(one, now=NOW))
                for one in (by_number(application, held), by_id(held))
            ]
            quick = await asyncio.gather(
                *(application.ledger.submit(by_number(application, free), now=NOW) for _ in "ab")
            )
            assert [outcome.balance for outcome in quick] == [9_999, 9_998]
            assert not any(task.done() for task in waiting)
        assert sorted(outcome.balance for outcome in await asyncio.gather(*waiting)) == [9_998, 9_999]


async def test_a_bundle_names_certificates_by_number_and_is_known_again(database: Database) -> None:
    merchant, operation_id = await a_merchant(database), a_request().operation_id
    async with an_application(database) as application:
        cards = [await a_card(application, merchant) for _ in range(2)]
        bill = [by_number(application, card, operation_id=operation_id) for card in cards]
        first = await application.ledger.submit_all(bill, now=NOW)
        again = await application.ledger.submit_all(bill, now=NOW)
        assert [outcome.certificate_id for outcome in first] == [card.place.certificate_id for card in cards]
        assert [(outcome.balance, outcome.replayed) for outcome in again] == [(9_999, True)] * 2
        with pytest.raises(errors.OperationConflict):
            await application.ledger.submit_all(bill[::-1], now=NOW)
        unknown = RedeemByNumber(
            merchant_id=merchant.merchant_id,
            operation_id=a_request().operation_id,
            actor="test",
            digests=Digests(number_digests(application.keyring, make_number("GL"))),
            value=1,
        )
        known = by_number(application, cards[0], operation_id=unknown.operation_id)
        with pytest.raises(errors.CertificateNotFound) as refused:
            await application.ledger.submit_all([known, unknown], now=NOW)
        assert refused.value.index == 1
        assert await cards[0].left(application) == (9_999, 0)


def _mentions(digests: Sequence[bytes], texts: Sequence[str]) -> bool:
    shapes = [shape for digest in digests for shape in (digest.hex(), repr(digest), repr(digest)[2:-1])]
    return any(shape in text for shape in shapes for text in texts)


async def test_neither_number_nor_hmac_is_told_written_or_shown(database: Database) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        card = await a_card(application, merchant)
        told: list[Command] = []
        application.ledger.on_outcome = lambda command, _: told.append(command)
        command = by_number(application, card)
        digests = number_digests(application.keyring, card.number)
        await application.ledger.submit(command, now=NOW)
        with pytest.raises(LargesseError) as refused:
            await spend(application, card, value=1_000_000)
        async with database.connection() as connection:
            rows = [
                str(dict(row))
                for table in ("journal", "events")
                for row in await connection.fetch(f"SELECT * FROM {table} WHERE merchant_id = $1", merchant.merchant_id)
            ]
        assert {type(one) for one in told} == {Redeem}
        assert len(rows) >= 3
        shown = [repr(command), str(refused.value), repr(refused.value), *map(repr, told), *rows]
        assert not _mentions(digests, shown)
        assert not any(card.number in text for text in shown)
        assert _mentions(digests, [repr(digests)]), "the check would see one"


async def test_what_was_redeemed_by_number_is_reversed_like_any_redemption(database: Database) -> None:
    async with an_application(database) as application:
        card = await a_card(application, await a_merchant(database))
        outcome = await spend(application, card)
        await reverse(application, card.place, redemption_id=outcome.operation_id, request=a_request(), now=NOW)
        assert await card.left(application) == (10_000, 0)
