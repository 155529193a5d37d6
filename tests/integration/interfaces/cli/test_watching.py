"""`largesse monitor`, and `largesse report mail`, `unmail` and `mails`: what somebody is mailed about figures."""

from pathlib import Path

import pytest

from largesse.domain.staff import Role
from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator
from tests.integration.interfaces.cli.test_staff import has_staff

IDA = ("--as", "ida@bakery.example")


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def test_figures_are_watched_and_watched_no_more(operator: Operator) -> None:
    operator.asks(*MERCHANT)
    has_staff(operator, ada=Role.OWNER, ida=Role.BOOKKEEPER)
    assert "Nothing is watched yet" in operator.types("monitor", "list", "corner-spa").output
    made = operator.asks("monitor", "set", "corner-spa", "liability", "--bound", "5000.00", *IDA)
    assert (made["bound"], made["value"], made["over_since"]) == ("5000.00 USD", None, None)
    undone = operator.types("monitor", "set", "corner-spa", "exception", "--act", "undone", "--bound", "3", *IDA)
    assert "exception undone  bound 3, now not looked at yet" in undone.output
    wrong = operator.types("monitor", "set", "corner-spa", "stock", "--bound", "3", *IDA)
    assert "monitor.invalid" in wrong.stderr
    assert operator.types("monitor", "set", "corner-spa", "credit", "--bound", "much", *IDA).exit_code == 2
    assert len(operator.asks("monitor", "list", "corner-spa")) == 2
    assert "watches no more" in operator.types("monitor", "remove", "corner-spa", made["monitor_id"], *IDA).output
    gone = operator.types("monitor", "remove", "corner-spa", made["monitor_id"], *IDA)
    assert "monitor.unknown" in gone.stderr


def test_reports_are_mailed_and_mailed_no_more(operator: Operator) -> None:
    operator.asks(*MERCHANT)
    has_staff(operator, ada=Role.OWNER, ida=Role.BOOKKEEPER)
    assert "No report is mailed" in operator.types("report", "mails", "corner-spa").output
    made = operator.asks("report", "mail", "corner-spa", "sales", "--every", "week", *IDA)
    assert (made["report"], made["every"]) == ("sales", "week")
    assert operator.asks("report", "mail", "corner-spa", "sales", "--every", "week", *IDA)["mail_id"] == made["mail_id"]
    assert len(operator.asks("report", "mails", "corner-spa")) == 1
    assert "goes out no more" in operator.types("report", "unmail", "corner-spa", made["mail_id"], *IDA).output
    assert "report.mail.unknown" in operator.types("report", "unmail", "corner-spa", made["mail_id"], *IDA).stderr
