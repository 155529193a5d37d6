"""`largesse merchant embed` as an operator types it."""

from pathlib import Path

from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator


def test_web_sites_that_may_show_the_form_are_added_listed_and_removed(dsn: str, tmp_path: Path) -> None:
    operator = Operator(dsn, tmp_path)
    operator.asks(*MERCHANT)
    assert "No other web site" in operator.types("merchant", "embed", "list", "corner-spa").output
    why = ("--reason", "The new web site")
    added = operator.types("merchant", "embed", "add", "corner-spa", "https://WWW.spa.example/", *why)
    assert added.output.strip() == "https://www.spa.example"
    assert "https://www.spa.example" in operator.types("merchant", "embed", "list", "corner-spa").output
    refused = operator.types("merchant", "embed", "add", "corner-spa", "http://www.spa.example", *why)
    assert refused.exit_code != 0
    assert "embed_origin.invalid" in refused.output
    assert operator.types("merchant", "embed", "remove", "corner-spa", "https://www.spa.example", *why).exit_code == 0
    assert operator.types("merchant", "embed", "remove", "corner-spa", "https://www.spa.example", *why).exit_code != 0
    assert "No other web site" in operator.types("merchant", "embed", "list", "corner-spa").output
