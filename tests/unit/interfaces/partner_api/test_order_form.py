import string
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.partners import OrderInvalid, OrderWanted, PartialOrder, refusal_of_partial
from largesse.interfaces.partner_api.order_form import FIELDS, fingerprint_of_order, in_source_terms, read_order
from largesse.kernel.clock import add_years
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.wire.plain import Literal
from tests.builders.partners import an_agreement

TODAY = date(2026, 11, 22)
LEAST = {"refcode": "A", "amount": "25"}


def faults_of(given: dict[str, object]) -> list[str]:
    order = read_order(given, today=TODAY)
    assert isinstance(order, PartialOrder)
    return [fault.code for fault in in_source_terms(OrderInvalid(fields=order.faults)).fields]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.text(max_size=70) | st.text(string.digits + ".eE-+", max_size=30).map(Literal),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(list(FIELDS.values())) | st.text(max_size=5), ANYTHING))
def test_whatever_is_given_reads_well_or_has_faults(given: dict[str, object]) -> None:
    order = read_order(given, today=TODAY)
    if isinstance(order, PartialOrder):
        error = in_source_terms(OrderInvalid(fields=order.faults))
        places = [list(FIELDS.values()).index(fault.field) for fault in error.fields]
        assert places == sorted(set(places)) != [], "one fault for each field at most, in the order of the source"
    else:
        assert 1 <= len(order.refcode) <= 20
        assert order.amount.minor > order.amount.currency.units
        assert TODAY < order.good_through <= date(2028, 11, 22)


@given(st.integers(101, 10**12), st.sampled_from([str, Literal]))
def test_an_amount_is_read_to_the_cent(cents: int, kind: type[str]) -> None:
    text = kind(f"{cents // 100}.{cents % 100:02}")
    wanted = read_order({"refcode": "A", "amount": text}, today=TODAY)
    assert isinstance(wanted, OrderWanted)
    assert wanted.amount == Money(cents, currency("USD"))


@given(st.dates(date(2024, 1, 1), date(2090, 1, 1)), st.integers(-800, 800))
def test_a_day_must_be_later_than_today_and_within_two_years(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    reading = read_order({**LEAST, "expirationDate": day.isoformat()}, today=today)
    assert isinstance(reading, OrderWanted) == (today < day <= add_years(today, 2))


@pytest.mark.parametrize("today, day", [(date(2027, 2, 28), date(2028, 2, 28)), (date(2028, 2, 29), date(2029, 2, 28))])
def test_a_certificate_is_good_for_a_year_where_nothing_is_said(today: date, day: date) -> None:
    wanted = read_order(LEAST, today=today)
    assert isinstance(wanted, OrderWanted)
    assert wanted.good_through == day


def test_only_an_integer_is_read_as_a_text() -> None:
    assert isinstance(read_order({**LEAST, "refcode": Literal("0012")}, today=TODAY), OrderWanted)
    assert faults_of({**LEAST, "refcode": Literal("1.5")}) == ["refcode.type"]


def test_the_agreement_adds_its_faults_to_those_of_the_form() -> None:
    agreement = an_agreement()
    for form, codes in (
        ({"amount": "500.01"}, ["refcode.required", "amount.too_large"]),
        ({"amount": "1", "currencyCode": "EUR"}, ["refcode.required", "amount.too_small", "currency.not_agreed"]),
    ):
        order = read_order(form, today=TODAY)
        assert isinstance(order, PartialOrder)
        error = refusal_of_partial(agreement, order, None)
        assert isinstance(error, OrderInvalid)
        assert [fault.code for fault in in_source_terms(error).fields] == codes


def test_an_amount_of_an_unknown_currency_is_still_looked_at() -> None:
    assert faults_of({"refcode": "A", "amount": "1e9", "currencyCode": "???"}) == ["amount.invalid", "currency.unknown"]


def test_the_fingerprint_is_that_of_what_was_asked_for() -> None:
    first = fingerprint_of_order({**LEAST, "amount": Literal("25")})
    assert first == fingerprint_of_order({"note": "!", "currencyCode": "", **LEAST, "thirdPartyIdentifier": None})
    assert first != fingerprint_of_order({**LEAST, "amount": "26"})
    assert first != fingerprint_of_order({"refcode": "25", "amount": "A"})


def test_a_currency_counts_its_own_units() -> None:
    assert currency("BHD").exponent == 3
    wanted = read_order({**LEAST, "currencyCode": "BHD", "amount": "25.001"}, today=TODAY)
    assert isinstance(wanted, OrderWanted)
    assert wanted.amount.minor == 25_001


@pytest.mark.parametrize(
    "refcode, fine", [("جشن\u200cها", True), ("👨\u200d👩\u200d👧", True), ("a\u202eb", False), ("a\nb", False)]
)
def test_a_refcode_keeps_the_joiners_of_its_script(refcode: str, *, fine: bool) -> None:
    wanted = read_order({**LEAST, "refcode": refcode}, today=TODAY)
    assert isinstance(wanted, OrderWanted) == fine
