"""`/admin/{slug}/invoices/{invoice_id}`: one invoice, credit note or draft, and all that is done to it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.domain import invoices
from largesse.domain.invoices import (
    REMINDERS_MAX,
    Invoice,
    InvoiceFormat,
    InvoiceInvalid,
    InvoiceNotIssued,
    InvoiceUnknown,
    file_name,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act
from largesse.interfaces.admin.files import attached
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.invoices.commission_form import COMMISSION_FIELDS, read_commission
from largesse.interfaces.admin.invoices.draft_pages import HERE, PATH
from largesse.interfaces.admin.invoices.invoice_view import invoice_view, read_invoice
from largesse.interfaces.admin.invoices.wording import done_texts, refusal_text
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import new_id
from largesse.services import invoices as invoicing
from largesse.web.choices import chosen
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id
from largesse.web.responses import see_other

PDF: Final = "pdf"
PRO_FORMA: Final = "pro-forma"
ONE: Final = f"{PATH}/{{invoice_id:str}}"
BACK: Final = f"{HERE}/{{invoice_id}}"
_TYPED_MAX: Final = 2_000
_FIELDS: Final = ("po_number", "note", "reason", "why", "address", "again", *COMMISSION_FIELDS)

_Act = Callable[[Caller, Merchant, Invoice], Awaitable[str]]


class InvoicePage:
    """Answer about one invoice, credit note or draft."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        return await self._page(caller, await self._found(caller))

    async def issue(self, caller: Caller) -> Answer:
        """Give a draft its number."""
        return await self._done(caller, self._issue)

    async def change(self, caller: Caller) -> Answer:
        """Write what else stands on a draft."""
        return await self._done(caller, self._change)

    async def discard(self, caller: Caller) -> Answer:
        """Forget a draft."""
        return await self._done(caller, self._discard)

    async def dispute(self, caller: Caller) -> Answer:
        """Note that the partner disputes an invoice, or no more."""
        return await self._done(caller, self._dispute)

    async def write_off(self, caller: Caller) -> Answer:
        """Give up what is open of an invoice."""
        return await self._done(caller, self._write_off)

    async def commission(self, caller: Caller) -> Answer:
        """Credit the partner what it earns."""
        return await self._done(caller, self._commission)

    async def take_commission_back(self, caller: Caller) -> Answer:
        """Take back what it was credited."""
        return await self._done(caller, self._take_commission_back)

    async def send(self, caller: Caller) -> Answer:
        """Mail it once more."""
        return await self._done(caller, self._send)

    async def remind(self, caller: Caller) -> Answer:
        """Send the next reminder."""
        return await self._done(caller, self._remind)

    async def file(self, caller: Caller) -> Answer:
        """Return an issued invoice as PDF, or as a file for programs; a draft as a pro forma, which is no invoice."""
        invoice, voice = await self._found(caller), self._front.voice(caller)
        try:
            form = chosen(caller.request.query_params, "form", (PDF, PRO_FORMA, *InvoiceFormat), usual=PDF)
            if form == PRO_FORMA:
                return await self._pro_forma(caller, invoice)
            async with self._deps.database.connection() as connection:
                document = await invoices.document_of(connection, invoice.merchant_id, invoice.invoice_id)
            if document is None:
                raise InvoiceNotIssued
            if form == PDF:
                return attached(await invoicing.pdf_of(self._deps, document), file_name(document), "application/pdf")
        except LargesseError as refused:
            return await self._page(caller, invoice, error=refusal_text(refused, voice), status=409)
        content = await asyncio.to_thread(self._deps.invoice_files.write, document, InvoiceFormat(form))
        return attached(content, file_name(document, InvoiceFormat(form)), "application/xml")

    async def _pro_forma(self, caller: Caller, invoice: Invoice) -> Answer:
        assert caller.merchant is not None
        now = self._deps.clock.now()
        async with self._deps.database.connection() as connection:
            document = await invoicing.pro_forma_of(connection, caller.merchant, invoice, now=now)
        content = await invoicing.pro_forma_pdf(self._deps, document)
        return attached(content, file_name(document), "application/pdf")

    async def _issue(self, caller: Caller, merchant: Merchant, invoice: Invoice) -> str:
        now = self._deps.clock.now()
        await invoicing.issue(self._deps, merchant, invoice.invoice_id, by=caller.manager, now=now)
        return "issued"

    async def _change(self, caller: Caller, merchant: Merchant, invoice: Invoice) -> str:
        typed, now = _typed(caller), self._deps.clock.now()
        await invoicing.change_draft(
            self._deps, merchant, invoice,
            po_number=typed["po_number"], note=typed["note"], by=caller.manager, now=now,
        )  # fmt: skip
        return "changed"

    async def _discard(self, caller: Caller, merchant: Merchant, invoice: Invoice) -> str:
        await invoicing.discard(self._deps, merchant, invoice, by=caller.manager, now=self._deps.clock.now())
        return "discarded"

    async def _dispute(self, caller: Caller, merchant: Merchant, invoice: Invoice) -> str:
        disputed = chosen(caller.fields, "to", ("disputed", "agreed"), usual="disputed") == "disputed"
        reason, now = _typed(caller)["reason"], self._deps.clock.now()
        await invoicing.dispute(
            self._deps, merchant, invoice.invoice_id, disputed=disputed, reason=reason, by=caller.manager, now=now
        )
        return "disputed" if disputed else "agreed"

    async def _write_off(self, caller: Caller, merchant: Merchant, invoice: Invoice) -> str:
        reason, now = _typed(caller)["why"], self._deps.clock.now()
        await invoicing.write_off(self._deps, merchant, invoice.invoice_id, reason=reason, by=caller.manager, now=now)
        return "written_off"

    async def _commission(self, caller: Caller, merchant: Merchant, invoice: Invoice) -> str:
        now, language = self._deps.clock.now(), self._front.voice(caller).language
        typed = read_commission(_typed(caller), invoice.currency, language=language)
        await invoicing.book_commission(
            self._deps, merchant, invoice.invoice_id,
            reference=typed.reference, amount=typed.amount, tax=typed.tax, by=caller.manager, now=now,
        )  # fmt: skip
        return "commission"

    async def _take_commission_back(self, caller: Caller, merchant: Merchant, invoice: Invoice) -> str:
        reason, now = _typed(caller)["back"], self._deps.clock.now()
        await invoicing.undo_commission(
            self._deps, merchant, invoice.invoice_id, reason=reason, by=caller.manager, now=now
        )
        return "commission_back"

    async def _send(self, caller: Caller, merchant: Merchant, invoice: Invoice) -> str:
        typed, now = _typed(caller), self._deps.clock.now()
        await invoicing.send_again(
            self._deps, merchant, invoice.invoice_id,
            address=typed["address"], reason=typed["again"],
            operation_id=an_id(caller.fields.get("operation", "")), by=caller.manager, now=now,
        )  # fmt: skip
        return "sent"

    async def _remind(self, caller: Caller, merchant: Merchant, invoice: Invoice) -> str:
        told, now = caller.fields.get("seen", ""), self._deps.clock.now()
        seen = int(told) if told in {str(stage) for stage in range(REMINDERS_MAX)} else None
        await invoicing.remind(self._deps, merchant, invoice.invoice_id, seen=seen, by=caller.manager, now=now)
        return "reminded"

    async def _done(self, caller: Caller, act: _Act) -> Answer:
        """Do something, and say so; what is refused is said on the page, with what was typed."""
        invoice, voice, merchant = await self._found(caller), self._front.voice(caller), caller.merchant
        assert merchant is not None
        try:
            done = await act(caller, merchant, invoice)
        except LargesseError as refused:
            status = 422 if isinstance(refused, InvoiceInvalid) else 409
            again = await self._found(caller)
            return await self._page(caller, again, error=refusal_text(refused, voice), status=status)
        home = HERE.format(slug=merchant.slug)
        if done == "discarded":
            return see_other(f"{home}/drafts?done={done}")
        return see_other(f"{home}/{invoice.invoice_id}?done={done}")

    async def _found(self, caller: Caller) -> Invoice:
        assert caller.merchant is not None
        invoice_id = an_id(str(caller.request.path_params["invoice_id"])) or UUID(int=0)
        try:
            async with self._deps.database.connection() as connection:
                return await invoices.find_invoice(connection, caller.merchant.merchant_id, invoice_id)
        except InvoiceUnknown:
            raise PageUnknown from None

    async def _page(self, caller: Caller, invoice: Invoice, *, error: str = "", status: int = 200) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        async with self._deps.database.connection() as connection:
            known = await read_invoice(self._deps, connection, invoice)
        here = f"{HERE.format(slug=merchant.slug)}/{invoice.invoice_id}"
        values = invoice_view(known, merchant, authority.role, voice, now=now) | {
            "here": here,
            "operation": (an_id(caller.fields.get("operation", "")) if error else None) or new_id(now),
            "error": error,
            "done": done_texts(voice).get(caller.request.query_params.get("done", ""), ""),
            "typed": _typed(caller) if error else _as_kept(invoice),
        }
        return await self._front.page(caller, "invoices/invoice.html", values, status=status, here=here)


def _typed(caller: Caller) -> dict[str, str]:
    return {name: caller.fields.get(name, "")[:_TYPED_MAX].replace("\r\n", "\n").strip() for name in _FIELDS}


def _as_kept(invoice: Invoice) -> dict[str, str]:
    return dict.fromkeys(_FIELDS, "") | {"po_number": invoice.po_number, "note": invoice.note}


def invoice_page_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of one invoice."""
    page = InvoicePage(front)
    reads, writes = for_act(Act.PAYMENTS_READ), for_act(Act.INVOICES, back=BACK)
    return [
        front.route("GET", ONE, reads, page.show),
        front.route("GET", f"{ONE}/file", reads, page.file),
        front.route("POST", f"{ONE}/issue", writes, page.issue),
        front.route("POST", f"{ONE}/change", writes, page.change),
        front.route("POST", f"{ONE}/discard", writes, page.discard),
        front.route("POST", f"{ONE}/dispute", writes, page.dispute),
        front.route("POST", f"{ONE}/commission", writes, page.commission),
        front.route("POST", f"{ONE}/commission/take-back", writes, page.take_commission_back),
        front.route("POST", f"{ONE}/send", writes, page.send),
        front.route("POST", f"{ONE}/remind", writes, page.remind),
        front.route("POST", f"{ONE}/write-off", for_act(Act.INVOICES_WRITE_OFF, back=BACK), page.write_off),
    ]
