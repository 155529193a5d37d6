"""Which line of a mapping counts, what may be kept, and that every chart maps every account."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from largesse.domain.book_exports import (
    MAPPABLE,
    MEMORANDUM,
    BookFacts,
    BookFormat,
    BookMappingInvalid,
    MappedAccount,
    MappingKey,
    demand_fit,
    demand_valid,
    find_line,
    starter_charts,
    unmapped,
)
from largesse.ledger import Account
from tests.builders.book_exports import FACTS

PLACES = [UUID(int=1), UUID(int=2)]
LINES = st.builds(
    MappedAccount,
    account=st.sampled_from([Account.REDEEMED, Account.TAX_PAYABLE]),
    code=st.sampled_from(["1", "2", "3"]),
    class_of_value=st.sampled_from([None, "paid", "credit"]),
    location_id=st.sampled_from([None, *PLACES]),
    tax_kind=st.sampled_from([None, "none", "multi_purpose"]),
    rate_ppm=st.sampled_from([None, 70_000, 190_000]),
)
KEYS = st.builds(
    MappingKey,
    account=st.sampled_from([Account.REDEEMED, Account.TAX_PAYABLE]),
    class_of_value=st.sampled_from([None, "paid", "credit"]),
    location_id=st.sampled_from([None, *PLACES]),
    tax_kind=st.sampled_from([None, "none", "multi_purpose"]),
    rate_ppm=st.sampled_from([None, 70_000, 190_000]),
)
WORDS = ("class_of_value", "location_id", "tax_kind", "rate_ppm")


def said(line: MappedAccount) -> dict[str, Any]:
    return {name: getattr(line, name) for name in WORDS if getattr(line, name) is not None}


@given(st.lists(LINES, max_size=12), KEYS)
def test_the_line_that_says_most_counts_whatever_their_order(lines: list[MappedAccount], key: MappingKey) -> None:
    found = find_line(lines, key)
    fitting = [
        one
        for one in lines
        if one.account is key.account and all(getattr(key, name) == value for name, value in said(one).items())
    ]
    assert (found is None) == (not fitting)
    if found is not None:
        assert found in fitting
        assert all(len(said(one)) <= len(said(found)) for one in fitting)
        again = find_line(list(reversed(lines)), key)
        assert again is not None
        assert said(again) == said(found)
    assert unmapped(lines, [key, key]) == ([key] if found is None else [])


def test_of_two_that_say_as_much_the_location_counts() -> None:
    by_place = MappedAccount(account=Account.REDEEMED, code="1", location_id=PLACES[0])
    by_class = MappedAccount(account=Account.REDEEMED, code="2", class_of_value="paid")
    key = MappingKey(account=Account.REDEEMED, class_of_value="paid", location_id=PLACES[0])
    assert find_line([by_class, by_place], key) == by_place


@pytest.mark.parametrize("key", starter_charts())
def test_a_chart_maps_every_account_that_can_be_exported_and_may_be_kept(key: str) -> None:
    chart = starter_charts()[key]
    assert {one.account for one in chart.lines} == set(MAPPABLE)
    demand_valid(chart.lines, chart.facts, locations=[])
    by_account = {one.account: one.code for one in chart.lines if one.rate_ppm is None}
    assert by_account[Account.OPENING_BALANCES] == by_account[Account.CERTIFICATES_OUTSTANDING]
    if key.startswith("skr"):
        facts = replace(chart.facts, datev_consultant="29098", datev_client="55003")
        demand_fit(BookFormat.DATEV, facts, chart.lines, decimals=2)


GOOD = MappedAccount(account=Account.BANK, code="1200", name="Bank")


@pytest.mark.parametrize(
    "change, told",
    [
        ({"code": ""}, "Write the account"),
        ({"code": "=1+1"}, "Write the account"),
        ({"code": "-12"}, "Write the account"),
        ({"code": '12"00'}, "Write the account"),
        ({"code": "12\t00"}, "Write the account"),
        ({"code": "1" * 101}, "Write the account"),
        ({"name": "a;b"}, "Write its name"),
        ({"name": " Bank"}, "Write its name"),
        ({"tax_code": "x" * 51}, "Write the tax in"),
        ({"class_of_value": "gold"}, "Choose a class"),
        ({"tax_kind": "vat"}, "Choose a kind of tax"),
        ({"rate_ppm": -1}, "0 to 100"),
        ({"rate_ppm": 1_000_001}, "0 to 100"),
        ({"location_id": UUID(int=9)}, "no such location"),
        ({"account": Account.PROMOTIONAL_OUTSTANDING}, "stands beside the books"),
    ],
)
def test_a_line_that_cannot_be_kept_says_why_with_its_number(change: dict[str, Any], told: str) -> None:
    with pytest.raises(BookMappingInvalid) as refused:
        demand_valid([replace(GOOD, account=Account.CASH), replace(GOOD, **change)], FACTS, locations=PLACES)
    assert refused.value.code == "books.mapping"
    assert ("line.2", True) in [(one.field, told in one.message) for one in refused.value.fields]


def test_the_same_line_twice_and_too_many_are_refused() -> None:
    with pytest.raises(BookMappingInvalid) as refused:
        demand_valid([GOOD, GOOD], FACTS, locations=[])
    assert [one.field for one in refused.value.fields] == ["line.2"]
    with pytest.raises(BookMappingInvalid) as refused:
        demand_valid([replace(GOOD, rate_ppm=number) for number in range(501)], FACTS, locations=[])
    assert "lines" in {one.field for one in refused.value.fields}


@pytest.mark.parametrize(
    "fact, value",
    [
        ("xero_tax", ""), ("xero_tracking", "x" * 60), ("quickbooks_columns", "Account"),
        ("quickbooks_columns", "Journal No,Journal Date,Account,Debits,Credits,Account"),
        ("quickbooks_columns", "Journal No,Journal Date,Account,Debits,Credits,Colour"),
        ("datev_consultant", "12"), ("datev_client", "100000"), ("datev_year_begins", 13),
        ("datev_account_length", 9), ("datev_chart", "49"),
    ],
)  # fmt: skip
def test_a_fact_that_no_program_takes_is_refused_beside_its_name(fact: str, value: object) -> None:
    with pytest.raises(BookMappingInvalid) as refused:
        demand_valid([GOOD], replace(BookFacts(), **{fact: value}), locations=[])
    assert [one.field for one in refused.value.fields] == [fact]


def test_what_is_given_away_cannot_be_mapped_and_all_else_can() -> None:
    assert set(MAPPABLE) | MEMORANDUM == set(Account)
