"""What an operator types: import, list, show, mark paid, cancel, export."""

import asyncio
import base64
import json
import os
import secrets
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.interfaces.cli.export import export
from largesse.interfaces.cli.files import PIPE_CLOSED
from largesse.interfaces.cli.order import order
from largesse.interfaces.cli.runtime import Runtime
from largesse.services.orders.selling import place
from tests.builders.orders import a_basket, a_charge, a_file, a_row
from tests.builders.shop import NOW, a_seller, a_shop


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


async def _run(dsn: str, command: click.Command, *words: str, given: bytes | None = None) -> Result:
    """Run a command as the command line does, in a thread: it has an event loop of its own."""

    @asynccontextmanager
    async def open_application() -> AsyncIterator[Application]:
        async with await Database.open(dsn) as database, a_shop(database) as application:
            yield application

    return await asyncio.to_thread(
        CliRunner().invoke, command, [*words, "--merchant", "corner-spa"], obj=Runtime(open_application), input=given
    )


async def _placed(dsn: str, merchant: Merchant) -> Sequence[str]:
    async with await Database.open(dsn) as database, a_shop(database) as application:
        placed = await place(application, merchant, a_basket(a_charge(), a_charge(2_500)), now=NOW)
    return [one.order_number for one in placed.orders]


@pytest.mark.usefixtures("merchant")
async def test_a_file_is_imported_and_shown(dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(a_file(a_row(), a_row(order_number="CAFE-2")))

    rehearsed = await _run(dsn, order, "import", str(file), "--dry-run")
    imported = await _run(dsn, order, "import", "-", given=file.read_bytes())
    again = await _run(dsn, order, "import", str(file))
    listed = await _run(dsn, order, "list", "--status", "issued", "--limit", "1")
    shown = json.loads((await _run(dsn, order, "show", "CAFE-1", "--json")).stdout)

    assert "2 would be issued (nothing was changed)" in rehearsed.stderr
    assert imported.exit_code == 0
    assert imported.stdout.count("112.99 USD") == 2
    assert "0 issued, 2 imported before." in again.stderr
    assert len(listed.stdout.splitlines()) == 1
    assert "--after" in listed.stderr
    assert shown["order"]["status"] == "issued"
    assert shown["payments"][0]["reference"] == "import:CAFE-1"
    assert "112.99" in (await _run(dsn, order, "show", "CAFE-1")).stdout


@pytest.mark.usefixtures("merchant")
async def test_a_bad_file_is_refused_with_every_fault_and_status_1(dsn: str) -> None:
    data = a_file(a_row(gift_total="1"), a_row(order_number="C2", recipient_email="x"))

    refused = await _run(dsn, order, "import", "-", given=data)

    assert refused.exit_code == 1
    assert "[order.import.refused]" in refused.stderr
    assert "line 2: gift_total" in refused.stderr
    assert "line 3: recipient_email" in refused.stderr
    assert (await _run(dsn, order, "list")).stdout == ""


async def test_staff_confirm_a_payment_once(dsn: str, merchant: Merchant) -> None:
    first, second = await _placed(dsn, merchant)

    paid = await _run(dsn, order, "mark-paid", first, "--reference", "receipt 7")
    again = await _run(dsn, order, "mark-paid", second, "--reference", "receipt 7")
    doubled = await _run(dsn, order, "mark-paid", first, "--reference", "receipt 8")
    cancelled = await _run(dsn, order, "cancel", first)

    assert paid.stdout.count("issued") == 2
    assert again.stderr == "It was paid and issued before. Nothing was changed.\n"
    assert (doubled.exit_code, "[checkout.paid]" in doubled.stderr) == (1, True)
    assert (cancelled.exit_code, "[order.not_placed]" in cancelled.stderr) == (1, True)


async def test_an_order_that_waits_can_be_cancelled_and_then_not_paid(dsn: str, merchant: Merchant) -> None:
    first, second = await _placed(dsn, merchant)

    cancelled = await _run(dsn, order, "cancel", first)
    paid = await _run(dsn, order, "mark-paid", second)

    assert cancelled.stdout.count("cancelled") == 2
    assert (paid.exit_code, "[checkout.closed]" in paid.stderr) == (1, True)


@pytest.mark.usefixtures("merchant")
async def test_a_file_is_replaced_only_when_the_export_is_whole(dsn: str, tmp_path: Path) -> None:
    await _run(dsn, order, "import", "-", given=a_file(a_row()))
    target = tmp_path / "orders.csv"
    target.write_text("the old one")

    refused = await _run(dsn, export, "orders", "--since", "yesterday", "-o", str(target))
    kept = target.read_text()
    done = await _run(dsn, export, "orders", "-o", str(target))

    assert (refused.exit_code, kept) == (1, "the old one")
    assert done.exit_code == 0
    assert target.read_bytes().startswith(b"giftcafe_vendornum,")
    assert [path.name for path in tmp_path.iterdir()] == ["orders.csv"]


@pytest.mark.usefixtures("merchant")
async def test_a_pipe_is_written_to_and_stays_a_pipe(dsn: str, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done, read = await asyncio.gather(
        _run(dsn, export, "orders", "-o", str(pipe)), asyncio.to_thread(pipe.read_text, "utf-8")
    )
    assert done.exit_code == 0
    assert read.startswith("giftcafe_vendornum,")
    assert pipe.is_fifo()


@pytest.mark.usefixtures("merchant")
async def test_a_file_keeps_its_link_and_its_mode(dsn: str, tmp_path: Path) -> None:
    target, link = tmp_path / "orders.csv", tmp_path / "latest.csv"
    target.touch(mode=0o640)
    link.symlink_to(target)
    done = await _run(dsn, export, "orders", "-o", str(link))
    assert done.exit_code == 0
    assert link.is_symlink()
    assert target.read_bytes().startswith(b"giftcafe_vendornum,")
    assert stat.filemode(target.stat().st_mode) == "-rw-r-----"


@pytest.mark.usefixtures("merchant")
async def test_a_folder_or_a_full_device_in_place_of_a_file_is_told(dsn: str, tmp_path: Path) -> None:
    for target in (tmp_path, Path("/dev/full")):
        refused = await _run(dsn, export, "orders", "-o", str(target))
        assert "[export.file]" in refused.stderr or getattr(refused.exception, "code", "") == "export.file"
        assert target.exists()


@pytest.mark.usefixtures("merchant")
async def test_a_folder_that_is_not_there_is_told(dsn: str, tmp_path: Path) -> None:
    refused = await _run(dsn, export, "orders", "-o", str(tmp_path / "nowhere" / "orders.csv"))

    assert getattr(refused.exception, "code", "") == "export.file"


@pytest.mark.usefixtures("merchant")
async def test_a_pipe_that_closes_early_is_no_error(dsn: str) -> None:
    rows = [a_row(order_number=f"C{number}", gift_message="x" * 200) for number in range(400)]
    await _run(dsn, order, "import", "-", given=a_file(*rows))
    environment = os.environ | {
        "LARGESSE_DATABASE_URL": dsn,
        "LARGESSE_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    command = [sys.executable, "-m", "largesse", "export", "orders", "--merchant", "corner-spa"]

    def read_a_little() -> tuple[bytes, bytes, int]:
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            begun = process.stdout.read(100)
            process.stdout.close()
            said = process.stderr.read()
            return begun, said, process.wait(timeout=60)

    begun, said, status = await asyncio.to_thread(read_a_little)

    assert begun.startswith(b"giftcafe_vendornum")
    assert said == b""
    assert status == PIPE_CLOSED
