"""`/admin/{slug}/reports/months`: months are checked, closed by two persons, opened again, and printed as they were."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from largesse.domain.merchants import Merchant
from largesse.domain.months import MonthClose, MonthReportUnknown, MonthState, find_report, list_closes
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel import free_text
from largesse.kernel.currency import currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.money import Money
from largesse.services import months, reports
from largesse.services.months import PRINTED, MonthFinding, breakage_due, month_question
from largesse.ui import Voice
from largesse.web.headers import security_headers
from largesse.web.responses import attachment, see_other

MONTHS: Final = "/admin/{slug:str}/reports/months"
_BACK: Final = "/admin/{slug}/reports/months"
_DONE: Final = frozenset({"requested", "closed", "reopened"})
_DAY: Final = timedelta(days=1)
_REASON_TYPED_MAX: Final = 600


class MonthPages:
    """Answer about months."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        done = caller.request.query_params.get("done", "")
        return await self._page(caller, done=done if done in _DONE else "")

    async def request(self, caller: Caller) -> Answer:
        """Ask for a month to be closed."""
        assert caller.merchant is not None
        month, waived = self._month(caller), _typed(caller, "waived")
        if month is None:
            return await self._page(caller, error=self._front.voice(caller).t("Choose a month."), status=422)
        try:
            await months.request_month(
                self._deps, caller.merchant, month, by=caller.manager, waived=waived, now=self._deps.clock.now()
            )
        except LargesseError as refused:
            return await self._refused(caller, refused, month=month, waived=waived)
        return self._to(caller, "requested")

    async def approve(self, caller: Caller) -> Answer:
        """Agree that a month is closed."""
        assert caller.merchant is not None
        month = self._month(caller)
        if month is None:
            return await self._page(caller, error=self._front.voice(caller).t("Choose a month."), status=422)
        try:
            await months.approve_month(
                self._deps, caller.merchant, month, by=caller.manager, voice=self._front.voice(caller),
                now=self._deps.clock.now(),
            )  # fmt: skip
        except LargesseError as refused:
            return await self._refused(caller, refused, month=month)
        return self._to(caller, "closed")

    async def reopen(self, caller: Caller) -> Answer:
        """Open the books for a month again."""
        assert caller.merchant is not None
        month = self._month(caller)
        if month is None:
            return await self._page(caller, error=self._front.voice(caller).t("Choose a month."), status=422)
        try:
            await months.reopen_month(
                self._deps, caller.merchant, month, by=caller.manager, reason=_typed(caller, "reason"),
                now=self._deps.clock.now(),
            )  # fmt: skip
        except LargesseError as refused:
            return await self._refused(caller, refused, month=month)
        return self._to(caller, "reopened")

    async def printed(self, caller: Caller) -> Answer:
        """Return a report of a version, byte for byte as it was printed."""
        assert caller.merchant is not None
        typed = caller.request.query_params
        try:
            month, version = reports.read_month(typed.get("month", "")), int(typed.get("version", "")[:6])
            async with self._deps.database.connection() as connection:
                body = await find_report(
                    connection, caller.merchant.merchant_id, month, version, typed.get("report", "")[:40]
                )
        except (ValueError, MonthReportUnknown):
            return await self._page(caller, error=self._front.voice(caller).t("There is no such report."), status=422)
        name = f"{caller.merchant.slug}-{month:%Y-%m}-v{version}-{typed['report']}.pdf"
        headers = {
            **security_headers(https=self._front.https),
            "Content-Disposition": attachment(name),
        }
        return Response(body, media_type="application/pdf", headers=headers)

    def _month(self, caller: Caller) -> date | None:
        try:
            return reports.read_month(caller.fields.get("month", "")[:20])
        except ValueError:
            return None

    def _to(self, caller: Caller, done: str) -> Answer:
        assert caller.merchant is not None
        return see_other(f"{_BACK.format(slug=caller.merchant.slug)}?done={done}")

    async def _refused(self, caller: Caller, refused: LargesseError, *, month: date, waived: str = "") -> Answer:
        return await self._page(
            caller, error=_sentence(refused, self._front.voice(caller)), month=month, waived=waived, status=409
        )

    async def _page(
        self,
        caller: Caller,
        *,
        done: str = "",
        error: str = "",
        month: date | None = None,
        waived: str = "",
        status: int = 200,
    ) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        here = _BACK.format(slug=merchant.slug)
        async with self._deps.database.connection() as connection:
            closes = await list_closes(connection, merchant.merchant_id)
        waiting = [one for one in closes if one.state is MonthState.REQUESTED and not one.has_lapsed(now)]
        month = month or _next(closes, now.astimezone(merchant.zone).date())
        findings = await months.check_month(self._deps, merchant, month, now=now, prove=False)
        last = next((one for one in closes if one.state is MonthState.CLOSED), None)
        values = {
            "here": here,
            "done": done,
            "error": error,
            "waived": waived,
            "month": month.strftime("%Y-%m"),
            "month_name": voice.month(month),
            "findings": [(_finding(one, voice), *_remedy(one, merchant, voice)) for one in findings],
            "waivable": any(one.waivable for one in findings),
            "may_close": may(authority.role, Act.MONTH_CLOSE),
            "waiting": [await self._waiting(merchant, one, voice) for one in waiting],
            "columns": _columns(voice),
            "closes": [_close(one, here, voice) for one in closes if one.closed_at is not None],
            "last": last.month.strftime("%Y-%m") if last else "",
            "last_name": voice.month(last.month) if last else "",
            "trail": [(voice.t("Reports"), f"/admin/{merchant.slug}/reports"), (voice.t("Months"), "")],
        }
        return await self._front.page(caller, "months.html", values, status=status, here=here)

    async def _waiting(self, merchant: Merchant, one: MonthClose, voice: Voice) -> dict[str, object]:
        """Return what exactly is agreed to: what will stand outstanding at the end of the month."""
        table = await reports.answer(self._deps, merchant, month_question(one.month), now=self._deps.clock.now())
        names = await reports.names_of(self._deps, merchant)
        told = []
        for line in table.lines:
            amount = line.cells["closing"]
            place = reports.name_of("location_id", line.cells["location_id"], names, voice)
            kind = reports.class_name(str(line.cells["class_of_value"]), voice)
            if isinstance(amount, int) and line.currency:
                told.append({"what": f"{kind}, {place}", "amount": voice.money(Money(amount, currency(line.currency)))})
        async with self._deps.database.connection() as connection:
            due = await breakage_due(connection, merchant, one.month)
        for each in due:
            cohort = each.reckoned.cohort
            what = reports.account_name("breakage_estimated", voice)
            told.append(
                {
                    "what": f"{what}, {reports.class_name(cohort.class_of_value, voice)}, {voice.month(cohort.month)}",
                    "amount": voice.money(Money(each.change, currency(cohort.currency))),
                }
            )
        return {
            "month": one.month.strftime("%Y-%m"),
            "name": voice.month(one.month),
            "version": one.version,
            "by": one.requested_by,
            "when": voice.moment(one.requested_at, zone=merchant.zone, now=self._deps.clock.now()),
            "waived": one.waived,
            "facts": told,
            "columns": [
                {"key": "what", "title": reports.title_of(reports.ReportName.LIABILITY, voice), "kind": "lead"},
                {"key": "amount", "title": reports.column_title("amount", voice), "kind": "money"},
            ],
        }


def month_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of months."""
    pages = MonthPages(front)
    closing = for_act(Act.MONTH_CLOSE, back=_BACK)
    return [
        front.route("GET", MONTHS, for_act(Act.REPORTS_READ), pages.show),
        front.route("POST", f"{MONTHS}/request", closing, pages.request),
        front.route("POST", f"{MONTHS}/approve", closing, pages.approve),
        front.route("POST", f"{MONTHS}/reopen", closing, pages.reopen),
        front.route("GET", f"{MONTHS}/print", for_act(Act.EXPORT), pages.printed),
    ]


def _next(closes: Sequence[MonthClose], today: date) -> date:
    """Return the month that is closed next: the one after the last that is, else the last that is over."""
    closed = [one.month for one in closes if one.state is MonthState.CLOSED]
    return reports.month_after(max(closed)) if closed else (today.replace(day=1) - _DAY).replace(day=1)


def _typed(caller: Caller, name: str) -> str:
    return free_text.one_line(caller.fields.get(name, "")[:_REASON_TYPED_MAX])


def _columns(voice: Voice) -> list[dict[str, str]]:
    return [
        {"key": "month", "title": voice.t("Month"), "kind": "lead"},
        {"key": "version", "title": voice.t("Version"), "kind": "count"},
        {"key": "who", "title": voice.t("Closed by")},
        {"key": "seal", "title": voice.t("Seal"), "kind": "count"},
        {"key": "state", "title": voice.t("Since then")},
    ]


def _close(one: MonthClose, here: str, voice: Voice) -> dict[str, Any]:
    def href(report: str) -> str:
        asked = {"month": one.month.strftime("%Y-%m"), "version": one.version, "report": report}
        return f"{here}/print?{urlencode(asked)}"

    who = voice.t("{name} and {other}", name=one.requested_by, other=one.closed_by)
    return {
        "month": voice.month(one.month),
        "version": voice.count(one.version),
        "who": voice.t("{name}, by one person", name=one.requested_by) if one.alone else who,
        "seal": "" if one.seal_number is None else voice.count(one.seal_number),
        "state": voice.t("opened again: {reason}", reason=one.reopened_for) if one.reopened_at else "",
        "files": [(reports.title_of(report, voice), href(report.value)) for report in PRINTED],
    }


def _finding(one: MonthFinding, voice: Voice) -> str:
    differs = months.difference_words(one.told, one.finding, voice)
    told: Mapping[str, str] = {
        "month.not_over": voice.t("The month is not over at all locations."),
        "month.closed": voice.t("This month, or one after it, is closed."),
        "month.day_open": voice.t("A day of your till is not closed: {told}.", told=one.told),
        "month.device": voice.t(
            "Not heard from since the month's end: {told}. It may have sales without a line.", told=one.told
        ),
        "month.drawer": voice.t("A drawer is not closed: {told}.", told=one.told),
        "month.import": voice.t("An import is not finished: {told}.", told=one.told),
        "month.ledger": voice.t("The ledger is not clean: {told}.", told=differs),
    }  # fmt: skip
    return told[one.code]


def _remedy(one: MonthFinding, merchant: Merchant, voice: Voice) -> tuple[str, str]:
    """Return where something that stands in the way is settled, and what that is called; two empty texts: nowhere."""
    office = f"/admin/{merchant.slug}"
    return {
        "month.day_open": (f"{office}/reports/view?report=redemptions", voice.t("See the days")),
        "month.drawer": (f"{office}/devices", voice.t("To the devices")),
        "month.device": (f"{office}/devices", voice.t("To the devices")),
        "month.import": (f"{office}/imports/{one.about}", voice.t("To the import")),
    }.get(one.code, ("", ""))


def _sentence(refused: LargesseError, voice: Voice) -> str:
    return {
        "month.not_ready": voice.t("Something stands in the way. Settle what is listed, and ask again."),
        "month.closed": voice.t("This month, or one after it, is closed."),
        "month.requested": voice.t("This was asked for already, and waits for another person."),
        "month.not_requested": voice.t("Nobody asks for this any more. Ask for it anew."),
        "month.second_person": voice.t(
            "Another person has to agree. Who is the only one that may, agrees alone after 24 hours."
        ),
        "month.changed": voice.t("Something was booked in this month since. Ask for it anew, and look at it again."),
        "month.not_closed": voice.t("Only the last month that is closed can be opened again."),
        "month.invalid": voice.t("Say why, in 1 to 500 characters."),
    }.get(refused.code, voice.t("Your role does not allow this."))
