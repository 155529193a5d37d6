"""`largesse report`, continued: who is reminded of which report by mail."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import click

from largesse.domain.report_mails import MailEvery, ReportMail, list_mails, next_after
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.month import as_option
from largesse.interfaces.cli.report_tables import report
from largesse.interfaces.cli.runtime import listed, merchant_of, printed
from largesse.kernel.ids import derived_id
from largesse.services import report_mails, staff
from largesse.services.report_mails import MAILED
from largesse.services.staff import Manager

__all__ = ["report"]


class Stopped(NamedTuple):
    """A mail that goes out no more."""

    mail_id: UUID


def _line(one: ReportMail) -> str:
    return f"{one.mail_id}  {one.report}  every {one.every.value}, next {one.next_at:%Y-%m-%d %H:%M}  {one.person_id}"


def _facts(one: ReportMail) -> dict[str, object]:
    return {
        "mail_id": str(one.mail_id),
        "report": one.report,
        "every": one.every.value,
        "next_at": one.next_at,
        "person_id": str(one.person_id),
    }


def _all_facts(found: Sequence[ReportMail]) -> list[dict[str, object]]:
    return [_facts(one) for one in found]


def _stopped_line(stopped: Stopped) -> str:
    return f"{stopped.mail_id} goes out no more"


def _stopped_facts(stopped: Stopped) -> dict[str, str]:
    return {"mail_id": str(stopped.mail_id)}


@report.command("mail")
@merchant_argument
@click.argument("name", type=click.Choice([one.value for one in MAILED]), metavar="REPORT")
@click.option("--every", type=click.Choice([one.value for one in MailEvery]), required=True)
@as_option
@printed(_line, _facts)
async def mail(deps: CommandDependencies, /, merchant: str, name: str, *, every: str, acting_for: str) -> ReportMail:
    """Mail somebody a link to REPORT, of the day, week or month that has ended."""
    known = await merchant_of(deps, merchant)
    by = await _manager(deps, merchant, acting_for)
    often, now, person_id = MailEvery(every), deps.clock.now(), by.person_id or known.merchant_id
    one = ReportMail(
        merchant_id=known.merchant_id,
        mail_id=derived_id("report-mail", known.merchant_id, str(person_id), name, often.value),
        person_id=person_id,
        report=name,
        every=often,
        made_at=now,
        next_at=next_after(often, now, known.zone),
    )
    return await report_mails.mail_report(deps, known, one, by=by)


@report.command("unmail")
@merchant_argument
@click.argument("mail_id", type=click.UUID, metavar="MAIL")
@as_option
@printed(_stopped_line, _stopped_facts)
async def unmail(deps: CommandDependencies, /, merchant: str, mail_id: UUID, *, acting_for: str) -> Stopped:
    """Mail it no more."""
    known = await merchant_of(deps, merchant)
    by = await _manager(deps, merchant, acting_for)
    await report_mails.stop_report(deps, known, mail_id, by=by)
    return Stopped(mail_id)


@report.command("mails")
@merchant_argument
@printed(listed(_line, otherwise="No report is mailed."), _all_facts)
async def mails(deps: CommandDependencies, /, merchant: str) -> Sequence[ReportMail]:
    """Print what is mailed to people of MERCHANT, and when next."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await list_mails(connection, known.merchant_id)


async def _manager(deps: CommandDependencies, merchant: str, acting_for: str) -> Manager:
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await staff.as_member(connection, known, acting_for)
