"""What a frozen mail is for."""

import msgspec
import pytest

from largesse.kernel.mail import purpose_in


def test_the_purpose_is_read_beside_whatever_else_was_frozen() -> None:
    assert purpose_in('{"mail_id":"1","purpose":"staff_invited","name":"Ada"}') == "staff_invited"
    assert purpose_in('{"mail_id":"1"}') == ""


@pytest.mark.parametrize("payload", ["", "[]", '{"purpose":1}'])
def test_what_is_no_mail_is_refused(payload: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        purpose_in(payload)
