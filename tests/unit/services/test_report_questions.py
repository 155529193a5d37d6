"""Questions for reports, as they are typed and stand in addresses."""

from datetime import UTC, date, datetime
from gettext import NullTranslations
from uuid import UUID

import pytest

from largesse.ledger import Account, ClassOfValue, Kind
from largesse.services.reports import QuestionInvalid, ReportName, ReportQuestion, read_question, written
from largesse.services.reports.book_words import account_name, kind_name
from largesse.ui import Voice

PLACE = UUID(int=7)


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
        ),
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


def test_every_account_and_every_kind_of_row_has_a_name() -> None:
    voice = Voice("en", NullTranslations())
    for one in Account:
        assert account_name(one.value, voice) != one.value
    for kind in Kind:
        assert kind_name(kind.value, voice) != kind.value.replace("_", " ")
