"""`/admin/{slug}/reports`: what the books say, on screen, as files, and down to the rows behind every figure."""

from collections.abc import Mapping, Sequence
from typing import Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from largesse.domain.staff import Act
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.report_rows import rows_view
from largesse.interfaces.admin.report_views import ReportView, view_of
from largesse.interfaces.admin.rules import for_act
from largesse.services import reports
from largesse.services.reports import (
    PAGE,
    FigureAsked,
    QuestionInvalid,
    ReportFormat,
    ReportName,
    StatementPart,
    read_question,
)
from largesse.ui import Voice
from largesse.web.headers import security_headers
from largesse.web.responses import attachment

REPORTS: Final = "/admin/{slug:str}/reports"
ROWS_MAX: Final = 100
_SKIPPED_MAX: Final = 1_000_000
_WHERE: Final = "w."


class ReportPages:
    """Answer what the books say."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def index(self, caller: Caller) -> Answer:
        """Return the first page: what a reader wants to know, each leading to its report."""
        assert caller.merchant is not None
        voice = self._front.voice(caller)
        here = f"/admin/{caller.merchant.slug}/reports"
        month = self._deps.clock.now().astimezone(caller.merchant.zone).strftime("%Y-%m")
        groups = [
            (title, [_wanted(report, f"{here}/view?report={report.value}&month={month}", voice) for report in found])
            for title, found in _groups(voice)
        ]
        more = {"months": f"{here}/months", "entries": f"{here}/entries", "breakage": f"{here}/breakage"}
        more |= {"books": f"{here}/books", "proofs": f"{here}/proofs", "unclaimed": f"{here}/unclaimed"}
        more |= {"closings": f"/admin/{caller.merchant.slug}/reports/closings"}
        more |= {"exports": f"/admin/{caller.merchant.slug}/exports"}
        more |= {"mails": f"{here}/mails", "monitors": f"/admin/{caller.merchant.slug}/monitors"}
        return await self._front.page(caller, "reports.html", {"groups": groups, **more, "trail": None})

    async def show(self, caller: Caller) -> Answer:
        """Return a report on screen."""
        assert caller.merchant is not None
        report, typed = _report(caller), dict(caller.request.query_params)
        voice, merchant = self._front.voice(caller), caller.merchant
        names = await reports.names_of(self._deps, merchant)
        part = StatementPart(skipped=_number(typed.pop("skipped", "")), size=PAGE)
        try:
            question = read_question(report, typed)
            table = await reports.answer(self._deps, merchant, question, part=part, now=self._deps.clock.now())
        except QuestionInvalid as wrong:
            return await self._refused(caller, wrong)
        days = []
        if report is ReportName.LIABILITY and question.each is None:
            days = await reports.daily(self._deps, merchant, question)
        now = self._deps.clock.now()
        view = view_of(question, table, days, names=names, merchant=merchant, voice=voice, typed=typed, now=now)
        return await self._page(caller, view)

    async def file(self, caller: Caller) -> Answer:
        """Return a report as a file, with the figures that the page shows."""
        assert caller.merchant is not None
        merchant, typed = caller.merchant, dict(caller.request.query_params)
        try:
            question = read_question(_report(caller), typed)
            wanted = ReportFormat(typed.get("as", ReportFormat.CSV.value))
            table = await reports.answer(self._deps, merchant, question, now=self._deps.clock.now())
            made = await reports.as_file(
                self._deps, merchant, question, table,
                names=await reports.names_of(self._deps, merchant), wanted=wanted, voice=self._front.voice(caller),
                now=self._deps.clock.now(),
            )  # fmt: skip
        except QuestionInvalid as wrong:
            return await self._refused(caller, wrong)
        except ValueError:
            return await self.show(caller)
        headers = {
            **security_headers(https=self._front.https),
            "Content-Disposition": attachment(made.name),
        }
        return Response(made.body, media_type=made.media_type, headers=headers)

    async def rows(self, caller: Caller) -> Answer:
        """Return the rows of the journal that a figure is made of."""
        assert caller.merchant is not None
        merchant, typed = caller.merchant, dict(caller.request.query_params)
        voice, names = self._front.voice(caller), await reports.names_of(self._deps, merchant)
        where = {name.removeprefix(_WHERE): text or None for name, text in typed.items() if name.startswith(_WHERE)}
        skipped = _number(typed.get("skipped", ""))
        try:
            question = read_question(_report(caller), typed)
            asked = FigureAsked(question=question, column=typed.get("figure", ""), where=where)
            found = await reports.figure_rows(self._deps, merchant, asked, skipped=skipped, limit=ROWS_MAX)
        except QuestionInvalid:
            return await self.show(caller)
        if found is None:
            return await self.show(caller)
        view = rows_view(asked, found, skipped=skipped, names=names, merchant=merchant, voice=voice, typed=typed)
        return await self._front.page(caller, "report_rows.html", {"view": view, "trail": view.trail})

    async def _refused(self, caller: Caller, wrong: QuestionInvalid) -> Answer:
        """Return the page of a report with what is wrong with what was asked, and what was typed."""
        assert caller.merchant is not None
        report, voice, merchant = _report(caller), self._front.voice(caller), caller.merchant
        names, typed = await reports.names_of(self._deps, merchant), dict(caller.request.query_params)
        view = ReportView.refused(report, typed, names=names, merchant=merchant, voice=voice)
        return await self._page(caller, view, errors=reports.fault_words(wrong.fields, voice), status=422)

    async def _page(
        self, caller: Caller, view: ReportView, *, errors: Mapping[str, str] | None = None, status: int = 200
    ) -> Answer:
        values = {"view": view, "errors": errors or {}, "trail": view.trail}
        return await self._front.page(caller, "report.html", values, status=status)


def report_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of reports."""
    pages = ReportPages(front)
    return [
        front.route("GET", REPORTS, for_act(Act.REPORTS_READ), pages.index),
        front.route("GET", f"{REPORTS}/view", for_act(Act.REPORTS_READ), pages.show),
        front.route("GET", f"{REPORTS}/rows", for_act(Act.REPORTS_READ), pages.rows),
        front.route("GET", f"{REPORTS}/file", for_act(Act.EXPORT), pages.file),
    ]


def _groups(voice: Voice) -> list[tuple[str, tuple[ReportName, ...]]]:
    """Return the reports in the order in which they are looked for."""
    sold_and_owed = (
        ReportName.LIABILITY,
        ReportName.SALES,
        ReportName.TENDERS,
        ReportName.REDEMPTIONS,
        ReportName.GRATUITIES,
        ReportName.PROMOTIONS,
        ReportName.CODES,
        ReportName.BETWEEN,
        ReportName.PARTNERS,
    )
    by_age = (ReportName.BY_ISSUE, ReportName.BY_ACTIVITY, ReportName.BY_LAST_DAY, ReportName.BY_LEGAL_CLOCK)
    books = (
        ReportName.BALANCES,
        ReportName.TAXES,
        ReportName.STATEMENT,
        ReportName.OPEN_ITEMS,
        ReportName.JOURNAL,
        ReportName.BREAKAGE,
    )
    shop = (
        ReportName.SHOP_DAYS,
        ReportName.SHOP_OFFERINGS,
        ReportName.SHOP_LANGUAGES,
        ReportName.SHOP_CAMPAIGNS,
    )
    return [
        (voice.t("What we sell and owe"), sold_and_owed),
        (voice.t("How old it is"), by_age),
        (voice.t("For the bookkeeper"), books),
        (voice.t("In the shop"), shop),
        (voice.t("To look at twice"), (ReportName.PEOPLE, ReportName.DEVICES, ReportName.HOURS, ReportName.FAILED)),
    ]


def _wanted(report: ReportName, href: str, voice: Voice) -> dict[str, str]:
    return {"title": reports.title_of(report, voice), "what": reports.told_by(report, voice), "href": href}


def _report(caller: Caller) -> ReportName:
    wanted = caller.request.query_params.get("report", "")
    return ReportName(wanted) if wanted in set(ReportName) else ReportName.LIABILITY


def _number(text: str) -> int:
    return min(int(text), _SKIPPED_MAX) if text.isascii() and text.isdigit() and len(text) < 9 else 0
