"""Between paid and issued there is nothing to lose: processes die there, and race there, and it issues once."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.services.orders import selling
from largesse.services.payments import sweeper
from tests.builders.payments import a_paying_application, books, count, now, placed_by
from tests.builders.shop import a_seller

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with a_paying_application(database) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


async def _process(dsn: str, placed: selling.Placed, mode: str) -> asyncio.subprocess.Process:
    checkout = placed.checkout
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.services.paying_process",
        dsn,
        str(checkout.merchant_id),
        str(checkout.checkout_id),
        str(checkout.total),
        mode,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize("moment", ["before", "within"])
async def test_a_process_killed_between_paid_and_issued_is_finished_by_the_sweeper(
    application: Application, merchant: Merchant, dsn: str, *, moment: str
) -> None:
    placed = await placed_by(application, merchant)
    process = await _process(dsn, placed, f"die-{moment}")
    assert process.stdout is not None
    assert (await asyncio.wait_for(process.stdout.readline(), 240)).strip() == moment.encode()
    process.send_signal(signal.SIGKILL)
    await process.wait()
    assert await count(application, "certificates") == 0
    assert await count(application, "payments") == 0

    await sweeper.sweep(application, now=now() + timedelta(seconds=1))
    await sweeper.sweep(application, now=now() + timedelta(minutes=30))

    assert await count(application, "certificates") == 1
    assert await count(application, "payments WHERE status = 'succeeded'") == 1
    assert await count(application, "events WHERE kind = 'order.issued'") == 1
    assert sum((await books(application)).values()) == 0


async def test_several_processes_that_hear_the_same_news_issue_once(
    application: Application, merchant: Merchant, dsn: str
) -> None:
    placed = await placed_by(application, merchant)
    processes = [await _process(dsn, placed, "fulfil") for _ in range(3)]
    assert [await asyncio.wait_for(process.wait(), 240) for process in processes] == [0, 0, 0]

    assert await count(application, "certificates") == 1
    assert await count(application, "payments") == 1
    assert await count(application, "certificate_numbers") == 1
    assert await count(application, "events WHERE kind = 'order.issued'") == 1
