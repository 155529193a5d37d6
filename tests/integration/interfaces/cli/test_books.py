"""`largesse books …`: accounts mapped, what waits looked at, exported once, written to files."""

import csv
import zipfile
from pathlib import Path

import pytest

from largesse.domain.staff import Role
from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator
from tests.integration.interfaces.cli.test_staff import has_staff

ADA = ("--as", "ada@bakery.example")
TODAY = ("--through", "2026-11-22")


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def test_books_are_mapped_checked_exported_and_written(operator: Operator, tmp_path: Path) -> None:
    operator.asks(*MERCHANT)
    has_staff(operator, ada=Role.OWNER)
    assert {one["key"] for one in operator.asks("books", "charts")} == {"skr03", "skr04", "uk", "us"}
    assert "No account is mapped yet" in operator.types("books", "accounts", "corner-spa").output
    refused = operator.types("books", "export", "corner-spa", "--for", "csv", *ADA)
    assert (refused.exit_code, "books.unmapped" in refused.stderr) == (1, True)
    assert operator.asks("books", "map", "corner-spa", "--chart", "us", *ADA)["version"] == 1
    one = ("--account", "redeemed", "--code", "Sales", "--name", "Sales", "--fact", "by_location=yes")
    mapped = operator.asks("books", "map", "corner-spa", *one, *ADA)
    assert (mapped["version"], mapped["facts"]["by_location"]) == (2, True)
    assert [line["code"] for line in mapped["lines"] if line["account"] == "redeemed"] == ["Sales"]
    wrong = operator.types("books", "map", "corner-spa", "--account", "bank", "--code", "=1", *ADA)
    assert "books.mapping" in wrong.stderr
    file = tmp_path / "accounts.csv"
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(("account", "class_of_value", "location", "tax_kind", "rate", "code", "name", "tax_code"))
        writer.writerow(("tax_payable", "", "", "", "19", "1776", "USt", ""))
        writer.writerow(("bank", "", "nowhere", "", "", "1200", "Bank", ""))
    assert "line.2" in operator.types("books", "map", "corner-spa", "--file", str(file), *ADA).stderr
    file.write_text(file.read_text().replace("nowhere", ""))
    read = operator.types("books", "map", "corner-spa", "--file", str(file), *ADA).output
    assert "tax_payable (19 %)  1776  USt" in read
    assert "no account yet: redeemed" in read
    waiting = operator.asks("books", "check", "corner-spa", "--month", "2026-10")
    assert (waiting["rows"], waiting["unmapped"]) == (0, [])
    both = operator.types("books", "check", "corner-spa", "--month", "2026-10", *TODAY)
    assert both.exit_code == 2
    nothing = operator.types("books", "export", "corner-spa", "--month", "2026-10", "--for", "xero", *ADA)
    assert "books.nothing" in nothing.stderr
    facts = operator.types("books", "export", "corner-spa", "--month", "2026-10", "--for", "datev", *ADA)
    assert "books.facts" in facts.stderr
    assert "Nothing was exported yet" in operator.types("books", "list", "corner-spa").output
    target = tmp_path / "books.csv"
    unknown = operator.types("books", "write", "corner-spa", "1", "--to", str(target), *ADA)
    assert (unknown.exit_code, "books.set_unknown" in unknown.stderr, target.exists()) == (1, True, False)


def test_exports_are_scheduled_and_ended_and_books_archived(operator: Operator, tmp_path: Path) -> None:
    operator.has_card()
    has_staff(operator, ada=Role.OWNER, bob=Role.CLERK)
    nothing = operator.types("books", "unschedule", "corner-spa", *ADA)
    assert "Nothing was made by itself." in nothing.output
    unmapped = operator.types("books", "schedule", "corner-spa", "--for", "datev", *ADA)
    assert "books.unmapped" in unmapped.stderr
    operator.asks("books", "map", "corner-spa", "--chart", "us", *ADA)
    assert "books.facts" in operator.types("books", "schedule", "corner-spa", "--for", "datev", *ADA).stderr
    clerk = ("--as", "bob@bakery.example")
    refused = operator.types("books", "schedule", "corner-spa", "--for", "csv", *clerk)
    assert "staff.not_allowed" in refused.stderr
    made = operator.types("books", "schedule", "corner-spa", "--for", "csv", "--by", "month", *ADA)
    assert "csv by month, USD" in made.output
    assert "then monthly" in made.output
    ended = operator.types("books", "unschedule", "corner-spa", *ADA)
    assert "Nothing is made by itself any more." in ended.output
    target = tmp_path / "archive.zip"
    assert "staff.not_allowed" in operator.types("books", "archive", "corner-spa", "--to", str(target), *clerk).stderr
    assert not target.exists()
    operator.types("ledger", "seal", "corner-spa")
    archived = operator.types("books", "archive", "corner-spa", "--to", str(target), *ADA)
    assert (archived.exit_code, "1 rows up to seal 1, " in archived.stderr) == (0, True), archived.stderr
    with zipfile.ZipFile(target) as file:
        assert file.testzip() is None
        assert any("journal" in name for name in file.namelist())
