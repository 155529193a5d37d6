"""`largesse breakage set`, `agree`, `refuse`, `list` and `due`: rules of breakage, by two persons."""

from pathlib import Path

import pytest

from largesse.domain.staff import Role
from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator
from tests.integration.interfaces.cli.test_staff import has_staff

IDA, ADA = ("--as", "ida@bakery.example"), ("--as", "ada@bakery.example")
RULE = ("--method", "proportional", "--rate", "8.5", "--from", "2026-11", "--why", "Five years of books")


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def test_a_rule_is_asked_for_agreed_to_or_refused(operator: Operator) -> None:
    operator.asks(*MERCHANT)
    has_staff(operator, ada=Role.OWNER, ida=Role.BOOKKEEPER)
    assert "earned when it expires" in operator.types("breakage", "list", "corner-spa").output
    made = operator.asks("breakage", "set", "corner-spa", *RULE, *IDA)
    assert (made["state"], made["rate_ppm"], made["since"]) == ("requested", 85_000, "2026-11-01")
    same = operator.types("breakage", "agree", "corner-spa", made["rule_id"], *IDA)
    assert (same.exit_code, "breakage.second_person" in same.stderr) == (1, True)
    agreed = operator.types("breakage", "agree", "corner-spa", made["rule_id"], *ADA).output
    assert agreed.startswith("agreed: ")
    assert "8.5 % stay unused" in agreed
    remote = ("--method", "when_remote", "--months", "36", *RULE[4:])
    other = operator.asks("breakage", "set", "corner-spa", *remote, *IDA)
    assert "after 36 months" in operator.types("breakage", "list", "corner-spa").output
    assert operator.asks("breakage", "refuse", "corner-spa", other["rule_id"], *ADA)["state"] == "refused"
    gone = operator.types("breakage", "agree", "corner-spa", other["rule_id"], *ADA)
    assert "breakage.not_waiting" in gone.stderr
    wrong = operator.types("breakage", "set", "corner-spa", "--method", "when_remote", *RULE[4:], *IDA)
    assert "breakage.invalid" in wrong.stderr
    assert {one["state"] for one in operator.asks("breakage", "list", "corner-spa")} == {"agreed", "refused"}
    assert "Nothing is to be booked" in operator.types("breakage", "due", "corner-spa", "2026-11").output
