"""Bundles: all of their commands happen, as they would one after another, or none does."""

from collections import Counter
from copy import deepcopy
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from largesse.kernel.errors import LargesseError
from largesse.ledger import (
    Account,
    Block,
    CaptureHold,
    Certificate,
    Command,
    Entry,
    Kind,
    Outcome,
    PlaceHold,
    Reinstate,
    ReleaseHold,
    Reload,
    Reverse,
    SubjectKind,
    Transfer,
    UndoEntry,
    UndoReload,
    errors,
    fingerprint,
    fingerprint_of,
)
from largesse.ledger.batch import earlier_keys, touched
from largesse.ledger.bundles import bundle_of, commands_of
from tests.builders.book import CARD, OTHER, Book, about
from tests.builders.ledger import MERCHANT, NOW, SOON, a_where, issue, redeem
from tests.fakes.ledger import MemoryLedger
from tests.unit.ledger.histories import MOMENTS, THERE, Model, Step, aimed, histories

OPERATION = UUID(int=9_999)


def as_bundle(commands: list[Command]) -> list[Command]:
    return [replace(command, operation_id=OPERATION) for command in commands]


def fitting(commands: list[Command]) -> list[Command]:
    """Leave out what cannot be bundled."""
    fit: list[Command] = []
    for command in commands:
        another_hold = isinstance(command, PlaceHold) and any(isinstance(one, PlaceHold) for one in fit)
        elsewhere = isinstance(command, Reload) and any(
            isinstance(one, Reload) and one.where != command.where for one in fit
        )
        if not another_hold and not elsewhere and not isinstance(command, UndoEntry):
            fit.append(command)
    return fit


def unchained(ledger: MemoryLedger) -> dict[tuple[UUID, UUID], Certificate]:
    """The certificates without hashes of rows and names of lots, which tell one operation from another."""
    nobody = UUID(int=0)
    return {
        key: replace(
            certificate,
            head=b"",
            lots=tuple(replace(lot, lot_id=nobody, filled_by=None) for lot in certificate.lots),
        )
        for key, certificate in ledger.certificates.items()
    }


@given(histories, st.integers(2, 5))
def test_a_bundle_does_what_its_commands_would_do_one_after_another_or_nothing(history: list[Step], size: int) -> None:
    one_by_one, model = MemoryLedger(), Model()
    for planned, _, edge in history[:-size]:
        command = aimed(planned, model, edge, NOW)
        one_by_one.post([command], now=NOW)
        model.apply(command, NOW)
    bundled = deepcopy(one_by_one)
    before = deepcopy(one_by_one)
    commands = fitting([aimed(planned, model, edge, NOW) for planned, _, edge in history[-size:]])
    if not commands:
        return
    singly: list[Outcome | LargesseError] = []
    for command in commands:
        # A hold goes by its operation, and a capture in the bundle may name it.
        operation_id = OPERATION if isinstance(command, PlaceHold) else uuid4()
        singly += one_by_one.post([replace(command, operation_id=operation_id)], now=NOW)
    outcome = bundled.post_all(as_bundle(commands), now=NOW)
    refused = [place for place, one in enumerate(singly) if isinstance(one, LargesseError)]
    if refused:
        assert isinstance(outcome, LargesseError)
        assert outcome.index == refused[0]
        assert type(outcome) is type(singly[refused[0]])
        assert vars(bundled) == vars(before)
        return
    assert isinstance(outcome, tuple)
    told = [one for one in singly if isinstance(one, Outcome)]
    assert [replace(one, operation_id=OPERATION) for one in told] == list(outcome)
    assert unchained(bundled) == unchained(one_by_one)
    assert bundled.holds == one_by_one.holds
    rows = [entry for entry in bundled.journal if entry.operation_id == OPERATION]
    assert [entry.line for entry in rows] == list(range(len(rows)))
    assert len({event.event_id for event in bundled.events}) == len(bundled.events)
    again = bundled.post_all(as_bundle(commands), now=MOMENTS[-1])
    assert again == tuple(replace(one, replayed=True) for one in outcome)


def test_a_bundle_sees_what_its_own_commands_did() -> None:
    ledger = MemoryLedger()
    opened = issue(value=100)
    common: dict[str, Any] = {"merchant_id": MERCHANT, "certificate_id": opened.certificate_id, "actor": "test"}
    hold = PlaceHold(**common, operation_id=OPERATION, value=60, expires_at=SOON)
    capture = CaptureHold(**common, operation_id=OPERATION, hold_id=OPERATION, value=50)
    outcome = ledger.post_all(as_bundle([opened, hold, capture, redeem(opened.certificate_id, 50)]), now=NOW)
    assert isinstance(outcome, tuple)
    assert [(one.balance, one.held) for one in outcome] == [(100, 0), (100, 60), (50, 0), (0, 0)]


def test_two_alike_in_a_bundle_are_both_done_and_both_told_again() -> None:
    ledger = MemoryLedger()
    opened = issue(value=100)
    ledger.post([opened], now=NOW)
    twice = as_bundle([redeem(opened.certificate_id, 30, operation_id=OPERATION)] * 2)
    first = ledger.post_all(twice, now=NOW)
    again = ledger.post_all(twice, now=NOW)
    assert isinstance(first, tuple)
    assert isinstance(again, tuple)
    assert [one.balance for one in first] == [one.balance for one in again] == [70, 40]


_RELOADS = st.lists(
    st.tuples(st.integers(1, 40), st.integers(0, 9), st.sampled_from([Account.CASH, Account.TERMINAL])),
    min_size=1,
    max_size=4,
)


@given(_RELOADS, st.integers(0, 200), st.booleans())
def test_what_a_bundle_reloaded_is_undone_together_each_part_where_it_came_from_and_never_twice(
    reloads: list[tuple[int, int, Account]], spent: int, merged: bool
) -> None:
    """What was on it before is spent first, then the reloads in their order; what they have left goes back."""
    book = Book()
    book.do(issue(value=100, certificate_id=OTHER, operation_id=UUID(int=101)))
    book.do_all(
        [
            Reload(**about(OPERATION.int, OTHER), value=value, gratuity=tip, funding=source)
            for value, tip, source in reloads
        ]
    )
    full = sum(value for value, _, _ in reloads)
    spent = min(spent, 100 + full)
    if spent:
        book.do(redeem(OTHER, spent))
    stands = OTHER
    if merged and spent < 100 + full:
        tips = sum(tip for _, tip, _ in reloads)
        book.do(Transfer(**about(5, OTHER), to_certificate_id=CARD, value=100 + full - spent, gratuity=tips))
        stands = CARD
    before = book.ledger.certificates[MERCHANT, stands]
    gone, back, tips_back = max(spent - 100, 0), Counter[Account](), 0
    for value, tip, source in reloads:
        used = min(gone, value)
        gone -= used
        back[source] += value - used + tip
        tips_back += tip
    undo = UndoReload(**about(6, stands), reload_id=OPERATION)
    if not any(back.values()):
        assert book.refusal(undo) == "reload.used"
        return
    done = book.do(undo)
    assert done.gratuity == tips_back
    assert done.value + done.gratuity == sum(back.values())
    assert done.balance == before.balance - done.value
    rows = [row for row in book.ledger.journal if row.kind is Kind.UNDO_RELOAD]
    assert {row.refers_to for row in rows} == {OPERATION}
    assert Counter(dict.fromkeys(back, 0)) + _credited(rows) == +back
    [again] = book.ledger.post([undo], now=NOW)
    assert isinstance(again, Outcome)
    assert (again.replayed, again.value, again.gratuity) == (True, done.value, done.gratuity)
    assert book.refusal(UndoReload(**about(7, stands), reload_id=OPERATION)) == "reload.used"


def _credited(rows: list[Entry]) -> Counter[Account]:
    """What rows give to which account."""
    credited = Counter[Account]()
    for row in rows:
        if row.credit is not None:
            credited[row.credit] += row.amount or 0
    return credited


def test_what_is_held_of_a_bundle_s_reloads_keeps_all_of_them() -> None:
    book = Book()
    reloads = [Reload(**about(OPERATION.int), value=value, funding=Account.CASH) for value in (300, 200)]
    book.do_all(reloads)
    book.do(PlaceHold(**about(2), value=10_001, expires_at=SOON))
    assert book.refusal(UndoReload(**about(3), reload_id=OPERATION)) == "certificate.held"
    book.do(ReleaseHold(**about(4), hold_id=UUID(int=2)))
    assert book.do(UndoReload(**about(3), reload_id=OPERATION)).value == 500


@pytest.mark.parametrize("amounts", [[30], [30, 31], [31, 30], [30, 30, 30]])
def test_another_bundle_under_the_same_operation_is_a_conflict(amounts: list[int]) -> None:
    ledger = MemoryLedger()
    opened = issue(value=100)
    ledger.post([opened], now=NOW)
    ledger.post_all(as_bundle([redeem(opened.certificate_id, 30)] * 2), now=NOW)
    other = as_bundle([redeem(opened.certificate_id, amount) for amount in amounts])
    assert isinstance(ledger.post_all(other, now=NOW), errors.OperationConflict)
    [alone] = ledger.post(other[:1], now=NOW)
    assert isinstance(alone, errors.OperationConflict)
    assert ledger.certificates[MERCHANT, opened.certificate_id].balance == 40


def test_a_memo_that_cannot_be_kept_refuses_the_bundle() -> None:
    ledger = MemoryLedger()
    opened = issue(value=100)
    refused = ledger.post_all(as_bundle([opened, replace(issue(), memo="x" * 501)]), now=NOW)
    assert isinstance(refused, errors.MemoRefused)
    assert refused.index == 1
    assert not ledger.certificates


_BLOCK = Block(merchant_id=MERCHANT, certificate_id=uuid4(), operation_id=OPERATION, actor="test")
_HOLD = PlaceHold(
    merchant_id=MERCHANT, certificate_id=uuid4(), operation_id=OPERATION, actor="test", value=1, expires_at=SOON
)

_RELOAD = Reload(
    merchant_id=MERCHANT,
    certificate_id=uuid4(),
    operation_id=OPERATION,
    actor="test",
    value=1,
    funding=Account.CASH,
    where=THERE,
)
_UNDO = UndoEntry(
    merchant_id=MERCHANT,
    operation_id=OPERATION,
    actor="test",
    subject_kind=SubjectKind.PARTNER,
    subject_id=uuid4(),
    kind=Kind.UNMATCH,
    undoes=uuid4(),
)


@pytest.mark.parametrize(
    "commands",
    [
        [],
        [_BLOCK] * 1_001,
        [_BLOCK, replace(_BLOCK, operation_id=uuid4())],
        [_BLOCK, replace(_BLOCK, merchant_id=uuid4())],
        [_HOLD, _HOLD],
        [_BLOCK, _UNDO],
        [_RELOAD, replace(_RELOAD, where=a_where())],
        [_RELOAD, replace(_RELOAD, device_id=uuid4())],
    ],
)
def test_what_cannot_be_one_operation_is_no_bundle(commands: list[Command]) -> None:
    with pytest.raises(ValueError, match="bundle"):
        bundle_of(commands)


def test_a_thousand_alike_are_one_operation_and_told_apart() -> None:
    bundle = bundle_of([_BLOCK] * 1_000)
    assert (bundle.merchant_id, bundle.operation_id, len(bundle.commands)) == (MERCHANT, OPERATION, 1_000)
    assert len({command.fingerprint for command in bundle.told_apart()}) == 1_000
    assert commands_of(bundle) == bundle.commands
    assert commands_of(_BLOCK) == (_BLOCK,)


def test_the_fingerprints_of_a_bundle_are_those_that_earlier_versions_have_stored() -> None:
    """Another repetition would be a conflict: two bytes of its place, and what the command asks for."""
    alone = fingerprint_of(_BLOCK)
    told = [command.fingerprint for command in bundle_of([_BLOCK] * 259).told_apart()]
    assert (told[0], told[258]) == (fingerprint(b"\0\0" + alone), fingerprint(b"\1\2" + alone))


def test_a_batch_knows_beforehand_what_it_needs() -> None:
    common: dict[str, Any] = {"merchant_id": MERCHANT, "operation_id": OPERATION, "actor": "test"}
    one, two, hold, other_hold, spent, expired = (uuid4() for _ in range(6))
    commands: list[Command] = [
        Transfer(**common, certificate_id=one, to_certificate_id=two, value=1),
        CaptureHold(**common, certificate_id=one, hold_id=hold, value=1),
        ReleaseHold(**common, certificate_id=one, hold_id=other_hold),
        Reverse(**common, certificate_id=one, redemption_id=spent),
        Reinstate(**common, certificate_id=one, expiry_id=expired),
    ]
    assert touched(commands) == {(MERCHANT, one), (MERCHANT, two)}
    assert earlier_keys(commands) == (
        {(MERCHANT, hold), (MERCHANT, other_hold)},
        {(MERCHANT, spent, one)},
        {(MERCHANT, expired, one)},
    )
