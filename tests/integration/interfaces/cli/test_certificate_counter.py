"""Bills of several certificates, tabs and their undoing, as an operator types it."""

from pathlib import Path

import pytest

from tests.integration.interfaces.cli.test_commands import Operator


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def left(operator: Operator, number: str) -> object:
    return operator.asks("certificate", "show", number)["balance"]


def test_two_certificates_pay_one_bill_once_and_are_undone_together(operator: Operator) -> None:
    numbers = [
        operator.has_card(),
        operator.asks("certificate", "prepare", "--merchant", "corner-spa")["new"]["number"],
    ]
    operator.asks("certificate", "activate", numbers[1], "100.00", "--paid-by", "cash", "--for-ever")
    asked = ("certificate", "pay-bill", *numbers, "--total", "150.00", "--memo", "Table 7", "--idempotency-key", "k")
    done = operator.asks(*asked)
    assert (done["value"], done["reference"], len(done["certificates"])) == ("150.00", "Table 7", 2)
    assert operator.asks(*asked)["operation_id"] == done["operation_id"]
    assert sorted(str(left(operator, number)) for number in numbers) == ["0.00", "50.00"]
    act = done["operation_id"]
    undone = operator.asks("certificate", "undo", "corner-spa", "--act", act, "--memo", "Wrong table")
    assert (undone["kind"], undone["value"]) == ("reverse", "150.00")
    assert [left(operator, number) for number in numbers] == ["100.00", "100.00"]
    again = operator.types("certificate", "undo", "corner-spa", "--act", act)
    assert "[redemption.already_reversed]" in again.stderr


def test_what_remains_of_a_bill_is_said(operator: Operator) -> None:
    number = operator.has_card()
    typed = operator.types("certificate", "pay-bill", number, "--total", "120.00")
    assert (typed.exit_code, "20.00 USD remain" in typed.stderr) == (0, True)
    assert "0.00 remain" in typed.stdout
    assert operator.types("certificate", "pay-bill").exit_code == 2


def test_tabs_are_listed_added_to_and_closed(operator: Operator) -> None:
    number = operator.has_card()
    tab = operator.asks("certificate", "hold", number, "60.00", "--memo", "Terrace 4")["operation_id"]
    [listed] = operator.asks("certificate", "tabs", "corner-spa")
    assert (listed["hold_id"], listed["reference"], listed["value"]) == (tab, "Terrace 4", "60.00")
    added = operator.asks("certificate", "tab", "corner-spa", "--hold", tab, "--add", "20.00")
    assert added["value"] == "80.00"
    assert "Terrace 4" in operator.types("certificate", "tabs", "corner-spa").stdout
    closed = operator.asks("certificate", "tab", "corner-spa", "--hold", added["operation_id"], "--take", "75.00")
    assert (closed["kind"], closed["value"]) == ("capture", "75.00")
    assert operator.asks("certificate", "tabs", "corner-spa") == []
    gone = operator.types("certificate", "tab", "corner-spa", "--hold", tab, "--take", "1.00")
    assert "[counter.tab.unknown]" in gone.stderr
    both = ("certificate", "tab", "corner-spa", "--hold", tab, "--take", "1.00", "--add", "1.00")
    assert operator.types(*both).exit_code == 2


def test_what_nobody_has_bought_is_not_found(operator: Operator) -> None:
    operator.has_card()
    assert operator.asks("certificate", "find", "corner-spa", "--order", "GL-1") == []
    assert operator.asks("certificate", "find", "corner-spa", "--email", "ada@example.com", "--fact", "Ada") == []
    assert operator.types("certificate", "find", "corner-spa", "--email", "ada@example.com").exit_code == 2
