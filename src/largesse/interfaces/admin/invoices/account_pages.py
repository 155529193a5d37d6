"""`/admin/{slug}/invoices/ageing` and `…/statements/{partner_id}`: what is overdue, and how a partner stands."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from urllib.parse import urlencode

from litestar.handlers import HTTPRouteHandler

from largesse.domain import partners
from largesse.domain.partners import Partner, PartnerUnknown
from largesse.domain.staff import Act
from largesse.interfaces.admin.files import attached
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.invoices.draft_pages import HERE, PATH, day_in
from largesse.interfaces.admin.invoices.wording import money, refusal_text
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.clock import day_of
from largesse.kernel.errors import LargesseError
from largesse.services import invoices as invoicing
from largesse.services.invoices import STEPS, Aged, PartnerStatement, kind_text
from largesse.ui import Voice
from largesse.web.choices import chosen
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id

AGEING: Final = f"{PATH}/ageing"
STATEMENT: Final = f"{PATH}/statements/{{partner_id:str}}"
_FORMS: Final = ("pdf", "csv")


class StandingPages:
    """Answer about what is overdue, and about how one partner stands."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def ageing(self, caller: Caller) -> Answer:
        """Return what is overdue, by partner."""
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        home = HERE.format(slug=merchant.slug)
        async with self._deps.database.connection() as connection:
            found = await invoicing.ageing(connection, merchant, now=self._deps.clock.now())
        values = {
            "here": f"{home}/ageing",
            "columns": _ageing_columns(voice),
            "rows": [_aged(one, home, voice) for one in found],
            "totals": _aged_totals(found, voice),
            "trail": [(voice.t("Invoices"), home), (voice.t("Ageing"), None)],
        }
        return await self._front.page(caller, "invoices/ageing.html", values)

    async def ageing_file(self, caller: Caller) -> Answer:
        """Return the same as CSV."""
        merchant = caller.merchant
        assert merchant is not None
        now = self._deps.clock.now()
        async with self._deps.database.connection() as connection:
            found = await invoicing.ageing(connection, merchant, now=now)
        today = day_of(now, in_zone=merchant.zone)
        content = invoicing.ageing_as_csv(found, on=today)
        return attached(content, f"ageing-{today:%Y-%m-%d}.csv", "text/csv")

    async def statement(self, caller: Caller) -> Answer:
        """Return a partner's statement of account."""
        partner, voice = await self._partner(caller), self._front.voice(caller)
        try:
            statement = await self._statement(caller, partner)
        except LargesseError as refused:
            return await self._page(caller, partner, None, error=refusal_text(refused, voice), status=422)
        return await self._page(caller, partner, statement)

    async def statement_file(self, caller: Caller) -> Answer:
        """Return the same as PDF or CSV."""
        partner, voice, merchant = await self._partner(caller), self._front.voice(caller), caller.merchant
        assert merchant is not None
        try:
            form = chosen(caller.request.query_params, "form", _FORMS, usual="pdf")
            statement = await self._statement(caller, partner)
        except LargesseError as refused:
            return await self._page(caller, partner, None, error=refusal_text(refused, voice), status=422)
        name = f"statement-{statement.currency}-{statement.through:%Y-%m-%d}.{form}"
        if form == "csv":
            return attached(invoicing.statement_as_csv(statement), name, "text/csv")
        async with self._deps.database.connection() as connection:
            language = await invoicing.language_of(connection, merchant, partner)
        content = await invoicing.statement_as_pdf(self._deps, merchant, partner, statement, language=language)
        return attached(content, name, "application/pdf")

    async def _partner(self, caller: Caller) -> Partner:
        assert caller.merchant is not None
        partner_id = an_id(str(caller.request.path_params["partner_id"]))
        try:
            async with self._deps.database.connection() as connection:
                return await partners.find_partner(connection, caller.merchant.merchant_id, str(partner_id))
        except PartnerUnknown:
            raise PageUnknown from None

    async def _statement(self, caller: Caller, partner: Partner) -> PartnerStatement:
        """Return what the address asks for; the last ninety days without a word.

        Raises:
            LargesseError: it names no days, or such of long ago, no currency of the partner's, or a period that ends
                before it begins.
        """
        assert caller.merchant is not None
        query = caller.request.query_params
        today = day_of(self._deps.clock.now(), in_zone=caller.merchant.zone)
        since, through = invoicing.period_of(day_in(query, "since"), day_in(query, "through"), today=today)
        async with self._deps.database.connection() as connection:
            known = await invoicing.currencies_of(connection, partner)
            usual = known[0] if known else caller.merchant.currency
            code = chosen(query, "currency", known or [usual], usual=usual)
            return await invoicing.statement_of(connection, partner, code, since=since, through=through)

    async def _page(
        self,
        caller: Caller,
        partner: Partner,
        statement: PartnerStatement | None,
        *,
        error: str = "",
        status: int = 200,
    ) -> Answer:
        merchant, voice, query = caller.merchant, self._front.voice(caller), caller.request.query_params
        assert merchant is not None
        home = HERE.format(slug=merchant.slug)
        here = f"{home}/statements/{partner.partner_id}"
        async with self._deps.database.connection() as connection:
            known = await invoicing.currencies_of(connection, partner)
        values: dict[str, object] = {
            "here": here,
            "error": error,
            "partner": partner.name,
            "since": query.get("since", "")[:10] or (statement.since.isoformat() if statement else ""),
            "through": query.get("through", "")[:10] or (statement.through.isoformat() if statement else ""),
            "currency": statement.currency if statement else query.get("currency", "")[:3],
            "currencies": [(one, one) for one in known],
            "shown": statement is not None,
            "trail": [
                (voice.t("Partners"), f"/admin/{merchant.slug}/partners"),
                (partner.name, f"/admin/{merchant.slug}/partners/{partner.partner_id}"),
                (voice.t("Statement of account"), None),
            ],
        }
        if statement is not None:
            values |= _statement_view(statement, here, voice)
        return await self._front.page(caller, "invoices/statement.html", values, status=status, here=here)


def _ageing_columns(voice: Voice) -> list[dict[str, str]]:
    titles = (
        voice.t("Not due yet"),
        voice.t("1 to 30 days"),
        voice.t("31 to 60 days"),
        voice.t("61 to 90 days"),
        voice.t("More than 90 days"),
    )
    return [
        {"key": "partner", "title": voice.t("Partner"), "kind": "lead"},
        *({"key": key, "title": title, "kind": "money"} for key, title in zip(STEPS, titles, strict=True)),
        {"key": "total", "title": voice.t("Open"), "kind": "money"},
    ]


def _aged(one: Aged, home: str, voice: Voice) -> Mapping[str, object]:
    cells = {key: getattr(one, key) for key in (*STEPS, "total")}
    href = f"{home}/statements/{one.partner_id}?{urlencode({'currency': one.currency})}"
    return {
        "partner": {"text": one.partner, "href": href},
        **{key: money(amount, one.currency, voice) if amount else "" for key, amount in cells.items()},
    }


def _aged_totals(found: Sequence[Aged], voice: Voice) -> list[tuple[str, str]]:
    """Return for each currency what is open and what of it is overdue."""
    totals = []
    for code in sorted({one.currency for one in found}):
        mine = [one for one in found if one.currency == code]
        whole, due_later = sum(one.total for one in mine), sum(one.not_due for one in mine)
        totals.append((money(whole, code, voice), money(whole - due_later, code, voice)))
    return totals


def _statement_view(statement: PartnerStatement, here: str, voice: Voice) -> dict[str, object]:
    code = statement.currency
    asked = {"since": statement.since.isoformat(), "through": statement.through.isoformat(), "currency": code}
    return {
        "opening": money(statement.opening, code, voice),
        "closing": money(statement.closing, code, voice),
        "first": voice.day(statement.since),
        "last": voice.day(statement.through),
        "files": [(form.upper(), f"{here}/file?{urlencode({**asked, 'form': form})}") for form in _FORMS],
        "columns": [
            {"key": "what", "title": voice.t("What"), "kind": "lead"},
            {"key": "day", "title": voice.t("Day")},
            {"key": "due", "title": voice.t("Due")},
            {"key": "amount", "title": voice.t("Amount"), "kind": "money"},
            {"key": "balance", "title": voice.t("Balance"), "kind": "money"},
        ],
        "rows": [
            {
                "what": f"{kind_text(one.kind, voice)} {one.reference}".strip(),
                "day": voice.short_day(one.day),
                "due": _day_text(one.due_on, voice),
                "amount": money(one.amount, code, voice),
                "balance": money(one.balance, code, voice),
            }
            for one in statement.entries
        ],
    }


def _day_text(day: date | None, voice: Voice) -> str:
    return voice.short_day(day) if day else ""


def account_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of ageing and statements."""
    pages, reads, takes = StandingPages(front), for_act(Act.PAYMENTS_READ), for_act(Act.EXPORT)
    return [
        front.route("GET", AGEING, reads, pages.ageing),
        front.route("GET", f"{AGEING}/file", takes, pages.ageing_file),
        front.route("GET", STATEMENT, reads, pages.statement),
        front.route("GET", f"{STATEMENT}/file", takes, pages.statement_file),
    ]
