"""`/gifts/given?token=…`: where a buyer looks after the gifts of a checkout, by the link in the receipt.

The signed token is the permission and goes with every form, so there is nothing that another site could make a browser
send by itself (docs/decisions/0054-links-for-buyers.md). A form that another site sends is refused all the same.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from litestar import MediaType, Response, get, post
from litestar.types import ControllerRouterHandler

from largesse.domain.catalog import Paper
from largesse.domain.gifts import CorrectedTooOften, GiftUsed, RecipientInvalid, SentTooOften
from largesse.domain.invoices import sale_documents_of
from largesse.domain.merchants import Merchant
from largesse.interfaces.storefront.dependencies import StorefrontDependencies
from largesse.interfaces.storefront.dress import brand_of, pdf_answer
from largesse.interfaces.storefront.given_view import Form, entries_of, receipts_of
from largesse.interfaces.storefront.limits import GuessLimit, links
from largesse.interfaces.storefront.opening import open_link
from largesse.interfaces.storefront.previews import PREVIEW_HEADERS
from largesse.interfaces.storefront.wording import sentences
from largesse.kernel import free_text
from largesse.kernel.errors import FieldError, NotFound, Unavailable
from largesse.ledger import CertificateBlocked, CertificateExpired, CertificateVoid
from largesse.services.certificates import ReissueOfPool
from largesse.services.checkout import Fault, FaultKind, email_doubts
from largesse.services.gifts import (
    NAME_MAX,
    PATH,
    GiftLink,
    GiftTakenBack,
    LinkExpired,
    LinkRefused,
    SentAgain,
    dress_of,
    gifts_of,
    picture_of_gift,
    print_gift,
    send_again,
)
from largesse.services.merchants import offers_withdrawal
from largesse.services.withdrawals import withdrawal_address
from largesse.ui import DEFAULT_BRAND, Brand, Templates
from largesse.web.csrf import comes_from_here
from largesse.web.errors import TooManyRequests
from largesse.web.forms import an_id, read_form
from largesse.web.pages import page
from largesse.web.preferences import visit_of
from largesse.web.request import AnyRequest
from largesse.web.responses import retry_after, see_other

PDF_PATH: Final = f"{PATH}.pdf"
PICTURE_PATH: Final = f"{PATH}.svg"
RECEIPT_PATH: Final = f"{PATH}/receipt"
RECEIPT_PDF_PATH: Final = f"{PATH}/receipt.pdf"
CHANGE_PATH: Final = f"{PATH}/change"
BODY_BYTES_MAX: Final = 8192
_TYPED_MAX: Final = 400
_DONE: Final = frozenset({"sent", "saved", "replaced", "changed", "named"})
_GONE: Final = (GiftTakenBack, CertificateBlocked, CertificateExpired, CertificateVoid)
"""The certificate cannot be used any more, or not just now; also where that became so a moment ago."""
_KEPT: Final = (GiftUsed, CorrectedTooOften, ReissueOfPool)
_UNLISTED: Final = {"X-Robots-Tag": "noindex, nofollow"}
_log = logging.getLogger(__name__)

Fields = Mapping[str, str]


class AddressDoubtful(Exception):
    """An address looks like a slip, and was not sent as it is before."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__()
        self.faults = faults


class GivenPages:
    """Answer whoever holds a link to gifts."""

    def __init__(self, deps: StorefrontDependencies, templates: Templates, guesses: GuessLimit) -> None:
        self._deps = deps
        self._templates = templates
        self._guesses = guesses

    async def show(self, request: AnyRequest) -> Response[str]:
        """Return the page of a link."""
        token = request.query_params.get("token", "")
        link = await self.link(token, request)
        if isinstance(link, Response):
            return link
        done = request.query_params.get("done", "")
        return await self.gifts(link, token, request, done=done if done in _DONE else "")

    async def send(self, request: AnyRequest, fields: Fields) -> Response[str] | Response[bytes]:
        """Correct a recipient and send the gift; then show the page again, so that a reload sends nothing."""
        token = fields.get("token", "")
        link = await self.link(token, request)
        if isinstance(link, Response):
            return link
        order_id = an_id(fields.get("order", ""))
        if order_id is None or not comes_from_here(request):
            return self.refused(request)
        name, email = fields.get("name", "")[:_TYPED_MAX], fields.get("email", "")[:_TYPED_MAX]
        at_once = fields.get("when") == "now"
        sure = fields.get("email_sure", "")
        try:
            await self._ask_about(link, order_id, email.strip(), sure=sure)
            done = await send_again(
                self._deps, link, order_id, name=name, email=email, at_once=at_once, now=self._deps.clock.now()
            )
        except (RecipientInvalid, AddressDoubtful) as wrong:
            faults = (
                list(wrong.faults)
                if isinstance(wrong, AddressDoubtful)
                else [_as_typed(fault, name) for fault in wrong.fields]
            )
            sure = email.strip() if isinstance(wrong, AddressDoubtful) else sure
            said = sentences(self._templates.voice(visit_of(request)), faults)
            form = Form(order_id=order_id, name=name, email=email, errors=said, sure=sure)
            return await self.gifts(link, token, request, form=form, status=422)
        except SentTooOften:
            return await self.gifts(link, token, request, problem="often", status=429)
        except (*_GONE, *_KEPT) as refused:
            problem = _problem(refused)
            return await self.gifts(link, token, request, problem=problem, status=409)
        except NotFound:
            return self.refused(request)
        return see_other(f"{PATH}?token={token}&done={_said(done)}")

    async def _ask_about(self, link: GiftLink, order_id: UUID, email: str, *, sure: str) -> None:
        """Ask about an address that looks like a slip; the one that the gift has already was asked about before.

        Raises:
            AddressDoubtful: it looks like one.
        """
        doubts = email_doubts("email", email, sure=sure)
        if not doubts:
            return
        found = await gifts_of(self._deps, link)
        if email not in {one.gift.recipient_email for one in found.given if one.order.order_id == order_id}:
            raise AddressDoubtful(doubts)

    async def picture(self, request: AnyRequest) -> Response[bytes]:
        """Return the picture of a gift as it was bought; each counts as a look, for each is typeset."""
        query = request.query_params
        order_id = an_id(query.get("order", ""))
        try:
            link = await open_link(self._deps, self._guesses, query.get("token", ""), request)
            if order_id is None:
                raise LinkRefused
            content = await picture_of_gift(self._deps, link, order_id, now=self._deps.clock.now())
        except TooManyRequests as refused:
            return Response(b"", status_code=429, headers=retry_after(refused.retry_after_s), media_type=MediaType.TEXT)
        except (LinkRefused, LinkExpired, NotFound, GiftTakenBack):
            return Response(b"There is no such picture.\n", status_code=404, media_type=MediaType.TEXT)
        except Unavailable as busy:
            return Response(b"", status_code=503, headers=retry_after(busy.retry_after_s), media_type=MediaType.TEXT)
        return Response(content, headers=PREVIEW_HEADERS | {"Cache-Control": "no-store"}, media_type="image/svg+xml")

    async def take(self, request: AnyRequest, fields: Fields) -> Response[str] | Response[bytes]:
        """Return a gift's certificate as PDF."""
        token = fields.get("token", "")
        link = await self.link(token, request)
        if isinstance(link, Response):
            return link
        order_id = an_id(fields.get("order", ""))
        if order_id is None or not comes_from_here(request):
            return self.refused(request)
        try:
            sheet, content = await print_gift(
                self._deps, link, order_id, paper=_paper(request), now=self._deps.clock.now()
            )
        except GiftTakenBack:
            return await self.gifts(link, token, request, problem="gone", status=409)
        except NotFound:
            return self.refused(request)
        except Unavailable as busy:
            headers = retry_after(busy.retry_after_s)
            return self.page("busy_printer.html", request, {}, status=503, headers=headers, token=token)
        return pdf_answer(sheet.file_name, content, self._templates)

    async def link(self, token: str, request: AnyRequest) -> GiftLink | Response[str]:
        """Return what a token stands for, or the answer to one that is not ours; refused ones are logged."""
        try:
            return await open_link(self._deps, self._guesses, token, request)
        except TooManyRequests as refused:
            headers = retry_after(refused.retry_after_s)
            return self.page("given_gone.html", request, {"why": "wait"}, status=429, headers=headers, token=token)
        except LinkExpired:
            return self.page("given_gone.html", request, {"why": "expired"}, status=410, token=token)
        except LinkRefused as refused:
            _log.warning("a link to gifts was refused: %s", refused.code)
            return self.refused(request)

    async def gifts(
        self,
        link: GiftLink,
        token: str,
        request: AnyRequest,
        *,
        form: Form | None = None,
        done: str = "",
        problem: str = "",
        status: int = 200,
    ) -> Response[str]:
        """Return the page with all gifts of a link."""
        try:
            gifts = await gifts_of(self._deps, link)
        except NotFound:
            return self.refused(request)
        async with self._deps.database.connection() as connection:
            kept = await sale_documents_of(connection, link.merchant_id, link.checkout_id)
            withdraws = await offers_withdrawal(connection, gifts.merchant, now=self._deps.clock.now())
        withdraw = withdrawal_address(self._deps, gifts.merchant, link.checkout_id) if withdraws else ""
        voice = self._templates.voice(visit_of(request), gifts.merchant.english)
        values: dict[str, object] = {
            "token": token,
            "entries": entries_of(gifts, voice, form=form, now=self._deps.clock.now()),
            "done": done,
            "problem": problem,
            "pdf": PDF_PATH,
            "picture": PICTURE_PATH,
            "change": CHANGE_PATH,
            "receipts": receipts_of(kept, voice),
            "receipt": RECEIPT_PATH,
            "receipt_pdf": RECEIPT_PDF_PATH,
            "withdraw": withdraw,
            "contact": gifts.merchant.reply_address,
        }
        brand, demo = await self.brand(gifts.merchant), gifts.merchant.is_demo
        return self.page("given.html", request, values, brand=brand, demo=demo, status=status, token=token)

    async def brand(self, merchant: Merchant) -> Brand:
        """Return whose page it is."""
        return brand_of(merchant, await dress_of(self._deps, merchant, now=self._deps.clock.now()))

    def refused(self, request: AnyRequest) -> Response[str]:
        """Return the answer to a link that is not ours."""
        return self.page("given_gone.html", request, {"why": "refused"}, status=403)

    def page(
        self,
        template: str,
        request: AnyRequest,
        values: Mapping[str, object],
        *,
        brand: Brand = DEFAULT_BRAND,
        demo: bool = False,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        token: str = "",
        here: str = "",
    ) -> Response[str]:
        """Return a page of whoever holds a link; `here` is its address, where that is not the link's own."""
        here = here or (f"{PATH}?token={token}" if token else PATH)
        return page(
            self._templates,
            f"storefront/{template}",
            request,
            {"path": PATH, **values},
            visit=msgspec.structs.replace(visit_of(request), here=here),
            brand=brand,
            demo=demo,
            status_code=status,
            headers=_UNLISTED | dict(headers or {}),
        )


def given_routes(
    deps: StorefrontDependencies, templates: Templates, *, guesses: GuessLimit | None = None
) -> Sequence[ControllerRouterHandler]:
    """Return the routes of the page on which buyers look after their gifts."""
    pages = GivenPages(deps, templates, guesses or links(deps))

    @get(PICTURE_PATH, include_in_schema=False)
    async def picture(request: AnyRequest) -> Response[bytes]:
        return await pages.picture(request)

    @get(PATH, include_in_schema=False)
    async def show(request: AnyRequest) -> Response[str]:
        return await pages.show(request)

    @post(PATH, include_in_schema=False, request_max_body_size=BODY_BYTES_MAX, exclude_from_csrf=True, status_code=200)
    async def send(request: AnyRequest) -> Response[str] | Response[bytes]:
        return await pages.send(request, await read_form(request))

    @post(
        PDF_PATH, include_in_schema=False, request_max_body_size=BODY_BYTES_MAX, exclude_from_csrf=True, status_code=200
    )
    async def take(request: AnyRequest) -> Response[str] | Response[bytes]:
        return await pages.take(request, await read_form(request))

    return [show, send, take, picture]


def _paper(request: AnyRequest) -> Paper | None:
    """Return the paper that was asked for, None for that of home printers; what stands in the address is no secret."""
    return Paper.A5 if request.query_params.get("paper") == "a5" else None


def _problem(refused: Exception) -> str:
    """Return what the page says of a gift that is not sent."""
    if isinstance(refused, _GONE):
        return "gone"
    return "number" if isinstance(refused, ReissueOfPool) else "ask"


def _said(done: SentAgain) -> str:
    if done.has_new_number:
        return "replaced"
    return "saved" if done.gift.mail_id is None else "sent"


def _as_typed(fault: FieldError, name: str) -> Fault:
    """Return what is wrong with a recipient as the gift form says it."""
    if fault.field == "name":
        length = len(free_text.one_line(name))
        return Fault(field="name", kind=FaultKind.TOO_LONG, values={"length": length, "limit": NAME_MAX})
    return Fault(field="email", kind=FaultKind.EMAIL)
