"""Reports of made-up sums, and of random histories: they add up, whatever happened."""

from collections import Counter
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.ledger import POSTINGS, Account, ClassOfValue, Entry, Kind, Sum, effect
from largesse.services.reports import LiabilityColumn, balances, column_of, roll_forward
from tests.fakes.ledger import MemoryLedger
from tests.unit.ledger.histories import MOMENTS, Model, Step, aimed, histories

OF_CERTIFICATES = [posting for posting in POSTINGS if effect(posting.debit, posting.credit, 1)]


def sums_of(ledger: MemoryLedger, since: date | None) -> list[Sum]:
    """What the database adds up, added up row by row."""
    classes = {one.certificate_id: one.class_of_value for one in ledger.certificates.values()}
    return [
        Sum(
            before=since is not None and _day(row) < since,
            currency=row.currency,
            class_of_value=classes.get(row.subject_id),
            location_id=row.location_id or UUID(int=0),
            kind=row.kind,
            debit=row.debit,
            credit=row.credit,
            count=1,
            sum=row.amount or 0,
        )
        for row in ledger.journal
    ]


def _day(row: Entry) -> date:
    assert row.booked_on is not None
    return row.booked_on


@pytest.mark.parametrize("kind", sorted({posting.kind for posting in OF_CERTIFICATES}))
def test_what_changes_what_is_outstanding_has_one_column(kind: Kind) -> None:
    for posting in OF_CERTIFICATES:
        if posting.kind is kind:
            assert column_of(kind, posting.debit, posting.credit) in LiabilityColumn


def test_every_column_has_rows_that_it_is_for() -> None:
    found = {column_of(posting.kind, posting.debit, posting.credit) for posting in OF_CERTIFICATES}
    assert found == set(LiabilityColumn)


@pytest.mark.parametrize(
    "kind, debit, credit, column",
    [
        (Kind.ISSUE, Account.GATEWAY_CLEARING, Account.CERTIFICATES_OUTSTANDING, LiabilityColumn.ISSUED),
        (Kind.ISSUE, Account.OPENING_BALANCES, Account.CERTIFICATES_OUTSTANDING, LiabilityColumn.IMPORTED),
        (Kind.REFUND, Account.CERTIFICATES_OUTSTANDING, Account.REFUNDS, LiabilityColumn.REFUNDED),
        (Kind.REFUND, Account.CERTIFICATES_OUTSTANDING, Account.GATEWAY_CLEARING, LiabilityColumn.CHARGED_BACK),
        (Kind.REFUND, Account.CERTIFICATES_OUTSTANDING, Account.DISPUTED, LiabilityColumn.CHARGED_BACK),
        (Kind.VOID, Account.CERTIFICATES_OUTSTANDING, Account.DISPUTED, LiabilityColumn.CHARGED_BACK),
        (Kind.VOID, Account.CERTIFICATES_OUTSTANDING, Account.BREAKAGE, LiabilityColumn.VOIDED),
        (Kind.VOID, Account.CERTIFICATES_OUTSTANDING, Account.GATEWAY_CLEARING, LiabilityColumn.VOIDED),
        (Kind.CAPTURE, Account.CERTIFICATES_OUTSTANDING, Account.REDEEMED, LiabilityColumn.REDEEMED),
    ],
)
def test_the_account_on_the_other_side_tells_kinds_apart(
    kind: Kind, debit: Account, credit: Account, column: LiabilityColumn
) -> None:
    assert column_of(kind, debit, credit) is column


@given(histories, st.sampled_from([None, *(moment.date() for moment in MOMENTS)]))
def test_a_roll_forward_of_any_history_adds_up_to_what_its_certificates_hold(
    history: list[Step], since: date | None
) -> None:
    ledger, model = MemoryLedger(), Model()
    for step, (planned, moment, edge) in enumerate(history):
        now = MOMENTS[max(0, min(step // 8, moment))]
        command = aimed(planned, model, edge, now)
        ledger.post([command], now=now)
        model.apply(command, now)
    sums = sums_of(ledger, since)
    lines = roll_forward(sums)
    held: Counter[tuple[str, ClassOfValue]] = Counter()
    discount: Counter[tuple[str, ClassOfValue]] = Counter()
    for one in ledger.certificates.values():
        held[one.currency, one.class_of_value] += one.balance + one.gratuity_balance
        discount[one.currency, one.class_of_value] += sum(lot.discount for lot in one.lots)
    for line in lines:
        key = line.currency, line.class_of_value
        assert line.opening + sum(line.columns.values()) == line.closing == held[key]
        assert line.discount[1] == discount[key]
    apart = roll_forward(sums, by_location=True)
    assert sum(line.closing for line in apart) == sum(line.closing for line in lines)
    told = balances(sums)
    for currency in {line.currency for line in told}:
        mine = [line for line in told if line.currency == currency]
        assert sum(line.opening for line in mine) == sum(line.closing for line in mine) == 0
        assert sum(line.debits for line in mine) == sum(line.credits for line in mine)


def test_opening_and_movements_are_told_apart() -> None:
    def one(before: bool, kind: Kind, debit: Account, credit: Account, amount: int) -> Sum:
        return Sum(
            before=before,
            currency="EUR",
            class_of_value=ClassOfValue.PAID,
            location_id=UUID(int=1),
            kind=kind,
            debit=debit,
            credit=credit,
            count=1,
            sum=amount,
        )

    outstanding = Account.CERTIFICATES_OUTSTANDING
    sums = [
        one(True, Kind.ISSUE, Account.GATEWAY_CLEARING, outstanding, 10_000),
        one(True, Kind.ISSUE, Account.DISCOUNT_ON_OUTSTANDING, outstanding, 1_000),
        one(True, Kind.REDEEM, outstanding, Account.REDEEMED, 4_000),
        one(False, Kind.ISSUE, Account.GATEWAY_CLEARING, outstanding, 2_000),
        one(False, Kind.REDEEM, outstanding, Account.REDEEMED, 5_000),
        one(False, Kind.REDEEM, Account.REDEEMED, Account.DISCOUNT_ON_OUTSTANDING, 600),
    ]
    [line] = roll_forward(sums)
    assert (line.opening, line.closing) == (7_000, 4_000)
    assert line.columns == {LiabilityColumn.ISSUED: 2_000, LiabilityColumn.REDEEMED: -5_000}
    assert line.discount == (1_000, 400)
    redeemed = next(account for account in balances(sums) if account.account is Account.REDEEMED)
    assert (redeemed.opening, redeemed.debits, redeemed.credits, redeemed.closing) == (-4_000, 600, 5_000, -8_400)
