"""The order post: 26 fields, their order, their limits, and phones that can be dialled."""

from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import msgspec
import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from largesse.domain.orders.phones import PhoneForm, posted_phone
from largesse.domain.orders.post import POST_FIELDS, POST_NAMES, FormInvalid, PostedOrder, fields_table, order_form
from tests.builders.outbox import PAYLOAD, issued_facts

ROOT = Path(__file__).parents[4]
# Text as the interfaces let it in: any character but those that no encoding of a form carries.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
PHONES = [
    phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in phonenumbers.PhoneNumberType.values()
    if (number := phonenumbers.example_number_for_type(region, kind)) is not None
]
ZONES = ["America/New_York", "Europe/London", "Europe/Berlin", "Asia/Shanghai", "America/Sao_Paulo", "Asia/Tokyo"]


@given(st.text(CHARACTERS, max_size=30), st.text(CHARACTERS, max_size=200), st.text(CHARACTERS, max_size=55))
def test_whatever_fits_arrives_to_the_character_in_the_order_of_the_source(name: str, message: str, key: str) -> None:
    facts = issued_facts({"gift": {"to": name, "from": name, "message": message}})
    body = order_form(PostedOrder(facts=facts, customs={"custom1": key}))

    assert body.isascii()
    parsed = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, encoding="utf-8")
    assert [field for field, _ in parsed] == list(POST_NAMES)
    assert len(parsed) == 26
    values = dict(parsed)
    assert (values["gift_to_message"], values["gift_message"], values["custom1"]) == (name, message, key)
    assert values["custom2"] == ""


@pytest.mark.parametrize(
    "part, key, field, most",
    [
        ("merchant", "number", "giftcafe_vendornum", 11),
        ("order", "order_number", "order_number", 13),
        ("gift", "to", "gift_to_message", 30),
        ("gift", "from", "gift_from_message", 30),
        ("gift", "message", "gift_message", 200),
    ],
)
def test_what_is_too_long_is_refused_and_never_cut(part: str, key: str, field: str, most: int) -> None:
    with pytest.raises(FormInvalid) as refused:
        order_form(PostedOrder(facts=issued_facts({part: {key: "é" * (most + 2)}})))

    (fault,) = refused.value.fields
    assert (fault.field, fault.code) == (field, "order_form.field.too_long")
    assert "take out 2" in fault.message
    order_form(PostedOrder(facts=issued_facts({part: {key: "é" * most}})))


@pytest.mark.parametrize("amount", ["25.00", "2500", "1.125", "0"])
def test_amounts_are_posted_with_the_decimals_of_their_currency(amount: str) -> None:
    body = order_form(PostedOrder(facts=issued_facts({"order": {"amount": amount}})))

    assert dict(parse_qsl(body.decode()))["gift_amount"] == amount


def test_the_limits_are_those_of_the_source() -> None:
    limits = {field.name: field.limit for field in POST_FIELDS if field.limit}
    assert limits == {
        "giftcafe_vendornum": 11,
        "order_number": 13,
        "gift_to_message": 30,
        "gift_from_message": 30,
        "gift_message": 200,
        "billing_phone": 12,
        "custom1": 55,
        "custom2": 55,
    }


def test_the_how_to_carries_the_table_of_the_fields_as_the_code_makes_it() -> None:
    how_to = (ROOT / "docs" / "howto" / "order-post.md").read_text(encoding="utf-8")
    assert fields_table() in how_to


def test_the_payload_of_tests_is_that_of_the_event() -> None:
    assert msgspec.to_builtins(issued_facts({}))["gift"] == PAYLOAD["gift"]


@pytest.mark.parametrize(
    "e164, time_zone, posted",
    [
        ("", "America/New_York", ""),
        ("+12125550123", "America/New_York", "+12125550123"),
        ("+33612345678", "America/New_York", "+33612345678"),
        ("+442079460958", "Europe/London", "02079460958"),
        ("+442079460958", "America/New_York", "442079460958"),
        ("+4915123456789", "Europe/Berlin", "015123456789"),
        ("+4915123456789", "America/New_York", "015123456789"),
        ("+8613123456789", "Asia/Shanghai", "13123456789"),
        ("+8613123456789", "America/New_York", ""),
        ("not a phone number", "America/New_York", ""),
    ],
)
def test_a_phone_is_posted_in_the_first_form_that_fits_and_can_be_dialled(
    e164: str, time_zone: str, posted: str
) -> None:
    assert posted_phone(e164, time_zone=time_zone) == posted


@pytest.mark.parametrize(
    "e164, time_zone, posted",
    [
        ("+12125550123", "America/New_York", "212-555-0123"),
        ("+12125550123", "Europe/London", "+12125550123"),
        ("+442079460958", "Europe/London", "02079460958"),
        ("+33612345678", "Europe/Paris", "0612345678"),
        ("+33612345678", "America/New_York", "+33612345678"),
        ("", "America/New_York", ""),
    ],
)
def test_the_national_form_has_dashes_where_they_fit(e164: str, time_zone: str, posted: str) -> None:
    assert posted_phone(e164, time_zone=time_zone, form=PhoneForm.NATIONAL) == posted


@given(st.sampled_from(PHONES), st.sampled_from(ZONES), st.sampled_from(PhoneForm))
@example("+4915123456789", "America/New_York", PhoneForm.INTERNATIONAL)
def test_a_posted_phone_reaches_the_same_person_or_nobody(e164: str, time_zone: str, form: PhoneForm) -> None:
    posted = posted_phone(e164, time_zone=time_zone, form=form)

    assert len(posted) <= 12
    number = phonenumbers.parse(e164)
    region = phonenumbers.region_code_for_number(number)
    reached = set()
    for text, home in ((posted, region), ("+" + posted.lstrip("+"), None)):
        try:
            parsed = phonenumbers.parse(text, home)
        except phonenumbers.NumberParseException:
            continue
        reached.add(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    assert posted == "" or e164 in reached
    assert not posted.startswith("0") or region is not None


@given(st.text(CHARACTERS, max_size=40) | st.text(st.characters(max_codepoint=127), max_size=40))
def test_what_was_written_is_quoted_as_the_standard_library_does(text: str) -> None:
    body = order_form(PostedOrder(facts=issued_facts({"gift": {"message": text}}), customs={"custom1": text}))
    values = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True))
    assert (values["gift_message"], values["custom1"]) == (text, text)
    assert body == urlencode(values, encoding="utf-8", safe="*").encode("ascii")
