"""`/admin/{slug}/reports/mails`: which reports the reader is reminded of by mail."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.domain.report_mails import MailEvery, ReportMail, ReportMailUnknown, list_mails, next_after
from largesse.domain.staff import Act
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.errors import InvalidInput
from largesse.kernel.ids import derived_id
from largesse.services import report_mails, reports
from largesse.services.report_mails import MAILED
from largesse.services.reports import ReportName
from largesse.ui import Voice
from largesse.web.choices import ChoiceUnknown, chosen, said_beside
from largesse.web.responses import see_other

MAILS: Final = "/admin/{slug:str}/reports/mails"
_BACK: Final = "/admin/{slug}/reports/mails"
_DONE: Final = frozenset({"set", "removed"})


class ReportMailPages:
    """Answer which reports are mailed to the reader."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        done = caller.request.query_params.get("done", "")
        return await self._page(caller, done=done if done in _DONE else "")

    async def set(self, caller: Caller) -> Answer:
        """Mail the reader a report from now on; asked for twice, they get one."""
        merchant, person = caller.merchant, caller.person
        assert merchant is not None
        assert person is not None
        now = self._deps.clock.now()
        typed = {name: caller.fields.get(name, "")[:40] for name in ("report", "every")}
        voice = self._front.voice(caller)
        try:
            every = chosen(typed, "every", MailEvery)
        except ChoiceUnknown as wrong:
            return await self._page(caller, errors=said_beside(wrong, {}, voice), typed=typed, status=422)
        one = ReportMail(
            merchant_id=merchant.merchant_id,
            mail_id=derived_id(
                "report-mail", merchant.merchant_id, str(person.person_id), typed["report"], every.value
            ),
            person_id=person.person_id,
            report=typed["report"],
            every=every,
            made_at=now,
            next_at=next_after(every, now, merchant.zone),
        )
        try:
            await report_mails.mail_report(self._deps, merchant, one, by=caller.manager)
        except InvalidInput:
            told = voice.t("Choose one of the reports; at most 20 are mailed to you.")
            return await self._page(caller, errors={"report": told}, typed=typed, status=422)
        return see_other(f"{_BACK.format(slug=merchant.slug)}?done=set")

    async def remove(self, caller: Caller) -> Answer:
        """Mail it no more; what is gone already stays gone."""
        merchant = caller.merchant
        assert merchant is not None
        try:
            wanted = UUID(caller.fields.get("mail", "")[:40])
            await report_mails.stop_report(self._deps, merchant, wanted, by=caller.manager)
        except (ValueError, ReportMailUnknown):
            pass
        return see_other(f"{_BACK.format(slug=merchant.slug)}?done=removed")

    async def _page(
        self,
        caller: Caller,
        *,
        done: str = "",
        errors: Mapping[str, str] | None = None,
        typed: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Answer:
        merchant, person = caller.merchant, caller.person
        assert merchant is not None
        assert person is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        here = _BACK.format(slug=merchant.slug)
        async with self._deps.database.connection() as connection:
            known = await list_mails(connection, merchant.merchant_id, person.person_id)
        values = {
            "here": here,
            "done": done,
            "errors": errors or {},
            "typed": typed or {"report": ReportName.LIABILITY.value, "every": MailEvery.MONTH.value},
            "reports": [(one.value, reports.title_of(one, voice)) for one in MAILED],
            "every": list(_every(voice).items()),
            "address": person.email,
            "mails": [
                {
                    "id": str(one.mail_id),
                    "what": reports.title_of(ReportName(one.report), voice),
                    "every": _every(voice)[one.every.value],
                    "next": voice.moment(one.next_at, zone=merchant.zone, now=now),
                }
                for one in known
            ],
            "trail": [(voice.t("Reports"), f"/admin/{merchant.slug}/reports"), (voice.t("Reports by mail"), "")],
        }
        return await self._front.page(caller, "report_mails.html", values, status=status, here=here)


def report_mail_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of mails of reports."""
    pages = ReportMailPages(front)
    reading = for_act(Act.REPORTS_READ, back=_BACK)
    return [
        front.route("GET", MAILS, for_act(Act.REPORTS_READ), pages.show),
        front.route("POST", f"{MAILS}/set", reading, pages.set),
        front.route("POST", f"{MAILS}/remove", reading, pages.remove),
    ]


def _every(voice: Voice) -> dict[str, str]:
    return {
        MailEvery.DAY.value: voice.t("every day, of the day before"),
        MailEvery.WEEK.value: voice.t("every Monday, of the week before"),
        MailEvery.MONTH.value: voice.t("on the first, of the month before"),
    }
