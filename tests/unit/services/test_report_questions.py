"""Questions for reports, as they are typed and stand in addresses."""

from datetime import UTC, date, datetime
from gettext import NullTranslations
from uuid import UUID

import pytest

from largesse.kernel.errors import FieldError
from largesse.ledger import Account, ClassOfValue, Kind
from largesse.services.reports import (
    FOLDER,
    Each,
    QuestionInvalid,
    ReportName,
    ReportQuestion,
    fault_words,
    nothing_of,
    read_question,
    written,
)
from largesse.services.reports.book_words import account_name, kind_name
from largesse.ui import Voice, speak

PLACE = UUID(int=7)
NOT_BOOKED = {
    ReportName.SHOP_DAYS,
    ReportName.SHOP_OFFERINGS,
    ReportName.SHOP_LANGUAGES,
    ReportName.SHOP_CAMPAIGNS,
    ReportName.PEOPLE,
    ReportName.DEVICES,
    ReportName.HOURS,
    ReportName.FAILED,
    ReportName.CODES,
    ReportName.OPEN_ITEMS,
    ReportName.BREAKAGE,
    ReportName.BY_ISSUE,
    ReportName.BY_ACTIVITY,
    ReportName.BY_LAST_DAY,
    ReportName.BY_LEGAL_CLOCK,
}
WHOLE = ReportQuestion(
    report=ReportName.SALES,
    since=date(2026, 11, 3),
    until=date(2026, 11, 10),
    known_at=datetime(2026, 11, 12, 3, tzinfo=UTC),
    as_of=datetime(2026, 11, 9, 23, tzinfo=UTC),
    currency="EUR",
    class_of_value=ClassOfValue.CREDIT,
    location_id=PLACE,
    offering_id=PLACE,
    partner_id=PLACE,
    each=Each.DAY,
    account=Account.CASH,
    subject_id=PLACE,
)


@pytest.mark.parametrize(
    "question",
    [
        ReportQuestion(report=ReportName.SALES),
        ReportQuestion(report=ReportName.LIABILITY, since=date(2026, 12, 1), until=date(2027, 1, 1), by_location=True),
        ReportQuestion(report=ReportName.TAXES, since=date(2026, 11, 3), until=date(2026, 11, 10)),
        ReportQuestion(
            report=ReportName.BALANCES,
            until=date(2026, 11, 10),
            known_at=datetime(2026, 11, 12, 3, 4, 5, 6, UTC),
            as_of=datetime(2026, 11, 9, 23, tzinfo=UTC),
            currency="EUR",
            class_of_value=ClassOfValue.CREDIT,
            location_id=PLACE,
            offering_id=PLACE,
            refcode="SPRING & MORE",
            partner_id=PLACE,
        ),
        ReportQuestion(report=ReportName.TAXES, each=Each.MONTH),
        ReportQuestion(report=ReportName.SALES, each=Each.DAY),
    ],
)
def test_a_question_that_is_written_is_read_again(question: ReportQuestion) -> None:
    assert read_question(question.report, written(question)) == question


def test_a_month_is_its_days_and_its_last_day_is_included() -> None:
    month = read_question(ReportName.SALES, {"month": "2026-12", "since": "2020-01-01"})
    assert (month.since, month.until) == (date(2026, 12, 1), date(2027, 1, 1))
    days = read_question(ReportName.SALES, {"since": "2026-12-01", "through": "2026-12-31"})
    assert days == month


@pytest.mark.parametrize(
    "name, text",
    [
        ("month", "2026-13"),
        ("month", "9999-12"),
        ("since", "1.11.2026"),
        ("through", "tomorrow"),
        ("through", "9999-12-31"),
        ("known_at", "2026-11-01T10:00:00"),
        ("as_of", "0001-01-01T00:00:00+14:00"),
        ("currency", "GOLD"),
        ("class_of_value", "cheap"),
        ("location_id", "BAR"),
        ("offering_id", "7"),
        ("partner_id", "ACME"),
        ("each", "week"),
    ],
)
def test_what_cannot_be_read_is_said_of_its_field(name: str, text: str) -> None:
    with pytest.raises(QuestionInvalid) as refused:
        read_question(ReportName.LIABILITY, {name: text})
    assert [(fault.field, fault.code) for fault in refused.value.fields] == [(name, "report.question")]


def test_a_period_does_not_end_before_it_begins() -> None:
    with pytest.raises(QuestionInvalid) as refused:
        read_question(ReportName.SALES, {"since": "2026-12-02", "through": "2026-12-01"})
    assert [fault.field for fault in refused.value.fields] == ["through"]


@pytest.mark.parametrize(
    "report, typed, field, code",
    [
        (ReportName.TAXES, {"partner_id": str(PLACE)}, "partner_id", "question.partner"),
        (ReportName.OPEN_ITEMS, {"each": "month"}, "each", "question.month"),
        (ReportName.LIABILITY, {"each": "day"}, "each", "question.day"),
    ],
)
def test_a_report_is_not_asked_for_what_it_cannot_tell(
    report: ReportName, typed: dict[str, str], field: str, code: str
) -> None:
    with pytest.raises(QuestionInvalid) as refused:
        read_question(report, typed)
    assert [(fault.field, fault.code) for fault in refused.value.fields] == [(field, code)]


def test_whatever_is_wrong_with_a_question_is_said_in_the_readers_language() -> None:
    german = speak("de", folders=(FOLDER / "locale",))
    codes = ("period", "partner", "day", "month", "months", "rows", "pages")
    faults = [FieldError(code, f"question.{code}", "English") for code in codes]
    faults += [FieldError(name, QuestionInvalid.code, "English") for name in written(WHOLE) if name != "report"]
    said = fault_words(faults, german)
    assert "English" not in said.values()
    assert len(said) == len(faults)


@pytest.mark.parametrize("report", list(ReportName))
def test_every_report_says_that_it_is_empty_in_words_of_its_own_kind(report: ReportName) -> None:
    said, hint = nothing_of(report, Voice("en", NullTranslations()))
    assert said
    assert hint
    assert ("booked" in said) is (report not in NOT_BOOKED)


def test_every_account_and_every_kind_of_row_has_a_name() -> None:
    voice = Voice("en", NullTranslations())
    for one in Account:
        assert account_name(one.value, voice) != one.value
    for kind in Kind:
        assert kind_name(kind.value, voice) != kind.value.replace("_", " ")
