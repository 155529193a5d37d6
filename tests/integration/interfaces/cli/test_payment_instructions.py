"""`largesse payment instructions` as an operator types it."""

from pathlib import Path

from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator


def test_how_to_pay_is_said_shown_and_taken_back(dsn: str, tmp_path: Path) -> None:
    operator = Operator(dsn, tmp_path)
    operator.asks(*MERCHANT)
    assert "Nobody is offered" in operator.types("payment", "instructions", "show", "corner-spa").output
    said = ("--holder", "Corner Spa Ltd", "--iban", "DE89370400440532013000", "--days", "10")
    assert operator.types("payment", "instructions", "set", "corner-spa", *said).exit_code == 0
    assert "DE89 3704" in operator.types("payment", "instructions", "show", "corner-spa").output
    assert operator.types("payment", "instructions", "set", "corner-spa", "--iban", "DE00").exit_code != 0
    assert operator.types("payment", "instructions", "set", "corner-spa", "--none").exit_code == 0
    assert "Nobody is offered" in operator.types("payment", "instructions", "show", "corner-spa").output
