"""The order form: 26 fields, their order, their limits, and phones that can be dialled."""

from decimal import Decimal
from urllib.parse import parse_qsl

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from largesse.wire.form import FIELDS, FormInvalid, encode_order_form, form_amount, form_phone

# Text as the doors let it in: any character but those that no encoding of a form carries.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
PHONES = [
    phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in phonenumbers.PhoneNumberType.values()
    if (number := phonenumbers.example_number_for_type(region, kind)) is not None
]
ZONES = ["America/New_York", "Europe/London", "Europe/Berlin", "Asia/Shanghai", "America/Sao_Paulo", "Asia/Tokyo"]


@given(st.fixed_dictionaries({name: st.text(CHARACTERS, max_size=most or 300) for name, most in FIELDS.items()}))
def test_whatever_fits_arrives_to_the_character_in_the_order_of_the_source(values: dict[str, str]) -> None:
    body = encode_order_form(values)

    assert body.isascii()
    parsed = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, encoding="utf-8")
    assert parsed == [(name, values[name]) for name in FIELDS]
    assert len(parsed) == 26


@pytest.mark.parametrize("name, most", [(name, most) for name, most in FIELDS.items() if most])
def test_what_is_too_long_is_refused_and_never_cut(name: str, most: int) -> None:
    values = {**dict.fromkeys(FIELDS, ""), name: "é" * (most + 2)}

    with pytest.raises(FormInvalid) as refused:
        encode_order_form(values)

    (fault,) = refused.value.fields
    assert (fault.field, fault.code) == (name, "order_form.field.too_long")
    assert "take out 2" in fault.message
    encode_order_form({**values, name: "é" * most})


def test_a_missing_and_an_unknown_field_are_both_named() -> None:
    values = {**dict.fromkeys(FIELDS, ""), "certificate": "x"}
    del values["custom2"]

    with pytest.raises(FormInvalid) as refused:
        encode_order_form(values)

    assert [fault.field for fault in refused.value.fields] == ["custom2", "certificate"]


@pytest.mark.parametrize("given_, posted", [("25.00", "25.00"), ("2500", "2500.00"), ("1.125", "1.125"), ("0", "0.00")])
def test_amounts_have_a_point_and_at_least_two_decimals(given_: str, posted: str) -> None:
    assert form_amount(given_) == posted
    assert Decimal(posted) == Decimal(given_)


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
    assert form_phone(e164, time_zone=time_zone) == posted


@given(st.sampled_from(PHONES), st.sampled_from(ZONES))
@example("+4915123456789", "America/New_York")
def test_a_posted_phone_reaches_the_same_person_or_nobody(e164: str, time_zone: str) -> None:
    posted = form_phone(e164, time_zone=time_zone)

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
