import pytest

from largesse.domain.merchants import MerchantChange, MerchantDraft
from largesse.domain.merchants.checks import faults_of


def a_draft(name: str, contact: str = "hello@spa.example") -> MerchantDraft:
    return MerchantDraft(slug="spa", number="1", prefix="GL", name=name, contact_email=contact)


@pytest.mark.parametrize("name", ["خانه\u200cها", "ශ්\u200dරී ලංකා", "Spa 👩\u200d👧", "L’Été\u00a0!"])
def test_a_shop_may_have_a_name_of_any_script(name: str) -> None:
    assert faults_of(a_draft(name)) == []


@pytest.mark.parametrize("name", ["", " ", "Spa\u202e", "Spa\x00", "a\nb", "Spa\u200b"])
def test_a_name_in_which_something_acts_unseen_is_refused(name: str) -> None:
    assert [fault.code for fault in faults_of(a_draft(name))] == ["merchant.name.invalid"]


@pytest.mark.parametrize(
    "contact, codes",
    [
        ("owner@müller.example", []),
        ("demo@spa.test", []),
        ("büro@müller.example", ["email.not_carried"]),
        ("=?utf-8?q?a?=@spa.example", ["email.invalid"]),
        ("a@b@c.example", ["email.invalid"]),
    ],
)
def test_a_contact_is_one_that_every_mail_can_hold(contact: str, codes: list[str]) -> None:
    assert [fault.code for fault in faults_of(a_draft("Spa", contact))] == codes


@pytest.mark.parametrize(
    "change, faults",
    [
        (MerchantChange(mail_from_name="Gifts, by “Corner Spa” ✿", reply_to="gifts@müller.example"), []),
        (MerchantChange(mail_from_name="", reply_to=""), []),
        (MerchantChange(mail_from_name=" "), [("mail_from_name", "merchant.name.invalid")]),
        (MerchantChange(mail_from_name="Spa\r\nBcc: x"), [("mail_from_name", "merchant.name.invalid")]),
        (MerchantChange(mail_from_name="x" * 121), [("mail_from_name", "merchant.name.invalid")]),
        (MerchantChange(reply_to="büro@müller.example"), [("reply_to", "email.not_carried")]),
        (MerchantChange(reply_to="nobody"), [("reply_to", "email.invalid")]),
    ],
)
def test_a_mail_identity_is_one_that_every_mail_can_hold(change: MerchantChange, faults: list[tuple[str, str]]) -> None:
    assert [(fault.field, fault.code) for fault in faults_of(change)] == faults
