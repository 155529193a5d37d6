"""Sealing as a duty: every night, merchant by merchant, told to each by mail; and the export that others check."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from largesse.adapters.smtp_mail import SmtpMail
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.ledger import LedgerSealed, SealedMeanwhile, SealNotFound, list_seals
from largesse.outbox import Relay
from largesse.services import seals
from largesse.services.certificates import block, expire_certificates, place_hold, redeem
from largesse.services.seals import export_sealed, seal, seal_due
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_card, a_merchant, a_request
from tests.builders.gifts import MAIL_FROM, a_relay
from tests.support.mail_server import Letterbox, bodies_of, mail_server

CHECKER = Path(__file__).parents[3] / "docs" / "check_seal.py"
DAY = timedelta(days=1)


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_merchant(database)


@pytest.fixture
def letterbox() -> Letterbox:
    return Letterbox()


@pytest.fixture
async def relay(application: Application, letterbox: Letterbox) -> AsyncIterator[Relay]:
    async with mail_server(letterbox) as url:
        yield a_relay(application, SmtpMail(url, mail_from=MAIL_FROM))


async def told(application: Application) -> list[LedgerSealed]:
    async with application.database.connection() as connection:
        rows = await connection.fetch("SELECT payload FROM events WHERE kind = 'ledger.sealed' ORDER BY event_id")
    return [msgspec.json.decode(row["payload"], type=LedgerSealed) for row in rows]


async def lived(application: Application, merchant: Merchant) -> None:
    """A few certificates and all kinds of rows."""
    first, second = [await a_card(application, merchant, gratuity=500) for _ in range(2)]
    await redeem(application, first.place, value=700, gratuity=100, request=a_request("table 7"), now=NOW)
    await place_hold(application, first.place, value=300, lasting=timedelta(hours=1), request=a_request(), now=NOW)
    await block(application, second.place, request=a_request('Ada "called" €'), now=NOW)
    await a_card(application, merchant, good_through=date(2026, 11, 22))
    await expire_certificates(application, now=NOW + DAY)


async def test_each_night_what_was_booked_is_sealed_and_told_to_its_merchant(
    application: Application, merchant: Merchant, relay: Relay, letterbox: Letterbox
) -> None:
    other = await a_merchant(application.database, slug="lake-inn", number="1002", prefix="LK")
    await a_card(application, merchant)
    await a_card(application, other)
    assert await seal_due(application, now=NOW) == 0
    assert await seal_due(application, now=NOW + DAY) == 2
    assert await seal_due(application, now=NOW + DAY) == 0
    assert await seal_due(application, now=NOW + 3 * DAY) == 0

    events = await told(application)
    assert {event.merchant for event in events} == {"corner-spa", "lake-inn"}
    await relay.run_once(NOW + DAY)
    mails = letterbox.to("owner@example.com")
    assert [mail["Subject"] for mail in mails] == ["Your journal was sealed: please keep this mail"] * 2
    texts = [body for mail in mails for body in bodies_of(mail)]
    for event in events:
        assert sum(1 for text in texts if event.hash in text) == 2
        assert any(f"export-sealed {event.merchant} --seal 1 --to sealed.jsonl" in text for text in texts)


async def test_where_nothing_was_booked_since_the_last_seal_nothing_is_done(
    application: Application, merchant: Merchant
) -> None:
    await a_card(application, merchant)
    made = await seal(application, merchant.merchant_id, now=NOW)
    assert made is not None
    assert await seal(application, merchant.merchant_id, now=NOW + DAY) is None
    async with application.database.connection() as connection:
        assert await connection.fetchval("SELECT sealed_through FROM books") == made.cut
        assert [one.number for one in await list_seals(connection, merchant.merchant_id)] == [1]


async def test_two_sealers_make_one_seal(
    application: Application, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_card(application, merchant)

    async def too_late(*_: object, **__: object) -> None:
        raise SealedMeanwhile

    monkeypatch.setattr(seals.sealing, "make_seal", too_late)
    assert await seal(application, merchant.merchant_id, now=NOW) is None
    assert await told(application) == []


async def test_a_merchant_that_cannot_be_sealed_keeps_no_other_waiting(
    application: Application, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await a_merchant(application.database, slug="lake-inn", number="1002", prefix="LK")
    await a_card(application, merchant)
    await a_card(application, other)
    original = seals.sealing.make_seal

    async def failing(connection: Any, merchant_id: Any, *, now: Any) -> Any:
        if merchant_id == merchant.merchant_id:
            raise ValueError
        return await original(connection, merchant_id, now=now)

    monkeypatch.setattr(seals.sealing, "make_seal", failing)
    assert await seal_due(application, now=NOW + DAY) == 1
    assert [event.merchant for event in await told(application)] == ["lake-inn"]


async def exported(application: Application, merchant: Merchant, number: int | None = None) -> list[str]:
    chunks: list[bytes] = []
    made, count = await export_sealed(application, merchant.merchant_id, number, write=chunks.append)
    lines = b"".join(chunks).decode().splitlines()
    assert len(lines) == 1 + count == 1 + made.row_count
    return lines


def checked(folder: Path, lines: list[str], *mailed: str, options: tuple[str, ...] = ()) -> tuple[int, str]:
    """What the checker says of an export, in a process of its own that finds nothing of ours."""
    path = folder / "sealed.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ran = subprocess.run(  # its own file and our own interpreter
        [sys.executable, "-I", *options, str(CHECKER), str(path), *mailed],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in ran.stderr
    return ran.returncode, ran.stdout + ran.stderr


async def test_an_export_holds_no_memo_and_checks_without_us(
    application: Application, merchant: Merchant, tmp_path: Path
) -> None:
    await lived(application, merchant)
    first = await seal(application, merchant.merchant_id, now=NOW + DAY)
    later = await a_card(application, merchant)
    second = await seal(application, merchant.merchant_id, now=NOW + 2 * DAY)
    await redeem(application, later.place, value=1, request=a_request(), now=NOW + 3 * DAY)
    assert first is not None
    assert second is not None
    lines: list[str] = []
    for one in (first, second):
        lines = await exported(application, merchant, one.number)
        assert "table 7" not in "".join(lines)
        assert "Ada" not in "".join(lines)
        code, said = checked(tmp_path, lines, one.hash.hex())
        assert (code, f"Seal {one.number} is good: {one.row_count} rows" in said) == (0, True), said
        assert checked(tmp_path, lines) == (0, said)
    assert await exported(application, merchant) == lines
    code, said = checked(tmp_path, lines, first.hash.hex())
    assert (code, "the mail is of another seal" in said) == (1, True), said
    with pytest.raises(SealNotFound):
        await exported(application, merchant, 3)


Forgery = Callable[[list[dict[str, Any]]], object]


def forged(field: str, value: object, *, row: int = 2) -> Forgery:
    return lambda rows: rows[row].update({field: value})


def last_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The last row of the first subject."""
    return [row for row in rows[1:] if row["subject_id"] == rows[1]["subject_id"]][-1]


@pytest.mark.parametrize(
    "forgery, sentence",
    [
        (forged("amount", 7, row=1), "is not what its hash was made of"),
        (forged("booked_on", "2026-11-21"), "is not what its hash was made of"),
        (forged("actor", None), "is not what its hash was made of"),
        (forged("hash", "00" * 32), "is not what its hash was made of"),
        (forged("recorded_at", "2030-01-01T00:00:00.000000Z"), "is later than the seal"),
        (forged("merchant_id", "01900000-0000-7000-8000-00000000ffff"), "is foreign"),
        (forged("hash_format", 2), "is foreign"),
        (lambda rows: rows.pop(1), "a row is missing before"),
        (lambda rows: rows.remove(last_of(rows)), "are not all of them"),
        (lambda rows: rows.pop(), "are not all of them"),
        (lambda rows: rows.insert(2, rows[2]), "is there twice"),
        (
            lambda rows: last_of(rows).update(subject_id=rows[-1]["subject_id"]),
            "is out of order|a row is missing before",
        ),
        (lambda rows: rows.sort(key=lambda row: str(row.get("subject_id", "~")), reverse=True), "is out of order"),
        (forged("row_count", 3, row=0), "are not all of them"),
        (forged("root", "00" * 32, row=0), "the rows are not those that were sealed"),
        (forged("totals", "", row=0), "the totals are not what the rows come to"),
        (forged("previous", "11" * 32, row=0), "the seal is not what its hash says"),
        (forged("number", 2, row=0), "the seal is not what its hash says"),
        (forged("cut", "2027-01-01T00:00:00.000000Z", row=0), "the seal is not what its hash says"),
        (forged("hash", "22" * 32, row=0), "the seal is not what its hash says"),
        (lambda rows: rows.__delitem__(slice(1, None)), "0 rows are not all of them"),
        (lambda rows: rows.clear(), "the file is cut short, or no export of a seal"),
        (lambda rows: rows[1].pop("amount"), "the file is cut short, or no export of a seal"),
    ],
)
async def test_a_forged_export_does_not_check(
    application: Application, merchant: Merchant, tmp_path: Path, *, forgery: Forgery, sentence: str
) -> None:
    await lived(application, merchant)
    await seal(application, merchant.merchant_id, now=NOW + DAY)
    rows = [json.loads(line) for line in await exported(application, merchant)]
    forgery(rows)
    # Optimised Python leaves assertions out: the checker must not rest on them.
    code, said = checked(tmp_path, [json.dumps(row) for row in rows], options=("-O",))
    assert code == 1, said
    assert any(part in said for part in sentence.split("|")), said


async def test_a_row_that_was_rewritten_with_all_its_hashes_is_found_by_the_seal(
    application: Application, merchant: Merchant, tmp_path: Path
) -> None:
    """Whoever owns the database can chain anew what they changed; the root is another then."""
    await lived(application, merchant)
    await seal(application, merchant.merchant_id, now=NOW + DAY)
    good = await exported(application, merchant)
    rows = [json.loads(line) for line in good]
    rows[1]["actor"] = "somebody else"
    scope: dict[str, Any] = {"__name__": "checker"}
    source = CHECKER.read_text(encoding="utf-8").partition("\ntry:\n")[0]
    exec(source, scope)  # noqa: S102 - its own functions write the hashes that a forger would write
    head = scope["sha256"](
        b"largesse/journal" + bytes.fromhex((rows[1]["merchant_id"] + rows[1]["subject_id"]).replace("-", ""))
    ).digest()
    for row in rows[1:]:
        if row["subject_id"] == rows[1]["subject_id"]:
            head = scope["sha256"](head + scope["framed"](row, scope["FORMAT_1"])).digest()
            row["hash"] = head.hex()
    code, said = checked(tmp_path, [json.dumps(row) for row in rows])
    assert (code, "the rows are not those that were sealed" in said) == (1, True), said


def test_the_checker_is_short_and_stands_alone() -> None:
    text = CHECKER.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 80
    assert "largesse." not in text.replace("largesse/journal", "")
    imported = {line.split()[1].split(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert imported <= set(sys.stdlib_module_names)


async def test_seals_of_one_merchant_are_not_anothers(application: Application, merchant: Merchant) -> None:
    other = await a_merchant(application.database, slug="lake-inn", number="1002", prefix="LK")
    await a_card(application, merchant)
    await a_card(application, other)
    made = await seal(application, other.merchant_id, now=NOW)
    assert made is not None
    assert made.row_count == 1
    async with application.database.connection() as connection:
        assert await list_seals(connection, merchant.merchant_id) == []
