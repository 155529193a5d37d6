"""What legal entities and locations must be like; every field that is wrong is named at once."""

from decimal import Decimal

import pytest

from largesse.domain.locations.checks import entity_faults, location_faults, read_rate
from largesse.domain.locations.model import EntityChange, LocationChange
from largesse.kernel.where import TaxRate


@pytest.mark.parametrize(
    "change, field",
    [
        (EntityChange(name=" "), "name"),
        (EntityChange(name="x" * 121), "name"),
        (EntityChange(name="two\nlines"), "name"),
        (EntityChange(legal_form="x" * 61), "legal_form"),
        (EntityChange(register="x" * 121), "register"),
        (EntityChange(vat_id="x" * 41), "vat_id"),
        (EntityChange(tax_id="a\u202eb"), "tax_id"),
        (EntityChange(address="a\nb"), "address"),
        (EntityChange(country="us"), "country"),
        (EntityChange(country="XX"), "country"),
        (EntityChange(country="USA"), "country"),
    ],
)
def test_what_cannot_stand_of_a_legal_entity_is_named(change: EntityChange, field: str) -> None:
    assert [fault.field for fault in entity_faults(change)] == [field]


@pytest.mark.parametrize(
    "change, field",
    [
        (LocationChange(code=""), "code"),
        (LocationChange(code="spa"), "code"),
        (LocationChange(code="NINESIGNS"), "code"),
        (LocationChange(code="-A"), "code"),
        (LocationChange(code="A-"), "code"),
        (LocationChange(name=""), "name"),
        (LocationChange(time_zone="Mars/Olympus"), "time_zone"),
        (LocationChange(cut_off_hour=-1), "cut_off_hour"),
        (LocationChange(cut_off_hour=24), "cut_off_hour"),
        (LocationChange(zip="1" * 21), "zip"),
        (LocationChange(country="ZZ"), "country"),
    ],
)
def test_what_cannot_stand_of_a_location_is_named(change: LocationChange, field: str) -> None:
    assert [fault.field for fault in location_faults(change)] == [field]


def test_every_wrong_field_is_told_at_once() -> None:
    change = LocationChange(code="!", name="", time_zone="x", cut_off_hour=24, city="c" * 81, country="q")
    assert [fault.field for fault in location_faults(change)] == [
        "code", "name", "city", "country", "time_zone", "cut_off_hour",
    ]  # fmt: skip


@pytest.mark.parametrize("code", ["A", "8", "SPA-2", "LONGEST8"])
def test_a_code_has_up_to_eight_signs(code: str) -> None:
    assert location_faults(LocationChange(code=code, name="Spa", time_zone="", cut_off_hour=0, country="")) == []


@pytest.mark.parametrize(
    "percent, rate", [("19", "0.19"), ("8.875", "0.08875"), ("0", "0"), ("100", "1"), ("2.1234", "0.021234")]
)
def test_a_rate_is_read_from_its_percentage(percent: str, rate: str) -> None:
    assert read_rate(" standard ", percent) == (TaxRate(name="standard", rate=Decimal(rate)), [])


@pytest.mark.parametrize("percent", ["", "-1", "100.0001", "19,5", "1.23456", "1e1", "٧", "NaN"])
def test_what_is_no_percentage_is_refused(percent: str) -> None:
    found, faults = read_rate("standard", percent)
    assert found is None
    assert [fault.code for fault in faults] == ["rate.invalid"]


@pytest.mark.parametrize("name", ["", " ", "x" * 41, "a\nb"])
def test_a_rate_has_a_name(name: str) -> None:
    assert [fault.code for fault in read_rate(name, "19")[1]] == ["rate.name.invalid"]
