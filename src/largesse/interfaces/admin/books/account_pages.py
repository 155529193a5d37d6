"""`/admin/{slug}/settings/accounts`: which accounts of the bookkeeper's program the ledger's are, in versions."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.domain import locations
from largesse.domain.book_exports import (
    MAPPABLE,
    BookFacts,
    BookMapping,
    BookMappingInvalid,
    MappedAccount,
    list_mappings,
    starter_charts,
)
from largesse.domain.locations import Location
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.books.wording import fault_said, refusal_said
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.errors import LargesseError
from largesse.services import book_exports, reports
from largesse.ui import Voice, choose_one
from largesse.web.responses import see_other

ACCOUNTS: Final = "/admin/{slug:str}/settings/accounts"
_BACK: Final = "/admin/{slug}/settings/accounts"
_LINES_MAX: Final = 1 << 16
_BODY_MAX: Final = 1 << 18
_TYPED_MAX: Final = 200
_TEXTS: Final = (
    "xero_tax", "xero_tracking", "quickbooks_columns", "datev_consultant", "datev_client", "datev_chart",
)  # fmt: skip
_NUMBERS: Final = ("datev_year_begins", "datev_account_length")


class AccountPages:
    """Answer about the accounts of the bookkeeper's program."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page; a chart to start from that stands in the address is filled in, and kept only when asked."""
        asked, charts = caller.request.query_params.get("chart", ""), starter_charts()
        if asked not in {"", *charts}:
            return await self._page(caller, error=choose_one(self._front.voice(caller)), status=422)
        chart = charts.get(asked)
        typed = None
        if chart is not None:
            typed = {"lines": book_exports.write_lines(chart.lines, []), **_facts_typed(chart.facts)}
        done = caller.request.query_params.get("done", "") == "kept"
        return await self._page(caller, typed=typed, chart=chart.key if chart else "", done=done)

    async def keep(self, caller: Caller) -> Answer:
        """Keep another version."""
        merchant = caller.merchant
        assert merchant is not None
        typed = {name: caller.fields.get(name, "")[:_TYPED_MAX].strip() for name in (*_TEXTS, *_NUMBERS)}
        typed |= {
            "lines": caller.fields.get("lines", "")[:_LINES_MAX],
            "by_location": caller.fields.get("by_location", ""),
        }
        before = caller.fields.get("version", "")
        async with self._deps.database.connection() as connection:
            places = await locations.locations(connection, merchant.merchant_id)
        try:
            await book_exports.change_mapping(
                self._deps, merchant, book_exports.read_lines(typed["lines"], places), _facts(typed),
                before=max(0, _whole(before)), by=caller.manager, now=self._deps.clock.now(),
            )  # fmt: skip
        except BookMappingInvalid as wrong:
            errors = _errors(wrong, self._front.voice(caller))
            return await self._page(caller, typed=typed, errors=errors, status=422)
        except LargesseError as refused:
            told = refusal_said(refused, self._front.voice(caller))
            return await self._page(caller, typed=typed, error=told, status=409)
        return see_other(f"{_BACK.format(slug=merchant.slug)}?done=kept")

    async def _page(
        self,
        caller: Caller,
        *,
        typed: Mapping[str, str] | None = None,
        errors: Mapping[str, str] | None = None,
        error: str = "",
        chart: str = "",
        done: bool = False,
        status: int = 200,
    ) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, here = self._front.voice(caller), _BACK.format(slug=merchant.slug)
        async with self._deps.database.connection() as connection:
            versions = await list_mappings(connection, merchant.merchant_id)
            places = await locations.locations(connection, merchant.merchant_id)
        now = versions[0] if versions else None
        told = typed if typed is not None else _typed(now, places)
        values = {
            "here": here,
            "books": f"/admin/{merchant.slug}/reports/books",
            "done": done,
            "error": error,
            "errors": errors or {},
            "typed": told,
            "chart": chart,
            "charts": [(one.key, one.name) for one in starter_charts().values()],
            "version": now.version if now else 0,
            "columns": _columns(voice),
            "lines": _lines(now, places, voice),
            "versions": [
                voice.t("Version {version}: {name}, {day}", version=one.version, name=one.made_by,
                        day=voice.day(one.made_at.astimezone(merchant.zone).date()))
                for one in versions
            ],
            "months": [(str(number), str(number)) for number in range(1, 13)],
            "lengths": [(str(number), str(number)) for number in range(4, 9)],
            "datev_charts": [("", voice.t("neither")), ("03", "SKR03"), ("04", "SKR04")],
            "rows_shown": max(12, min(45, told["lines"].count("\n") + 2)),
            "may_edit": may(authority.role, Act.BOOKS_MAP),
            "trail": [
                (voice.t("Settings"), f"/admin/{merchant.slug}/settings"), (voice.t("Accounts of the bookkeeper"), ""),
            ],
        }  # fmt: skip
        return await self._front.page(caller, "books/accounts.html", values, status=status, here=here)


def account_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the accounts."""
    pages = AccountPages(front)
    return [
        front.route("GET", ACCOUNTS, for_act(Act.SETTINGS_READ), pages.show),
        front.route("POST", f"{ACCOUNTS}/keep", for_act(Act.BOOKS_MAP, back=_BACK), pages.keep, body_max=_BODY_MAX),
    ]


def _typed(now: BookMapping | None, places: Sequence[Location]) -> dict[str, str]:
    facts = now.facts if now else BookFacts()
    return {"lines": book_exports.write_lines(now.lines if now else (), places), **_facts_typed(facts)}


def _facts_typed(facts: BookFacts) -> dict[str, str]:
    told = {name: str(value) for name, value in msgspec.structs.asdict(facts).items()}
    return told | {"by_location": "yes" if facts.by_location else ""}


def _facts(typed: Mapping[str, str]) -> BookFacts:
    texts: dict[str, Any] = {name: typed[name] for name in _TEXTS}
    numbers: dict[str, Any] = {name: _whole(typed[name]) for name in _NUMBERS}
    return BookFacts(by_location=typed["by_location"] == "yes", **texts, **numbers)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


def _errors(wrong: BookMappingInvalid, voice: Voice) -> dict[str, str]:
    """Return what is wrong beside the fields of the form: all lines stand in one."""
    found = dict[str, str]()
    lines = [one for one in wrong.fields if one.field.startswith("line")]
    if lines:
        found["lines"] = " ".join(_line_said(one.field, fault_said(one.code, voice)) for one in lines[:10])
    return found | {one.field: fault_said(one.field, voice) for one in wrong.fields if one not in lines}


def _line_said(field: str, fault: str) -> str:
    number = field.removeprefix("line.")
    return fault if number == field else f"{number}: {fault}"


def _columns(voice: Voice) -> list[dict[str, str]]:
    return [
        {"key": "account", "title": voice.t("Account here")},
        {"key": "only", "title": voice.t("Only for")},
        {"key": "code", "title": voice.t("Account there")},
        {"key": "name", "title": voice.t("Name")},
        {"key": "tax", "title": voice.t("Tax there")},
    ]


def _lines(now: BookMapping | None, places: Sequence[Location], voice: Voice) -> list[dict[str, str]]:
    if now is None:
        return []
    names = {one.location_id: one.name for one in places}
    found = list[dict[str, str]]()
    for account in MAPPABLE:
        mine = [one for one in now.lines if one.account is account]
        name = reports.account_name(account.value, voice)
        if not mine:
            found.append({"account": name, "only": "", "code": voice.t("none yet"), "name": "", "tax": ""})
        for one in sorted(mine, key=lambda line: line.rank):
            said = _only(one, names, voice)
            found.append({"account": name, "only": said, "code": one.code, "name": one.name, "tax": one.tax_code})
    return found


def _only(one: MappedAccount, names: Mapping[UUID, str], voice: Voice) -> str:
    said = [
        names.get(one.location_id, "") if one.location_id else "",
        reports.class_name(one.class_of_value, voice) if one.class_of_value else "",
        reports.tax_name(one.tax_kind, voice) if one.tax_kind else "",
        f"{book_exports.rate_said(one.rate_ppm)} %" if one.rate_ppm is not None else "",
    ]
    return ", ".join(filter(None, said))
