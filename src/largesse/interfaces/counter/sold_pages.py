"""`/counter/{slug}/sold/{number}` and `/waiting`: what was sold, printed, mailed or undone, and what is waited for."""

from collections.abc import Collection, Sequence
from typing import Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from markupsafe import Markup
from msgspec.structs import replace

from largesse.domain import certificates
from largesse.domain.approvals import TillShown
from largesse.domain.gifts import RecipientInvalid
from largesse.domain.orders import DeliveryMethod, Order, OrderNotFound, OrderStatus
from largesse.domain.receipts import ReceiptFace, roll_of
from largesse.domain.tills import TillAct
from largesse.interfaces.counter.approving import CounterApproval
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.desks import guesses_at_counters
from largesse.interfaces.counter.front import CounterAnswer, CounterFront
from largesse.interfaces.counter.mailed_slips import MailedSlips
from largesse.interfaces.counter.rules import ACTING, AT_COUNTER, WAITING
from largesse.interfaces.counter.sale_pages import refused_page, spot_at
from largesse.interfaces.counter.sale_slip import sale_face, sale_facts, sale_title, sold_path
from largesse.interfaces.counter.sale_view import shown_fields, tender_word
from largesse.interfaces.counter.scanned import scanned_here
from largesse.kernel.currency import currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.money import Money
from largesse.ledger import Certificate
from largesse.services.certificates import Request
from largesse.services.counter import UndoElsewhere, UndoTooLate
from largesse.services.counter_sales import (
    Print,
    PrintElsewhere,
    SaleInvalid,
    SalePaper,
    SaleUnknown,
    Sold,
    collect,
    give_up_sale,
    look_after,
    mail_instead,
    may_print,
    may_renew,
    print_anew,
    print_sale,
    prints_of,
    renewed_by,
    sale_of_order,
    send_payment_link,
    undo_sale,
    waiting_at,
    waits_until,
    words_on_receipt,
)
from largesse.services.tills import TillApproval
from largesse.ui import LANGUAGE_NAMES, LANGUAGES, choose_one, qr_svg
from largesse.web.choices import ChoiceUnknown, chosen
from largesse.web.errors import PageUnknown
from largesse.web.headers import security_headers
from largesse.web.responses import see_other

_SOLD = "/counter/{slug:str}/sold/{number:str}"
_WAITING = "/counter/{slug:str}/waiting"
_REASON_MAX = 200
_ADDRESS_MAX = 254
POLL_S = 4


class SoldPages:
    """Answer the pages of a sale that was made."""

    def __init__(self, front: CounterFront, approval: CounterApproval) -> None:
        self._front = front
        self._approval = approval
        self._deps = front.deps
        self._guesses = guesses_at_counters(front.deps)
        self._slips = MailedSlips(front)

    async def show(self, caller: CounterCaller) -> CounterAnswer:
        """Return a sale as it stands; one that is waited for asks for itself again."""
        sale = await self._sale(caller)
        now = self._deps.clock.now()
        if not sale.waits:
            return await self._page(caller, sale)
        sale = await look_after(self._deps, caller.merchant, sale, now=now)
        return await (self._waits(caller, sale) if sale.waits else self._page(caller, sale))

    async def waits(self, caller: CounterCaller) -> CounterAnswer:
        """Return the same to a page that asks by itself; once nothing is waited for, it leads to what was sold."""
        sale = await self._sale(caller)
        sale = await look_after(self._deps, caller.merchant, sale, now=self._deps.clock.now())
        return await self._waits(caller, sale) if sale.waits else see_other(_address(caller, sale.order))

    async def print(self, caller: CounterCaller) -> CounterAnswer:
        """Return what was sold as a page for a printer."""
        sale = await self._sale(caller)
        try:
            done = await print_sale(
                self._deps,
                caller.merchant,
                sale.order.order_number,
                _paper(caller),
                copy_word=self._front.voice(caller).t("COPY"),
                spot=spot_at(caller),
                request=self._request(caller),
                now=self._deps.clock.now(),
            )
        except LargesseError as refused:
            return await refused_page(self._front, caller, refused)
        return _printed(done)

    async def mail(self, caller: CounterCaller) -> CounterAnswer:
        """Mail what was sold to somebody, instead of printing it."""
        sale = await self._sale(caller)
        name, email = (caller.fields.get(field, "").strip() for field in ("name", "email"))
        try:
            await mail_instead(
                self._deps,
                caller.merchant,
                sale.order.order_number,
                name=name,
                email=email,
                spot=spot_at(caller),
                request=self._request(caller),
                now=self._deps.clock.now(),
            )
        except RecipientInvalid:
            return await self._page(caller, sale, mail_wrong=True, status=422)
        except LargesseError as refused:
            return await refused_page(self._front, caller, refused)
        return see_other(_address(caller, sale.order))

    async def print_anew(self, caller: CounterCaller) -> CounterAnswer:
        """Print what was sold under a new number, once a second person has approved it: the first number is dead."""
        sale = await self._sale(caller)
        order, now = sale.order, self._deps.clock.now()
        if order.certificate_id is None or not may_renew(order, spot_at(caller)):
            return await refused_page(self._front, caller, PrintElsewhere())
        async with self._deps.database.connection() as connection:
            ends = await certificates.last_four_of(connection, order.merchant_id, [order.certificate_id])
        shown = TillShown(
            amount=sale.total.minor,
            currency=sale.total.currency.code,
            certificates=(order.certificate_id,),
            ends=tuple(ends.values()),
            order_number=order.order_number,
        )
        subject = str(order.order_id)
        given = await self._approval.ask(caller, TillAct.PRINT_AGAIN, shown=shown, subject=subject)
        if not isinstance(given, TillApproval):
            return given
        try:
            done = await print_anew(
                self._deps,
                caller.merchant,
                order.order_number,
                _paper(caller),
                spot=spot_at(caller),
                request=self._request(caller),
                now=now,
            )
        except LargesseError as refused:
            return await refused_page(self._front, caller, refused)
        return _printed(done)

    async def mail_receipt(self, caller: CounterCaller) -> CounterAnswer:
        """Mail the receipt of a sale to whoever asks for it."""
        sale = await self._sale(caller)
        wrong, status = await self._slips.mail(caller, await self._face(caller, sale))
        if wrong:
            return await self._page(caller, sale, receipt_wrong=wrong, status=status)
        return see_other(f"{_address(caller, sale.order)}?mailed=yes")

    async def receipt(self, caller: CounterCaller) -> CounterAnswer:
        """Return the receipt of a sale as a PDF, for a roll of paper or for A4."""
        sale, roll = await self._sale(caller), roll_of(caller.request.path_params["roll"])
        if roll is None:
            raise PageUnknown
        content = await self._deps.receipt_printer.receipt(await self._face(caller, sale), roll)
        headers = security_headers(https=self._front.https) | {"Content-Disposition": 'inline; filename="receipt.pdf"'}
        return Response(content, media_type="application/pdf", headers=headers)

    async def _face(self, caller: CounterCaller, sale: Sold) -> ReceiptFace:
        voice = self._front.voice(caller)
        notes = await words_on_receipt(self._deps, caller.merchant, sale.order, voice.language)
        return sale_face(sale, caller, voice, notes=notes)

    async def undo(self, caller: CounterCaller) -> CounterAnswer:
        """Undo a sale whose paper or card was scanned again; later, or by another, with the word of a second person."""
        sale = await self._sale(caller)
        found = await scanned_here(self._deps, self._guesses, caller)
        if found is None or not caller.fields.get("reason", "").strip():
            return await self._page(caller, sale, undo_wrong=found is None, why_wrong=found is not None, status=422)
        try:
            return await self._undo(caller, sale, found.certificate, approved=False)
        except (UndoElsewhere, UndoTooLate):
            pass
        except LargesseError as refused:
            return await refused_page(self._front, caller, refused)
        shown = TillShown(
            amount=sale.total.minor,
            currency=sale.total.currency.code,
            certificates=(found.certificate.certificate_id,),
            ends=(found.last_four,),
            order_number=sale.order.order_number,
            reason=caller.fields.get("reason", "").strip()[:_REASON_MAX],
        )
        subject = str(found.certificate.certificate_id)
        given = await self._approval.ask(caller, TillAct.LATE_UNDO, shown=shown, subject=subject)
        if not isinstance(given, TillApproval):
            return given
        try:
            return await self._undo(caller, sale, found.certificate, approved=True)
        except LargesseError as refused:
            return await refused_page(self._front, caller, refused)

    async def _undo(self, caller: CounterCaller, sale: Sold, scanned: Certificate, *, approved: bool) -> CounterAnswer:
        await undo_sale(
            self._deps,
            caller.merchant,
            sale.order.order_number,
            scanned,
            actor_only=not approved,
            request=replace(self._request(caller), memo=caller.fields["reason"].strip()[:_REASON_MAX]),
            now=self._deps.clock.now(),
        )
        return see_other(_address(caller, sale.order))

    async def send_link(self, caller: CounterCaller) -> CounterAnswer:
        """Mail the page to pay to the buyer; the sale goes on waiting."""
        sale = await self._sale(caller)
        try:
            await send_payment_link(
                self._deps,
                caller.merchant,
                sale,
                address=caller.fields.get("email", "")[:_ADDRESS_MAX],
                locale=chosen(caller.fields, "language", LANGUAGES, usual=sale.checkout.locale),
                now=self._deps.clock.now(),
            )
        except (SaleInvalid, ChoiceUnknown) as wrong:
            return await self._waits(caller, sale, wrong={one.field for one in wrong.fields}, status=422)
        except LargesseError as refused:
            return await refused_page(self._front, caller, refused)
        return see_other(f"{_address(caller, sale.order)}?linked=yes")

    async def give_up(self, caller: CounterCaller) -> CounterAnswer:
        """Give up a sale that is waited for; where a payment came all the same, it is shown as sold."""
        sale = await self._sale(caller)
        try:
            await give_up_sale(self._deps, caller.merchant, sale.order.order_number, now=self._deps.clock.now())
        except LargesseError as refused:
            return await refused_page(self._front, caller, refused)
        return see_other(_address(caller, sale.order))

    async def waiting(self, caller: CounterCaller) -> CounterAnswer:
        """Return the sales of this location whose payment is waited for."""
        voice, now = self._front.voice(caller), self._deps.clock.now()
        found = await waiting_at(self._deps, caller.merchant, caller.location.location_id)
        sales = [
            {
                "href": _address(caller, one.order),
                "number": one.order.order_number,
                "total": voice.money(Money(one.order.total, currency(one.order.currency))),
                "whom": one.order.to_message or one.order.recipient_email,
                "by": tender_word(one.gateway, voice),
                "since": voice.moment(one.order.placed_at, zone=caller.where.zone, now=now),
                "deadline": voice.moment(one.deadline, zone=caller.where.zone, now=now) if one.deadline else "",
            }
            for one in found
        ]
        return await self._front.page(caller, "waiting.html", {"sales": sales})

    def _request(self, caller: CounterCaller) -> Request:
        return Request(operation_id=caller.operation, actor=caller.actor)

    async def _sale(self, caller: CounterCaller) -> Sold:
        """Return the sale that the address names.

        Raises:
            PageUnknown: nothing was sold at this location under that number.
        """
        try:
            async with self._deps.database.connection() as connection:
                found = await sale_of_order(connection, caller.merchant, caller.request.path_params["number"])
        except (OrderNotFound, SaleUnknown):
            raise PageUnknown from None
        if found.order.location_id != caller.location.location_id:
            raise PageUnknown
        return found

    async def _waits(
        self, caller: CounterCaller, sale: Sold, *, wrong: Collection[str] = (), status: int = 200
    ) -> CounterAnswer:
        voice = self._front.voice(caller)
        by_transfer = sale.checkout.gateway == "manual"
        address = ""
        if not by_transfer:
            try:
                address = await collect(self._deps, caller.merchant, sale, now=self._deps.clock.now())
            except LargesseError as refused:
                return await refused_page(self._front, caller, refused)
        here, until = _address(caller, sale.order), await waits_until(self._deps, caller.merchant, sale)
        values = {
            "order": sale.order,
            "reloads": sale.order.is_reload,
            "until": voice.moment(until, zone=caller.where.zone, now=self._deps.clock.now()) if until else "",
            "total": voice.money(sale.total),
            "by_transfer": by_transfer,
            "address": address,
            "code": Markup(qr_svg(address)) if address else "",  # noqa: S704 - drawn by us from bars alone
            "again": f"{here}/waits?poll=1",
            "every": POLL_S,
            "here": here,
            "email": caller.fields.get("email", "")[:_ADDRESS_MAX] or sale.checkout.billing.email,
            "link_wrong": "email" in wrong,
            "languages": list(LANGUAGE_NAMES.items()),
            "language": caller.fields.get("language") or sale.checkout.locale,
            "language_wrong": choose_one(voice) if "language" in wrong else "",
            "linked": "linked" in caller.request.query_params,
        }
        return await self._front.page(caller, "sold_waits.html", values, here=here, status=status)

    async def _page(
        self,
        caller: CounterCaller,
        sale: Sold,
        *,
        undo_wrong: bool = False,
        why_wrong: bool = False,
        mail_wrong: bool = False,
        receipt_wrong: str = "",
        status: int = 200,
    ) -> CounterAnswer:
        order, voice = sale.order, self._front.voice(caller)
        async with self._deps.database.connection() as connection:
            prints = await prints_of(connection, order)
            renewed_at = await renewed_by(connection, order, caller.actor)
        values: dict[str, Any] = {
            "order": order,
            "title": sale_title(order, voice),
            "done": order.status is OrderStatus.ISSUED,
            "facts": sale_facts(sale, voice),
            "total": voice.money(sale.total),
            "may_print": may_print(order, spot_at(caller), renewed_at=renewed_at, now=self._deps.clock.now()),
            "may_renew": may_renew(order, spot_at(caller)) and not order.is_reload,
            "printed": prints,
            "receipt_wrong": receipt_wrong,
            "receipt_mailed": "mailed" in caller.request.query_params,
            "mailed": order.delivery is DeliveryMethod.EMAIL,
            "undo_wrong": undo_wrong,
            "why_wrong": why_wrong,
            "mail_wrong": mail_wrong,
            "typed": shown_fields(caller.fields),
            "here": _address(caller, order),
        }
        return await self._front.page(caller, "sold.html", values, status=status, here=_address(caller, order))


def _paper(caller: CounterCaller) -> SalePaper:
    """Return the paper that was chosen.

    Raises:
        ChoiceUnknown: it is none that is offered.
    """
    return chosen(caller.fields, "paper", SalePaper, usual=SalePaper.SHEET)


def _printed(done: Print) -> CounterAnswer:
    headers = {"Content-Disposition": "inline", "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    return Response(done.pdf, media_type="application/pdf", headers=headers)


def _address(caller: CounterCaller, order: Order) -> str:
    return sold_path(caller.merchant.slug, order.order_number)


def sold_routes(front: CounterFront, approval: CounterApproval) -> Sequence[HTTPRouteHandler]:
    """Return the routes of sales that were made."""
    pages = SoldPages(front, approval)
    return [
        front.route("GET", _SOLD, AT_COUNTER, pages.show),
        front.route("GET", f"{_SOLD}/waits", WAITING, pages.waits),
        front.route("POST", f"{_SOLD}/print", AT_COUNTER, pages.print),
        front.route("POST", f"{_SOLD}/mail", AT_COUNTER, pages.mail),
        front.route("POST", f"{_SOLD}/new-number", ACTING, pages.print_anew),
        front.route("POST", f"{_SOLD}/mail-receipt", AT_COUNTER, pages.mail_receipt),
        front.route("GET", f"{_SOLD}/receipt/{{roll:str}}", AT_COUNTER, pages.receipt),
        front.route("POST", f"{_SOLD}/undo", ACTING, pages.undo),
        front.route("POST", f"{_SOLD}/link", ACTING, pages.send_link),
        front.route("POST", f"{_SOLD}/give-up", ACTING, pages.give_up),
        front.route("GET", _WAITING, AT_COUNTER, pages.waiting),
    ]
