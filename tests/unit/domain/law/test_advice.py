"""What a profile says against what is offered or agreed: known rules by their words, what is unknown as unknown."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.law import (
    PURPOSES,
    CountsFrom,
    Exemption,
    LawChoice,
    LawRefused,
    MerchantLaw,
    ValidityRule,
    agreement_warnings,
    find_profile,
    holding,
    known,
    last_day_of,
    profiles,
    refuse,
    validity_warnings,
)
from largesse.kernel.validity import FOREVER, Validity, last_day

TODAY = date(2026, 11, 29)
YEAR = Validity(months=12)


def _codes(code: str, validity: Validity, *, today: date = TODAY, is_package: bool = False) -> list[str]:
    return [one.code for one in validity_warnings(find_profile(code), validity, today=today, is_package=is_package)]


@pytest.mark.parametrize(
    "code, validity, found",
    [
        ("US", Validity(months=60), []),
        ("US", Validity(months=59), ["law.validity.short"]),
        ("US", Validity(days=1825), ["law.validity.short"]),  # five years have leap days
        ("US-CA", Validity(months=1200), ["law.validity.no_expiry"]),
        ("US-CA", FOREVER, []),
        ("US-ME", Validity(months=60), ["law.validity.unknown"]),
        ("US-ME", YEAR, ["law.validity.unknown", "law.validity.short"]),
        ("US-NY", Validity(months=60), ["law.validity.short"]),
        ("US-NY", Validity(months=108), []),
        ("DE", Validity(months=36), ["law.validity.short"]),
        ("DE", Validity(months=48), []),
        ("FR", YEAR, ["law.validity.unknown"]),
        ("FR", FOREVER, []),
        ("IE", Validity(months=60), []),
        ("AU", Validity(months=36), []),
        ("AU", Validity(months=24), ["law.validity.short"]),
    ],
)
def test_a_validity_is_judged_by_the_profile(code: str, validity: Validity, found: list[str]) -> None:
    assert _codes(code, validity) == found


def test_packages_may_expire_where_the_law_excepts_them() -> None:
    assert _codes("CA-ON", YEAR) == ["law.validity.no_expiry"]
    assert _codes("CA-ON", YEAR, is_package=True) == []
    assert _codes("CA-AB", YEAR, is_package=True) == ["law.validity.no_expiry"]


def test_a_rule_that_will_hold_within_a_year_is_told_of_before() -> None:
    warnings = validity_warnings(find_profile("NZ"), YEAR, today=date(2026, 3, 1))
    assert [one.code for one in warnings] == ["law.validity.unknown", "law.validity.short"]
    assert "issued on 2026-03-16 must be good through 2029-03-16" in warnings[1].message


def test_the_worst_day_of_the_year_counts_where_the_end_of_the_year_does() -> None:
    # Bought on New Year's Eve, three years are enough; a day later they are not.
    [warning] = validity_warnings(find_profile("DE"), Validity(months=36), today=date(2026, 12, 31))
    assert "issued on 2027-01-01 must be good through 2030-12-31, and this only through 2030-01-01" in warning.message


@given(
    code=st.sampled_from(sorted(profiles())),
    months=st.integers(1, 400),
    today=st.dates(date(2012, 1, 1), date(2040, 1, 1)),
    ahead=st.integers(0, 365),
)
def test_what_is_not_warned_of_is_long_enough_on_every_day_of_the_year(
    code: str, months: int, today: date, ahead: int
) -> None:
    validity = Validity(months=months)
    codes = _codes(code, validity, today=today)
    issued_on = today + timedelta(days=ahead)
    found = known(holding(find_profile(code), "validity", issued_on=issued_on, today=issued_on))
    last = last_day(validity, issued_on=issued_on)
    assert last is not None
    if found is None:
        assert "law.validity.unknown" in codes
        return
    rule = found.rule
    assert isinstance(rule, ValidityRule)
    if not rule.may_expire:
        assert "law.validity.no_expiry" in codes
    elif last < last_day_of(rule.years or 0, rule.counts_from or CountsFrom.ISSUE, issued_on=issued_on, last_on=today):
        assert "law.validity.short" in codes


@pytest.mark.parametrize(
    "code, purpose, found",
    [
        ("US", None, ["law.agreement.short"]),
        ("US", Exemption.BUSINESS_USE, []),
        ("US", Exemption.PROMOTIONAL, []),
        ("US", Exemption.CHARITY, ["law.agreement.not_exempt.unknown"]),
        ("US-NY", Exemption.PROMOTIONAL, []),
        ("US-CA", Exemption.PROMOTIONAL, ["law.agreement.not_exempt.unknown"]),
        ("CA-QC", None, ["law.agreement.no_expiry"]),
        ("CA-ON", Exemption.CHARITY, []),
        ("NZ", Exemption.CHARITY, []),
        ("DE", Exemption.CHARITY, ["law.agreement.not_exempt.unknown"]),
        ("FR", None, ["law.agreement.unknown"]),
        ("FR", Exemption.CHARITY, ["law.agreement.not_exempt.unknown"]),
    ],
)
def test_an_agreement_names_why_its_certificates_are_short(
    code: str, purpose: Exemption | None, found: list[str]
) -> None:
    assert [one.code for one in agreement_warnings(find_profile(code), YEAR, purpose, today=TODAY)] == found


def test_an_agreement_whose_certificates_are_long_enough_needs_no_purpose() -> None:
    assert agreement_warnings(find_profile("US"), Validity(months=60), None, today=TODAY) == []
    assert set(PURPOSES) <= set(Exemption)


def _law(code: str, *, refuses: bool) -> MerchantLaw:
    choice = LawChoice(
        merchant_id=UUID(int=1), code=code, refuses=refuses, chosen_at=datetime(2026, 11, 29, tzinfo=UTC)
    )
    return MerchantLaw(choice=choice, profile=find_profile(code))


def test_only_who_says_so_is_refused_and_never_for_what_is_unknown() -> None:
    warnings = validity_warnings(find_profile("US-ME"), YEAR, today=TODAY)
    refuse(_law("US-ME", refuses=False), warnings)
    with pytest.raises(LawRefused) as refused:
        refuse(_law("US-ME", refuses=True), warnings)
    assert [one.code for one in refused.value.fields] == ["law.validity.short"]
    refuse(_law("FR", refuses=True), validity_warnings(find_profile("FR"), YEAR, today=TODAY))
