"""`verify` finds what somebody changed by hand in certificates and journal: status, last good day, accounts, holds."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from largesse.db import Database, Writes
from largesse.kernel.errors import LargesseError
from largesse.kernel.events import Event
from largesse.kernel.money import MINOR_MAX
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.kernel.where import BooksSale
from largesse.ledger import (
    Account,
    Activate,
    Adjust,
    Block,
    ClassOfValue,
    Command,
    Expire,
    Extend,
    Kind,
    Ledger,
    Outcome,
    PlaceHold,
    Prepare,
    Refund,
    Reinstate,
    Reload,
    Reverse,
    Settle,
    Status,
    Transfer,
    Unblock,
    UndoReload,
    Void,
    errors,
)
from largesse.ledger.commands import fingerprint_of
from largesse.ledger.proofs import trial_balance, verify
from tests.builders.ledger import EXPIRES_AT, KEYRING, MERCHANT, NOW, SOON, a_where, issue, redeem


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


async def change(database: Database, statement: str) -> None:
    """What somebody does to the tables by hand, whatever the triggers say."""
    async with database.connection() as connection:
        await connection.execute("ALTER TABLE journal DISABLE TRIGGER journal_is_append_only")
        await connection.execute(statement)


async def lived(ledger: Ledger) -> UUID:
    """A certificate that was held, blocked, moved, extended, expired, reinstated and corrected."""
    one = (await ledger.submit(issue(value=5_000, gratuity=500, discount=100, tax=70), now=NOW)).certificate_id
    later = EXPIRES_AT + timedelta(days=365)
    given = await ledger.submit(issue(value=900, class_of_value=ClassOfValue.PROMOTIONAL), now=NOW)
    partner = await ledger.submit(issue(value=800, funding=Account.PARTNER_RECEIVABLE), now=NOW)
    expiry = Expire(**about(one))
    new, spent = uuid4(), redeem(one, 333)
    steps: list[tuple[Command, Any]] = [
        (redeem(one, 100, 10), NOW),
        (spent, NOW),
        (Reverse(**about(one), redemption_id=spent.operation_id), NOW),
        (Reload(**about(one), value=300, funding=Account.GATEWAY_CLEARING, discount=30, added_tax=21), NOW),
        (Refund(**about(one), value=200), NOW),
        (Block(**about(one)), NOW),
        (Extend(**about(one), good_through=later.date(), expires_at=later), NOW),
        (expiry, later),
        (Reinstate(**about(one), expiry_id=expiry.operation_id), NOW),
        (Adjust(**about(one), value=-7, memo="counted"), NOW),
        (Transfer(**about(one), to_certificate_id=new, reissue=True), NOW),
        (Adjust(**about(given.certificate_id), value=-7, memo="counted"), NOW),
        (redeem(given.certificate_id, 50), NOW),
        (Void(**about(given.certificate_id)), NOW),
        (Void(**about(partner.certificate_id)), NOW),
        (Settle(**about(one), debit=Account.REFUNDS, credit=Account.GATEWAY_CLEARING, amount=9), NOW),
        (PlaceHold(**about(new), value=10, expires_at=SOON), NOW),
    ]
    for command, now in steps:
        await ledger.submit(command, now=now)
    return new


async def test_all_that_a_certificate_lives_through_is_proven(ledger: Ledger, database: Database) -> None:
    await lived(ledger)
    assert await found(database) == []


@pytest.mark.parametrize(
    "statement, finding",
    [
        ("UPDATE certificates SET status = 'blocked' WHERE status = 'active'", "blocked until 2028-11-22, of"),
        (
            "UPDATE certificates SET status = 'active' WHERE status = 'void' AND funding = 'promotions_granted'",
            "active until",
        ),
        (
            "UPDATE certificates SET good_through = '2030-01-01', expires_at = '2030-01-02Z' WHERE status = 'active'",
            "active until 2030-01-01",
        ),
        ("UPDATE certificates SET expires_at = expires_at + interval '1 second' WHERE status = 'active'", "until"),
        ("UPDATE certificates SET good_through = NULL, expires_at = NULL WHERE status = 'active'", "until for ever"),
        ("UPDATE journal SET status_after = 'active' WHERE kind = 'block'", "says active, its kinds lead to blocked"),
        ("UPDATE journal SET status_after = 'void' WHERE kind = 'redeem'", "says void, its kinds lead to active"),
        (
            "UPDATE journal SET expires_at_after = '2031-01-01Z' WHERE kind = 'redeem'",
            "does not follow from the row before it",
        ),
        ("UPDATE journal SET kind = 'block' WHERE kind = 'extend'", "does not follow from the row before it"),
        (
            "UPDATE journal SET credit = 'write_offs' WHERE kind = 'void' AND credit = 'promotions_granted'",
            "is no void of a promotional certificate paid by promotions_granted: promotional_outstanding < write_offs",
        ),
        (
            "UPDATE journal SET credit = 'redeemed' WHERE kind = 'redeem' AND debit = 'promotional_outstanding'",
            "given away 0 and granted 50 against certificates of 0",
        ),
        (
            "UPDATE journal SET debit = 'certificates_outstanding' WHERE kind = 'redeem' AND debit LIKE 'promo%'",
            "given away 50 and granted 0 against certificates of 0",
        ),
        (
            "UPDATE certificates SET class_of_value = 'paid' WHERE class_of_value = 'promotional'",
            "is no redeem of a paid certificate paid by promotions_granted",
        ),
        ("UPDATE journal SET credit = 'write_offs' WHERE credit = 'partner_receivable'", "paid by partner_receivable"),
        ("UPDATE journal SET credit = 'discounts' WHERE credit = 'redeemed'", "is no redeem of a paid certificate"),
        ("UPDATE journal SET debit = 'opening_balances' WHERE kind = 'issue' AND line = 0", "is no issue of a"),
        ("UPDATE journal SET credit = 'redeemed' WHERE kind = 'settle'", "is no settle of a paid certificate"),
        ("UPDATE holds SET gratuity = 3", "held 10 + 0, open holds add up to 10 + 3"),
        ("UPDATE certificates SET gratuity_held = 2 WHERE status = 'active'", "held 10 + 2"),
        (
            "UPDATE journal SET lot_discount_after = lot_discount_after + 1 WHERE kind = 'redeem'",
            "the lot of journal row",
        ),
        (
            "UPDATE journal SET lot_added_tax_after = lot_added_tax_after + 1 WHERE kind = 'redeem'",
            "the lot of journal row",
        ),
        (
            "UPDATE certificates SET lots = jsonb_set(lots, '{0,discount}', '7') WHERE status = 'active'",
            "the lots of the certificate are not where",
        ),
        (
            "UPDATE certificates SET lots = jsonb_set(lots, '{0,source}', '\"promotions\"') WHERE status = 'active'",
            "of a paid certificate paid by promotions:",
        ),
        ("UPDATE journal SET gratuity_held_after = 2 WHERE kind = 'hold'", "does not follow from the row before it"),
        ("UPDATE journal SET lot_face_after = lot_face_after + 1 WHERE kind = 'redeem'", "the lot of journal row"),
        ("UPDATE journal SET lot_gratuity_after = 9 WHERE kind = 'redeem'", "the lot of journal row"),
        ("UPDATE journal SET held_after = 11 WHERE kind = 'hold'", "does not follow from the row before it"),
        (
            "UPDATE journal SET balance_after = balance_after + 1 WHERE kind = 'hold'",
            "does not follow from the row before it",
        ),
        (
            "UPDATE journal SET gratuity_after = gratuity_after + 1 WHERE kind = 'hold'",
            "does not follow from the row before it",
        ),
        (
            "UPDATE certificates SET balance = balance + 1 WHERE status = 'active'",
            "the lots of the certificate are",
        ),
        (
            "UPDATE certificates SET gratuity_balance = gratuity_balance + 1 WHERE status = 'active'",
            "the lots of the certificate are",
        ),
    ],
)
async def test_what_was_changed_by_hand_is_found(
    ledger: Ledger, database: Database, *, statement: str, finding: str
) -> None:
    await lived(ledger)
    await change(database, statement)
    said = await found(database)
    assert any(finding in line for line in said), said


@pytest.mark.parametrize(
    "lots, what",
    [
        ("lots || (lots -> 0)", "one of them twice"),
        ("'[]'", "none of them"),
        ("lots - 0", "one of them less"),
        ("jsonb_set(lots, '{0,face}', '9')", "another face"),
        ("jsonb_set(lots, '{0,added_tax}', '9')", "another added tax"),
        ("lots || jsonb_set(lots -> 0, '{lot_id}', to_jsonb(gen_random_uuid()))", "one that no row tells"),
    ],
)
async def test_lots_that_the_journal_does_not_tell_so_are_found(
    ledger: Ledger, database: Database, *, lots: str, what: str
) -> None:
    del what
    await lived(ledger)
    await change(database, f"UPDATE certificates SET lots = {lots} WHERE status = 'active'")
    said = await found(database)
    assert any("the lots of the certificate are not where" in line for line in said), said


@pytest.mark.parametrize("kind", ["reverse", "reinstate", "transfer"])
async def test_added_tax_that_comes_back_is_what_went(ledger: Ledger, database: Database, *, kind: str) -> None:
    """No account moves for it: nothing but the rows that took it can tell, where the forger went on to the end."""
    one, other = [(await ledger.submit(issue(value=1_000, tax=77), now=NOW)).certificate_id for _ in range(2)]
    spent, expiry = redeem(one, 333), Expire(**about(one))
    undone: dict[str, list[tuple[Command, Any]]] = {
        "reverse": [(spent, NOW), (Reverse(**about(one), redemption_id=spent.operation_id), NOW)],
        "reinstate": [(expiry, EXPIRES_AT), (Reinstate(**about(one), expiry_id=expiry.operation_id), NOW)],
        "transfer": [(Transfer(**about(one), to_certificate_id=other, value=333), NOW)],
    }
    for command, now in undone[kind]:
        await ledger.submit(command, now=now)
    assert await found(database) == []
    await change(
        database,
        "UPDATE journal SET lot_added_tax_after = lot_added_tax_after + 1"
        f" WHERE kind = '{kind}' AND credit = 'certificates_outstanding';"
        "UPDATE certificates SET lots = (SELECT jsonb_agg(lot || jsonb_build_object('added_tax', j.lot_added_tax_after)"
        " ORDER BY place) FROM jsonb_array_elements(lots) WITH ORDINALITY AS told (lot, place)"
        " JOIN LATERAL (SELECT * FROM journal WHERE subject_id = certificate_id AND lot_id::text = lot ->> 'lot_id'"
        " ORDER BY seq DESC LIMIT 1) AS j ON true)",
    )
    said = await found(database)
    assert not any("the lots of the certificate" in line for line in said), said
    assert any("the lot of journal row" in line for line in said), said


async def test_what_happens_to_a_certificate_again_and_again_is_proven(ledger: Ledger, database: Database) -> None:
    """The last of a kind counts: blocked twice, expired twice, and undone in between."""
    one = (await ledger.submit(issue(value=100), now=NOW)).certificate_id
    for kind in (Block, Unblock, Block, Unblock):
        await ledger.submit(kind(**about(one)), now=NOW)
        assert await found(database) == []
    first, second = Expire(**about(one)), Expire(**about(one))
    for command, now in (
        (first, EXPIRES_AT),
        (Reinstate(**about(one), expiry_id=first.operation_id), NOW),
        (second, EXPIRES_AT),
        (Reinstate(**about(one), expiry_id=second.operation_id), NOW),
        (Block(**about(one)), NOW),
        (Transfer(**about(one), to_certificate_id=uuid4(), reissue=True), NOW),
    ):
        await ledger.submit(command, now=now)
        assert await found(database) == []


async def test_the_trial_balance_has_both_sides_of_every_account(ledger: Ledger, database: Database) -> None:
    one = (await ledger.submit(issue(value=500, gratuity=50, discount=5, tax=7), now=NOW)).certificate_id
    await ledger.submit(redeem(one, 100, 10), now=NOW)
    async with database.connection() as connection:
        told = [(row.account, row.debits, row.credits, row.balance) for row in await trial_balance(connection)]
    assert told == [
        (Account.CERTIFICATES_OUTSTANDING, 110, 550, -440),
        (Account.DISCOUNT_ON_OUTSTANDING, 5, 1, 4),
        (Account.GATEWAY_CLEARING, 552, 0, 552),
        (Account.GRATUITIES_PAYABLE, 0, 10, -10),
        (Account.REDEEMED, 1, 100, -99),
        (Account.TAX_PAYABLE, 0, 7, -7),
    ]


async def test_tax_that_is_included_is_proven(ledger: Ledger, database: Database) -> None:
    tax = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19"))
    opening = replace(issue(value=1_000, discount=100), included_tax=144, treatment=tax)
    one = (await ledger.submit(opening, now=NOW)).certificate_id
    spent, expiry = redeem(one, 333), Expire(**about(one))
    await ledger.submit(spent, now=NOW)
    await ledger.submit(Reverse(**about(one), redemption_id=spent.operation_id), now=NOW)
    await ledger.submit(Refund(**about(one), value=334), now=NOW)
    await ledger.submit(expiry, now=EXPIRES_AT)
    await ledger.submit(Reinstate(**about(one), expiry_id=expiry.operation_id), now=NOW)
    await ledger.submit(Transfer(**about(one), to_certificate_id=uuid4(), reissue=True), now=NOW)
    assert await found(database) == []
    await change(database, "UPDATE journal SET lot_included_tax_after = 1 WHERE kind = 'issue'")
    said = await found(database)
    assert any("the lot of journal row" in line for line in said), said


async def test_what_a_till_sold_and_gave_back_is_proven(ledger: Ledger, database: Database) -> None:
    """Its added tax comes and goes with the price, in one row."""
    till = replace(a_where(), books_sale=BooksSale.TILL)
    sold = replace(issue(value=1_000, tax=77), funding=Account.TENDER_CLEARING, where=till)
    one = (await ledger.submit(sold, now=NOW)).certificate_id
    await ledger.submit(redeem(one, 333), now=NOW)
    await ledger.submit(Refund(**about(one), value=100), now=NOW)
    await ledger.submit(Void(**about(one), reason="error"), now=NOW)
    assert await found(database) == []


async def test_what_was_prepared_and_what_became_of_it_is_proven(ledger: Ledger, database: Database) -> None:
    """One was sold at a till with tax and expired, one was imported, one was never sold, one waits."""
    till = replace(a_where(), books_sale=BooksSale.TILL)
    sold = issue(value=1_000, tax=77, discount=100, gratuity=50)
    activations = [
        replace(sold, funding=Account.TENDER_CLEARING, where=till),
        replace(issue(value=500, tax=30), funding=Account.OPENING_BALANCES, order_number="GL-7"),
    ]
    for one in activations:
        await ledger.submit(Prepare(**about(one.certificate_id), currency="USD"), now=NOW)
        await ledger.submit(Activate(**{name: getattr(one, name) for name in one.__struct_fields__}), now=NOW)
        await ledger.submit(redeem(one.certificate_id, 100), now=NOW)
    await ledger.submit(Expire(**about(sold.certificate_id)), now=EXPIRES_AT)
    never, waiting = uuid4(), uuid4()
    for certificate_id in (never, waiting):
        await ledger.submit(Prepare(**about(certificate_id), currency="EUR"), now=NOW)
    await ledger.submit(Void(**about(never)), now=NOW)
    assert await found(database) == []
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT status, funding, order_number, issued_at FROM certificates")
    assert {(row["status"], row["funding"], row["order_number"]) for row in rows} == {
        ("expired", "tender_clearing", None),
        ("active", "opening_balances", "GL-7"),
        ("void", "gateway_clearing", None),
        ("inactive", "gateway_clearing", None),
    }
    for statement, wrong in (
        ("UPDATE certificates SET status = 'active' WHERE status = 'inactive'", "its kinds lead to inactive"),
        ("UPDATE journal SET status_after = 'active' WHERE kind = 'prepare'", "its kinds lead to inactive"),
        ("UPDATE journal SET kind = 'issue' WHERE kind = 'activate' AND line = 1", "does not follow"),
    ):
        await change(database, statement)
        said = await found(database)
        assert any(wrong in line for line in said), said


async def test_tax_of_an_import_is_proven_until_the_import_is_reversed(ledger: Ledger, database: Database) -> None:
    imported = issue(value=1_000, tax=77, funding=Account.OPENING_BALANCES)
    one = (await ledger.submit(imported, now=NOW)).certificate_id
    await ledger.submit(Refund(**about(one), value=100), now=NOW)
    reloaded = Reload(**about(one), value=300, added_tax=21, funding=Account.OPENING_BALANCES)
    await ledger.submit(reloaded, now=NOW)
    await ledger.submit(UndoReload(**about(one), reload_id=reloaded.operation_id), now=NOW)
    await ledger.submit(Void(**about(one), reason="error"), now=NOW)
    assert await found(database) == []
    await change(database, "UPDATE journal SET lot_added_tax_after = 1 WHERE kind = 'void'")
    said = await found(database)
    assert any("the lot of journal row" in line for line in said), said


async def test_money_that_moves_about_anything_but_a_certificate_is_found(ledger: Ledger, database: Database) -> None:
    """No command writes of a partner or a till yet: both sides agree, and no certificate is touched."""
    await ledger.submit(issue(value=500), now=NOW)
    await change(
        database,
        "INSERT INTO journal SELECT (jsonb_populate_record(j, jsonb_build_object('subject_id', gen_random_uuid(), "
        "'subject_kind', 'partner', 'operation_id', gen_random_uuid(), 'lot_id', NULL, 'debit', 'refunds', "
        "'credit', 'gateway_clearing', 'leg', NULL, 'balance_after', 0))).* FROM journal j",
    )
    said = await found(database)
    assert any("journal row 1 is about a partner" in line for line in said), said


async def test_added_tax_that_nobody_paid_is_found(ledger: Ledger, database: Database) -> None:
    await ledger.submit(issue(value=500), now=NOW)
    await change(
        database,
        "UPDATE journal SET lot_added_tax_after = 5;"
        "UPDATE certificates SET lots = jsonb_set(lots, '{0,added_tax}', '5')",
    )
    said = await found(database)
    assert any("the lot of journal row 1 does not follow" in line for line in said), said


async def test_the_largest_amounts_are_proven(ledger: Ledger, database: Database) -> None:
    """Shares of added tax multiply two of them, which is more than a bigint holds."""
    one = (await ledger.submit(issue(value=MINOR_MAX, gratuity=MINOR_MAX, tax=MINOR_MAX), now=NOW)).certificate_id
    spent = redeem(one, MINOR_MAX // 3)
    await ledger.submit(spent, now=NOW)
    await ledger.submit(Reverse(**about(one), redemption_id=spent.operation_id), now=NOW)
    await ledger.submit(redeem(one, 1, MINOR_MAX), now=NOW)
    await ledger.submit(Refund(**about(one), value=7), now=NOW)
    await ledger.submit(Transfer(**about(one), to_certificate_id=uuid4(), reissue=True), now=NOW)
    await ledger.submit(issue(value=MINOR_MAX, tax=MINOR_MAX), now=NOW)
    assert await found(database) == []


async def test_a_lot_that_comes_back_to_where_it_was_is_proven(ledger: Ledger, database: Database) -> None:
    """In parts, within one operation, and beside another lot that goes the same way."""
    one = (await ledger.submit(issue(value=1_000, gratuity=10, discount=99, tax=33), now=NOW)).certificate_id
    two = (await ledger.submit(issue(value=700, discount=7, tax=5), now=NOW)).certificate_id
    await ledger.submit(Reload(**about(two), value=50, funding=Account.GATEWAY_CLEARING, added_tax=1), now=NOW)
    both = uuid4()

    def move(source: UUID, target: UUID, value: int, gratuity: int = 0) -> Transfer:
        return Transfer(
            **about(source) | {"operation_id": both}, to_certificate_id=target, value=value, gratuity=gratuity
        )

    there_and_back = [move(one, two, 333, 3), move(one, two, 100), move(two, one, 800), move(two, one, 300, 3)]
    await ledger.submit_all(there_and_back, now=NOW)
    spent = redeem(one, 1_500, 5)
    await ledger.submit(spent, now=NOW)
    await ledger.submit(Reverse(**about(one), redemption_id=spent.operation_id), now=NOW)
    assert await found(database) == []
    async with database.connection() as connection:
        stands = [await ledger.find(connection, MERCHANT, certificate_id) for certificate_id in (one, two)]
    lots = [lot for certificate in stands if certificate for lot in certificate.lots]
    assert [
        sum(amounts)
        for amounts in zip(*((lot.face, lot.gratuity, lot.discount, lot.added_tax) for lot in lots), strict=True)
    ] == [1_750, 10, 106, 39]


@pytest.mark.parametrize(
    "change_of_tax",
    ["tax_amount = tax_amount + 1", "tax_amount = NULL", "taxable_amount = NULL", "tax_rate_ppm = NULL"],
)
async def test_a_row_tells_the_tax_that_it_books(ledger: Ledger, database: Database, change_of_tax: str) -> None:
    await ledger.submit(issue(value=500, tax=41), now=NOW)
    assert await found(database) == []
    await change(database, f"UPDATE journal SET {change_of_tax} WHERE leg = 'added_tax'")
    assert any("tells of another tax than it books" in line for line in await found(database))


async def test_the_clearing_account_of_transfers_must_be_empty(ledger: Ledger, database: Database) -> None:
    """Half of a transfer's rows are for another currency: the sums of both still are zero."""
    one = (await ledger.submit(issue(value=500), now=NOW)).certificate_id
    await ledger.submit(Transfer(**about(one), to_certificate_id=uuid4(), reissue=True), now=NOW)
    await change(
        database,
        "UPDATE journal SET currency = 'EUR' WHERE debit = 'transfers';"
        "UPDATE certificates SET currency = 'EUR' WHERE status = 'active'",
    )
    said = await found(database)
    assert any(line.startswith("USD: ") and "transfers -500" in line for line in said), said
    assert any(line.startswith("EUR: ") and "transfers 500" in line for line in said), said


async def test_rows_from_before_the_journal_told_the_status_are_proven_by_their_kinds(
    ledger: Ledger, database: Database
) -> None:
    await lived(ledger)
    await change(database, "UPDATE journal SET status_after = NULL, good_through_after = NULL, expires_at_after = NULL")
    assert all("its hash" in line for line in await found(database))
    await change(database, "UPDATE certificates SET status = 'blocked' WHERE status = 'active'")
    said = await found(database)
    assert any("the certificate is blocked, its kinds lead to active" in line for line in said), said


async def test_an_expiry_is_found_again_and_undone_once(ledger: Ledger, database: Database) -> None:
    """Also what blocked it before: the second expiry finds no block, the first one did."""
    one = (await ledger.submit(issue(value=5_000, gratuity=500), now=NOW)).certificate_id
    await ledger.submit(Block(**about(one)), now=NOW)
    first = await ledger.submit(Expire(**about(one)), now=EXPIRES_AT)
    undo = Reinstate(**about(one), expiry_id=first.operation_id)
    back = await ledger.submit(undo, now=NOW)
    assert (back.kind, back.value, back.gratuity, back.balance) == (Kind.REINSTATE, 5_000, 500, 5_000)
    assert (await ledger.submit(undo, now=NOW)).replayed
    with pytest.raises(errors.AlreadyReinstated):
        await ledger.submit(Reinstate(**about(one), expiry_id=first.operation_id), now=NOW)
    with pytest.raises(errors.CertificateBlocked):
        await ledger.submit(redeem(one, 1), now=NOW)
    async with database.connection() as connection:
        stands = await ledger.find(connection, MERCHANT, one)
    assert stands is not None
    assert (stands.status, stands.balance, stands.gratuity_balance) == (Status.BLOCKED, 5_000, 500)
    assert await found(database) == []


async def test_every_outcome_is_told_to_whoever_counts(ledger: Ledger) -> None:
    told: list[tuple[Command, Outcome | LargesseError]] = []
    ledger.on_outcome = lambda command, outcome: told.append((command, outcome))
    opening = issue(value=100)
    opened = await ledger.submit(opening, now=NOW)
    too_much = redeem(opened.certificate_id, 101)
    with pytest.raises(errors.BalanceInsufficient):
        await ledger.submit(too_much, now=NOW)
    assert [(command, type(outcome)) for command, outcome in told] == [
        (opening, Outcome),
        (too_much, errors.BalanceInsufficient),
    ]


async def test_what_happened_before_is_told_without_deciding_it_again(ledger: Ledger, database: Database) -> None:
    opened = await ledger.submit(issue(value=100), now=NOW)
    spent = redeem(opened.certificate_id, 40)
    asked = fingerprint_of(spent)
    async with database.connection() as connection:
        assert await ledger.replayed(connection, MERCHANT, spent.operation_id, fingerprint=asked) is None
        first = await ledger.submit(spent, now=NOW)
        again = await ledger.replayed(connection, MERCHANT, spent.operation_id, fingerprint=asked)
        assert again is not None
        assert (again.replayed, again.seq, again.balance) == (True, first.seq, 60)
        with pytest.raises(errors.OperationConflict):
            await ledger.replayed(connection, MERCHANT, spent.operation_id, fingerprint=bytes(16))
