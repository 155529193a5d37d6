"""`largesse legal-text` as an operator types it."""

from pathlib import Path

from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator


def test_texts_are_written_listed_and_taken_away(dsn: str, tmp_path: Path) -> None:
    operator = Operator(dsn, tmp_path)
    operator.asks(*MERCHANT)
    terms = tmp_path / "terms.txt"
    terms.write_text("Our terms.", encoding="utf-8")
    assert "no such text yet" in operator.types("legal-text", "list", "corner-spa").output
    done = operator.types("legal-text", "write", "corner-spa", "terms", "--file", str(terms))
    assert "version 1" in done.output
    link = ("--link", "https://spa.example/agb")
    assert operator.types("legal-text", "write", "corner-spa", "terms", "--language", "de", *link).exit_code == 0
    assert operator.types("legal-text", "write", "corner-spa", "terms", "--none").exit_code == 0
    listed = operator.types("legal-text", "list", "corner-spa").output
    assert "taken away" in listed
    assert "https://spa.example/agb" in listed
    assert operator.types("legal-text", "write", "corner-spa", "terms", "--file", str(terms), "--none").exit_code == 2
