"""What an operator types about a merchant's own payment accounts; no secret stands in an argument or an answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from click.testing import CliRunner, Result

from largesse.app.application import Application
from largesse.db import Database
from largesse.interfaces.cli.payment_account import payment
from largesse.interfaces.cli.runtime import Runtime
from tests.builders.payment_accounts import (
    CAFE_KEY,
    CAFE_SIGNS,
    SPA,
    SPA_KEY,
    SPA_SIGNS,
    an_application_of_accounts,
    open_accounts,
)
from tests.builders.shop import a_seller
from tests.support.stripe_account import StripeAccount, stripe_account

NEW_KEY = "sk_test_spaspanewnewnew"
SECRETS = (SPA_KEY, SPA_SIGNS, CAFE_KEY, CAFE_SIGNS, NEW_KEY)


@pytest.fixture
def stand_in() -> Iterator[StripeAccount]:
    with stripe_account() as opened:
        open_accounts(opened)
        yield opened


class Till:
    """Run `largesse payment account …` for one merchant."""

    def __init__(self, dsn: str, stand_in: StripeAccount) -> None:
        self.dsn = dsn
        self.stand_in = stand_in

    @asynccontextmanager
    async def open_application(self) -> AsyncIterator[Application]:
        async with (
            await Database.open(self.dsn) as database,
            an_application_of_accounts(database, self.stand_in) as application,
        ):
            yield application

    async def run(self, *words: str, given: str = "", code: int = 0) -> Result:
        """Run a command, and hold it to its status and to showing no secret."""
        arguments = ["account", *words, "--merchant", "corner-spa"]
        runner, runtime = CliRunner(), Runtime(self.open_application)
        result = await asyncio.to_thread(runner.invoke, payment, arguments, obj=runtime, input=given)
        assert result.exit_code == code, result.output
        assert not any(secret in result.output for secret in SECRETS)
        return result

    async def facts(self, *words: str, given: str = "") -> dict[str, Any]:
        """Run a command, and return what it printed as JSON."""
        found: dict[str, Any] = json.loads((await self.run(*words, "--json", given=given)).stdout)
        return found


@pytest.fixture
async def till(database: Database, dsn: str, stand_in: StripeAccount) -> Till:
    await a_seller(database)
    return Till(dsn, stand_in)


async def test_an_account_is_added_made_ready_changed_and_retired(till: Till, stand_in: StripeAccount) -> None:
    assert "no payment account" in (await till.run("list")).output
    added = await till.run("add", given=f"{SPA_KEY}\n")
    assert "checkout.session.completed" in added.output
    assert "payment account rotate --signing-secret --merchant corner-spa" in added.output
    [one] = json.loads((await till.run("list", "--json")).stdout)
    assert (one["status"], one["remote_id"], one["mode"], one["label"]) == (
        "no callbacks",
        SPA,
        "test",
        "Corner Spa GmbH",
    )
    assert one["callback_address"].endswith(f"/callbacks/stripe/GL/{one['account_id']}")
    not_ready = await till.run("default", one["account_id"], code=1)
    assert "[payment.account.not_ready]" in not_ready.output

    ready = await till.facts("rotate", "--signing-secret", one["account_id"], given=f"{SPA_SIGNS}\n")
    again = await till.facts("rotate", "--register", "--overlap", "2h", one["account_id"])
    assert (ready["status"], ready["previous_signing_secret_until"]) == ("default", None)
    assert again["previous_signing_secret_until"] is not None
    assert len(stand_in.control("state", account=SPA)["endpoints"]) == 1
    second = await till.facts("add", "--register", "--label", "The second", given=f"{CAFE_KEY}\n")
    assert (second["status"], second["label"]) == ("ready", "The second")
    assert (await till.facts("default", second["account_id"]))["status"] == "default"
    assert (await till.facts("show", one["account_id"]))["status"] == "ready"

    stand_in.control("open", account=SPA, keys={NEW_KEY: []})
    revoked = await till.run("check", one["account_id"], code=1)
    assert "[payment.account.key.refused]" in revoked.output
    await till.run("rotate", one["account_id"], given=f"{NEW_KEY}\n")
    assert (await till.facts("check", one["account_id"]))["checked_at"] > one["checked_at"]
    assert "retired" in (await till.run("retire", one["account_id"])).output
    listed = (await till.run("list")).output.splitlines()
    assert [line.split()[3] for line in listed] == ["retired", "default"]


async def test_what_is_refused_is_said_with_its_code_and_not_with_the_secret(till: Till) -> None:
    unknown = await till.run("add", given="sk_test_nobodynobodynobody\n", code=1)
    nothing = await till.run("add", code=2)
    absent = await till.run("show", "0190a0a0-0000-7000-8000-000000000000", code=1)
    elsewhere = await till.run("add", "--gateway", "test", given=f"{SPA_KEY}\n", code=1)

    assert "[payment.account.key.refused]" in unknown.output
    assert "sk_test_nobody" not in unknown.output
    assert "Secret key is missing" in nothing.output
    assert "[payment.account.not_found]" in absent.output
    assert "[payment.gateway.unknown]" in elsewhere.output
    assert "no payment account" in (await till.run("list")).output
