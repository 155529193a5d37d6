"""`largesse ledger enter`, `agree`, `refuse` and `entries`: manual entries, by two persons."""

from pathlib import Path

import pytest

from largesse.domain.staff import Role
from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator
from tests.integration.interfaces.cli.test_staff import has_staff

IDA, ADA = ("--as", "ida@bakery.example"), ("--as", "ada@bakery.example")


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def test_an_entry_is_asked_for_agreed_to_or_refused(operator: Operator) -> None:
    operator.asks(*MERCHANT)
    has_staff(operator, ada=Role.OWNER, ida=Role.BOOKKEEPER)
    assert "Nobody has asked" in operator.types("ledger", "entries", "corner-spa").output
    wanted = ("--debit", "bank", "--credit", "cash_differences", "--amount", "12.50", "--why", "Found in the safe")
    made = operator.asks("ledger", "enter", "corner-spa", *wanted, *IDA)
    assert (made["state"], made["amount"], made["requested_by"]) == ("requested", "12.50", "Ida")
    same = operator.types("ledger", "agree", "corner-spa", made["entry_id"], *IDA)
    assert (same.exit_code, "manual_entry.second_person" in same.stderr) == (1, True)
    assert operator.types("ledger", "agree", "corner-spa", made["entry_id"], *ADA).output.startswith("booked: ")
    other = operator.asks("ledger", "enter", "corner-spa", *wanted, *IDA)
    assert operator.asks("ledger", "refuse", "corner-spa", other["entry_id"], *ADA)["state"] == "refused"
    gone = operator.types("ledger", "agree", "corner-spa", other["entry_id"], *ADA)
    assert "manual_entry.not_waiting" in gone.stderr
    wrong = operator.types("ledger", "enter", "corner-spa", *wanted[:3], "bank", *wanted[4:], *IDA)
    assert "manual_entry.invalid" in wrong.stderr
    listed = operator.asks("ledger", "entries", "corner-spa")
    assert {one["entry_id"]: one["state"] for one in listed} == {
        made["entry_id"]: "booked",
        other["entry_id"]: "refused",
    }
    balances = {one["account"]: one["closing"] for one in operator.asks("report", "balances", "corner-spa")["lines"]}
    assert balances == {"bank": "12.50", "cash_differences": "-12.50"}
