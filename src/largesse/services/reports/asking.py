"""What a report can be asked for, as it stands in an address or is typed: read, checked, and written again."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

import msgspec

from largesse.kernel.clock import aware
from largesse.kernel.currency import is_currency
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.ledger import Account, ClassOfValue, FigureFilter
from largesse.services.reports.books import ReportPeriod

Read = TypeVar("Read")

TYPED_MAX = 80
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_DAY = timedelta(days=1)


class ReportName(StrEnum):
    """A report."""

    LIABILITY = "liability"
    BALANCES = "balances"
    TAXES = "taxes"
    SALES = "sales"
    TENDERS = "tenders"
    REDEMPTIONS = "redemptions"
    GRATUITIES = "gratuities"
    PROMOTIONS = "promotions"
    CODES = "codes"
    BETWEEN = "between"
    PARTNERS = "partners"
    BY_ISSUE = "by_issue"
    BY_ACTIVITY = "by_activity"
    BY_LAST_DAY = "by_last_day"
    BY_LEGAL_CLOCK = "by_legal_clock"
    OPEN_ITEMS = "open_items"
    JOURNAL = "journal"
    STATEMENT = "statement"
    PEOPLE = "people"
    DEVICES = "devices"
    HOURS = "hours"
    FAILED = "failed"
    BREAKAGE = "breakage"
    SHOP_DAYS = "shop_days"
    SHOP_OFFERINGS = "shop_offerings"
    SHOP_LANGUAGES = "shop_languages"
    SHOP_CAMPAIGNS = "shop_campaigns"


class Each(StrEnum):
    """What a report tells apart beside what it tells apart anyway."""

    DAY = "day"
    MONTH = "month"


BY_MONTH = frozenset(
    {
        ReportName.LIABILITY,
        ReportName.BALANCES,
        ReportName.TAXES,
        ReportName.SALES,
        ReportName.TENDERS,
        ReportName.REDEMPTIONS,
        ReportName.GRATUITIES,
        ReportName.PROMOTIONS,
        ReportName.CODES,
        ReportName.BETWEEN,
        ReportName.PARTNERS,
        ReportName.JOURNAL,
        ReportName.FAILED,
        ReportName.SHOP_OFFERINGS,
        ReportName.SHOP_LANGUAGES,
        ReportName.SHOP_CAMPAIGNS,
    }
)
"""The reports that can tell months apart."""

BY_DAY = frozenset({ReportName.SALES, ReportName.TENDERS, ReportName.BETWEEN})
"""The reports that can tell business days apart; redemptions, the journal and the shop's days do so anyway."""

OF_PARTNERS = frozenset(
    {
        ReportName.LIABILITY,
        ReportName.BALANCES,
        ReportName.SALES,
        ReportName.TENDERS,
        ReportName.REDEMPTIONS,
        ReportName.GRATUITIES,
        ReportName.PROMOTIONS,
        ReportName.BETWEEN,
        ReportName.PARTNERS,
        ReportName.JOURNAL,
        ReportName.STATEMENT,
        ReportName.BY_ISSUE,
        ReportName.BY_ACTIVITY,
        ReportName.BY_LAST_DAY,
        ReportName.BY_LEGAL_CLOCK,
    }
)
"""The reports that can be narrowed to a partner: what its account says, and what became of what it ordered."""


class QuestionInvalid(InvalidInput):
    """A report was asked for in words that it does not know."""

    code = "report.question"
    message = "The report cannot be made as asked. Correct what is listed."


class ReportQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A report, of the business days from `since` and before `until`, and of what it is narrowed to.

    `known_at` leaves out what was recorded later, `as_of` what happened later within a day. `by_location` tells
    locations apart where that is a choice, `each` days or months. Of a partner it is what names it, and what became of
    the certificates that it ordered.
    """

    report: ReportName
    since: date | None = None
    until: date | None = None
    known_at: datetime | None = None
    as_of: datetime | None = None
    currency: str | None = None
    class_of_value: ClassOfValue | None = None
    location_id: UUID | None = None
    offering_id: UUID | None = None
    refcode: str | None = None
    partner_id: UUID | None = None
    by_location: bool = False
    each: Each | None = None
    account: Account | None = None
    """The account of a statement."""
    subject_id: UUID | None = None
    """The subject of a statement, instead of an account."""

    @property
    def period(self) -> ReportPeriod:
        """Its business days, and known by when."""
        return ReportPeriod(since=self.since, until=self.until, known_at=self.known_at)

    @property
    def filter(self) -> FigureFilter:
        """What of the journal it is about; which certificates a partner ordered is not in it."""
        names = set(FigureFilter.__struct_fields__) - {"subjects"}
        return FigureFilter(**{name: getattr(self, name) for name in names})

    @property
    def month(self) -> date | None:
        """The first day of the month that it is about, where it is about one."""
        first = self.since
        return first if first is not None and first.day == 1 and self.until == month_after(first) else None


def month_after(first: date) -> date:
    """Return the first day of the month after the one that begins on `first`."""
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def read_month(text: str) -> date:
    """Return the first day of a month such as 2026-11.

    Raises:
        ValueError: it is none, or there is none after it.
    """
    found = _MONTH.fullmatch(text)
    if found is None:
        problem = "no month"
        raise ValueError(problem)
    first = date(int(found[1]), int(found[2]), 1)
    month_after(first)
    return first


def read_question(report: ReportName, typed: Mapping[str, str]) -> ReportQuestion:
    """Return what is asked for, from the fields of a form or an address; `through` is the last day, included.

    Raises:
        QuestionInvalid: a field cannot be read, or the period ends before it begins.
    """
    faults: list[FieldError] = []

    def read(name: str, reader: Callable[[str], Read], told: str) -> Read | None:
        text = typed.get(name, "").strip()[:TYPED_MAX]
        try:
            return reader(text) if text else None
        except (ValueError, OverflowError):
            faults.append(FieldError(name, QuestionInvalid.code, told))
            return None

    day = "Write a day as year, month and day, such as 2026-11-01."
    moment = "Write a moment with its zone, such as 2026-11-30T23:59:59+01:00."
    month = read("month", read_month, "Write a month as year and month, such as 2026-11.")
    since, after = read("since", date.fromisoformat, day), read("through", _day_after, day)
    until = month_after(month) if month else after
    since = month or since
    question = ReportQuestion(
        report=report,
        since=since,
        until=until,
        known_at=read("known_at", _moment, moment),
        as_of=read("as_of", _moment, moment),
        currency=read("currency", _currency, "Choose a currency by its code, such as EUR."),
        class_of_value=read("class_of_value", ClassOfValue, "Choose paid, promotional or credit."),
        location_id=read("location_id", UUID, "Choose one of your locations."),
        offering_id=read("offering_id", UUID, "Choose one of your offerings."),
        refcode=typed.get("refcode", "").strip()[:TYPED_MAX] or None,
        partner_id=read("partner_id", UUID, "Choose one of your partners."),
        by_location=typed.get("by_location", "") == "yes",
        each=read("each", Each, "Choose day or month."),
        account=read("account", Account, "Choose one of the accounts."),
        subject_id=read("subject_id", UUID, "Name a certificate or another subject by its id."),
    )
    if since is not None and until is not None and until <= since:
        faults.append(
            FieldError("through", "question.period", "The last day comes before the first. Choose a later one.")
        )
    if question.partner_id is not None and report not in OF_PARTNERS:
        faults.append(FieldError("partner_id", "question.partner", "This report cannot be narrowed to a partner."))
    if question.each is not None and report not in {Each.DAY: BY_DAY, Each.MONTH: BY_MONTH}[question.each]:
        text = f"This report does not tell {question.each.value}s apart."
        faults.append(FieldError("each", f"question.{question.each.value}", text))
    if faults:
        raise QuestionInvalid(fields=faults)
    return question


def written(question: ReportQuestion) -> dict[str, str]:
    """Return a question as the fields that `read_question` reads."""
    month = question.month
    through = None if question.until is None or month else question.until - _DAY
    told: dict[str, object] = {
        "report": question.report.value,
        "month": None if month is None else month.strftime("%Y-%m"),
        "since": None if month else question.since,
        "through": through,
        "known_at": question.known_at,
        "as_of": question.as_of,
        "currency": question.currency,
        "class_of_value": question.class_of_value,
        "location_id": question.location_id,
        "offering_id": question.offering_id,
        "refcode": question.refcode,
        "partner_id": question.partner_id,
        "by_location": "yes" if question.by_location else None,
        "each": question.each,
        "account": question.account,
        "subject_id": question.subject_id,
    }
    return {
        name: value.isoformat() if isinstance(value, date) else str(value)
        for name, value in told.items()
        if value is not None
    }


def _day_after(text: str) -> date:
    return date.fromisoformat(text) + _DAY


def _moment(text: str) -> datetime:
    return aware(datetime.fromisoformat(text))


def _currency(text: str) -> str:
    if not is_currency(text):
        raise ValueError(text)
    return text
