"""Reports by mail: a link when its time has come, once, as long as somebody works here; never a figure."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.domain.report_mails import (
    MailEvery,
    ReportMail,
    ReportMailInvalid,
    ReportMailUnknown,
    list_mails,
    next_after,
)
from largesse.domain.staff import ActRefused, AuditReason, Role, find_member
from largesse.services import staff as services
from largesse.services.report_mails import mail_report, send_due, stop_report
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.gifts import a_relay
from tests.builders.staff import Worker, a_worker
from tests.fakes.senders import KeepingSender

DUE = datetime(2026, 12, 1, 12, tzinfo=UTC)
"""Seven in the morning in New York."""


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database) as opened:
        yield opened


@pytest.fixture
async def merchant(application: Application) -> Merchant:
    return await a_merchant(application.database)


@pytest.fixture
async def ida(application: Application, merchant: Merchant) -> Worker:
    await a_worker(application, merchant, name="Ada")
    return await a_worker(application, merchant, email="ida@bakery.example", name="Ida", role=Role.BOOKKEEPER)


def a_mail(merchant: Merchant, to: Worker, **given: Any) -> ReportMail:
    usual = ReportMail(
        merchant_id=merchant.merchant_id,
        mail_id=uuid4(),
        person_id=to.person.person_id,
        report="sales",
        every=MailEvery.MONTH,
        made_at=NOW,
        next_at=next_after(MailEvery.MONTH, NOW, merchant.zone),
    )
    return replace(usual, **given)


async def queued(database: Database) -> list[dict[str, Any]]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT payload FROM events WHERE kind = 'mail.due' ORDER BY occurred_at")
    mails = [msgspec.json.decode(row["payload"]) for row in rows]
    return [mail for mail in mails if mail.get("purpose") == "staff.report"]


async def test_a_link_is_mailed_when_the_month_has_ended_and_again_a_month_later(
    application: Application, merchant: Merchant, ida: Worker
) -> None:
    await mail_report(application, merchant, a_mail(merchant, ida), by=ida.manager)
    assert await send_due(application, now=DUE - timedelta(seconds=1)) == 0
    found = await asyncio.gather(*(send_due(application, now=DUE) for _ in range(4)))
    assert sum(found) == 1, "of several workers, one"
    assert await send_due(application, now=DUE + timedelta(days=30)) == 0
    assert await send_due(application, now=datetime(2027, 1, 1, 12, tzinfo=UTC)) == 1
    first, second = await queued(application.database)
    assert (first["about"], first["place"]) == ("Sales, November 2026", "report=sales&month=2026-11")
    assert second["place"] == "report=sales&month=2026-12"


async def test_the_mail_leads_to_the_report_and_tells_no_figure(
    application: Application, merchant: Merchant, ida: Worker
) -> None:
    sender = KeepingSender()
    await mail_report(application, merchant, a_mail(merchant, ida), by=ida.manager)
    await send_due(application, now=DUE)
    await a_relay(application, sender).run_once(DUE + timedelta(minutes=3))
    [mail] = [one.body.decode() for one in sender.parcels if "ida@bakery.example" in one.body.decode()]
    plain = mail.replace("=\r\n", "").replace("=3D", "=")
    assert "/admin/corner-spa/reports/view?report=sales&month=2026-11" in plain
    assert "Sales, November 2026" in plain


async def test_what_is_mailed_ends_with_the_membership(
    application: Application, merchant: Merchant, ida: Worker
) -> None:
    await mail_report(application, merchant, a_mail(merchant, ida), by=ida.manager)
    async with application.transaction() as connection:
        membership, _ = await find_member(connection, merchant.merchant_id, "ida@bakery.example")
        await services.end_membership(
            connection, merchant, membership, by=ida.manager, reason=None, code=AuditReason.LEFT, now=NOW
        )
        assert await list_mails(connection, merchant.merchant_id) == []
    assert await send_due(application, now=DUE) == 0


async def test_what_waited_for_days_is_left_to_the_next_one(
    application: Application, merchant: Merchant, ida: Worker
) -> None:
    await mail_report(application, merchant, a_mail(merchant, ida), by=ida.manager)
    assert await send_due(application, now=DUE + timedelta(days=4)) == 0
    async with application.database.connection() as connection:
        [one] = await list_mails(connection, merchant.merchant_id)
    assert one.next_at == datetime(2027, 1, 1, 12, tzinfo=UTC)


async def test_it_is_for_oneself_of_a_report_that_there_is_and_stopped_once(
    application: Application, merchant: Merchant, ida: Worker
) -> None:
    clerk = await a_worker(application, merchant, email="cleo@bakery.example", name="Cleo", role=Role.CLERK)
    for by, one in ((ida, a_mail(merchant, clerk)), (clerk, a_mail(merchant, clerk))):
        with pytest.raises(ActRefused):
            await mail_report(application, merchant, one, by=by.manager)
    with pytest.raises(ReportMailInvalid):
        await mail_report(application, merchant, a_mail(merchant, ida, report="statement"), by=ida.manager)
    one = await mail_report(application, merchant, a_mail(merchant, ida), by=ida.manager)
    await mail_report(application, merchant, a_mail(merchant, ida), by=ida.manager)
    async with application.database.connection() as connection:
        assert [each.mail_id for each in await list_mails(connection, merchant.merchant_id)] == [one.mail_id]
    await stop_report(application, merchant, one.mail_id, by=ida.manager)
    with pytest.raises(ReportMailUnknown):
        await stop_report(application, merchant, one.mail_id, by=ida.manager)
