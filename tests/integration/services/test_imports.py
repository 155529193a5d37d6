"""Another system's certificates: rehearsed, imported whole or not at all, spent, and taken back as a whole."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import msgspec
import pytest
from openpyxl import load_workbook

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import imports
from largesse.domain.certificates import CertificateUnknown, holds_weak
from largesse.domain.imports import (
    CardColumn,
    Choices,
    Import,
    ImportBusy,
    ImportFaulty,
    ImportNotReversible,
    ImportState,
    ImportTerms,
    ImportTouched,
    ImportUnanswered,
    ImportUnknown,
)
from largesse.domain.merchants import Merchant
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.ledger import Account, ClassOfValue, Status
from largesse.ledger.proofs import verify
from largesse.services import imports as service
from largesse.services.certificates import locate, redeem, redeem_by_number
from largesse.services.imports import confirm, find_import, reverse, run, run_due, stage, take_back
from largesse.services.keys import reseal
from largesse.wire.loose_tables import read_loose_table
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_card, a_merchant, a_request
from tests.builders.import_files import FILES, text

CARDS = text(
    [
        "number,alias,balance,tip,issued,good through,status",
        "OLD-0001-KMPR,,100.00,5.00,2019-03-01,,",
        "OLD-0002-KMPS,SECOND-0002,50.00,0,2024-12-31,2027-06-30,",
        "OLD-0003-KMPT,,0,0,,,inactive",
    ]
)
PLAIN = Choices(preset="plain", last_day=imports.LastDay.INCLUDED)


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_merchant(database)


async def staged(
    application: Application,
    merchant: Merchant,
    data: bytes = CARDS,
    *,
    choices: Choices = PLAIN,
    terms: ImportTerms = ImportTerms(),  # noqa: B008 - frozen, as all structs
    encoding: str = "",
    now: datetime = NOW,
) -> Import:
    table = read_loose_table(data, size_max=1 << 24, encoding=encoding)
    return await stage(
        application, merchant, table, file_name="cards.csv", choices=choices, terms=terms, actor="test", now=now
    )


async def imported(application: Application, merchant: Merchant, data: bytes = CARDS, **said: object) -> Import:
    one = await staged(application, merchant, data, **said)  # type: ignore[arg-type]  # as `staged` takes them
    await confirm(application, merchant, one.import_id, actor="test", reason=None, now=NOW)
    return await run(application, merchant, one.import_id, now=NOW)


async def counts(application: Application) -> dict[str, int]:
    tables = ("certificates", "certificate_numbers", "journal", "imported_certificates", "import_tables")
    async with application.database.connection() as connection:
        return {one: await connection.fetchval(f"SELECT count(*) FROM {one}") for one in tables}


async def proven(application: Application) -> None:
    async with application.database.dedicated() as connection:
        assert [difference async for difference in verify(connection)] == []


async def test_a_dry_run_tells_what_comes_and_changes_nothing(application: Application, merchant: Merchant) -> None:
    card = await a_card(application, merchant)
    before = await counts(application)
    one = await staged(application, merchant)

    summary = one.summary
    assert one.state is ImportState.STAGED
    assert summary.is_ready
    assert (summary.rows, summary.inactive, summary.fault_count) == (3, 1, 0)
    [line] = summary.lines
    held = (await locate(application, card.number, at=None)).certificate
    assert (line.currency, line.class_of_value) == ("USD", ClassOfValue.PAID)
    assert (line.before, line.imported, line.gratuity) == (held.balance + held.gratuity_balance, 15_500, 500)
    assert line.after == line.before + 15_500
    assert "OLD-0001" not in repr(summary)
    after = await counts(application)
    assert after == before | {"import_tables": 1}


async def test_old_numbers_are_worth_what_the_file_says_and_can_be_spent(
    application: Application, merchant: Merchant
) -> None:
    cut_over = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
    one = await imported(application, merchant, terms=ImportTerms(cut_over=cut_over))
    assert (one.state, one.progress, one.rows) == (ImportState.DONE, 3, 3)

    first = await locate(application, "old 0001 kmpr", at=merchant)
    assert (first.certificate.balance, first.certificate.gratuity_balance) == (10_000, 500)
    [lot] = first.certificate.lots
    assert lot.source is Account.OPENING_BALANCES
    assert lot.first_issued_at.astimezone(merchant.zone).date() == date(2019, 3, 1)
    assert first.certificate.effective_at == cut_over

    second = await locate(application, "second-0002", at=merchant)
    assert second.certificate.good_through == date(2027, 6, 30)
    assert (
        second.certificate.certificate_id
        == (await locate(application, "OLD0002KMPS", at=merchant)).place.certificate_id
    )
    third = await locate(application, "OLD-0003-KMPT", at=merchant)
    assert third.certificate.status is Status.INACTIVE
    with pytest.raises(CertificateUnknown):
        await locate(application, "OLD-0001-KMPR", at=None)

    spent = await redeem(application, first.place, value=2_500, request=a_request(), now=NOW)
    assert spent.balance == 7_500
    by_alias = await redeem_by_number(
        application, merchant.merchant_id, "SECOND-0002", value=100, currency="USD", request=a_request(), now=NOW
    )
    assert by_alias.balance == 4_900
    async with application.database.connection() as connection:
        found = await imports.import_of_certificate(connection, merchant.merchant_id, first.place.certificate_id)
        assert found == (one.import_id, 2)
    await proven(application)


async def test_nothing_can_be_found_before_all_of_it_stands(application: Application, merchant: Merchant) -> None:
    one = await staged(application, merchant)
    await confirm(application, merchant, one.import_id, actor="test", reason=None, now=NOW)
    seen = []

    def stop(at: Import) -> None:
        seen.append(at.progress)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await run(application, merchant, one.import_id, now=NOW, progress=stop, batch=2)
    assert seen == [2]
    assert (await counts(application))["certificates"] == 2
    with pytest.raises(CertificateUnknown):
        await locate(application, "OLD-0001-KMPR", at=merchant)

    assert await run_due(application, now=NOW) == 1
    done = await find_import(application, merchant, one.import_id)
    assert (done.state, done.progress) == (ImportState.DONE, 3)
    assert (await counts(application))["certificates"] == 3
    assert (await locate(application, "OLD-0001-KMPR", at=merchant)).certificate.balance == 10_000
    assert await run_due(application, now=NOW) == 0


async def test_two_who_run_the_same_import_do_it_once(application: Application, merchant: Merchant) -> None:
    data = text(["number,balance", *(f"CARD-{place:05}-QX,{place}.50" for place in range(1, 41))])
    one = await staged(application, merchant, data)
    await confirm(application, merchant, one.import_id, actor="test", reason=None, now=NOW)

    await asyncio.gather(*(run(application, merchant, one.import_id, now=NOW, batch=3) for _ in range(3)))

    done = await counts(application)
    assert (done["certificates"], done["journal"], done["certificate_numbers"]) == (40, 40, 40)
    await proven(application)


async def test_the_same_file_again_changes_nothing(application: Application, merchant: Merchant) -> None:
    first = await imported(application, merchant)
    before = await counts(application)
    again = await imported(application, merchant)
    assert again.import_id == first.import_id
    assert await counts(application) == before


async def test_a_number_that_one_of_ours_has_is_a_fault_and_nothing_is_imported(
    application: Application, merchant: Merchant
) -> None:
    await imported(application, merchant)
    before = await counts(application)
    other = text(["number,alias,balance", "old0001kmpr,,5", "NEW-0001-X,SECOND0002,5", "NEW-0002-X,,5"])
    one = await staged(application, merchant, other)

    assert [(fault.field, fault.code) for fault in one.summary.faults] == [
        ("line 2, number", "import.number.taken"),
        ("line 3, alias", "import.number.taken"),
    ]
    with pytest.raises(ImportFaulty) as refused:
        await confirm(application, merchant, one.import_id, actor="test", reason=None, now=NOW)
    assert refused.value.code == "import.refused"
    assert len(refused.value.fields) == 2
    assert await counts(application) == before | {"import_tables": 1}


async def test_an_import_waits_for_answers_and_remembers_them_for_the_next_file(
    application: Application, merchant: Merchant
) -> None:
    data = text(["Karte;Rest;Bis", "KARTE-0001-X;1.250;2027-01-01"])
    one = await staged(application, merchant, data, choices=Choices())
    assert [question.ask for question in one.summary.questions] == [imports.Ask.PRESET]
    assert one.summary.samples == (("Karte", "Rest", "Bis"), ("…-X", "1.250", "2027-01-01"))
    with pytest.raises(ImportUnanswered) as refused:
        await confirm(application, merchant, one.import_id, actor="test", reason=None, now=NOW)
    assert refused.value.code == "import.unanswered"

    columns = {CardColumn.NUMBER: 0, CardColumn.BALANCE: 1, CardColumn.EXPIRES: 2}
    said = Choices(preset="plain", columns=columns, decimal=",", last_day=imports.LastDay.EXCLUDED)
    one = await service.answer(application, merchant, one.import_id, choices=said, terms=ImportTerms(), now=NOW)
    assert one.summary.is_ready
    await confirm(application, merchant, one.import_id, actor="test", reason=None, now=NOW)
    await run(application, merchant, one.import_id, now=NOW)

    more = text(["Karte;Rest;Bis", "KARTE-0002-X;2.250;2027-01-01"])
    second = await staged(application, merchant, more, choices=Choices())
    assert second.choices == said
    assert second.summary.is_ready


async def test_an_import_is_taken_back_whole_and_its_file_may_come_again(
    application: Application, merchant: Merchant
) -> None:
    treatment = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="US", rate=Decimal("0.19"))
    one = await imported(application, merchant, terms=ImportTerms(treatment=treatment))
    first = await locate(application, "OLD-0001-KMPR", at=merchant)
    assert first.certificate.lots[0].included_tax == 1_597

    await reverse(application, merchant, one.import_id, actor="test", reason="wrong file", now=NOW)
    done = await take_back(application, merchant, one.import_id, now=NOW)

    assert (done.state, done.kept) == (ImportState.REVERSED, 0)
    with pytest.raises(CertificateUnknown):
        await locate(application, "OLD-0001-KMPR", at=merchant)
    async with application.database.connection() as connection:
        left = await connection.fetchval("SELECT sum(balance + gratuity_balance) FROM certificates")
        accounts = await connection.fetch(
            "SELECT account, sum(amount) AS sum FROM (SELECT debit AS account, amount FROM journal UNION ALL "
            "SELECT credit, -amount FROM journal) AS moved WHERE amount IS NOT NULL GROUP BY account"
        )
    assert left == 0
    assert {row["account"]: row["sum"] for row in accounts if row["sum"]} == {}
    await proven(application)

    again = await imported(application, merchant)
    assert again.import_id != one.import_id
    assert again.state is ImportState.DONE


async def test_an_import_of_which_something_was_used_is_not_taken_back(
    application: Application, merchant: Merchant
) -> None:
    one = await imported(application, merchant)
    used = await locate(application, "OLD-0002-KMPS", at=merchant)
    await redeem(application, used.place, value=1, request=a_request(), now=NOW)
    with pytest.raises(ImportTouched, match="1 of its") as refused:
        await reverse(application, merchant, one.import_id, actor="test", reason=None, now=NOW)
    assert refused.value.code == "import.touched"


async def test_what_is_used_while_an_import_is_taken_back_is_kept(application: Application, merchant: Merchant) -> None:
    one = await imported(application, merchant)
    await reverse(application, merchant, one.import_id, actor="test", reason=None, now=NOW)
    used = await locate(application, "OLD-0002-KMPS", at=merchant)
    await redeem(application, used.place, value=1, request=a_request(), now=NOW)

    done = await take_back(application, merchant, one.import_id, now=NOW)

    assert (done.state, done.kept) == (ImportState.REVERSED, 1)
    assert (await locate(application, "OLD-0002-KMPS", at=merchant)).certificate.balance == 4_999
    await proven(application)


async def test_a_row_that_the_ledger_refuses_takes_back_those_before_it(
    application: Application, merchant: Merchant
) -> None:
    data = text(["number,balance,good through", "CARD-0001-QX,5,", "CARD-0002-QX,5,2026-11-22"])
    one = await staged(application, merchant, data)
    await confirm(application, merchant, one.import_id, actor="test", reason=None, now=NOW)
    midnight = NOW + timedelta(days=1)

    failed = await run(application, merchant, one.import_id, now=midnight, batch=1)
    assert (failed.state, failed.progress) == (ImportState.UNDOING, 0)
    assert failed.trouble
    assert await run_due(application, now=midnight) == 1

    done = await find_import(application, merchant, one.import_id)
    assert done.state is ImportState.FAILED
    async with application.database.connection() as connection:
        assert await connection.fetchval("SELECT array_agg(DISTINCT status) FROM certificates") == ["void"]
    assert (await counts(application))["certificate_numbers"] == 0
    await proven(application)


async def test_one_import_at_a_time(application: Application, merchant: Merchant) -> None:
    first = await staged(application, merchant)
    second = await staged(application, merchant, text(["number,balance", "CARD-0001-QX,5"]))
    await confirm(application, merchant, first.import_id, actor="test", reason=None, now=NOW)
    with pytest.raises(ImportBusy) as refused:
        await confirm(application, merchant, second.import_id, actor="test", reason=None, now=NOW)
    assert refused.value.code == "import.busy"
    with pytest.raises(ImportNotReversible) as not_yet:
        await reverse(application, merchant, first.import_id, actor="test", reason=None, now=NOW)
    assert not_yet.value.code == "import.not_reversible"


async def test_imports_of_others_are_unknown(application: Application, merchant: Merchant) -> None:
    other = await a_merchant(application.database, slug="other", number="2", prefix="OT")
    one = await staged(application, merchant)
    for import_id in (one.import_id, uuid4()):
        with pytest.raises(ImportUnknown) as refused:
            await find_import(application, other, import_id)
        assert refused.value.code == "import.unknown"


async def test_a_file_that_waits_is_sealed_resealed_and_forgotten_after_a_week(
    application: Application, merchant: Merchant
) -> None:
    one = await staged(application, merchant)
    async with application.database.connection() as connection:
        cipher = await connection.fetchval("SELECT cipher FROM import_tables")
    assert b"OLD-0001" not in cipher
    await reseal(application, owners=(imports.ImportTables(),))
    assert await service.forget_staged(application, now=NOW + timedelta(days=6)) == 0
    assert await service.forget_staged(application, now=NOW + timedelta(days=8)) == 1
    with pytest.raises(ImportUnknown):
        await find_import(application, merchant, one.import_id)
    assert (await counts(application))["import_tables"] == 0


async def test_promotional_value_is_imported_outside_the_liability(
    application: Application, merchant: Merchant
) -> None:
    terms = ImportTerms(class_of_value=ClassOfValue.PROMOTIONAL)
    refused = await staged(application, merchant, terms=terms)
    assert [fault.code for fault in refused.summary.faults] == ["import.gratuity.promotional"]

    one = await imported(application, merchant, text(["number,balance", "PROMO-0001-X,5"]), terms=terms)
    found = await locate(application, "PROMO-0001-X", at=merchant)
    assert found.certificate.class_of_value is ClassOfValue.PROMOTIONAL
    await reverse(application, merchant, one.import_id, actor="test", reason=None, now=NOW)
    await take_back(application, merchant, one.import_id, now=NOW)
    await proven(application)


async def test_weak_numbers_are_counted_and_known(application: Application, merchant: Merchant) -> None:
    one = await imported(application, merchant, FILES["gift_up"].data, choices=Choices())
    assert one.summary.weak == 2
    async with application.database.connection() as connection:
        assert await holds_weak(connection, merchant.merchant_id, below=imports.WEAK_BELOW)


@pytest.mark.parametrize("name", FILES)
async def test_each_preset_with_dry_run_fault_import_and_reversal(
    application: Application, merchant: Merchant, name: str
) -> None:
    file = FILES[name]
    choices = msgspec.structs.replace(file.choices, currency=file.currency)
    dry = await staged(application, merchant, file.data, choices=choices, encoding=file.encoding)
    assert dry.summary.rows == file.rows
    assert sum(line.imported - line.gratuity for line in dry.summary.lines) == file.value

    done = await imported(application, merchant, file.data, choices=choices, encoding=file.encoding)
    assert done.state is ImportState.DONE

    longer = _with_a_line_more(file.data)
    faulty = await staged(application, merchant, longer, choices=choices, encoding=file.encoding)
    assert {fault.code for fault in faulty.summary.faults} >= {"import.number.taken"}

    await reverse(application, merchant, done.import_id, actor="test", reason=None, now=NOW)
    assert (await take_back(application, merchant, done.import_id, now=NOW)).kept == 0
    await proven(application)


def _with_a_line_more(data: bytes) -> bytes:
    """The same rows in a file of other bytes."""
    if not data.startswith(b"PK"):
        return data + b"\n"

    book, into = load_workbook(io.BytesIO(data)), io.BytesIO()
    book.properties.title = "again"
    book.save(into)
    return into.getvalue()
