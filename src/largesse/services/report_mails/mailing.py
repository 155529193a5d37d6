"""Mail people links to reports. What is sent and when the next one goes out is written in one transaction: once."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol
from urllib.parse import urlencode
from uuid import UUID

from largesse.db.turns import Turn, in_turns
from largesse.domain import merchants, report_mails, staff
from largesse.domain.merchants import Merchant
from largesse.domain.report_mails import MAILS_MAX, ReportMail, ReportMailInvalid, next_after, period_of
from largesse.domain.staff import Act, ActRefused, MembershipState, may
from largesse.kernel.conventions import written_in
from largesse.kernel.errors import FieldError
from largesse.services import reports
from largesse.services.capabilities import Publishes
from largesse.services.reports import ReportName, ReportQuestion
from largesse.services.staff import Manager, StaffMailPurpose, mail_person
from largesse.ui import speak

MAILED: Final = tuple(one for one in ReportName if one is not ReportName.STATEMENT)
"""The reports that may be mailed: a statement needs an account."""
_LOCALES: Final = (reports.FOLDER / "locale",)
_LATE: Final = timedelta(days=3)
"""What could not be sent for longer than this is left to the next one."""


class ReportMailDependencies(Publishes, Protocol):
    """Transactions that may send mails."""


async def mail_report(deps: ReportMailDependencies, merchant: Merchant, one: ReportMail, *, by: Manager) -> ReportMail:
    """Mail somebody a link to a report from now on; asked for twice, they get one.

    Raises:
        ActRefused: it is for somebody else, or their role reads no reports.
        ReportMailInvalid: there is no such report to be mailed, or there are too many.
    """
    if by.person_id != one.person_id or by.role is None or not may(by.role, Act.REPORTS_READ):
        raise ActRefused(Act.REPORTS_READ.value)
    if one.report not in {each.value for each in MAILED}:
        raise ReportMailInvalid(fields=[FieldError("report", ReportMailInvalid.code, "Choose one of the reports.")])
    async with deps.transaction() as connection:
        known = await report_mails.list_mails(connection, merchant.merchant_id, one.person_id)
        if len(known) >= MAILS_MAX:
            told = f"You have {MAILS_MAX} already. Take one away first."
            raise ReportMailInvalid(fields=[FieldError("report", ReportMailInvalid.code, told)])
        await report_mails.insert_mail(connection, one)
    return one


async def stop_report(deps: ReportMailDependencies, merchant: Merchant, mail_id: UUID, *, by: Manager) -> None:
    """Mail it no more.

    Raises:
        ActRefused: nobody is named.
        ReportMailUnknown: they are mailed nothing of that id.
    """
    if by.person_id is None:
        raise ActRefused(Act.REPORTS_READ.value)
    async with deps.transaction() as connection:
        await report_mails.delete_mail(connection, merchant.merchant_id, by.person_id, mail_id)


async def send_due(deps: ReportMailDependencies, *, now: datetime) -> int:
    """Send what is due of all merchants, and return how many mails were queued."""
    async with deps.database.connection() as connection:
        found = await report_mails.merchants_with_due_mails(connection, now=now)
    return await in_turns(found, partial(_send_one, deps, now=now), now=now)


async def _send_one(deps: ReportMailDependencies, merchant_id: UUID, *, now: datetime) -> Turn:
    """Send one mail of a merchant. Whoever may not read reports any more is mailed nothing, until they may again."""
    async with deps.transaction() as connection:
        one = await report_mails.lock_due_mail(connection, merchant_id, now=now)
        if one is None:
            return Turn(0, more=False)
        merchant = await merchants.merchant_of_id(connection, merchant_id)
        await report_mails.put_off(connection, one, next_after(one.every, now, merchant.zone))
        people = {
            membership.person_id: person
            for membership, person in await staff.members(connection, merchant_id)
            if membership.state is MembershipState.LIVE and may(membership.role, Act.REPORTS_READ)
        }
        person = people.get(one.person_id)
        if person is None or now - one.next_at > _LATE:
            return Turn(0, more=True)
        voice = speak(written_in(person.language, merchant.english), folders=_LOCALES)
        since, until = period_of(one.every, one.next_at, merchant.zone)
        question = ReportQuestion(report=ReportName(one.report), since=since, until=until)
        title = reports.title_of(question.report, voice)
        about = ", ".join([title, *reports.sentence_of(question, {}, voice, merchant.zone)])
        await mail_person(
            connection, person, StaffMailPurpose.REPORT, about=about, place=urlencode(reports.written(question)),
            merchant_id=merchant_id, now=now,
        )  # fmt: skip
    return Turn(1, more=True)
