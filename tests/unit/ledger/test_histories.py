"""Whatever is asked in whatever order, the book agrees with the model, and the journal with the state."""

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given

from largesse.kernel.errors import LargesseError
from largesse.ledger import Account, Command, Entry, Leg, Outcome
from largesse.ledger.postings import POSTINGS, Posting
from tests.fakes.ledger import MemoryLedger
from tests.unit.ledger.histories import MOMENTS, Model, Step, aimed, histories

# All that it runs is run by examples, too, and a tracer makes it twice as slow.
pytestmark = pytest.mark.no_cover


def play(history: list[Step]) -> tuple[MemoryLedger, Model, list[tuple[Command, Outcome]]]:
    """Run a history through ledger and model; time only moves forward."""
    ledger, model = MemoryLedger(), Model()
    accepted = []
    hour = 0
    for step, (planned, moment, edge) in enumerate(history):
        hour = max(hour, moment if step % 8 == 7 else 0)
        now = MOMENTS[hour]
        command = aimed(planned, model, edge, now)
        [outcome] = ledger.post([command], now=now)
        assert model.apply(command, now) is not isinstance(outcome, LargesseError), (command, outcome)
        if not isinstance(outcome, LargesseError):
            accepted.append((command, outcome))
    return ledger, model, accepted


@given(histories)
def test_every_history_leads_to_the_state_that_the_model_expects(history: list[Step]) -> None:
    ledger, model, _ = play(history)
    found = {
        certificate.certificate_id: (
            certificate.status.value,
            [
                [certificate.balance, certificate.held],
                [certificate.gratuity_balance, certificate.gratuity_held],
            ],
            certificate.expires_at,
            [
                (
                    lot.lot_id,
                    lot.source,
                    lot.face,
                    lot.gratuity,
                    lot.discount,
                    lot.included_tax,
                    lot.added_tax,
                    lot.party_id,
                )
                for lot in certificate.lots
            ],
        )
        for certificate in ledger.certificates.values()
    }
    assert found == {
        key: (card.status, card.pots, card.expires_at, [(lot, *vars(pile).values()) for lot, pile in card.lots.items()])
        for key, card in model.cards.items()
    }


@given(histories)
def test_the_journal_alone_recomputes_every_balance(history: list[Step]) -> None:
    ledger, _, _ = play(history)
    for (_, certificate_id), certificate in ledger.certificates.items():
        rows = [entry for entry in ledger.journal if entry.subject_id == certificate_id]
        assert [row.seq for row in rows] == list(range(1, certificate.seq + 1))
        balance = {"value": 0, "gratuity": 0}
        held = {"value": 0, "gratuity": 0}
        for row in rows:
            pot = "value" if row.leg is Leg.DISCOUNT else row.leg
            if pot in balance:
                balance[pot] += _signed(row)
                held[pot] += row.held_change
            state = (balance["value"], held["value"], balance["gratuity"], held["gratuity"])
            assert state == (row.balance_after, row.held_after, row.gratuity_after, row.gratuity_held_after)
            assert 0 <= held["value"] <= balance["value"]
            assert 0 <= held["gratuity"] <= balance["gratuity"]
        assert (balance["value"], balance["gratuity"]) == (certificate.balance, certificate.gratuity_balance)
        assert {row.lot_id: _lot_after(row) for row in rows if row.lot_id is not None} == {
            lot.lot_id: (lot.face, lot.gratuity, lot.discount, lot.included_tax, lot.added_tax)
            for lot in certificate.lots
        }


@given(histories)
def test_every_movement_falls_on_the_accounts_that_the_model_expects(history: list[Step]) -> None:
    ledger, model, _ = play(history)
    accounts: Counter[tuple[str, str]] = Counter()
    for entry in ledger.journal:
        if entry.amount is not None and entry.debit and entry.credit:
            accounts[entry.debit.value, entry.currency] += entry.amount
            accounts[entry.credit.value, entry.currency] -= entry.amount
    assert {key: sum_ for key, sum_ in accounts.items() if sum_} == {
        key: sum_ for key, sum_ in model.books.items() if sum_
    }


@given(histories)
def test_what_each_partner_owes_follows_from_the_journal_alone(history: list[Step]) -> None:
    ledger, model, _ = play(history)
    owed: Counter[tuple[UUID | None, str]] = Counter()
    for row in ledger.journal:
        sides = (row.debit is Account.PARTNER_RECEIVABLE) - (row.credit is Account.PARTNER_RECEIVABLE)
        assert (row.party_id is None) is (sides == 0)
        owed[row.party_id, row.currency] += sides * (row.amount or 0)
    assert {key: left for key, left in owed.items() if left} == {key: left for key, left in model.owed.items() if left}


@given(histories)
def test_every_row_stands_in_the_table_of_postings(history: list[Step]) -> None:
    ledger, _, _ = play(history)
    for row in ledger.journal:
        one = ledger.certificates[row.merchant_id, row.subject_id]
        source = next((lot.source for lot in one.lots if lot.lot_id == row.lot_id), None)
        assert Posting(one.class_of_value, source, row.kind, row.leg, row.debit, row.credit) in POSTINGS


@given(histories)
def test_the_books_balance_and_the_clearing_account_is_empty(history: list[Step]) -> None:
    ledger, _, _ = play(history)
    accounts: Counter[tuple[str, str]] = Counter()
    for entry in ledger.journal:
        if entry.amount is not None and entry.debit and entry.credit:
            accounts[entry.debit, entry.currency] += entry.amount
            accounts[entry.credit, entry.currency] -= entry.amount
    assert sum(accounts.values()) == 0
    for currency in ("USD", "EUR"):
        assert accounts[Account.TRANSFERS, currency] == 0
        outstanding, given = (
            sum(
                certificate.balance + certificate.gratuity_balance
                for certificate in ledger.certificates.values()
                if certificate.currency == currency and (certificate.class_of_value == "promotional") is promotional
            )
            for promotional in (False, True)
        )
        assert -accounts[Account.CERTIFICATES_OUTSTANDING, currency] == outstanding
        assert -accounts[Account.PROMOTIONAL_OUTSTANDING, currency] == given
        assert accounts[Account.PROMOTIONS_GRANTED, currency] == given
        assert not accounts[Account.PROMOTIONS, currency]
        lots = [
            lot
            for certificate in ledger.certificates.values()
            if certificate.currency == currency
            for lot in certificate.lots
        ]
        assert accounts[Account.DISCOUNT_ON_OUTSTANDING, currency] == sum(lot.discount for lot in lots)
        assert accounts[Account.TAX_ON_OUTSTANDING, currency] == sum(lot.included_tax for lot in lots)
        assert all(lot.face >= lot.discount + lot.included_tax >= 0 for lot in lots)
        assert all((lot.discount, lot.included_tax, lot.added_tax) == (0, 0, 0) for lot in lots if not lot.face)


@given(histories)
def test_asking_everything_again_returns_the_first_outcomes_and_changes_nothing(
    history: list[Step],
) -> None:
    ledger, _, accepted = play(history)
    rows, state = len(ledger.journal), dict(ledger.certificates)
    for command, first in accepted:
        [again] = ledger.post([command], now=MOMENTS[-1])
        assert isinstance(again, Outcome)
        assert again.replayed
        assert (again.operation_id, again.balance, again.value, again.seq) == (
            first.operation_id,
            first.balance,
            first.value,
            first.seq,
        )
    assert len(ledger.journal) == rows
    assert ledger.certificates == state


@given(histories)
def test_one_large_batch_does_what_many_small_ones_do(history: list[Step]) -> None:
    commands = [command for command, _, _ in history]
    large, small = MemoryLedger(), MemoryLedger()
    at_once = large.post(commands, now=MOMENTS[0])
    one_by_one = [small.post([command], now=MOMENTS[0])[0] for command in commands]
    assert [_shape(outcome) for outcome in at_once] == [_shape(outcome) for outcome in one_by_one]
    assert large.certificates == small.certificates
    assert large.journal == small.journal


def _signed(row: Entry) -> int:
    if row.amount is None:
        return 0
    outstanding = {"certificates_outstanding", "promotional_outstanding"}
    return row.amount * ((row.credit in outstanding) - (row.debit in outstanding))


def _shape(outcome: Outcome | LargesseError) -> object:
    return outcome if isinstance(outcome, Outcome) else outcome.code


def _lot_after(row: Entry) -> tuple[int | None, ...]:
    return (
        row.lot_face_after,
        row.lot_gratuity_after,
        row.lot_discount_after,
        row.lot_included_tax_after,
        row.lot_added_tax_after,
    )
