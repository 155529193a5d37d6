"""Which PINs can stand, and when a device has locked."""

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from largesse.domain.tills import Pin, PinUnfit, TillSession, check_pin
from tests.builders.application import NOW

ID = UUID(int=1)


@pytest.mark.parametrize("pin", ["1793", "20481", "258036", "1122"])
def test_four_to_six_digits_can_stand(pin: str) -> None:
    check_pin(pin)


@pytest.mark.parametrize(
    "pin", ["", "123", "1234", "9876", "345678", "7890", "0000", "555555", "1234567", "12a4", "١٢٣٥"]
)
def test_what_is_tried_first_or_is_no_pin_cannot_stand(pin: str) -> None:
    with pytest.raises(PinUnfit) as refused:
        check_pin(pin)
    assert refused.value.code == "till.pin.unfit"


@pytest.mark.parametrize("digits, may", [(0, False), (4, False), (5, False), (6, True)])
def test_who_approves_has_six_digits(digits: int, *, may: bool) -> None:
    assert Pin(merchant_id=ID, membership_id=ID, digits=digits).may_approve is may


def a_session() -> TillSession:
    return TillSession(
        merchant_id=ID, session_id=ID, device_id=ID, membership_id=ID, person_id=ID, unlocked_at=NOW, seen_at=NOW
    )


@pytest.mark.parametrize("minutes", [1, 5, 15])
def test_a_device_locks_after_its_minutes_without_a_touch(minutes: int) -> None:
    session = a_session()
    last = timedelta(minutes=minutes) - timedelta(seconds=1)
    assert session.is_unlocked(NOW + last, lock_minutes=minutes)
    assert not session.is_unlocked(NOW + timedelta(minutes=minutes), lock_minutes=minutes)


def test_it_locks_at_once_when_somebody_locks_it_or_it_ends_and_after_twelve_hours_in_any_case() -> None:
    assert not replace(a_session(), locked_at=NOW).is_unlocked(NOW, lock_minutes=5)
    assert not replace(a_session(), ended_at=NOW).is_unlocked(NOW, lock_minutes=5)
    soon = NOW + timedelta(seconds=30)
    assert replace(a_session(), ended_at=soon).is_unlocked(NOW, lock_minutes=5)
    late = NOW + timedelta(hours=12)
    assert not replace(a_session(), seen_at=late).is_unlocked(late, lock_minutes=5)
