"""`largesse month`: check, ask, agree, print and open again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from largesse.domain.staff import Role
from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator
from tests.integration.interfaces.cli.test_staff import has_staff

IDA, ADA = ("--as", "ida@bakery.example"), ("--as", "ada@bakery.example")


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def test_a_month_is_closed_by_two_persons_printed_and_opened_again(operator: Operator, tmp_path: Path) -> None:
    operator.asks(*MERCHANT)
    has_staff(operator, ada=Role.OWNER, ida=Role.BOOKKEEPER)
    here = ("corner-spa", "2026-11")
    assert "No month was closed yet." in operator.types("month", "list", "corner-spa").output
    assert "month.not_over" in operator.types("month", "check", *here).output
    early = operator.types("month", "request", *here, *IDA)
    assert (early.exit_code, "month.not_ready" in early.stderr) == (1, True)

    operator.clock.moment = datetime(2026, 12, 5, 9, tzinfo=UTC)
    assert "may be closed" in operator.types("month", "check", *here).output
    assert operator.asks("month", "request", *here, *IDA)["state"] == "requested"
    assert "waits for another person" in operator.types("month", "list", "corner-spa").output
    same = operator.types("month", "approve", *here, *IDA)
    assert (same.exit_code, "month.second_person" in same.stderr) == (1, True)
    closed = operator.asks("month", "approve", *here, *ADA)
    assert (closed["state"], closed["requested_by"], closed["closed_by"]) == ("closed", "Ida", "Ada")

    path = tmp_path / "november.pdf"
    operator.types("month", "print", *here, "--version", "1", "--to", str(path))
    first = path.read_bytes()
    assert first.startswith(b"%PDF-")
    again = operator.types("month", "reopen", *here, *ADA, "--reason", "A till came back")
    assert "opened again by Ada: A till came back" in operator.types("month", "list", "corner-spa").output
    assert again.exit_code == 0
    operator.asks("month", "request", *here, *ADA)
    assert operator.asks("month", "approve", *here, *IDA)["version"] == 2
    operator.types("month", "print", *here, "--version", "1", "--to", str(path))
    assert path.read_bytes() == first
    missing = operator.types("month", "print", *here, "--version", "7", "--to", str(path))
    assert "month.report.unknown" in missing.stderr


def test_what_is_no_month_is_said(operator: Operator) -> None:
    refused = operator.types("month", "check", "corner-spa", "May")
    assert (refused.exit_code, "such as 2026-11" in refused.stderr) == (2, True)
