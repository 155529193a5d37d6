"""What ends a certificate by paying out what is left of it, and what undoes a reload, as an operator types it."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import Runtime
from largesse.ledger import Account, Reload
from tests.builders.application import NOW
from tests.builders.certificates import a_card, a_merchant
from tests.integration.interfaces.cli.test_commands import Operator


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def moved(operator: Operator, number: str, kind: str) -> list[tuple[str, str | None, str | None, Any]]:
    """What the rows of one kind move between which accounts."""
    rows = operator.asks("certificate", "statement", number)["journal"]
    return [(row["leg"], row["debit"], row["credit"], row["amount"]) for row in rows if row["kind"] == kind]


def test_a_reload_is_undone_as_far_as_it_is_not_spent_and_goes_back_where_it_came_from(operator: Operator) -> None:
    number = operator.has_card()
    added = operator.asks("certificate", "reload", number, "20.00", "--paid-by", "cash")["operation_id"]
    operator.asks("certificate", "redeem", number, "105.00")
    tab = operator.asks("certificate", "hold", number, "1.00")["operation_id"]
    asked = ("certificate", "undo-reload", number, "--reload", added)
    assert "[certificate.held]" in operator.types(*asked).stderr
    operator.asks("certificate", "release", number, "--hold", tab)
    assert operator.asks(*asked, "--idempotency-key", "k")["balance"] == "0.00"
    assert operator.asks(*asked, "--idempotency-key", "k")["replayed"]
    assert "[reload.used]" in operator.types(*asked).stderr
    assert moved(operator, number, "undo_reload") == [("value", "certificates_outstanding", "cash", "15.00")]
    nothing = operator.types("certificate", "undo-reload", number, "--reload", tab)
    assert (nothing.exit_code, "[reload.not_found]" in nothing.stderr) == (1, True)
    assert operator.types("certificate", "undo-reload", number, "--reload", "yesterday's").exit_code == 2


def test_two_reloads_of_one_bundle_are_undone_by_its_operation_each_to_where_it_came_from(operator: Operator) -> None:
    bundle = UUID(int=77)

    async def work(_: CommandDependencies) -> tuple[str, str]:
        async with operator.application() as application:
            merchant = await a_merchant(application.database)
            card, other = await a_card(application, merchant), await a_card(application, merchant)
            reloads = [
                Reload(
                    merchant_id=merchant.merchant_id,
                    certificate_id=one.place.certificate_id,
                    operation_id=bundle,
                    actor="test",
                    value=value,
                    funding=funding,
                )
                for one, value, funding in (
                    (other, 400, Account.TERMINAL),
                    (card, 300, Account.CASH),
                    (card, 200, Account.TERMINAL),
                )
            ]
            await application.ledger.submit_all(reloads, now=NOW)
            return card.number, other.number

    number, other = Runtime(operator.application).run(work)
    operator.asks("certificate", "redeem", number, "101.00")
    asked = ("certificate", "undo-reload", number, "--reload", str(bundle))
    first = operator.asks(*asked, "--idempotency-key", "k")
    assert (first["value"], first["balance"]) == ("4.00", "0.00")
    assert operator.asks(*asked, "--idempotency-key", "k")["replayed"]
    assert "[reload.used]" in operator.types(*asked).stderr
    assert moved(operator, number, "undo_reload") == [
        ("value", "certificates_outstanding", "cash", "2.00"),
        ("value", "certificates_outstanding", "terminal", "2.00"),
    ]
    assert operator.asks("certificate", "show", other)["balance"] == "104.00"
    operator.asks("certificate", "undo-reload", other, "--reload", str(bundle))
    assert moved(operator, other, "undo_reload") == [("value", "certificates_outstanding", "terminal", "4.00")]
    assert operator.types("ledger", "verify").exit_code == 0


@pytest.mark.parametrize(
    "words, source",
    [((), "cash"), (("--from", "later"), "refunds"), (("--location", "TILL"), "tender_clearing")],
)
def test_what_is_left_is_paid_out_by_the_drawer_by_the_till_or_later(
    operator: Operator, words: tuple[str, ...], source: str
) -> None:
    number = operator.has_card(gratuity=500)
    operator.asks("location", "add", "corner-spa", "TILL", "--name", "The till", "--books-sale", "till")
    paid = operator.asks("certificate", "cash-out", number, *words)
    assert (paid["balance"], paid["gratuity_balance"]) == ("0.00", "0.00")
    assert operator.asks("certificate", "show", number)["status"] == "void"
    assert moved(operator, number, "cash_out") == [
        ("value", "certificates_outstanding", source, "100.00"),
        ("gratuity", "certificates_outstanding", source, "5.00"),
    ]
    assert "[certificate.void]" in operator.types("certificate", "cash-out", number).stderr


def test_what_is_paid_later_is_listed_as_owed_and_handed_back_from_a_drawer(operator: Operator) -> None:
    number = operator.has_card()
    operator.asks("location", "add", "corner-spa", "BAR", "--name", "The bar")
    operator.asks("certificate", "cash-out", number, "--from", "later")
    [owed] = operator.asks("payment", "owed", "--merchant", "corner-spa")
    assert (owed["amount"], owed["payment_id"], owed["status"]) == (10_000, None, "sent")
    back = ("payment", "handed-back", owed["refund_id"], "--merchant", "corner-spa")
    assert "[refund.payer.missing]" in operator.types(*back).stderr
    assert operator.asks(*back, "--from", "drawer", "--location", "BAR")["status"] == "settled"
    assert operator.asks("payment", "owed", "--merchant", "corner-spa") == []


def test_what_was_paid_at_a_counter_is_given_back_as_credit_once(operator: Operator) -> None:
    number = operator.has_card()
    added = operator.asks("certificate", "reload", number, "20.00", "--paid-by", "cash")
    lot = operator.asks("certificate", "show", number)["lots"][1]["lot_id"]
    asked = ("certificate", "refund", number, "--lot", lot, "--as-credit", "--idempotency-key", "credit 1")
    done, again = [operator.asks(*asked) for _ in range(2)]
    assert (done["value"], done["credit"], again["replayed"]) == (added["value"], again["credit"], True)
    given = operator.asks("certificate", "show", done["credit"]["number"])
    assert (given["class_of_value"], given["balance"]) == ("credit", "20.00")
    assert "credit of 20.00 USD, number" in operator.types(*asked).output
    assert operator.asks("payment", "owed", "--merchant", "corner-spa") == []


def test_nothing_is_paid_out_by_an_account_that_does_not_pay(operator: Operator) -> None:
    number = operator.has_card()
    assert operator.types("certificate", "cash-out", number, "--from", "breakage").exit_code == 2
    assert operator.asks("certificate", "show", number)["balance"] == "100.00"


def test_the_state_is_owed_its_share_and_the_rest_is_breakage(operator: Operator) -> None:
    number = operator.has_card()
    operator.asks("certificate", "hand-over", number, "--share", "62.5")
    assert operator.asks("certificate", "show", number)["status"] == "handed_over"
    assert moved(operator, number, "hand_over") == [
        ("value", "certificates_outstanding", "unclaimed_property", "62.50"),
        ("value", "certificates_outstanding", "breakage", "37.50"),
    ]
    assert "[certificate.handed_over]" in operator.types("certificate", "redeem", number, "1.00").stderr


@pytest.mark.parametrize("share", ["0", "-1", "100.0001", "0.00001", "half", "NaN", "Infinity", "1e999999999", ""])
def test_a_share_that_is_none_is_refused_before_anything_is_done(operator: Operator, share: str) -> None:
    number = operator.has_card()
    refused = operator.types("certificate", "hand-over", number, "--share", share)
    assert (refused.exit_code, "write a percentage" in refused.stderr) == (2, True)
    assert operator.asks("certificate", "show", number)["status"] == "active"


def test_rates_are_refused_of_value_that_is_not_taxed_when_it_is_used(operator: Operator) -> None:
    number = operator.has_card()
    for rates in (("19=60.00", "7=40.00"), ("19=100.00",)):
        words = [word for rate in rates for word in ("--rate", rate)]
        refused = operator.types("certificate", "redeem", number, "100.00", *words)
        assert (refused.exit_code, "[redemption.rates.unused]" in refused.stderr) == (1, True)
    tab = operator.asks("certificate", "hold", number, "10.00")["operation_id"]
    refused = operator.types("certificate", "capture", number, "10.00", "--hold", tab, "--rate", "19=10.00")
    assert "[redemption.rates.unused]" in refused.stderr
    assert operator.asks("certificate", "show", number)["balance"] == "100.00"


@pytest.mark.parametrize("rate", ["1e999999999=1.00", "-1=1.00", "NaN=1.00", "101=1.00", "19", "=1.00", "1.23456=1.00"])
def test_a_rate_that_is_none_is_refused_before_anything_is_done(operator: Operator, rate: str) -> None:
    number = operator.has_card()
    refused = operator.types("certificate", "redeem", number, "1.00", "--rate", rate)
    assert (refused.exit_code, "write a rate and an amount" in refused.stderr) == (2, True)
    assert operator.asks("certificate", "show", number)["balance"] == "100.00"


def test_a_till_that_asks_again_learns_what_happened_although_its_location_was_closed(operator: Operator) -> None:
    number = operator.has_card()
    operator.asks("location", "add", "corner-spa", "BAR", "--name", "The bar")
    at_the_bar = ("--location", "BAR", "--idempotency-key")
    spent = ("certificate", "redeem", number, "25.00", *at_the_bar, "bill 7")
    by_number = ("certificate", "redeem", number, "5.00", "--currency", "USD", *at_the_bar, "bill 8")
    first = [operator.asks(*words) for words in (spent, by_number)]
    operator.asks("location", "close", "corner-spa", "BAR")
    again = [operator.asks(*words) for words in (spent, by_number)]
    assert [one["replayed"] for one in first + again] == [False, False, True, True]
    assert [one["balance"] for one in again] == ["75.00", "70.00"]
    for new in (
        ("certificate", "redeem", number, "25.00", *at_the_bar, "bill 9"),
        ("certificate", "redeem", number, "5.00", "--currency", "USD", *at_the_bar, "bill 9"),
    ):
        refused = operator.types(*new)
        assert (refused.exit_code, "[location.closed]" in refused.stderr) == (1, True)
    assert operator.asks("certificate", "show", number)["balance"] == "70.00"
