"""What an operator types about payments: refund, list, show, hand back, sweep."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import click
import pytest
from click.testing import CliRunner, Result

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.certificates import open_numbers
from largesse.domain.merchants import Merchant
from largesse.domain.payments import RefundMade, RefundStatus
from largesse.interfaces.cli.order import order
from largesse.interfaces.cli.payment import payment
from largesse.interfaces.cli.runtime import Runtime
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.ledger import Account
from largesse.services.refunds.paying_back import note
from tests.builders.orders import a_charge
from tests.builders.payments import a_paying_application, books, now, payment_of, placed_by, sent_to
from tests.builders.shop import a_seller


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


async def _run(dsn: str, command: click.Command, *words: str) -> Result:
    @asynccontextmanager
    async def open_application() -> AsyncIterator[Application]:
        async with await Database.open(dsn) as database, a_paying_application(database) as application:
            yield application

    return await asyncio.to_thread(CliRunner().invoke, command, [*words], obj=Runtime(open_application))


async def test_an_order_paid_by_hand_is_refunded_and_handed_back(
    database: Database, dsn: str, merchant: Merchant
) -> None:
    async with a_paying_application(database) as application:
        placed = await placed_by(application, merchant, a_charge(5_000, tip=500, tax=250))
    number, shop = placed.orders[0].order_number, ["--merchant", merchant.slug]
    assert (await _run(dsn, order, "mark-paid", number, *shop)).exit_code == 0

    part = await _run(dsn, order, "refund", number, "--amount", "25.00", "--gratuity", "0", "--memo", "kind", *shop)
    assert part.exit_code == 0, part.output
    assert "25.00 USD taken back" in part.output
    assert "26.25 USD by manual" in part.output
    rest = await _run(dsn, order, "refund", number, "--idempotency-key", "k", "--json", *shop)
    again = await _run(dsn, order, "refund", number, "--idempotency-key", "k", "--json", *shop)
    assert json.loads(rest.stdout)["refunds"] == json.loads(again.stdout)["refunds"]
    assert json.loads(again.stdout)["order"]["status"] == "refunded"
    marked = await _run(dsn, order, "mark-paid", number, *shop)
    assert marked.stderr == f"It was paid and issued before; since then {number} was refunded. Nothing was changed.\n"

    [listed] = json.loads((await _run(dsn, payment, "list", "--json", *shop)).stdout)
    assert (await _run(dsn, payment, "list", *shop)).output.startswith(listed["payment_id"])
    shown = json.loads((await _run(dsn, payment, "show", listed["payment_id"], "--json", *shop)).stdout)
    assert sorted(one["amount"] for one in shown["refunds"]) == [2_625, 3_125]
    assert {one["status"] for one in shown["refunds"]} == {"sent"}
    for one in shown["refunds"]:
        assert (await _run(dsn, payment, "handed-back", one["refund_id"], *shop)).exit_code == 0
        assert (await _run(dsn, payment, "handed-back", one["refund_id"], *shop)).exit_code == 0

    async with a_paying_application(database) as application:
        assert await books(application) == {}
    told = await _run(dsn, payment, "show", listed["payment_id"], *shop)
    assert "refunded" in told.output
    assert "settled: 26.25 USD by manual" in told.output


async def test_an_order_that_costs_nothing_is_nobodys_to_pay(database: Database, dsn: str, merchant: Merchant) -> None:
    async with a_paying_application(database) as application:
        placed = await placed_by(application, merchant, a_charge(5_000, discount=5_000))
        await sent_to(application, merchant, placed, gateway="test")  # which issues it
    marked = await _run(dsn, order, "mark-paid", placed.orders[0].order_number, "--merchant", merchant.slug)
    assert marked.exit_code == 0, marked.output
    assert marked.stderr == "It costs nothing, and was issued before. Nothing was changed.\n"


async def test_what_went_back_at_the_gateway_is_settled_by_a_command(
    database: Database, dsn: str, merchant: Merchant
) -> None:
    shop = ["--merchant", merchant.slug]
    async with a_paying_application(database) as application:
        placed = await placed_by(application, merchant, a_charge(5_000))
    assert (await _run(dsn, order, "mark-paid", placed.orders[0].order_number, *shop)).exit_code == 0
    made = RefundMade(reference="re_1", status=RefundStatus.SETTLED, amount=Money(2_000, currency("USD")))
    async with a_paying_application(database) as application:
        paid = await payment_of(application, placed)
        await note(application, paid, made, now=now())
    words = ["settle-outside", str(paid.payment_id), *shop, "--idempotency-key", "k"]

    first, again = [await _run(dsn, payment, *words) for _ in range(2)]
    none = await _run(dsn, payment, "settle-outside", str(paid.payment_id), *shop)

    number = placed.orders[0].order_number
    assert first.output == f"20.00 USD booked for {number}\n"
    assert again.output == f"20.00 USD booked for {number} (done before; nothing was done again)\n"
    assert (none.exit_code, "[refund.outside.none]" in none.output) == (1, True)


@pytest.mark.usefixtures("merchant")
async def test_what_does_not_exist_is_said_and_a_sweep_of_nothing_does_nothing(dsn: str) -> None:
    nobody = "0190a0a0-0000-7000-8000-000000000000"
    shop = ["--merchant", "corner-spa"]

    unknown = await _run(dsn, payment, "show", nobody, *shop)
    refund = await _run(dsn, payment, "handed-back", nobody, *shop)
    swept = await _run(dsn, payment, "sweep")

    assert (unknown.exit_code, refund.exit_code) == (1, 1)
    assert "[payment.not_found]" in unknown.output
    assert "[refund.not_found]" in refund.output
    assert swept.output == "0 done.\n"


async def test_an_order_is_refunded_as_credit(database: Database, dsn: str, merchant: Merchant) -> None:
    async with a_paying_application(database) as application:
        placed = await placed_by(application, merchant, a_charge(5_000, tip=500, tax=250))
    number, shop = placed.orders[0].order_number, ["--merchant", merchant.slug]
    words = ["refund", number, "--as-credit", "--idempotency-key", "k", *shop]
    assert "[order.not_issued]" in (await _run(dsn, order, *words)).stderr
    assert (await _run(dsn, order, "mark-paid", number, *shop)).exit_code == 0

    first = await _run(dsn, order, *words, "--amount", "25.00", "--gratuity", "0", "--json")
    again = await _run(dsn, order, *words, "--amount", "25.00", "--gratuity", "0", "--json")
    other = await _run(dsn, order, *words, "--json")
    rest = await _run(dsn, order, "refund", number, "--as-credit", *shop)

    told = json.loads(first.stdout)
    assert told["credit"] == json.loads(again.stdout)["credit"]
    assert {name: told["credit"][name] for name in ("amount", "currency")} == {"amount": 2_625, "currency": "USD"}
    assert len(told["credit"]["number_ends"]) == 4
    assert other.exit_code == 1
    assert rest.exit_code == 0, rest.output
    assert f"30.00 USD taken back from order {number}" in rest.output
    assert "31.25 USD, number ends in" in rest.output
    async with a_paying_application(database) as application:
        assert await books(application) == {Account.GATEWAY_CLEARING: 5_750, Account.CERTIFICATES_OUTSTANDING: -5_750}
        async with application.database.connection() as connection:
            ids = [UUID(told["credit"]["certificate_id"])]
            numbers = await open_numbers(connection, application.keyring, merchant.merchant_id, ids)
    assert numbers[ids[0]].endswith(told["credit"]["number_ends"])
    assert numbers[ids[0]] not in first.output + again.output
