"""What the pages of imports show."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from largesse.domain import imports
from largesse.domain.imports import Ask, Import, ImportState
from largesse.domain.merchants import Merchant
from largesse.interfaces.admin.imports.answers import COLUMN
from largesse.interfaces.admin.imports.words import (
    answer_label,
    class_name,
    columns,
    fault_sentence,
    left_words,
    questions,
    states,
)
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.kernel.tax import TaxKind
from largesse.ui import Voice
from largesse.wire.loose_tables import ENCODINGS

_FAULTS_SHOWN = 200
_CELL = 24
_COLUMNS_SHOWN = 8


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to choose."""

    value: str
    title: str
    note: str = ""


class AskedView(msgspec.Struct, frozen=True, kw_only=True):
    """A question with its answers."""

    name: str
    legend: str
    hint: str
    options: tuple[Option, ...]
    is_columns: bool = False


class ColumnView(msgspec.Struct, frozen=True, kw_only=True):
    """A column of the file: its name, first cells, and what it is taken for."""

    name: str
    field: str
    cells: tuple[str, ...]
    means: str


class LiabilityView(msgspec.Struct, frozen=True, kw_only=True):
    """A line of what is outstanding, as people read it."""

    name: str
    before: str
    imported: str
    after: str


class ImportView(msgspec.Struct, frozen=True, kw_only=True):
    """An import as its page shows it."""

    file: str
    state: ImportState
    badge: str
    badge_kind: str
    facts: tuple[tuple[str, str], ...]
    asked: tuple[AskedView, ...]
    first_lines: tuple[tuple[str, ...], ...]
    columns: tuple[ColumnView, ...]
    meanings: tuple[tuple[str, str], ...]
    lines: tuple[LiabilityView, ...]
    left_out: tuple[str, ...]
    faults: tuple[tuple[str, str], ...]
    fault_count: int
    faults_hidden: int
    weak: int
    rows: int
    progress: int
    is_ready: bool
    presets: tuple[tuple[str, str], ...]
    preset: str
    preset_note: str
    decimal: str
    day_order: str
    last_day: str
    lengths_differ: bool
    currency: str
    cut_over: str
    given_away: bool
    tax_kind: str
    tax_kinds: tuple[tuple[str, str], ...]
    tax: str
    tax_country: str
    tells: bool
    addressed: int
    trouble: str
    kept: int


def row_view(one: Import, here: str, voice: Voice, *, zone: ZoneInfo, now: datetime) -> Mapping[str, object]:
    """Return an import as a row of the list."""
    name, kind = states(voice)[one.state]
    preset = imports.presets().get(one.summary.preset)
    return {
        "file": {"text": one.file_name, "href": f"{here}/{one.import_id}"},
        "state": {"badge": name, "kind": kind},
        "system": preset.name if preset else "",
        "rows": voice.count(one.rows or one.summary.rows),
        "value": _sums(one, voice),
        "when": voice.moment(one.confirmed_at or one.created_at, zone=zone, now=now),
    }


def _sums(one: Import, voice: Voice) -> str:
    return voice.listing([_money(line.imported, line.currency, voice) for line in one.summary.lines if line.imported])


def encodings(readings: Mapping[str, str]) -> list[Option]:
    """Return the encodings that a file may be in, each with how one of its lines looks."""
    return [Option(value=name, title=name, note=readings[name][:80]) for name in ENCODINGS if name in readings]


def import_view(
    one: Import, merchant: Merchant, voice: Voice, names: Mapping[str, str], *, now: datetime
) -> ImportView:
    """Return an import as its page shows it; `names` are those of people by how the books call them."""
    summary, choices, terms = one.summary, one.choices, one.terms
    badge, badge_kind = states(voice)[one.state]
    preset = imports.presets().get(summary.preset or choices.preset)
    rate = terms.treatment.rate * 100
    return ImportView(
        file=one.file_name,
        state=one.state,
        badge=badge,
        badge_kind=badge_kind,
        facts=tuple(_facts(one, merchant, voice, names, now=now)),
        asked=tuple(_asked(one, voice)),
        first_lines=tuple(row[:_COLUMNS_SHOWN] for row in summary.samples),
        columns=tuple(_columns(one)),
        meanings=(("", voice.t("is not needed")), *((k.value, name) for k, name in columns(voice).items())),
        lines=tuple(
            LiabilityView(
                name=f"{line.currency}, {class_name(line.class_of_value, voice)}",
                before=_money(line.before, line.currency, voice),
                imported=_money(line.imported, line.currency, voice),
                after=_money(line.after, line.currency, voice),
            )
            for line in summary.lines
        ),
        left_out=tuple(_left_out(one, voice)),
        faults=tuple((fault.field, fault_sentence(fault, voice)) for fault in summary.faults[:_FAULTS_SHOWN]),
        fault_count=summary.fault_count,
        faults_hidden=max(summary.fault_count - _FAULTS_SHOWN, 0),
        weak=summary.weak,
        rows=one.rows or summary.rows,
        progress=one.progress,
        is_ready=summary.is_ready,
        presets=tuple((name, known.name) for name, known in imports.presets().items() if not known.refuse),
        preset=summary.preset or choices.preset,
        preset_note=preset.note if preset else "",
        decimal=choices.decimal,
        day_order=choices.day_order or "",
        last_day=choices.last_day or "",
        lengths_differ=choices.lengths_differ,
        currency=choices.currency or merchant.currency,
        cut_over=terms.cut_over.astimezone(merchant.zone).strftime("%Y-%m-%dT%H:%M") if terms.cut_over else "",
        given_away=terms.class_of_value.value == "promotional",
        tax_kind=terms.treatment.kind.value,
        tax_kinds=(
            (TaxKind.NONE.value, voice.t("none is known of")),
            (TaxKind.SINGLE_PURPOSE.value, voice.t("inside of the price, due at sale (single-purpose)")),
            (TaxKind.MULTI_PURPOSE.value, voice.t("due when it is redeemed (multi-purpose)")),
            (TaxKind.SALES_TAX.value, voice.t("was added at sale")),
        ),
        tax=f"{rate.normalize():f}" if rate else "",
        tax_country=terms.treatment.country or "",
        tells=terms.tells,
        addressed=summary.addressed,
        trouble=one.trouble,
        kept=one.kept,
    )


def _facts(
    one: Import, merchant: Merchant, voice: Voice, names: Mapping[str, str], *, now: datetime
) -> Sequence[tuple[str, str]]:
    summary = one.summary
    preset = imports.presets().get(summary.preset)
    found = [(voice.t("System"), preset.name)] if preset else []
    if summary.rows:
        found.append((voice.t("Certificates"), voice.count(summary.rows)))
    if summary.addressed:
        words = (
            voice.t("Mails to their holders")
            if one.terms.tells
            else voice.t("Holders known by address, not written to")
        )
        found.append((words, voice.count(summary.addressed)))
    if summary.unaddressed:
        found.append((voice.t("Addresses that nobody could write to, left out"), voice.count(summary.unaddressed)))
    if summary.inactive:
        found.append((voice.t("Of these not sold yet"), voice.count(summary.inactive)))
    for label, who, when in (
        (voice.t("Brought by"), one.created_by, one.created_at),
        (voice.t("Imported by"), one.confirmed_by, one.confirmed_at),
        (voice.t("Taken back by"), one.reversed_by, one.reversed_at),
    ):
        if who is not None and when is not None:
            found.append((label, f"{names.get(who, who)}, {voice.moment(when, zone=merchant.zone, now=now)}"))
    if one.terms.cut_over is not None:
        found.append((voice.t("Cut-over"), voice.moment(one.terms.cut_over, zone=merchant.zone, now=now)))
    return found


def _asked(one: Import, voice: Voice) -> Sequence[AskedView]:
    words = questions(voice)
    found = list[AskedView]()
    for question in one.summary.questions:
        legend, hint = words[question.ask]
        labels = [(value, *answer_label(question.ask, value, example, voice)) for value, example in question.answers]
        found.append(
            AskedView(
                name=question.ask.value,
                legend=legend,
                hint=hint,
                options=tuple(Option(value=value, title=title, note=note) for value, title, note in labels),
                is_columns=question.ask is Ask.COLUMNS,
            )
        )
    return found


def _columns(one: Import) -> Sequence[ColumnView]:
    summary = one.summary
    width = max(map(len, summary.samples), default=len(summary.header))
    means = {place: column.value for column, place in summary.columns.items()}
    return [
        ColumnView(
            name=summary.header[place] if place < len(summary.header) else "",
            field=f"{COLUMN}{place}",
            cells=tuple(row[place][:_CELL] for row in summary.samples[:3] if place < len(row)),
            means=means.get(place, ""),
        )
        for place in range(width)
    ]


def _left_out(one: Import, voice: Voice) -> Sequence[str]:
    words = left_words(voice)
    return [
        voice.n(
            "{count} card stays behind ({why}): {amount}",
            "{count} cards stay behind ({why}): {amount}",
            left.count,
            why=words[left.why],
            amount=_money(left.value, left.currency, voice),
        )
        for left in one.summary.left_out
    ]


def _money(minor: int, code: str, voice: Voice) -> str:
    return voice.money(Money(minor, currency(code)))
