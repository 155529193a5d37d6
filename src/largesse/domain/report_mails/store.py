"""The table of mails of reports."""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.report_mails.errors import ReportMailUnknown
from largesse.domain.report_mails.model import MailEvery, ReportMail

_queries = load(__package__)
_GONE = "DELETE 0"


async def insert_mail(connection: Connection, one: ReportMail) -> None:
    """Write that somebody is mailed a report; nothing where they are already, as often."""
    await connection.execute(
        _queries.insert_mail,
        one.merchant_id,
        one.mail_id,
        one.person_id,
        one.report,
        one.every,
        one.made_at,
        one.next_at,
    )


async def delete_mail(connection: Connection, merchant_id: UUID, person_id: UUID, mail_id: UUID) -> None:
    """Mail it no more.

    Raises:
        ReportMailUnknown: that person is mailed nothing of that id.
    """
    if await connection.execute(_queries.delete_mail, merchant_id, person_id, mail_id) == _GONE:
        raise ReportMailUnknown


async def stop_mails_of(connection: Connection, merchant_id: UUID, person_id: UUID) -> None:
    """Mail somebody nothing of a merchant any more."""
    await connection.execute(_queries.stop_mails_of, merchant_id, person_id)


async def list_mails(connection: Connection, merchant_id: UUID, person_id: UUID | None = None) -> list[ReportMail]:
    """Return what is mailed to people of a merchant, or to one of them."""
    return [_mail(row) for row in await connection.fetch(_queries.list_mails, merchant_id, person_id)]


async def lock_due_mail(connection: Connection, merchant_id: UUID, *, now: datetime) -> ReportMail | None:
    """Return a mail of a merchant that is due, locked; None where none is, or others send them."""
    row = await connection.fetchrow(_queries.lock_due_mail, merchant_id, now)
    return None if row is None else _mail(row)


async def put_off(connection: Connection, one: ReportMail, next_at: datetime) -> None:
    """Write when a mail goes out next."""
    await connection.execute(_queries.put_off, one.merchant_id, one.mail_id, next_at)


async def merchants_with_due_mails(connection: Connection, *, now: datetime) -> list[UUID]:
    """Return the merchants of whose people somebody is to be mailed."""
    return [row["merchant_id"] for row in await connection.fetch(_queries.merchants_with_due_mails, now)]


def _mail(row: Row) -> ReportMail:
    return ReportMail(**{**dict(row), "every": MailEvery(row["every"])})
