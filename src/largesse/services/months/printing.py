"""The reports of a month that is closed, as they are printed once and kept."""

from datetime import date
from typing import Final

import msgspec

from largesse.domain.merchants import Merchant
from largesse.domain.months import MonthClose
from largesse.ledger import Seal
from largesse.services import reports
from largesse.services.months.dependencies import MonthDependencies
from largesse.services.reports import ReportFormat, ReportName, ReportQuestion, month_after
from largesse.ui import Voice

PRINTED: Final = (
    ReportName.LIABILITY,
    ReportName.BALANCES,
    ReportName.TAXES,
    ReportName.SALES,
    ReportName.BREAKAGE,
)
"""The reports that are kept of a close as they were printed."""


def month_question(month: date) -> ReportQuestion:
    """Return the question that a close answers first: what is outstanding, by location."""
    return ReportQuestion(report=ReportName.LIABILITY, since=month, until=month_after(month), by_location=True)


async def print_month(
    deps: MonthDependencies, merchant: Merchant, closed: MonthClose, made: Seal | None, *, voice: Voice
) -> dict[ReportName, bytes]:
    """Return the reports of a version as PDF, each with who closed it under which seal."""
    assert closed.closed_at is not None
    notes = _notes(merchant, closed, made, voice)
    names = await reports.names_of(deps, merchant)
    found = dict[ReportName, bytes]()
    for report in PRINTED:
        question = msgspec.structs.replace(month_question(closed.month), report=report, known_at=closed.known_at)
        table = await reports.answer(deps, merchant, question, now=closed.closed_at)
        file = await reports.as_file(
            deps, merchant, question, msgspec.structs.replace(table, provisional=False), names=names,
            wanted=ReportFormat.PDF, voice=voice, now=closed.closed_at, notes=notes,
        )  # fmt: skip
        found[report] = file.body
    return found


def _notes(merchant: Merchant, closed: MonthClose, made: Seal | None, voice: Voice) -> tuple[str, ...]:
    assert closed.closed_at is not None
    day = voice.day(closed.closed_at.astimezone(merchant.zone).date())
    names = {"name": closed.requested_by, "other": closed.closed_by}
    found = [
        voice.t("Month close, version {version}, {day}.", version=closed.version, day=day),
        voice.t("Closed by one person, {name}.", **names)
        if closed.alone
        else voice.t("Asked for by {name}, agreed to by {other}.", **names),
    ]
    if closed.waived:
        found.append(voice.t("Not waited for devices: {reason}", reason=closed.waived))
    if made is not None:
        found.append(voice.t("Seal {number}: {hash}", number=made.number, hash=made.hash.hex()))
    return tuple(found)
