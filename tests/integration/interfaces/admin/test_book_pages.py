"""Exports for the bookkeeper over real pages: accounts kept, what waits looked at, exported, downloaded, archived."""

import csv
import hashlib
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import httpx
import pytest
from lxml import etree
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.book_exports import find_mapping, find_schedule, list_sets
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Role
from largesse.services.book_exports import export_due
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.ledger import issue, redeem
from tests.builders.office import at_the_desk
from tests.fakes.clock import StillClock
from tests.support.office import forms_of, texts

BOOKS = "/admin/corner-spa/reports/books"
ACCOUNTS = "/admin/corner-spa/settings/accounts"
CHECKER = Path(__file__).parents[4] / "docs" / "check_archive.py"


class Desk(NamedTuple):
    """An office with one person before it."""

    application: Application
    merchant: Merchant
    client: httpx.AsyncClient

    async def post(self, page: str, action: str, **typed: str) -> httpx.Response:
        """Send a form of a page."""
        seen = await self.client.get(page)
        return await self.client.post(action, data={**forms_of(seen)[action], **typed})

    async def maps(self, chart: str = "us") -> httpx.Response:
        """Start from a chart and keep it."""
        kept = await self.post(f"{ACCOUNTS}?chart={chart}", f"{ACCOUNTS}/keep")
        assert kept.status_code == 303, texts(kept, "//*[contains(@class,'error')]")
        return kept

    async def sells(self, now: datetime = NOW) -> None:
        """A certificate of 100.00 is sold, and 30.00 of it used."""
        opened = replace(issue(), certificate_id=uuid4(), merchant_id=self.merchant.merchant_id)
        await self.application.ledger.submit(opened, now=now)
        used = redeem(opened.certificate_id, 3_000, merchant_id=self.merchant.merchant_id)
        await self.application.ledger.submit(used, now=now)


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with an_application(database, clock=StillClock(NOW + timedelta(minutes=1))) as application:
        merchant = await a_merchant(database)
        async with at_the_desk(application, merchant, role=Role.BOOKKEEPER) as client:
            yield Desk(application, merchant, client)


async def test_a_chart_is_a_suggestion_until_it_is_kept_and_faults_stand_beside_what_was_typed(desk: Desk) -> None:
    shown = await desk.client.get(f"{ACCOUNTS}?chart=skr03")
    assert "A suggestion, not advice" in shown.text
    async with desk.application.database.connection() as connection:
        assert await find_mapping(connection, desk.merchant.merchant_id) is None
    lines = forms_of(shown)[f"{ACCOUNTS}/keep"]["lines"]
    wrong = await desk.post(
        ACCOUNTS, f"{ACCOUNTS}/keep", lines=lines.replace("bank,,,,,1200", "bank,,,,,=1200"), datev_client="0"
    )
    assert wrong.status_code == 422
    assert "Write the account as your program knows it" in wrong.text
    assert "=1200" in forms_of(wrong)[f"{ACCOUNTS}/keep"]["lines"], "what was typed is kept"
    assert "DATEV’s number of a client" in wrong.text
    kept = await desk.post(ACCOUNTS, f"{ACCOUNTS}/keep", lines=lines, datev_client="55003", datev_consultant="29098")
    assert (kept.status_code, kept.headers["location"]) == (303, f"{ACCOUNTS}?done=kept")
    page = await desk.client.get(ACCOUNTS)
    assert "Version 1" in page.text
    late = await desk.client.post(f"{ACCOUNTS}/keep", data={**forms_of(page)[f"{ACCOUNTS}/keep"], "version": "0"})
    assert late.status_code == 409
    assert "Somebody else changed the accounts" in late.text


async def test_what_waits_is_looked_at_exported_once_and_downloaded_as_original_and_repeat(desk: Desk) -> None:
    await desk.sells()
    assert "No account is mapped yet" in (await desk.client.get(BOOKS)).text
    await desk.maps()
    address = f"{BOOKS}?through=2026-11-22&format=csv&grain=day"
    seen = await desk.client.get(address)
    assert "2 rows" in seen.text
    assert "Gift certificates outstanding" in seen.text
    for field in ("place", "format", "grain", "imports"):
        forged = await desk.client.get(f"{BOOKS}?through=2026-11-22&{field}=no-such")
        assert "Choose one of those" in forged.text, field
        assert "2 rows" not in forged.text
        assert (await desk.post(address, f"{BOOKS}/make", **{field: "no-such"})).status_code == 422
        assert (await desk.post(BOOKS, f"{BOOKS}/schedule", **{field: "no-such"})).status_code == 422
    made = await desk.post(address, f"{BOOKS}/make")
    assert (made.status_code, made.headers["location"]) == (303, f"{BOOKS}?done=made")
    page = await desk.client.get(f"{BOOKS}?done=made")
    assert "Export 1:" in page.text
    first = await desk.post(BOOKS, f"{BOOKS}/file")
    again = await desk.post(BOOKS, f"{BOOKS}/file", format="xero")
    names = [re.findall("''(.*)", one.headers["content-disposition"])[0] for one in (first, again)]
    assert names == ["largesse-1.csv", "largesse-1-repeat-1-xero-001.csv"]
    assert len(list(csv.DictReader(io.StringIO(first.text)))) == 2
    assert "as a repeat" in (await desk.client.get(BOOKS)).text
    assert (await desk.post(BOOKS, f"{BOOKS}/file", format="no-such")).status_code == 422
    refused = await desk.post(BOOKS, f"{BOOKS}/file", format="datev")
    assert refused.status_code == 409
    nothing = await desk.client.get(address)
    assert "Nothing waits" in nothing.text
    future = await desk.client.get(f"{BOOKS}?through=tomorrow")
    assert texts(future, "//*[contains(@class,'error')]")


async def test_what_has_no_account_yet_is_named_and_there_is_no_way_to_export(desk: Desk) -> None:
    await desk.sells()
    shown = await desk.client.get(f"{ACCOUNTS}?chart=us")
    lines = forms_of(shown)[f"{ACCOUNTS}/keep"]["lines"].splitlines()
    fewer = "\n".join(line for line in lines if not line.startswith("redeemed,"))
    await desk.post(ACCOUNTS, f"{ACCOUNTS}/keep", lines=fewer)
    seen = await desk.client.get(f"{BOOKS}?through=2026-11-22&format=csv&grain=day")
    assert "These have no account there yet" in seen.text
    assert "Revenue from redemptions" in seen.text
    assert f"{BOOKS}/make" not in forms_of(seen)


async def test_a_month_is_exported_by_itself_once_it_is_over(desk: Desk) -> None:
    await desk.sells()
    await desk.maps()
    await desk.post(BOOKS, f"{BOOKS}/schedule", format="hledger")
    assert "is exported for hledger" in (await desk.client.get(BOOKS)).text
    application, merchant = desk.application, desk.merchant
    assert await export_due(application, now=datetime(2026, 12, 1, 23, tzinfo=NOW.tzinfo)) == 0
    due = datetime(2026, 12, 2, 12, tzinfo=NOW.tzinfo)
    assert await export_due(application, now=due) == 1
    assert await export_due(application, now=due) == 0
    async with application.database.connection() as connection:
        [made] = await list_sets(connection, merchant.merchant_id)
        schedule = await find_schedule(connection, merchant.merchant_id)
    assert (made.rows, made.format.value, str(made.until)) == (2, "hledger", "2026-12-01")
    assert schedule is not None
    assert str(schedule.next_month) == "2026-12-01"
    assert await export_due(application, now=due + timedelta(days=40)) == 0, "nothing waits: it goes on"
    await desk.post(BOOKS, f"{BOOKS}/unschedule")
    async with application.database.connection() as connection:
        assert await find_schedule(connection, merchant.merchant_id) is None


async def test_the_archive_is_checked_without_us_and_tells_what_was_changed(desk: Desk, tmp_path: Path) -> None:
    await desk.sells()
    await desk.maps()
    await desk.post(f"{BOOKS}?through=2026-11-22&format=csv&grain=day", f"{BOOKS}/make")
    answer = await desk.post(BOOKS, f"{BOOKS}/archive")
    path = tmp_path / "books.zip"
    path.write_bytes(answer.content)

    def check(archive: Path) -> tuple[int, str]:
        done = subprocess.run([sys.executable, str(CHECKER), str(archive)], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    status, told = check(path)
    assert (status, "is good: 2 rows" in told) == (0, True), told
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    index = etree.fromstring(files["index.xml"])
    for table in index.iter("Table"):
        name, columns = str(table.findtext("URL")), [one.findtext("Name") for one in table.iter("VariableColumn")]
        assert files[name].decode().splitlines()[0].split(",") == columns
    assert {name for name in files if name.endswith(".csv")} == {str(one.text) for one in index.iter("URL")}
    assert files["export_rows.csv"].count(b"\r\n") == 3

    def changed(name: str, before: bytes, after: bytes, *, sums: bool) -> Path:
        assert before in files[name]
        told = files | {name: files[name].replace(before, after, 1)}
        if sums:
            lines = [f"{hashlib.sha256(data).hexdigest()}  {one}" for one, data in told.items() if one != "SHA256SUMS"]
            told["SHA256SUMS"] = "\n".join(lines).encode()
        target = tmp_path / "changed.zip"
        with zipfile.ZipFile(target, "w") as archive:
            for one, data in told.items():
                archive.writestr(one, data)
        return target

    assert "accounts.csv is not what its hash" in check(changed("accounts.csv", b"Bank", b"Bunk", sums=False))[1]
    assert "journal.csv says something else" in check(changed("journal.csv", b",3000,", b",4000,", sums=True))[1]
    assert check(changed("sealed.jsonl", b":3000,", b":4000,", sums=True))[0] == 1
