"""`/admin/{slug}/api-requests`: what programs asked for within 30 days, and how each request was answered."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.db.connection import Row
from largesse.db.dataset import Dataset
from largesse.db.listing import Condition, ListAsked
from largesse.domain import programs
from largesse.domain.merchants import Merchant
from largesse.domain.programs import CallUnknown
from largesse.domain.staff import Act
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.lists import Blank, Head, one_of, periods, within
from largesse.interfaces.admin.office.list_page import ListView, OfficeList
from largesse.interfaces.admin.rules import for_act
from largesse.services.office import API_REQUESTS, api_requests_to_export
from largesse.ui import Voice

_ONE: Final = "/admin/{slug:str}/api-requests/{call_id:str}"
_REQUEST_ID_MAX: Final = 64


class ApiRequestsPage(OfficeList[None]):
    """What programs asked for."""

    name = "api-requests"
    listing = API_REQUESTS
    read = Act.KEYS_READ
    take = Act.EXPORT

    def sentence(self, voice: Voice) -> str:
        """Return the sentence that the blanks stand in."""
        return voice.t("Requests with the id {id} by {key} keys that were {outcome}, {when}")

    def blanks(self, view: ListView) -> tuple[Blank, ...]:
        """Return the blanks of the sentence."""
        voice = view.voice
        return (
            Blank(name="id", label=voice.t("Request-Id"), asks=_of_id, hint=voice.t("any")),
            Blank(
                name="key",
                label=voice.t("Keys"),
                options=(("", voice.t("live and test")), ("true", voice.t("live")), ("false", voice.t("test"))),
                asks=lambda value: [Condition("live", "=", value == "true", "boolean")] if value else [],
            ),
            Blank(
                name="outcome",
                label=voice.t("Outcome"),
                options=(
                    ("", voice.t("answered or refused")),
                    ("done", voice.t("answered")),
                    ("refused", voice.t("refused")),
                    ("failed", voice.t("not served")),
                ),
                asks=one_of("outcome"),
            ),
            Blank(
                name="when",
                label=voice.t("When"),
                options=periods(voice),
                asks=within("called_at", view.merchant, now=view.now),
            ),
        )

    def heads(self, voice: Voice) -> Sequence[Head]:
        """Return the columns."""
        return (
            Head(key="what", title=voice.t("What"), kind="lead"),
            Head(key="answer", title=voice.t("Answer")),
            Head(key="program", title=voice.t("Program")),
            Head(key="request", title=voice.t("Request-Id")),
            Head(key="when", title=voice.t("When"), sorts=("newest", "oldest")),
        )

    def said(self, voice: Voice, count: int) -> str:
        """Return how many requests there are, in words."""
        return voice.n("{count} request", "{count} requests", count)

    async def beside(self, merchant: Merchant, rows: Sequence[Row]) -> None:
        """Read nothing: a request says all of itself."""

    def row(self, row: Row, view: ListView, beside: None) -> Mapping[str, object]:
        """Return what a request says."""
        del beside
        program = row["program"] if row["live"] else f"{row['program']} ({view.voice.t('test')})"
        return {
            "what": {"text": f"{row['method']} {row['path']}", "href": f"{view.here}/{row['call_id']}"},
            "answer": f"{row['status']} {row['code'] or ''}".strip(),
            "program": program,
            "request": row["request_id"],
            "when": view.moment(row["called_at"]),
        }

    def dataset(self, merchant: Merchant, asked: ListAsked) -> Dataset:
        """Return the requests of an export."""
        return api_requests_to_export(merchant, asked)

    async def one(self, caller: Caller) -> Answer:
        """Return the page of one request: what was sent, masked, and what was answered."""
        view = self._view(caller)
        try:
            call_id = UUID(caller.request.path_params["call_id"])
        except ValueError:
            raise CallUnknown from None
        async with self._deps.database.connection() as connection:
            found = await programs.find_call(connection, view.merchant.merchant_id, call_id)
        values = {"call": found, "when": view.moment(found.called_at), "list": view.here}
        return await self._front.page(caller, "office/api-request.html", values, here=view.here)


def _of_id(value: str) -> list[Condition]:
    wanted = value.strip()[:_REQUEST_ID_MAX]
    return [Condition("request_id", "=", wanted, "text")] if wanted else []


def api_request_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of what programs asked for."""
    page = ApiRequestsPage(front)
    return [*page.routes(), front.route("GET", _ONE, for_act(Act.KEYS_READ), page.one)]
