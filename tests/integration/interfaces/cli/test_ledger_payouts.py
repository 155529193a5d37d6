"""`largesse ledger pay-out-gratuities`, `pay-unclaimed-property` and `close-tender`, typed as an operator does."""

from pathlib import Path

import pytest

from tests.integration.interfaces.cli.test_commands import Operator


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def test_gratuities_are_paid_out_and_a_day_is_closed(operator: Operator) -> None:
    number = operator.has_card()
    seller = operator.asks("merchant", "list")[0]["slug"]
    [home] = operator.asks("location", "list", seller)
    code = home["location"]["code"] if "location" in home else home["code"]
    operator.asks("certificate", "adjust", number, "--gratuity", "8.00", "--memo", "left on the table")
    operator.asks("certificate", "redeem", number, "0.00", "--gratuity", "8.00")
    pay = ("ledger", "pay-out-gratuities", seller, "--location", code, "--from", "drawer")
    paid = operator.asks(*pay, "--amount", "3.00", "--idempotency-key", "friday")
    assert (paid["amount"], paid["left"], paid["replayed"]) == (300, 500, False)
    again = operator.types(*pay, "--amount", "3.00", "--idempotency-key", "friday")
    assert "3.00 USD paid out, 5.00 still owed (done before" in again.stdout
    assert "[payable.exceeded]" in operator.types(*pay, "--amount", "5.01").stderr
    assert operator.types(*pay).stdout == "5.00 USD paid out, 0.00 still owed\n"
    assert "[payable.exceeded]" in operator.types("ledger", "pay-unclaimed-property", seller).stderr

    today = operator.clock.now().date().isoformat()
    close = ("ledger", "close-tender", seller, "--location", code, "--day", today)
    assert operator.types(*close).exit_code == 2  # a total that nobody typed is no total
    assert "[tender.not_open]" in operator.types(*close, "--sold", "0", "--taken", "0").stderr
    operator.asks("location", "set", seller, code, "--books-sale", "till")
    closed = operator.types(*close, "--sold", "2.00", "--taken", "0")
    assert closed.stdout == "2.00 USD closed, the books had -2.00 more\n"
    assert "[tender.not_open]" in operator.types(*close, "--sold", "2.00", "--taken", "0").stderr
    assert "[tender.negative]" in operator.types(*close, "--sold", "0", "--taken", "-1").stderr
    for day in ("today", "9999-12-31"):
        assert operator.types(*close[:-1], day, "--sold", "0", "--taken", "0").exit_code == 2
    assert operator.types("ledger", "verify").exit_code == 0
