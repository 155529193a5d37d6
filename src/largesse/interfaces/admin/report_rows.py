"""The rows of the journal that a figure is made of, as their page shows them. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from markupsafe import Markup, escape

from largesse.domain.merchants import Merchant
from largesse.interfaces.admin.report_views import trail_of
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.services import reports
from largesse.services.reports import FigureAsked, FigureRows, Names
from largesse.ui import Voice

_TOLD_OF_ROWS: Final = frozenset(
    {
        "currency",
        "class_of_value",
        "account",
        "location_id",
        "offering_id",
        "booked_on",
        "kind",
        "debit",
        "credit",
        "party_id",
    }
)
_ROW_COLUMNS: Final = ("kind", "booked_on", "debit", "credit", "amount", "signed", "location_id", "subject_id", "seq")


class RowsView(msgspec.Struct, frozen=True, kw_only=True):
    """What the page of the rows behind a figure shows."""

    title: str
    sentence: str
    trail: list[tuple[str, str]]
    columns: list[dict[str, str]]
    rows: list[dict[str, str]]
    said: str
    previous: str | None
    next: str | None


def rows_view(
    asked: FigureAsked,
    found: FigureRows,
    *,
    skipped: int,
    names: Names,
    merchant: Merchant,
    voice: Voice,
    typed: Mapping[str, str],
) -> RowsView:
    """Return what the page of the rows behind a figure shows."""
    question = reports.of_days(asked.question, dict(asked.where))
    here = f"/admin/{merchant.slug}/reports"
    pieces = reports.sentence_of(question, names, voice, merchant.zone)
    for name, text in asked.where.items():
        if name in _TOLD_OF_ROWS:
            pieces.append(_told_where(name, text, names, voice))
    last = skipped + len(found.rows)

    def turned(to: int) -> str:
        return f"{here}/rows?{urlencode({**typed, 'skipped': str(max(to, 0))})}"

    return RowsView(
        title=reports.column_title(asked.column, voice),
        sentence=", ".join(pieces),
        trail=[*trail_of(merchant, question.report, voice, question), (voice.t("Rows"), "")],
        columns=[
            {
                "key": name,
                "title": reports.column_title(name, voice),
                "kind": {"amount": "money", "signed": "money", "seq": "count", "kind": "lead"}.get(name, ""),
            }
            for name in _ROW_COLUMNS
        ],
        rows=[_row(row, names, voice, here) for row in found.rows],
        said=voice.t("Rows {first} to {last}", first=voice.count(min(skipped + 1, last)), last=voice.count(last)),
        previous=turned(skipped - len(found.rows)) if skipped else None,
        next=turned(last) if found.more else None,
    )


def _row(row: Mapping[str, Any], names: Names, voice: Voice, here: str) -> dict[str, str]:
    money = currency(row["currency"])
    subject: UUID = row["subject_id"]
    return {
        "booked_on": voice.short_day(row["booked_on"]),
        "kind": reports.kind_name(row["kind"], voice),
        "debit": reports.account_name(row["debit"], voice),
        "credit": reports.account_name(row["credit"], voice),
        "amount": voice.money(Money(row["amount"], money)),
        "signed": voice.money(Money(row["signed"], money)),
        "location_id": reports.name_of("location_id", row["location_id"], names, voice),
        "subject_id": Markup('<a class="number" href="{}/view?report=statement&amp;subject_id={}">{}</a>').format(
            here, subject, str(subject)[-12:]
        ),
        "seq": escape(voice.count(row["seq"])),
    }


def _told_where(name: str, text: str | None, names: Names, voice: Voice) -> str:
    match name:
        case "class_of_value":
            return reports.class_name(text, voice)
        case "kind":
            return reports.kind_name(text, voice)
        case "account" | "debit" | "credit":
            return reports.account_name(text, voice)
        case "booked_on" if text:
            return voice.short_day(date.fromisoformat(text))
        case "location_id" | "offering_id" | "party_id":
            return reports.name_of(name, _uuid(text), names, voice)
        case _:
            return text or ""


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
