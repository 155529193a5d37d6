"""`largesse device float … close`, typed as an operator does."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.builders.application import NOW
from tests.fakes.clock import StillClock
from tests.integration.interfaces.cli.test_commands import Operator


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def test_a_drawer_is_filled_emptied_handed_over_and_closed(operator: Operator, tmp_path: Path) -> None:
    number = operator.has_card()
    code = operator.asks("device", "add", "corner-spa", "Bar left")["code"]
    operator.asks("device", "enrol", "corner-spa", code)
    operator.asks("device", "confirm", "corner-spa", "Bar left")
    on = ("corner-spa", "Bar left")
    assert operator.types("device", "float", *on, "100.00", "--idempotency-key", "a").stdout == "float: 100.00 USD\n"
    again = operator.types("device", "float", *on, "100.00", "--idempotency-key", "a").stdout
    assert again == "float: 100.00 USD (done before; nothing was changed)\n"
    assert "[closing.invalid]" in operator.types("device", "pay-out", *on, "5.00").stderr
    assert operator.asks("device", "pay-out", *on, "5.00", "--memo", "stamps")["amount"] == 500
    assert operator.asks("device", "pay-in", *on, "1.00", "--memo", "found")["amount"] == 100
    assert operator.asks("device", "to-safe", *on, "20.00")["amount"] == 2_000
    assert operator.asks("device", "deposit", *on, "30.00")["amount"] == 3_000
    sell = ("order", "sell", "--merchant", "corner-spa", "--device", "Bar left", "--tender", "cash", "--card", number)
    operator.asks(*sell, "--amount", "10.00")
    over = operator.types("device", "hand-over", *on, "56.00")
    assert over.stdout == "56.00 counted, 56.00 expected\n"
    assert "[closing.invalid]" in operator.types("device", "close", *on).stderr
    assert "the drawer by -1.00 USD" in operator.types("device", "close", *on, "--counted", "55.00").stderr
    closed = operator.types("device", "close", *on, "--counted", "55.00", "--reason", "a coin fell")
    assert "expected 56.00  counted 55.00 USD  from the office  a coin fell" in closed.stdout
    operator.clock = StillClock(NOW + timedelta(hours=1))
    assert "[closing.nothing]" in operator.types("device", "close", *on, "--counted", "55.00").stderr
    assert operator.types("device", "closings", *on).stdout == closed.stdout
    assert [one["number"] for one in operator.asks("device", "closings", *on)] == [1]
    for paper in ("us-letter", "a4", "80", "58"):
        printed = tmp_path / f"{paper}.pdf"
        assert operator.types("device", "closing", *on, "1", "--to", str(printed), "--paper", paper).exit_code == 0
        assert f"% Close 1 on {paper} mm".encode() in printed.read_bytes()
    unknown = operator.types("device", "closing", *on, "2", "--to", str(tmp_path / "none.pdf"))
    assert (unknown.exit_code, "[closing.unknown]" in unknown.stderr) == (1, True)
    assert not (tmp_path / "none.pdf").exists()
    assert operator.types("ledger", "verify").exit_code == 0
