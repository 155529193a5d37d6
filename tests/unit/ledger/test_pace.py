"""How often one certificate may be redeemed within an hour."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.errors import LargesseError
from largesse.ledger import CaptureHold, Command, Outcome, PlaceHold, Reverse, Transfer, errors
from largesse.ledger.pace import SPAN
from tests.builders.book import CARD, about
from tests.builders.ledger import MERCHANT, NOW, issue, redeem
from tests.fakes.ledger import MemoryLedger

SECOND = timedelta(seconds=1)
LIMIT = 3


def a_ledger(limit: int | None = LIMIT) -> MemoryLedger:
    """Books that limit how often a certificate is redeemed, with one of 100.00."""
    ledger = MemoryLedger(redemptions_per_hour=limit)
    ledger.post([issue(certificate_id=CARD)], now=NOW)
    return ledger


def ask(ledger: MemoryLedger, command: Command, now: datetime = NOW) -> Outcome | LargesseError:
    """Post one command."""
    [outcome] = ledger.post([command], now=now)
    return outcome


def test_what_is_beyond_the_limit_is_refused_until_an_hour_has_passed() -> None:
    ledger = a_ledger()
    for number in range(LIMIT):
        assert isinstance(ask(ledger, redeem(CARD, 100), NOW + number * SECOND), Outcome)
    refused = ask(ledger, redeem(CARD, 100), NOW + SPAN - SECOND)
    assert isinstance(refused, errors.RedeemedTooOften)
    assert refused.code == "certificate.redeemed_too_often"
    assert isinstance(ask(ledger, redeem(CARD, 100), NOW + SPAN), Outcome)
    assert isinstance(ask(ledger, redeem(CARD, 100), NOW + SPAN), errors.RedeemedTooOften)
    assert ledger.certificates[MERCHANT, CARD].balance == 10_000 - 4 * 100


def test_one_batch_and_one_bundle_count_as_they_go() -> None:
    ledger = a_ledger()
    outcomes = ledger.post([redeem(CARD, 100) for _ in range(5)], now=NOW)
    assert [isinstance(outcome, Outcome) for outcome in outcomes] == [True, True, True, False, False]
    ledger, operation = a_ledger(), uuid4()
    refused = ledger.post_all([redeem(CARD, 100, operation_id=operation) for _ in range(4)], now=NOW)
    assert isinstance(refused, errors.RedeemedTooOften)
    assert refused.index == LIMIT
    assert ledger.certificates[MERCHANT, CARD].redeemed_at == ()


def test_a_captured_hold_counts_and_a_placed_one_does_not() -> None:
    ledger = a_ledger(1)
    for number in (1, 2):
        placed = ask(ledger, PlaceHold(**about(number), value=100, expires_at=NOW + SPAN))
        assert isinstance(placed, Outcome)
    assert isinstance(ask(ledger, CaptureHold(**about(3), hold_id=UUID(int=1), value=100)), Outcome)
    for late in (CaptureHold(**about(4), hold_id=UUID(int=2), value=100), redeem(CARD, 1)):
        assert isinstance(ask(ledger, late), errors.RedeemedTooOften)


def test_a_repetition_is_told_again_and_a_reversal_gives_nothing_back() -> None:
    ledger = a_ledger(1)
    first = redeem(CARD, 100)
    ask(ledger, first)
    again = ask(ledger, first)
    assert isinstance(again, Outcome)
    assert again.replayed
    ask(ledger, Reverse(**about(2), redemption_id=first.operation_id))
    assert isinstance(ask(ledger, redeem(CARD, 100)), errors.RedeemedTooOften)


def test_a_refusal_does_not_count_and_says_what_is_wrong_with_it() -> None:
    ledger = a_ledger(1)
    assert isinstance(ask(ledger, redeem(CARD, 10_001)), errors.BalanceInsufficient)
    assert isinstance(ask(ledger, redeem(CARD, 100)), Outcome)


def test_a_new_number_takes_along_how_often_the_old_one_was_redeemed() -> None:
    ledger, new = a_ledger(1), uuid4()
    ask(ledger, redeem(CARD, 100))
    ask(ledger, Transfer(**about(2), to_certificate_id=new, reissue=True))
    assert isinstance(ask(ledger, redeem(new, 100)), errors.RedeemedTooOften)


def test_a_merge_counts_for_the_certificate_that_value_leaves_and_not_for_the_one_it_reaches() -> None:
    ledger, other = a_ledger(2), uuid4()
    ledger.post([issue(certificate_id=other)], now=NOW)
    merge = Transfer(**about(1), to_certificate_id=other, value=100)
    assert isinstance(ask(ledger, merge), Outcome)
    again = ask(ledger, merge)
    assert isinstance(again, Outcome)
    assert again.replayed
    assert isinstance(ask(ledger, redeem(CARD, 100)), Outcome)
    for late in (Transfer(**about(2), to_certificate_id=other, value=100), redeem(CARD, 1)):
        assert isinstance(ask(ledger, late), errors.RedeemedTooOften)
    assert ledger.certificates[MERCHANT, other].redeemed_at == ()
    assert ledger.certificates[MERCHANT, CARD].balance == 10_000 - 2 * 100
    assert isinstance(ask(ledger, Transfer(**about(2), to_certificate_id=other, value=100), NOW + SPAN), Outcome)


def test_a_merge_that_is_refused_for_another_reason_says_so_and_does_not_count() -> None:
    ledger, other = a_ledger(1), uuid4()
    ledger.post([issue(certificate_id=other)], now=NOW)
    too_much = Transfer(**about(1), to_certificate_id=other, value=10_001)
    assert isinstance(ask(ledger, too_much), errors.BalanceInsufficient)
    assert isinstance(ask(ledger, redeem(CARD, 100)), Outcome)


def test_without_a_limit_no_time_is_kept_and_a_limit_counts_from_when_it_is_set() -> None:
    ledger = a_ledger(None)
    for _ in range(5):
        ask(ledger, redeem(CARD, 100))
    assert ledger.certificates[MERCHANT, CARD].redeemed_at == ()
    ledger.redemptions_per_hour = 1
    assert isinstance(ask(ledger, redeem(CARD, 100)), Outcome)
    assert isinstance(ask(ledger, redeem(CARD, 100)), errors.RedeemedTooOften)


def test_a_lower_limit_counts_what_was_allowed_before() -> None:
    ledger = a_ledger(3)
    for _ in range(3):
        ask(ledger, redeem(CARD, 100))
    ledger.redemptions_per_hour = 2
    assert isinstance(ask(ledger, redeem(CARD, 100)), errors.RedeemedTooOften)
    assert isinstance(ask(ledger, redeem(CARD, 100), NOW + SPAN), Outcome)


@pytest.mark.parametrize("lag, counts", [(SECOND, True), (SPAN - SECOND, True), (SPAN, False)])
def test_a_clock_that_is_a_little_behind_counts_what_is_ahead_of_it(lag: timedelta, *, counts: bool) -> None:
    ledger = a_ledger(1)
    ask(ledger, redeem(CARD, 100))
    assert isinstance(ask(ledger, redeem(CARD, 100), NOW - lag), errors.RedeemedTooOften) is counts


@given(
    limit=st.integers(1, 5),
    gaps=st.lists(st.sampled_from([0, 1, 900, 1800, 3599, 3600, 3601]), max_size=40),
)
def test_no_hour_ever_sees_more_and_nothing_is_refused_without_need(limit: int, gaps: list[int]) -> None:
    ledger, now, done = a_ledger(limit), NOW, list[datetime]()
    for gap in gaps:
        now += timedelta(seconds=gap)
        within = sum(moment > now - SPAN for moment in done)
        outcome = ask(ledger, redeem(CARD, 1), now)
        assert isinstance(outcome, Outcome) is (within < limit)
        if isinstance(outcome, Outcome):
            done.append(now)
        assert len(ledger.certificates[MERCHANT, CARD].redeemed_at) <= limit
