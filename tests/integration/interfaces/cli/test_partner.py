from pathlib import Path

import pytest

from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator

ACME = ("corner-spa", "Acme")


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    made = Operator(dsn, tmp_path)
    made.asks(*MERCHANT)
    terms = ("--terms", "USD", "500", "10000", "--invoicing", "monthly")
    made.asks("partner", "add", *ACME, "--contact-email", "a@example.com", *terms)
    return made


def test_a_partner_is_created_with_its_agreement(operator: Operator) -> None:
    shown = operator.asks("partner", "show", "corner-spa", "acme")
    assert shown["partner"]["name"] == "Acme"
    assert shown["agreement"]["terms"] == {
        "USD": {"amount_max": 50_000, "credit_limit": 1_000_000, "credit_used": 0, "approval_above": None}
    }
    assert shown["agreement"]["invoicing"] == "monthly"
    assert [one["name"] for one in operator.asks("partner", "list", "corner-spa")] == ["Acme"]
    assert "orders up to 500.00, credit 10000.00, of which used 0.00" in operator.types("partner", "show", *ACME).output


def test_an_agreement_changes(operator: Operator) -> None:
    changed = operator.asks("partner", "set", *ACME, "--token-lifetime", "600", "--terms", "JPY", "50000", "900000")
    assert changed["agreement"]["token_lifetime_s"] == 600
    assert list(changed["agreement"]["terms"]) == ["JPY", "USD"]
    changed = operator.asks("partner", "set", *ACME, "--remove-currency", "USD")
    assert list(changed["agreement"]["terms"]) == ["JPY"]
    for word, state in (
        ("suspend", (True, True)),
        ("resume", (True, False)),
        ("disable", (False, False)),
        ("enable", (True, False)),
    ):
        agreement = operator.asks("partner", word, *ACME)["agreement"]
        assert (agreement["enabled"], agreement["suspended"]) == state


def test_refcodes_are_agreed_replaced_and_given_up(operator: Operator) -> None:
    named = operator.asks("partner", "set", *ACME, "--refcode", "SPRING", "--refcode", "AUTUMN")["agreement"]
    assert (named["refcodes"], named["other_refcodes"]) == (["SPRING", "AUTUMN"], "accept")
    strict = operator.asks("partner", "set", *ACME, "--other-refcodes", "refuse")["agreement"]
    assert (strict["refcodes"], strict["other_refcodes"]) == (["SPRING", "AUTUMN"], "refuse")
    assert "refcodes SPRING, AUTUMN" in operator.types("partner", "show", *ACME).output
    assert operator.asks("partner", "set", *ACME, "--refcode", "")["agreement"]["refcodes"] == []
    assert operator.types("partner", "set", *ACME, "--refcode", "x" * 21).exit_code == 1


def test_the_tax_of_an_agreement_is_told_kept_and_taken_out(operator: Operator) -> None:
    taxed = operator.asks("partner", "set", *ACME, "--tax-kind", "single_purpose", "--tax", "19", "--tax-country", "de")
    assert taxed["agreement"]["tax"] == {"kind": "single_purpose", "country": "DE", "rate": "0.19"}
    lines = operator.types("partner", "show", *ACME).output
    assert ("single_purpose" in lines, "19 %" in lines, "DE" in lines) == (True, True, True)
    other = operator.asks("partner", "set", *ACME, "--tax", "7")["agreement"]["tax"]
    assert other == {"kind": "single_purpose", "country": "DE", "rate": "0.07"}
    assert operator.asks("partner", "set", *ACME, "--token-lifetime", "600")["agreement"]["tax"] == other
    later = operator.asks("partner", "set", *ACME, "--tax-kind", "multi_purpose", "--tax-country", "none")
    assert later["agreement"]["tax"] == {"kind": "multi_purpose", "country": None, "rate": "0"}
    none = operator.asks("partner", "set", *ACME, "--tax-kind", "none")["agreement"]["tax"]
    assert none == {"kind": "none", "country": None, "rate": "0"}


@pytest.mark.parametrize(
    "words, code",
    [
        (("--tax-kind", "single_purpose"), "agreement.tax.rate_missing"),
        (("--tax-kind", "multi_purpose", "--tax", "19"), "agreement.tax.rate_unused"),
        (("--tax-kind", "single_purpose", "--tax", "101"), "agreement.tax.invalid"),
        (("--tax-kind", "single_purpose", "--tax", "19", "--tax-country", "xx"), "agreement.tax.country_invalid"),
        (("--tax-kind", "single_purpose", "--tax", "19", "--tax-country", "none"), "agreement.tax.country_missing"),
        (("--tax-kind", "none", "--tax-country", "DE"), "agreement.tax.country_unused"),
    ],
)
def test_a_tax_that_cannot_stand_changes_nothing(operator: Operator, words: tuple[str, ...], code: str) -> None:
    refused = operator.types("partner", "set", *ACME, *words)
    assert refused.exit_code == 1
    assert code in refused.stderr
    assert operator.asks("partner", "show", *ACME)["agreement"]["tax"]["kind"] == "none"


def test_users_and_keys_are_shown_their_secrets_once(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    made = operator.asks("partner", "user-add", *ACME, "Dev@Acme.example", "--generate")
    assert len(made["password"]) >= 20
    key = operator.asks("partner", "key-add", *ACME, "dev@acme.example")
    assert key["hint"] == key["api_key"][-4:]
    shown = operator.types("partner", "show", *ACME).output
    assert "dev@acme.example" in shown
    assert key["hint"] in shown
    assert key["api_key"] not in shown
    assert operator.types("partner", "key-revoke", *ACME, key["hint"]).exit_code == 0
    assert operator.types("partner", "key-revoke", *ACME, key["hint"]).exit_code == 1
    assert operator.types("partner", "user-disable", *ACME, "dev@acme.example").exit_code == 0
    assert "(disabled)" in operator.types("partner", "show", *ACME).output
    assert operator.types("partner", "user-enable", *ACME, "dev@acme.example").exit_code == 0
    monkeypatch.setenv("LARGESSE_PARTNER_PASSWORD", "a quiet afternoon")
    assert "password" not in operator.asks("partner", "user-password", *ACME, "dev@acme.example")
    monkeypatch.setenv("LARGESSE_PARTNER_PASSWORD", "short")
    assert operator.types("partner", "user-password", *ACME, "dev@acme.example").exit_code == 2


@pytest.mark.parametrize(
    "words, status, told",
    [
        (("add", *ACME, "--contact-email", "a@example.com"), 1, "partner.taken"),
        (("add", "corner-spa", "B", "--contact-email", "@"), 1, "email.invalid"),
        (("add", "nowhere", "B", "--contact-email", "a@example.com"), 1, "merchant.unknown"),
        (("show", "corner-spa", "nobody"), 1, "partner.unknown"),
        (("set", *ACME), 2, "Say what to change"),
        (("set", *ACME, "--terms", "XYZ", "1", "1"), 1, "currency.unknown"),
        (("set", *ACME, "--terms", "USD", "0", "1.001"), 1, "amount.decimals"),
        (("set", *ACME, "--terms", "USD", "1", "1", "--terms", "usd", "2", "2"), 2, "USD stands here twice"),
        (("set", *ACME, "--token-lifetime", "1"), 1, "token_lifetime.range"),
        (("set", *ACME, "--remove-currency", "EUR"), 1, "currency.in_use"),
        (("key-add", *ACME, "nobody@acme.example"), 1, "partner.user_unknown"),
    ],
)
def test_a_refusal_says_what_to_do(operator: Operator, words: tuple[str, ...], status: int, told: str) -> None:
    result = operator.types("partner", *words)
    assert result.exit_code == status
    assert told in result.stderr
