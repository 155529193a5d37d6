"""`/admin/{slug}/invoices/drafts`: gather what partners ordered and was not invoiced, and what waits to be issued."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain import partners
from largesse.domain.invoices import InvoiceInvalid
from largesse.domain.partners import Partner
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.invoices.wording import done_texts, group_text, money, refusal_text
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.errors import FieldError, LargesseError
from largesse.services import invoices as invoicing
from largesse.web.choices import ChoiceUnknown
from largesse.web.responses import see_other

PATH: Final = "/admin/{slug:str}/invoices"
HERE: Final = "/admin/{slug}/invoices"
_ALL: Final = "all"
_NO_DAY: Final = "Write the day as year, month and day: 2026-11-30."


class DraftPages:
    """Answer about what is not issued yet."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        return await self._page(caller)

    async def gather(self, caller: Caller) -> Answer:
        """Gather what is not invoiced of a partner, or of all of them."""
        merchant, voice, now = caller.merchant, self._front.voice(caller), self._deps.clock.now()
        assert merchant is not None
        try:
            through = day_in(caller.fields, "through")
            found = 0
            for partner in await self._chosen(caller):
                drafts = await invoicing.gather(
                    self._deps, merchant, partner, through=through, actor=caller.manager.actor, now=now
                )
                found += len(drafts)
        except LargesseError as refused:
            return await self._page(caller, error=refusal_text(refused, voice), status=422)
        here = f"{HERE.format(slug=merchant.slug)}/drafts"
        return see_other(f"{here}?done={'gathered' if found else 'nothing'}")

    async def _chosen(self, caller: Caller) -> Sequence[Partner]:
        """Return the partners that a form names.

        Raises:
            ChoiceUnknown: there is none like that.
        """
        assert caller.merchant is not None
        async with self._deps.database.connection() as connection:
            known = await partners.list_partners(connection, caller.merchant.merchant_id)
        said = caller.fields.get("partner", "")
        found = [one for one in known if said in {_ALL, str(one.partner_id)}]
        if not found and said != _ALL:
            raise ChoiceUnknown("partner")
        return found

    async def _page(self, caller: Caller, *, error: str = "", status: int = 200) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, home = self._front.voice(caller), HERE.format(slug=merchant.slug)
        async with self._deps.database.connection() as connection:
            found = await invoicing.drafts_of(connection, merchant.merchant_id)
            known = await partners.list_partners(connection, merchant.merchant_id)
        names = {one.partner_id: one.name for one in known}
        values = {
            "here": f"{home}/drafts",
            "error": error,
            "done": done_texts(voice).get(caller.request.query_params.get("done", ""), ""),
            "writes": may(authority.role, Act.INVOICES),
            "through": caller.fields.get("through", "")[:10],
            "partner": caller.fields.get("partner", _ALL)[:40],
            "partners": [(_ALL, voice.t("all partners")), *((str(one.partner_id), one.name) for one in known)],
            "columns": [
                {"key": "what", "title": voice.t("Draft"), "kind": "lead"},
                {"key": "partner", "title": voice.t("Partner")},
                {"key": "count", "title": voice.t("Certificates"), "kind": "count"},
                {"key": "total", "title": voice.t("Total"), "kind": "money"},
            ],
            "drafts": [
                {
                    "what": {
                        "text": group_text(one.invoice.grouping, one.invoice.group_key, voice),
                        "href": f"{home}/{one.invoice.invoice_id}",
                    },
                    "partner": names.get(one.invoice.partner_id, ""),
                    "count": voice.count(len(one.items)),
                    "total": money(one.total, one.invoice.currency, voice),
                }
                for one in found
            ],
            "trail": [(voice.t("Invoices"), home), (voice.t("Drafts"), None)],
        }
        return await self._front.page(caller, "invoices/drafts.html", values, status=status, here=f"{home}/drafts")


def day_in(fields: Mapping[str, str], name: str) -> date | None:
    """Return the day that a field says; None of an empty one.

    Raises:
        InvoiceInvalid: it says none.
    """
    text = fields.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvoiceInvalid(fields=[FieldError(name, "day.invalid", _NO_DAY)]) from None


def draft_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of drafts."""
    page = DraftPages(front)
    writes = for_act(Act.INVOICES, back=f"{HERE}/drafts")
    return [
        front.route("GET", f"{PATH}/drafts", for_act(Act.PAYMENTS_READ), page.show),
        front.route("POST", f"{PATH}/drafts/gather", writes, page.gather),
    ]
