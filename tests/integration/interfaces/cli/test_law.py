"""`largesse law` chosen for a merchant, and what it says to offerings and agreements, as an operator types them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from largesse.domain.law import CashOutNotOwed, CashOutUnknown, LawProfileUnknown
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import Runtime, merchant_of
from tests.builders.application import NOW
from tests.builders.certificates import a_card
from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator

OFFERING = ("--merchant", "corner-spa", "--kind", "amount", "--title", "An amount", "--presets", "50")
PARTNER = ("--contact-email", "desk@hotel.example")


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    made = Operator(dsn, tmp_path)
    made.asks(*MERCHANT)
    return made


def _card(operator: Operator, **given: Any) -> str:
    """Issue a certificate of the merchant's and return its number."""

    async def work(deps: CommandDependencies) -> str:
        async with operator.application() as application:
            return (await a_card(application, await merchant_of(deps, "corner-spa"), **given)).number

    return Runtime(operator.application).run(work)


def _warned(operator: Operator, *words: str) -> str:
    result = operator.types(*words)
    assert result.exit_code == 0, result.output
    return result.stderr


def _refused(operator: Operator, *words: str) -> str:
    result = operator.types(*words)
    assert result.exit_code == 1, result.output
    return result.stderr


def test_the_rest_is_paid_out_where_the_profile_asks_for_it(operator: Operator) -> None:
    number, plenty = (_card(operator, value=value) for value in (1_499, 1_500))
    assert "you decide" in operator.types("certificate", "may-cash-out", number).output
    _warned(operator, "law", "set", "corner-spa", "US-CA")
    said = operator.types("certificate", "may-cash-out", number).output
    assert "The holder may ask for the rest in money. (US-CA: less than 15.00 USD" in said
    assert "does not give the holder" in operator.types("certificate", "may-cash-out", plenty).output
    assert f"[{CashOutNotOwed.code}]" in _refused(operator, "certificate", "cash-out", plenty)
    assert operator.asks("certificate", "cash-out", number)["kind"] == "cash_out"
    assert operator.asks("certificate", "cash-out", plenty, "--all-the-same")["value"] == "15.00"
    _warned(operator, "law", "set", "corner-spa", "IE")
    other = _card(operator, value=500)
    assert f"[{CashOutUnknown.code}]" in _refused(operator, "certificate", "cash-out", other, "--unusable")


def test_unclaimed_property_is_listed(operator: Operator) -> None:
    assert operator.asks("law", "unclaimed", "corner-spa") is None
    assert "unknown" in operator.types("law", "unclaimed", "corner-spa").output
    _warned(operator, "law", "set", "corner-spa", "US-NY")
    assert "Nothing is unclaimed." in operator.types("law", "unclaimed", "corner-spa").output
    number = _card(operator, good_through=None, now=NOW - timedelta(days=2_000))
    [one] = operator.asks("law", "unclaimed", "corner-spa")
    assert (one["left"], one["currency"], one["share_percent"], one["profile"]) == ("100.00", "USD", 100, "US-NY")
    output = operator.types("law", "unclaimed", "corner-spa").output
    assert "ordered from an unknown state" in output
    assert "100.00 USD  issued 2021-06-01" in output
    assert "Not legal advice" in output
    operator.asks("certificate", "hand-over", number)
    assert operator.asks("law", "unclaimed", "corner-spa") == []


def test_a_profile_is_chosen_shown_changed_and_dropped(operator: Operator) -> None:
    assert operator.asks("law", "chosen", "corner-spa") is None
    chosen = operator.asks("law", "set", "corner-spa", "us-ny")
    assert (chosen["code"], chosen["refuses"], chosen["when_unknown"]) == ("US-NY", False, "wait")
    _warned(operator, "law", "set", "corner-spa", "DE", "--refuse", "--when-unknown", "book")
    shown = operator.types("law", "chosen", "1001").output
    assert "Germany" in shown
    assert "Not legal advice" in shown
    assert operator.asks("law", "chosen", "1001")["refuses"]
    assert operator.asks("law", "set", "corner-spa", "none") is None
    assert "No law profile is chosen" in operator.types("law", "chosen", "1001").output
    assert LawProfileUnknown.code in _refused(operator, "law", "set", "corner-spa", "XX")


def test_an_offering_is_warned_of_or_refused(operator: Operator) -> None:
    add = ("catalog", "offering", "add")
    assert "law." not in _warned(operator, *add, "plain", *OFFERING, "--validity", "12m")
    _warned(operator, "law", "set", "corner-spa", "US-NY")
    warned = _warned(operator, *add, "amount", *OFFERING, "--validity", "60m")
    assert "Warning: validity: The law of US-NY says: at least 9 years from issue" in warned
    assert "(law.validity.short)" in warned
    change = ("catalog", "offering", "set", "amount", "--merchant", "corner-spa", "--validity")
    assert "law." not in _warned(operator, *change, "forever")
    _warned(operator, "law", "set", "corner-spa", "US-NY", "--refuse")
    refused = _refused(operator, *change, "60m")
    assert "[law.refused]" in refused
    assert "[law.validity.short]" in refused
    shown = operator.asks("catalog", "offering", "show", "amount", "--merchant", "corner-spa")
    assert shown["validity"] == {"months": None, "days": None}
    # What is hidden sells nothing: it may be taken off the page, and not be put back.
    assert "law." not in _warned(operator, "catalog", "offering", "hide", "plain", "--merchant", "corner-spa")
    assert "[law.refused]" in _refused(operator, "catalog", "offering", "unhide", "plain", "--merchant", "corner-spa")


def test_all_that_is_on_sale_and_agreed_is_checked_after_a_choice(operator: Operator) -> None:
    for slug, validity in (("long", "forever"), ("short", "12m"), ("hidden", "12m")):
        _warned(operator, "catalog", "offering", "add", slug, *OFFERING, "--validity", validity)
    _warned(operator, "catalog", "offering", "hide", "hidden", "--merchant", "corner-spa")
    operator.asks("partner", "add", "corner-spa", "Hotel", *PARTNER)
    assert operator.asks("law", "check", "corner-spa") == []
    assert "none is chosen" in operator.types("law", "check", "corner-spa").output
    _warned(operator, "law", "set", "corner-spa", "US", "--refuse")
    told = [(one["field"], one["code"]) for one in operator.asks("law", "check", "corner-spa")]
    assert told == [
        ("offerings.short.validity", "law.validity.short"),
        ("partners.Hotel.purpose", "law.agreement.short"),
    ]
    assert "Not legal advice" in operator.types("law", "check", "corner-spa").output


def test_a_catalogue_is_loaded_whole_or_refused_whole(operator: Operator, tmp_path: Path) -> None:
    seed = tmp_path / "seed.toml"
    entries = (("long", ""), ("short", "validity = { months = 12 }"), ("shorter", "validity = { days = 90 }"))
    seed.write_text(
        "\n".join(
            f'[[offerings]]\nslug = "{slug}"\nkind = "amount"\ntitle = "T"\npresets = ["50"]\n{validity}'
            for slug, validity in entries
        )
    )
    _warned(operator, "law", "set", "corner-spa", "AU", "--refuse")
    refused = _refused(operator, "catalog", "load", str(seed), "--merchant", "corner-spa")
    assert "offerings.short.validity" in refused
    assert "offerings.shorter.validity" in refused
    assert "offerings.long" not in refused
    assert operator.asks("catalog", "offering", "list", "--merchant", "corner-spa") == []
    _warned(operator, "law", "set", "corner-spa", "AU", "--warn")
    loaded = operator.asks("catalog", "load", str(seed), "--merchant", "corner-spa")
    assert (loaded["added"], len(loaded["warnings"])) == (3, 2)


def test_an_agreement_names_why_it_may_be_short(operator: Operator) -> None:
    added = operator.asks("partner", "add", "corner-spa", "Hotel", *PARTNER)
    assert (added["law_warnings"], added["agreement"]["purpose"]) == ([], "none")
    _warned(operator, "law", "set", "corner-spa", "US")
    shown = operator.types("partner", "show", "corner-spa", "Hotel").output
    assert "warning purpose: The law of US says: at least 5 years" in shown
    _warned(operator, "law", "set", "corner-spa", "US", "--refuse")
    assert "[law.agreement.short]" in _refused(operator, "partner", "add", "corner-spa", "Club", *PARTNER)
    assert len(operator.asks("partner", "list", "corner-spa")) == 1
    changed = operator.asks("partner", "set", "corner-spa", "Hotel", "--purpose", "business_use")
    assert (changed["agreement"]["purpose"], changed["law_warnings"]) == ("business_use", [])
    assert operator.asks("partner", "set", "corner-spa", "Hotel", "--invoicing", "monthly")["agreement"]["purpose"] == (
        "business_use"
    )
    assert "[law.refused]" in _refused(operator, "partner", "set", "corner-spa", "Hotel", "--purpose", "none")
    club = operator.asks("partner", "add", "corner-spa", "Club", *PARTNER, "--purpose", "charity")
    assert [one["code"] for one in club["law_warnings"]] == ["law.agreement.not_exempt.unknown"]
