"""`/partner/{partner}/invoices`: what a partner owes, each invoice with its files, payments, and a statement of all."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from litestar.handlers import HTTPRouteHandler

from largesse.db.listing import Condition
from largesse.domain import invoices
from largesse.domain.invoices import Invoice, InvoiceFormat, InvoiceUnknown, file_name
from largesse.domain.portal import PartnerAct
from largesse.domain.staff import Role
from largesse.interfaces.admin.files import attached
from largesse.interfaces.admin.front import Answer, Caller
from largesse.interfaces.admin.invoices.invoice_view import invoice_view, read_invoice
from largesse.interfaces.admin.invoices.wording import money
from largesse.interfaces.admin.lists import Blank, Head, one_of, periods, read_query, shown_list, within
from largesse.interfaces.admin.portal.front import HERE, PortalCaller, PortalFront, acting
from largesse.interfaces.admin.portal.order_pages import acts_of
from largesse.interfaces.admin.portal.wording import invoice_badge
from largesse.interfaces.admin.rules import for_partner
from largesse.kernel.clock import day_of
from largesse.services import invoices as invoicing
from largesse.services.office import INVOICES, read_list
from largesse.services.portal import OwnStanding, own_invoice, own_payments, own_standings, own_statement
from largesse.ui import Voice
from largesse.web.choices import ChoiceUnknown, chosen
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id

PATH: Final = f"{HERE}/invoices"
ONE: Final = f"{PATH}/{{invoice_id:str}}"
PDF: Final = "pdf"
CSV: Final = "csv"
_PAYMENTS_SHOWN: Final = 20
_SHOWN: Final = (
    *("title", "badges", "sums", "lines", "line_columns", "taxes", "tax_columns", "reasons"),
    *("settlements", "set_columns", "files"),
)


class PortalInvoicePages:
    """Answer whoever pays for a partner."""

    def __init__(self, front: PortalFront) -> None:
        self._front = front
        self._deps = front.deps

    async def list(self, caller: Caller) -> Answer:
        """Return how the partner stands, what was issued to it, and what it paid."""
        here, voice, now = acting(caller), self._front.voice(caller), self._deps.clock.now()
        path, today = f"{here.home}/invoices", day_of(now, in_zone=here.merchant.zone)
        blanks = (
            Blank(
                name="state",
                label=voice.t("State"),
                options=(("", voice.t("in any state")), ("open", voice.t("open")), ("overdue", voice.t("overdue"))),
                asks=lambda word: _standing(word, today),
            ),
            Blank(
                name="issued",
                label=voice.t("When they were issued"),
                options=periods(voice),
                asks=within("issued_at", here.merchant, now=now),
            ),
            Blank(
                name="kind",
                label=voice.t("Kind"),
                options=(
                    ("", voice.t("Invoices and credit notes")),
                    ("invoice", voice.t("Invoices")),
                    ("credit_note", voice.t("Credit notes")),
                ),
                asks=one_of("kind"),
            ),
        )
        query = read_query(caller.request, path, INVOICES, blanks)
        own = Condition("partner_id", "=", here.partner.partner_id, "uuid")
        asked = query.asked
        of_own = type(asked)(
            where=(own, *asked.where), sort=asked.sort, after=asked.after, before=asked.before, limit=asked.limit
        )
        listed = await read_list(self._deps, INVOICES, here.merchant.merchant_id, of_own)
        async with self._deps.database.connection() as connection:
            standings = await own_standings(connection, acts_of(here), today=today)
            paid = await own_payments(connection, acts_of(here), limit=_PAYMENTS_SHOWN)
        shown = shown_list(
            query,
            listed.page,
            words=voice.t("{kind} that are {state}, issued {issued}"),
            heads=_heads(voice),
            rows=[_row(row, here, today, voice) for row in listed.page.rows],
            said=voice.n("{count} document", "{count} documents", listed.count),
        )
        values = {
            "list": shown,
            "here": path,
            "standings": [_stands(one, voice) for one in standings],
            "payments": [
                {
                    "day": voice.short_day(one.received_on),
                    "what": voice.t("Paid") if one.amount >= 0 else voice.t("Paid back to you"),
                    "text": one.reference,
                    "amount": money(abs(one.amount), one.currency, voice),
                }
                for one in paid
            ],
            "currencies": [one.currency for one in standings],
        }
        return await self._front.page(caller, "portal/invoices.html", values, here=path)

    async def show(self, caller: Caller) -> Answer:
        """Return an invoice or credit note."""
        here, voice, now = acting(caller), self._front.voice(caller), self._deps.clock.now()
        invoice = await self._found(caller, here)
        async with self._deps.database.connection() as connection:
            known = await read_invoice(self._deps, connection, invoice)
        office: Any = invoice_view(known, here.merchant, Role.BOOKKEEPER, voice, now=now)
        path = f"{here.home}/invoices"
        corrected = known.corrected
        values = {name: office[name] for name in _SHOWN} | {
            "trail": [(voice.t("Invoices"), path), (office["title"], "")],
            "here": f"{path}/{invoice.invoice_id}",
            "facts_shown": [(name, value) for name, value in office["facts"] if isinstance(value, str)],
            "corrects": (corrected.invoice_number, f"{path}/{corrected.invoice_id}") if corrected else None,
            "notes": [
                (one.invoice_number, f"{path}/{one.invoice_id}", money(one.total, one.currency, voice))
                for one in known.notes
            ],
        }
        return await self._front.page(caller, "portal/invoice.html", values, here=path)

    async def file(self, caller: Caller) -> Answer:
        """Return an invoice as PDF, or as a file for programs."""
        invoice = await self._found(caller, acting(caller))
        try:
            form = chosen(caller.request.query_params, "form", (PDF, *InvoiceFormat), usual=PDF)
        except ChoiceUnknown:
            raise PageUnknown from None
        async with self._deps.database.connection() as connection:
            document = await invoices.document_of(connection, invoice.merchant_id, invoice.invoice_id)
        assert document is not None, "what is issued has a document"
        if form == PDF:
            return attached(await invoicing.pdf_of(self._deps, document), file_name(document), "application/pdf")
        wanted = InvoiceFormat(form)
        content = await asyncio.to_thread(self._deps.invoice_files.write, document, wanted)
        return attached(content, file_name(document, wanted), "application/xml")

    async def statement(self, caller: Caller) -> Answer:
        """Return the statement of account in a currency, as PDF or CSV."""
        here = acting(caller)
        today = day_of(self._deps.clock.now(), in_zone=here.merchant.zone)
        async with self._deps.database.connection() as connection:
            known = [one.currency for one in await own_standings(connection, acts_of(here), today=today)]
            try:
                code = chosen(caller.request.query_params, "currency", known, usual=known[0] if known else None)
                form = chosen(caller.request.query_params, "form", (PDF, CSV), usual=CSV)
            except ChoiceUnknown:
                raise PageUnknown from None
            acts = acts_of(here)
            found = await own_statement(connection, acts, code, today=today)
            language = await invoicing.language_of(connection, acts.merchant, acts.partner)
        name = f"statement-{code}-{today:%Y-%m-%d}.{form}"
        if form == CSV:
            return attached(invoicing.statement_as_csv(found), name, "text/csv")
        content = await invoicing.statement_as_pdf(self._deps, acts.merchant, acts.partner, found, language=language)
        return attached(content, name, "application/pdf")

    async def _found(self, caller: Caller, here: PortalCaller) -> Invoice:
        wanted = an_id(str(caller.request.path_params["invoice_id"]))
        try:
            async with self._deps.database.connection() as connection:
                return await own_invoice(connection, acts_of(here), wanted)
        except InvoiceUnknown:
            raise PageUnknown from None


def _standing(word: str, today: date) -> list[Condition]:
    is_open = [Condition("open", ">", 0, "bigint"), Condition("kind", "=", "invoice", "text")]
    late = [*is_open, Condition("due_on", "<", today, "date")]
    return {"open": is_open, "overdue": late}.get(word, [])


def _heads(voice: Voice) -> tuple[Head, ...]:
    return (
        Head(key="number", title=voice.t("Number"), kind="lead"),
        Head(key="issued", title=voice.t("Issued"), sorts=("newest", "oldest")),
        Head(key="due", title=voice.t("Due"), sorts=("due", "due_last")),
        Head(key="state", title=voice.t("State")),
        Head(key="total", title=voice.t("Total"), kind="money"),
        Head(key="open", title=voice.t("Open"), kind="money"),
    )


def _row(row: Mapping[str, Any], here: PortalCaller, today: date, voice: Voice) -> dict[str, object]:
    number, code = row["invoice_number"], row["currency"]
    text = number if row["kind"] == "invoice" else f"{number} ({voice.t('Credit note')})"
    return {
        "number": {"text": text, "href": f"{here.home}/invoices/{row['invoice_id']}"},
        "issued": voice.short_day(row["issued_on"]),
        "due": voice.short_day(row["due_on"]) if row["due_on"] else "",
        "state": invoice_badge(row, today, voice),
        "total": money(row["total"], code, voice),
        "open": money(row["open"], code, voice) if row["open"] else "",
    }


def _stands(one: OwnStanding, voice: Voice) -> dict[str, str]:
    return {
        "open": money(one.open, one.currency, voice),
        "overdue": money(one.overdue, one.currency, voice) if one.overdue else "",
        "not_invoiced": money(one.not_invoiced, one.currency, voice),
        "credit": money(one.credit, one.currency, voice) if one.credit else "",
    }


def portal_invoice_routes(front: PortalFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of a partner's invoices."""
    pages, reads = PortalInvoicePages(front), for_partner(PartnerAct.INVOICES_READ)
    return [
        front.route("GET", PATH, reads, pages.list),
        front.route("GET", f"{PATH}/statement", reads, pages.statement),
        front.route("GET", ONE, reads, pages.show),
        front.route("GET", f"{ONE}/file", reads, pages.file),
    ]
