"""`largesse report show`, `file` and `rows`: what the office shows, at the command line."""

from pathlib import Path

import pytest

from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def test_a_report_is_printed_written_and_opened_down_to_its_rows(operator: Operator, tmp_path: Path) -> None:
    number = operator.has_card()
    seller = operator.asks("merchant", "list")[0]["slug"]
    operator.asks("certificate", "redeem", number, "25.00")
    told = operator.asks("report", "show", seller, "redemptions")
    [line] = told["lines"]
    assert (line["redemptions"], line["value"], line["currency"], told["provisional"]) == (1, "25.00", "USD", True)
    assert "25.00" in operator.types("report", "show", seller, "redemptions").output
    path = tmp_path / "sales.csv"
    operator.types("report", "file", seller, "sales", "--to", str(path))
    head, row = path.read_bytes().decode().split("\r\n")[:2]
    assert dict(zip(head.split(","), row.split(","), strict=True))["face"] == "100.00"
    found = operator.asks("report", "rows", seller, "balances", "--figure", "credits", "--where", "account=redeemed")
    assert [(row["signed"], row["credit"]) for row in found["lines"]] == [("25.00", "redeemed")]
    other = operator.types("report", "rows", seller, "balances", "--figure", "sold")
    assert "no figure of that name" in other.stderr


def test_nothing_is_booked_and_what_cannot_be_read_is_said(operator: Operator) -> None:
    operator.asks(*MERCHANT)
    assert operator.types("report", "show", "corner-spa", "sales").output == "Nothing is booked there.\n"
    refused = operator.types("report", "show", "corner-spa", "sales", "--month", "May")
    assert refused.exit_code == 1
    assert "[report.question]" in refused.stderr
