"""Whatever is asked in whatever order, the book agrees with the model, and the journal with the state."""

from collections import Counter
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.currency import currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.money import plain
from largesse.ledger import Account, CertificateChanged, Command, Entry, Kind, Leg, Outcome, SubjectKind
from largesse.ledger.accounts import OF_CERTIFICATES, OF_PARTNERS
from largesse.ledger.postings import POSTINGS, Posting
from tests.builders.ledger import MERCHANT
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
                    lot.legal_entity_id,
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
        assert (row.party_id is not None) is bool({row.debit, row.credit} & OF_PARTNERS)
        owed[row.party_id, row.currency] += sides * (row.amount or 0)
    assert {key: left for key, left in owed.items() if left} == {key: left for key, left in model.owed.items() if left}


@given(histories)
def test_what_legal_entities_owe_each_other_is_what_was_used_or_paid_for_the_other(history: list[Step]) -> None:
    ledger, model, _ = play(history)
    owed: Counter[tuple[UUID | None, str]] = Counter()
    for row in ledger.journal:
        sides = (row.debit is Account.BETWEEN_ENTITIES) - (row.credit is Account.BETWEEN_ENTITIES)
        owed[row.legal_entity_id, row.currency] += sides * (row.amount or 0)
    assert {key: left for key, left in owed.items() if left} == {
        key: left for key, left in model.between.items() if left
    }


@given(histories)
def test_every_row_stands_in_the_table_of_postings(history: list[Step]) -> None:
    ledger, _, _ = play(history)
    for row in ledger.journal:
        if row.subject_kind is not SubjectKind.CERTIFICATE:
            assert row.lot_id is None
            assert not {row.debit, row.credit} & OF_CERTIFICATES
            continue
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
    for code in ("USD", "EUR"):
        assert accounts[Account.TRANSFERS, code] == 0
        outstanding, given = (
            sum(
                certificate.balance + certificate.gratuity_balance
                for certificate in ledger.certificates.values()
                if certificate.currency == code and (certificate.class_of_value == "promotional") is promotional
            )
            for promotional in (False, True)
        )
        assert -accounts[Account.CERTIFICATES_OUTSTANDING, code] == outstanding
        assert -accounts[Account.PROMOTIONAL_OUTSTANDING, code] == given
        assert accounts[Account.PROMOTIONS_GRANTED, code] == given
        assert not accounts[Account.PROMOTIONS, code]
        lots = [
            lot
            for certificate in ledger.certificates.values()
            if certificate.currency == code
            for lot in certificate.lots
        ]
        assert accounts[Account.DISCOUNT_ON_OUTSTANDING, code] == sum(lot.discount for lot in lots)
        assert accounts[Account.TAX_ON_OUTSTANDING, code] == sum(lot.included_tax for lot in lots)
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


SILENT = {Kind.ISSUE, Kind.PREPARE, Kind.SETTLE}
"""What no event of the ledger tells: who issues tells it, and of the others a holder sees nothing."""


@given(histories)
def test_each_change_that_a_holder_could_see_is_told_once_in_a_chain_of_sequences(history: list[Step]) -> None:
    ledger, _, _ = play(history)
    told = [msgspec.json.decode(event.payload, type=CertificateChanged) for event in ledger.events]
    covered = Counter(
        (one.certificate_id, seq) for one in told for seq in range(one.previous_sequence + 1, one.sequence + 1)
    )
    rows = [row for row in ledger.journal if row.subject_kind is SubjectKind.CERTIFICATE]
    assert covered == Counter((row.subject_id, row.seq) for row in rows if row.kind not in SILENT)
    assert len({(row.operation_id, row.subject_id, row.kind) for row in rows if row.kind not in SILENT}) <= len(told)


@given(histories, st.integers(0, 10_000))
def test_a_mirror_that_misses_an_event_sees_the_gap_at_the_next_one(history: list[Step], which: int) -> None:
    ledger, _, _ = play(history)
    told = [msgspec.json.decode(event.payload, type=CertificateChanged) for event in ledger.events]
    missed = told.pop(which % len(told)) if told else None
    known: dict[UUID, CertificateChanged] = {}
    for one in told:
        before = known.get(one.certificate_id)
        silent = {row.seq for row in ledger.journal if row.subject_id == one.certificate_id and row.kind in SILENT}
        unseen = set(range((before.sequence if before else 0) + 1, one.previous_sequence + 1)) - silent
        is_next = missed is not None and one.certificate_id == missed.certificate_id and missed.sequence in unseen
        assert bool(unseen) is is_next
        known[one.certificate_id] = one
    for key, last in known.items():
        if missed is None or missed.certificate_id != key:
            stands = ledger.certificates[MERCHANT, key]
            money = currency(stands.currency)
            assert (last.status, last.good_through) == (stands.status, stands.good_through)
            assert (last.balance, last.held) == (plain(stands.balance, money), plain(stands.held, money))
            assert last.gratuity_balance == plain(stands.gratuity_balance, money)
            assert last.gratuity_held == plain(stands.gratuity_held, money)


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
