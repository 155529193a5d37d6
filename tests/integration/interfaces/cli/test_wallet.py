"""`largesse wallet`: keys come from a file or from stdin, and are never shown."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.builders.application import NOW
from tests.builders.wallets import EMAIL, ISSUER, PASS_TYPE, TEAM, apple_papers, google_account
from tests.integration.interfaces.cli.test_commands import Operator


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def test_keys_are_given_shown_and_removed(operator: Operator, tmp_path: Path) -> None:
    operator.has_card()
    assert "No passes are offered." in operator.types("wallet", "show", "corner-spa").stdout
    account = tmp_path / "account.json"
    account.write_text(google_account())
    made = operator.types("wallet", "set-apple", "corner-spa", "-", stdin=apple_papers().bundle)
    assert made.exit_code == 0
    assert PASS_TYPE in made.stdout
    operator.asks("wallet", "set-google", "corner-spa", str(account), "--issuer", ISSUER)
    shown = operator.types("wallet", "show", "corner-spa")
    assert "PRIVATE" not in made.output + shown.output
    apple, google = operator.asks("wallet", "show", "corner-spa")
    assert (apple["wallet"], apple["name"], apple["account"]) == ("apple", PASS_TYPE, TEAM)
    assert apple["ends_at"].startswith("2027-11-22T15:00")
    assert (google["name"], google["account"], google["ends_at"]) == (ISSUER, EMAIL, None)
    removed = operator.asks("wallet", "remove", "corner-spa", "google")
    assert removed == {"wallet": "google", "keys": "removed"}
    assert "[wallet.not_offered]" in operator.types("wallet", "remove", "corner-spa", "google").stderr
    log = operator.asks("audit", "list", "corner-spa", "--action", "wallet_keys.changed")
    assert {one["reason"] for one in log["entries"]} == {"google, removed", f"google, {ISSUER}", f"apple, {PASS_TYPE}"}


@pytest.mark.parametrize(
    "words, given",
    [
        (("set-apple", "corner-spa", "-"), apple_papers().certificate + apple_papers().key),
        (("set-apple", "corner-spa", "-"), apple_papers().bundle + " " * 20_000),
        (("set-google", "corner-spa", "-", "--issuer", ISSUER), apple_papers().bundle),
        (("set-google", "corner-spa", "-", "--issuer", "GL"), google_account()),
    ],
    ids=range(4),
)
def test_what_makes_no_pass_is_refused_and_not_repeated(operator: Operator, words: tuple[str, ...], given: str) -> None:
    operator.has_card()
    refused = operator.types("wallet", *words, stdin=given)
    assert refused.exit_code == 1
    assert "[wallet.keys.invalid]" in refused.stderr
    assert "PRIVATE" not in refused.output
    assert "No passes are offered." in operator.types("wallet", "show", "corner-spa").stdout


def test_keys_that_end_soon_wait_for_somebody(operator: Operator) -> None:
    operator.has_card()
    operator.types(
        "wallet", "set-apple", "corner-spa", "-", stdin=apple_papers(ends_at=NOW + timedelta(days=30)).bundle
    )
    [waits] = operator.asks("today", "corner-spa")["waits"]["wallets"]
    assert waits == {"wallet": "apple", "ends_at": "2026-12-22T15:00:00Z"}
