"""What an operator types to bring certificates over from another system, and to take them back."""

import asyncio
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
from largesse.interfaces.cli.certificate_cards import certificate
from largesse.interfaces.cli.imports import import_
from largesse.interfaces.cli.runtime import Runtime
from tests.builders.application import an_application
from tests.builders.certificates import a_merchant
from tests.builders.import_files import FILES, text

KEYRING = FixedKeyring([bytes(range(32))])


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_merchant(database)


async def run(dsn: str, *words: str, code: int = 0) -> Result:
    """Type a command; its words are those behind `largesse`."""

    @asynccontextmanager
    async def open_application() -> AsyncIterator[Application]:
        async with await Database.open(dsn) as database, an_application(database, keyring=KEYRING) as application:
            yield application

    command = {"import": import_, "certificate": certificate}[words[0]]
    result = await asyncio.to_thread(CliRunner().invoke, command, list(words[1:]), obj=Runtime(open_application))
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


@pytest.mark.usefixtures("merchant")
async def test_a_file_is_rehearsed_imported_spent_and_what_is_used_is_not_taken_back(dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "cards.csv"
    file.write_bytes(FILES["gift_up"].data)
    shop = ("--merchant", "corner-spa")

    dry = await run(dsn, "import", "certificates", str(file), *shop, "--dry-run")
    assert "Gift Up!" in dry.output
    assert "62.50" in dry.output
    assert "left out: 1 empty" in dry.output
    assert "7K2MX" not in dry.output

    done = json.loads((await run(dsn, "import", "certificates", str(file), *shop, "--json")).stdout)
    assert (done["state"], done["rows"]) == ("done", 2)
    assert done["import_id"] in (await run(dsn, "import", "list", *shop)).output
    assert "easily guessed" in (await run(dsn, "import", "show", done["import_id"], *shop)).output

    # the only merchant there is: an old number needs no more than itself
    await run(dsn, "certificate", "redeem", "7k2mx", "10.00")
    shown = (await run(dsn, "certificate", "show", "7K2MX", *shop)).output
    assert "25.50" in shown
    assert "7K2MX" not in shown
    await run(dsn, "certificate", "redeem", "9-QXRT", "5.00", "--currency", "USD", *shop)

    refused = await run(dsn, "import", "reverse", done["import_id"], *shop, code=1)
    assert "2 of its certificates" in refused.output


@pytest.mark.usefixtures("merchant")
async def test_an_untouched_import_is_taken_back_and_a_file_that_waits_is_withdrawn(dsn: str, tmp_path: Path) -> None:
    file, shop = tmp_path / "cards.csv", ("--merchant", "corner-spa")
    file.write_bytes(text(["number,balance", "CARD-0001-QX,5.00", "CARD-0002-QX,7.50"]))
    words: tuple[str, ...] = ("import", "certificates", str(file), *shop, "--preset", "plain", "--json")
    words += ("--tax-kind", "single_purpose", "--tax", "19", "--tax-country", "de", "--cut-over", "2026-01-01")

    waits = json.loads((await run(dsn, *words, "--dry-run")).stdout)
    await run(dsn, "import", "withdraw", waits["import_id"], *shop)
    done = json.loads((await run(dsn, *words)).stdout)
    await run(dsn, "import", "withdraw", done["import_id"], *shop, code=2)
    back = json.loads((await run(dsn, "import", "reverse", done["import_id"], *shop, "--json")).stdout)
    assert (back["state"], back["kept"]) == ("reversed", 0)
    await run(dsn, "certificate", "show", "CARD-0001-QX", *shop, code=1)


@pytest.mark.usefixtures("merchant")
async def test_what_is_open_or_wrong_is_told_and_nothing_is_imported(dsn: str, tmp_path: Path) -> None:
    file, shop = tmp_path / "cards.csv", ("--merchant", "corner-spa")
    file.write_bytes("Karte;Rest\nÄ-0001;1.250\n6,01E+15;5\n".encode("cp1252"))
    words: tuple[str, ...] = ("import", "certificates", str(file), *shop)

    assert "--encoding windows-1252   Ä-0001;1.250" in (await run(dsn, *words, code=2)).output
    words += ("--encoding", "windows-1252")
    assert "--preset, or --column" in (await run(dsn, *words, code=1)).output
    words += ("--column", "number=1", "--column", "balance=2")
    assert "Say --decimal" in (await run(dsn, *words, code=1)).output
    faulty = await run(dsn, *words, "--decimal", ",", code=1)
    assert "line 3, Karte: A spreadsheet has put '6,01E+15'" in faulty.output
    assert "Nothing was imported yet." not in (await run(dsn, "import", "list", *shop)).output


async def test_the_systems_that_are_known_are_listed_as_not_confirmed(dsn: str) -> None:
    listed = (await run(dsn, "import", "presets")).output
    assert "Shopfront" in listed
    assert "not confirmed" in listed
    assert "saleor" in json.loads((await run(dsn, "import", "presets", "--json")).stdout)


@pytest.mark.parametrize(
    "words", [("--column", "number=0"), ("--column", "nonsense=1"), ("--tax-kind", "single_purpose"), ("--tax", "19")]
)
async def test_options_that_cannot_be_are_refused(
    dsn: str, merchant: Merchant, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "cards.csv"
    file.write_bytes(text(["number,balance", "CARD-0001-QX,5.00"]))
    await run(dsn, "import", "certificates", str(file), "--merchant", merchant.slug, *words, code=2)
