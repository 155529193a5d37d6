"""`/gifts/given/receipt`: a buyer's receipts and invoices as PDF, and whom they name, by the link in the receipt."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from largesse.domain import merchants
from largesse.domain.invoices import (
    BuyerAddressInvalid,
    KeptDocument,
    Party,
    ReaddressedTooOften,
    SaleDocumentUnknown,
    sale_documents_of,
)
from largesse.interfaces.storefront.checkout_view import country_choices
from largesse.interfaces.storefront.dependencies import StorefrontDependencies
from largesse.interfaces.storefront.dress import pdf_answer
from largesse.interfaces.storefront.given_pages import BODY_BYTES_MAX, RECEIPT_PATH, RECEIPT_PDF_PATH, GivenPages
from largesse.interfaces.storefront.limits import links
from largesse.kernel.errors import NotFound, Unavailable
from largesse.services.gifts import PATH, GiftLink
from largesse.services.invoices import named_now, readdress, sale_file_name, sale_pdf
from largesse.ui import Templates, Voice
from largesse.web.csrf import comes_from_here
from largesse.web.forms import read_form
from largesse.web.preferences import visit_of
from largesse.web.request import AnyRequest
from largesse.web.responses import retry_after, see_other

_FIELDS: Final = ("name", "address", "address2", "zip", "city", "state", "country")
_TYPED_MAX: Final = 400

Fields = Mapping[str, str]


class SaleDocumentPages:
    """Answer who wants a receipt, or another name on it; `given` answers whatever is not about that."""

    def __init__(self, deps: StorefrontDependencies, templates: Templates, given: GivenPages) -> None:
        self._deps = deps
        self._templates = templates
        self._given = given

    async def pdf(self, request: AnyRequest) -> Response[str] | Response[bytes]:
        """Return a receipt, an invoice, or what corrects one, as PDF."""
        query = request.query_params
        token = query.get("token", "")
        link = await self._given.link(token, request)
        if isinstance(link, Response):
            return link
        try:
            document = (await self._document(link, query.get("number", ""))).document
            content = await sale_pdf(self._deps, document)
        except NotFound:
            return self._given.refused(request)
        except Unavailable as busy:
            headers = retry_after(busy.retry_after_s)
            return self._given.page("busy_printer.html", request, {}, status=503, headers=headers, token=token)
        return pdf_answer(sale_file_name(document), content, self._templates)

    async def show(self, request: AnyRequest) -> Response[str]:
        """Return the form for whom a receipt names."""
        query = request.query_params
        token, number = query.get("token", ""), query.get("number", "")
        link = await self._given.link(token, request)
        if isinstance(link, Response):
            return link
        try:
            async with self._deps.database.connection() as connection:
                buyer = await named_now(connection, await self._document(link, number))
        except NotFound:
            return self._given.refused(request)
        typed = {name: str(getattr(buyer, name)) if buyer is not None else "" for name in _FIELDS}
        return await self._form(request, link, token, number, typed)

    async def save(self, request: AnyRequest, fields: Fields) -> Response[str] | Response[bytes]:
        """Write another name and address on a receipt, and lead back to the gifts."""
        token, number = fields.get("token", ""), fields.get("number", "")
        link = await self._given.link(token, request)
        if isinstance(link, Response):
            return link
        if not comes_from_here(request):
            return self._given.refused(request)
        typed = {name: fields.get(name, "")[:_TYPED_MAX] for name in _FIELDS}
        try:
            first = await self._document(link, number)
            async with self._deps.database.transaction() as connection:
                merchant = await merchants.merchant_of_id(connection, link.merchant_id)
                await readdress(connection, merchant, first, Party(**typed), now=self._deps.clock.now())
        except BuyerAddressInvalid as wrong:
            faults = {one.field for one in wrong.fields}
            return await self._form(request, link, token, number, typed, faults=faults)
        except ReaddressedTooOften:
            return await self._given.gifts(link, token, request, problem="readdressed", status=409)
        except NotFound:
            return self._given.refused(request)
        return see_other(f"{PATH}?token={token}&done=named")

    async def _document(self, link: GiftLink, number: str) -> KeptDocument:
        """Return a document of the checkout that a link is for.

        Raises:
            SaleDocumentUnknown: it has none of that number.
        """
        async with self._deps.database.connection() as connection:
            known = await sale_documents_of(connection, link.merchant_id, link.checkout_id)
        found = next((one for one in known if one.document.number == number), None)
        if found is None:
            raise SaleDocumentUnknown
        return found

    async def _form(
        self,
        request: AnyRequest,
        link: GiftLink,
        token: str,
        number: str,
        typed: Mapping[str, str],
        *,
        faults: Collection[str] = (),
    ) -> Response[str]:
        async with self._deps.database.connection() as connection:
            merchant = await merchants.merchant_of_id(connection, link.merchant_id)
        voice = self._templates.voice(visit_of(request), merchant.english)
        said = {name: _sentence(name, typed[name], voice) for name in _FIELDS if name in faults}
        values: dict[str, object] = {
            "path": RECEIPT_PATH,
            "token": token,
            "number": number,
            "typed": typed,
            "wrong": defaultdict(str, said),
            "errors": list(said.items()),
            "countries": country_choices(voice),
            "back": f"{PATH}?token={token}",
        }
        return self._given.page(
            "receipt.html",
            request,
            values,
            brand=await self._given.brand(merchant),
            demo=merchant.is_demo,
            status=422 if faults else 200,
            token=token,
            here=f"{RECEIPT_PATH}?token={token}&number={number}",
        )


def receipt_routes(deps: StorefrontDependencies, templates: Templates) -> Sequence[ControllerRouterHandler]:
    """Return the routes of receipts and invoices for who bought."""
    pages = SaleDocumentPages(deps, templates, GivenPages(deps, templates, links(deps)))

    @get(RECEIPT_PDF_PATH, include_in_schema=False)
    async def pdf(request: AnyRequest) -> Response[str] | Response[bytes]:
        return await pages.pdf(request)

    @get(RECEIPT_PATH, include_in_schema=False)
    async def show(request: AnyRequest) -> Response[str]:
        return await pages.show(request)

    @post(
        RECEIPT_PATH,
        include_in_schema=False,
        request_max_body_size=BODY_BYTES_MAX,
        exclude_from_csrf=True,
        status_code=200,
    )
    async def save(request: AnyRequest) -> Response[str] | Response[bytes]:
        return await pages.save(request, await read_form(request))

    return [pdf, show, save]


def _sentence(name: str, typed: str, voice: Voice) -> str:
    if typed.strip() and name != "country":
        return voice.t("This is longer than a receipt has room for. Make it shorter.")
    return {
        "name": voice.t("Type the name that is to stand on the receipt."),
        "address": voice.t("Type the street and the number."),
        "city": voice.t("Type the city."),
        "country": voice.t("Choose the country."),
    }.get(name, "")
