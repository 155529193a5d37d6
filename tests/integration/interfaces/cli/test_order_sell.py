"""`largesse order sell`, typed as somebody at a counter's command line does."""

from pathlib import Path

import pytest

from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator

OFFERING = (
    *("catalog", "offering", "add", "any", "--merchant", "corner-spa", "--kind", "amount"),
    *("--title", "Any", "--free-amount", "5..500"),
)


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def test_a_certificate_is_sold_a_card_activated_and_reloaded(operator: Operator) -> None:
    number = operator.has_card()
    operator.asks(*OFFERING)
    sell = ("order", "sell", "--merchant", "corner-spa", "--tender")
    sold = operator.types(*sell, "cash", "--offering", "any", "--amount", "50.00", "--idempotency-key", "first")
    assert sold.stdout.endswith("50.00 USD issued\n")
    again = operator.types(*sell, "cash", "--offering", "any", "--amount", "50.00", "--idempotency-key", "first")
    assert again.stdout == sold.stdout.replace("issued", "issued (sold before; nothing was changed)")
    card = operator.types("certificate", "prepare", "--merchant", "corner-spa").stdout.split()[-1]
    operator.asks(*sell, "terminal", "--offering", "any", "--amount", "30.00", "--card", "-", stdin=card)
    more = operator.asks(*sell, "cash", "--amount", "20.00", "--card", card)
    assert (more["order"]["channel"], more["order"]["amount"]) == ("counter", 2_000)
    assert operator.asks("certificate", "show", card)["balance"] == "50.00"
    assert "[counter.largesse_books]" in operator.types(*sell, "till", "--amount", "5.00", "--card", number).stderr
    waits = operator.types(*sell, "transfer", "--offering", "any", "--amount", "40.00").stdout
    assert waits.endswith("40.00 USD waits for its payment\n")
    assert operator.asks("order", "mark-paid", "--merchant", "corner-spa", waits.split()[0])
    assert "[counter.sale.invalid]" in operator.types(*sell, "cash", "--amount", "5.00").stderr


def test_a_card_of_somebody_else_is_unknown(operator: Operator) -> None:
    number = operator.has_card()
    other = [{"corner-spa": "lola", "1001": "2002", "GL": "LO"}.get(word, word) for word in MERCHANT]
    operator.asks(*other)
    sell = ("order", "sell", "--merchant", "lola", "--tender", "cash", "--amount", "5.00", "--card", number)
    assert "[certificate.unknown]" in operator.types(*sell).stderr
