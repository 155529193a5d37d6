"""A report as people read it: every cell a text in their language, every name looked up. Pure, but for the names."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from largesse.db import load
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.ledger import Account
from largesse.services.reports import wording
from largesse.services.reports.asking import Each, ReportName, ReportQuestion
from largesse.services.reports.dependencies import ReportDependencies
from largesse.services.reports.tables import CellKind, ReportColumn, ReportLine, ReportTable
from largesse.ui import Voice

_views = load(__package__, "views.sql")

Names = Mapping[str, Mapping[UUID, str]]
"""What is called what: by the column that an id stands in."""


class ShownColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column: what stands above it, and whether its cells are numbers, which stand at its end."""

    key: str
    title: str
    numeric: bool


class ShownTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table of texts, and on which line of the report each row of it is."""

    columns: tuple[ShownColumn, ...]
    rows: tuple[Mapping[str, str], ...]


async def names_of(deps: ReportDependencies, merchant: Merchant) -> Names:
    """Return what a merchant's locations, legal entities, offerings, partners and devices are called."""
    found: dict[str, dict[UUID, str]] = {}
    async with deps.database.connection() as connection:
        for row in await connection.fetch(_views.known_names, merchant.merchant_id):
            found.setdefault(row["of"], {})[row["id"]] = row["name"]
        people = await staff.members(connection, merchant.merchant_id)
    found["home_id"] = found.get("location_id", {})
    found["person_id"] = {person.person_id: person.name for _, person in people}
    return found


def shown(table: ReportTable, names: Names, voice: Voice, zone: ZoneInfo) -> ShownTable:
    """Return a table as its readers see it; a column that says nothing is left out."""
    columns = columns_with_something(table)
    return ShownTable(
        columns=tuple(
            ShownColumn(
                key=one.name,
                title=wording.column_title(one.name, voice),
                numeric=one.kind in {CellKind.MONEY, CellKind.BASE_MONEY, CellKind.COUNT, CellKind.RATE},
            )
            for one in columns
        ),
        rows=tuple({one.name: cell_text(one, line, names, voice, zone) for one in columns} for line in table.lines),
    )


def columns_with_something(table: ReportTable) -> tuple[ReportColumn, ...]:
    """Return the columns of a table without those of names that no line has."""
    used = {name for line in table.lines for name, value in line.cells.items() if value is not None}
    return tuple(one for one in table.columns if one.name in used or one.kind not in {CellKind.NAME, CellKind.DAY})


def cell_text(column: ReportColumn, line: ReportLine, names: Names, voice: Voice, zone: ZoneInfo) -> str:
    """Return what stands in one cell."""
    value, code = line.cells.get(column.name), line.currency_of(column.kind)
    match column.kind:
        case CellKind.MONEY | CellKind.BASE_MONEY if isinstance(value, int) and code is not None:
            return voice.money(Money(value, currency(code)))
        case CellKind.COUNT if isinstance(value, int):
            return voice.count(value)
        case CellKind.RATE:
            return wording.rate_text(value if isinstance(value, int) else None, voice)
        case CellKind.NAME:
            return name_of(column.name, value, names, voice)
        case CellKind.WORD:
            text = None if value is None else str(value)
            known = column.name in {"actor", "device_id"}
            return _acting(text, names, voice) if known else wording.word(column.name, text, voice)
        case CellKind.MONTH if isinstance(value, date):
            return voice.month(value)
        case CellKind.MOMENT if isinstance(value, datetime):
            return voice.moment(value, zone=zone)
        case _:
            return voice.short_day(value) if isinstance(value, date) else "" if value is None else str(value)


def _acting(value: str | None, names: Names, voice: Voice) -> str:
    """Return who or what acted, as it is called; people's names are not kept in reports, nor those of the operator."""
    if value == "average":
        return voice.t("Average")
    kind, _, rest = (value or "").rpartition(":")
    try:
        known = names.get("person_id" if kind else "device_id", {}).get(UUID(rest))
    except ValueError:
        known = None
    return known or value or voice.t("not told")


def name_of(column: str, value: object, names: Names, voice: Voice) -> str:
    """Return what something is called, its id where that is not known."""
    if not isinstance(value, UUID):
        return "" if value is None and column == "location_id" else voice.t("not told")
    return names.get(column, {}).get(value) or str(value)


def sentence_of(question: ReportQuestion, names: Names, voice: Voice, zone: ZoneInfo) -> list[str]:
    """Return what a question is about, in short pieces that follow on its title."""
    pieces = [_days(question, voice)]
    if question.currency is not None:
        pieces.append(voice.t("in {currency}", currency=question.currency))
    if question.class_of_value is not None:
        pieces.append(wording.class_name(question.class_of_value.value, voice))
    if question.report is ReportName.STATEMENT:
        account = question.account or Account.CERTIFICATES_OUTSTANDING
        pieces.append(str(question.subject_id) if question.subject_id else wording.account_name(account.value, voice))
    for column, value in (
        ("location_id", question.location_id),
        ("offering_id", question.offering_id),
        ("party_id", question.partner_id),
    ):
        if value is not None:
            pieces.append(name_of(column, value, names, voice))
    if question.refcode is not None:
        pieces.append(voice.t("refcode {refcode}", refcode=question.refcode))
    if question.as_of is not None:
        pieces.append(voice.t("as of {moment}", moment=voice.moment(question.as_of, zone=zone)))
    if question.known_at is not None:
        pieces.append(voice.t("as known on {moment}", moment=voice.moment(question.known_at, zone=zone)))
    if question.each is not None:
        pieces.append(voice.t("by month") if question.each is Each.MONTH else voice.t("by day"))
    return pieces


def _days(question: ReportQuestion, voice: Voice) -> str:
    since, until = question.since, question.until
    if question.month is not None:
        return voice.month(question.month)
    last = None if until is None else date.fromordinal(until.toordinal() - 1)
    if since is not None and last is not None:
        return (
            voice.day(since)
            if since == last
            else voice.t("{first} to {last}", first=voice.day(since), last=voice.day(last))
        )
    if since is not None:
        return voice.t("since {day}", day=voice.day(since))
    return voice.t("from the beginning") if last is None else voice.t("until {day}", day=voice.day(last))
