"""What an operator types for batches of cards and pools of codes."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from largesse.adapters.keyring import FixedKeyring
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.interfaces.cli.cards import cards
from largesse.interfaces.cli.runtime import Runtime
from tests.builders.application import an_application
from tests.builders.certificates import a_merchant

KEYRING = FixedKeyring([bytes(range(32))])


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_merchant(database)


async def run(dsn: str, *words: str, code: int = 0) -> Result:
    """Type a command; its words are those behind `largesse cards`."""

    @asynccontextmanager
    async def open_application() -> AsyncIterator[Application]:
        async with (
            await Database.open(dsn) as database,
            an_application(database, keyring=KEYRING) as application,
        ):
            yield application

    typed = [*words, "--merchant", "corner-spa"]
    result = await asyncio.to_thread(CliRunner().invoke, cards, typed, obj=Runtime(open_application))
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


@pytest.mark.usefixtures("merchant")
async def test_a_batch_is_made_printed_activated_in_part_and_voided(dsn: str, tmp_path: Path) -> None:
    made = json.loads((await run(dsn, "make", "Christmas", "--count", "4", "--json")).stdout)
    batch = made["batch"]["batch_id"]
    assert made["counts"] == {"unsold": 4, "sold": 0, "void": 0}

    target = tmp_path / "printer.csv"
    await run(dsn, "file", batch, "-o", str(target), "--reason", "to the printer")
    rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8-sig"))))
    assert [row["position"] for row in rows] == ["1", "2", "3", "4"]
    assert rows[0]["qr"].endswith(rows[0]["barcode"])
    assert "given out once" in (await run(dsn, "file", batch, "-o", str(tmp_path / "again.csv"), code=1)).output

    words = ("activate", batch, "25.00", "--from", "2", "--to", "3", "--paid-by", "transfer", "--for-ever")
    assert "2 activated." in (await run(dsn, *words)).output
    assert "2 activated." in (await run(dsn, *words)).output
    assert (await run(dsn, "unsold", batch)).output.count("…") == 2
    await run(dsn, "void", batch, "--reason", "the rest is lost")
    shown = json.loads((await run(dsn, "show", batch, "--json")).stdout)
    assert shown["counts"] == {"unsold": 0, "sold": 2, "void": 2}
    assert "Christmas" in (await run(dsn, "list")).output
    await run(dsn, *words, code=1)


@pytest.mark.usefixtures("merchant")
async def test_cards_with_one_code_are_made_only_by_who_knows(dsn: str) -> None:
    assert "safer" in (await run(dsn, "make", "Cheap", "--count", "2", "--one-code", code=2)).output
    await run(dsn, "make", "Cheap", "--count", "2", "--one-code", "--i-know")


@pytest.mark.usefixtures("merchant")
async def test_a_pool_is_uploaded_and_drawn_from(dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text("TILL-0001-A\nTILL-0002-B\n")
    pool = json.loads((await run(dsn, "pool", "Till", str(file), "--low-at", "1", "--json")).stdout)["batch"][
        "batch_id"
    ]
    drawn = (await run(dsn, "draw", pool)).output
    assert "TILL-0001-A" in drawn.splitlines()
    assert "Only 1 are left" in drawn
    assert "LOW" in (await run(dsn, "list")).output
    await run(dsn, "draw", pool)
    assert "Nothing is left" in (await run(dsn, "draw", pool, code=1)).output
