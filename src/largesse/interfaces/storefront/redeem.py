"""`/gifts/redeem.html?code=…`: what a certificate is worth, for whoever holds its number.

The path and the parameter are the source's (partner-order-api.txt). A number that is typed here is posted instead, so
that it does not come to stand in an address.
"""

from collections.abc import Mapping, Sequence

import msgspec
from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from largesse.domain.catalog import Paper
from largesse.domain.certificates import CertificateUnknown
from largesse.interfaces.storefront.dependencies import StorefrontDependencies
from largesse.interfaces.storefront.dress import brand_of, pdf_answer
from largesse.interfaces.storefront.limits import GuessLimit, numbers
from largesse.interfaces.storefront.view import view_of, view_of_sample
from largesse.kernel import free_text
from largesse.kernel.errors import Unavailable
from largesse.ledger import Status
from largesse.services.certificates import Located, Sample, look_up
from largesse.services.gifts import dress_of, hold, print_held, redeem_url
from largesse.ui import DEFAULT_BRAND, Brand, Templates, Visit
from largesse.web.errors import TooManyRequests
from largesse.web.forms import read_form
from largesse.web.pages import page
from largesse.web.preferences import preference_cookies, visit_of
from largesse.web.request import AnyRequest
from largesse.web.responses import retry_after

PATH = "/gifts/redeem.html"
PDF_PATH = "/gifts/certificate.pdf"
BODY_BYTES_MAX = 4096

_FOLDER = "storefront"
_UNLISTED = {"X-Robots-Tag": "noindex, nofollow"}


class RedeemPage:
    """Answer who asks what a number is worth."""

    def __init__(self, deps: StorefrontDependencies, templates: Templates, guesses: GuessLimit) -> None:
        self._deps = deps
        self._templates = templates
        self._guesses = guesses

    async def answer(self, code: str | None, request: AnyRequest, visit: Visit) -> Response[str]:
        """Return the page for a number, for none, or for one that is nothing.

        A number that does not exist and a text that cannot be one get the same answer after the same work; who typed it
        finds it in the field again, to be compared and corrected.
        """
        found = await self._find(code, request, visit)
        if isinstance(found, Response):
            return found
        dress = await dress_of(self._deps, found.merchant)
        voice = self._templates.voice(visit)
        if isinstance(found, Sample):
            view = view_of_sample(found, dress.theme, voice=voice)
        else:
            held = await hold(self._deps, found)
            view = view_of(
                found,
                held,
                dress.theme,
                address=redeem_url(self._deps, held.number),
                voice=voice,
                now=self._deps.clock.now(),
            )
        values = {"view": view, "pdf": PDF_PATH, "was_posted": request.method == "POST"}
        return self._page("worth.html", request, visit, values, brand=brand_of(found.merchant, dress))

    async def pdf(self, code: str | None, request: AnyRequest, visit: Visit) -> Response[bytes] | Response[str]:
        """Return the certificate to be printed; where there is nothing to print, the page says why."""
        found = await self._find(code, request, visit)
        if isinstance(found, Response):
            return found
        now = self._deps.clock.now()
        if isinstance(found, Sample) or found.certificate.status is not Status.ACTIVE or found.certificate.expired(now):
            return await self.answer(code, request, visit)
        try:
            sheet, content = await print_held(self._deps, found, paper=_paper(request))
        except Unavailable as busy:
            headers = retry_after(busy.retry_after_s)
            return self._page("busy_printer.html", request, visit, status=503, headers=headers)
        return pdf_answer(sheet.file_name, content, self._templates)

    async def _find(self, code: str | None, request: AnyRequest, visit: Visit) -> Located | Sample | Response[str]:
        """Return what a number stands for, or the answer where it is nothing, counted against the address."""
        if code is None or not code.strip():
            missing = request.method == "POST"  # somebody pressed the button, rather than came by a link
            values = {"wrong": "missing" if missing else ""}
            return self._page("ask.html", request, visit, values, status=422 if missing else 200)
        try:
            async with self._guesses.attempt(request) as attempt:
                try:
                    return await look_up(self._deps, code)
                except CertificateUnknown:
                    attempt.miss()
                    raise
        except TooManyRequests as refused:
            headers = retry_after(refused.retry_after_s)
            return self._page("wait.html", request, visit, status=429, headers=headers)
        except CertificateUnknown:
            typed = free_text.one_line(code) if request.method == "POST" else ""
            return self._page("ask.html", request, visit, {"wrong": "unknown", "typed": typed}, status=404)

    def _page(
        self,
        template: str,
        request: AnyRequest,
        visit: Visit,
        values: Mapping[str, object] | None = None,
        *,
        brand: Brand = DEFAULT_BRAND,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response[str]:
        return page(
            self._templates,
            f"{_FOLDER}/{template}",
            request,
            {"path": PATH, **(values or {})},
            visit=msgspec.structs.replace(visit, here=PATH),  # the address may hold the number
            brand=brand,
            status_code=status,
            headers=_UNLISTED | dict(headers or {}),
        )


def redeem_routes(
    deps: StorefrontDependencies, templates: Templates, *, guesses: GuessLimit | None = None
) -> Sequence[ControllerRouterHandler]:
    """Return the routes of the redeem page."""
    redeem_page = RedeemPage(deps, templates, guesses or numbers(deps))

    @get(PATH, include_in_schema=False)
    async def show(request: AnyRequest) -> Response[str]:
        return await redeem_page.answer(request.query_params.get("code"), request, visit_of(request))

    @post(PATH, include_in_schema=False, request_max_body_size=BODY_BYTES_MAX)
    async def ask(request: AnyRequest) -> Response[str]:
        # Whoever asks for another language or light posts the number again, for there is no address to come back to.
        fields = await read_form(request)
        language, theme = fields.get("language"), fields.get("theme")
        visit = visit_of(request).with_preferences(language=language, theme=theme)
        answer = await redeem_page.answer(fields.get("code", ""), request, visit)
        answer.cookies.extend(preference_cookies(templates, language=language, theme=theme))
        return answer

    @post(PDF_PATH, include_in_schema=False, request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def take(request: AnyRequest) -> Response[bytes] | Response[str]:
        code = (await read_form(request)).get("code", "")
        return await redeem_page.pdf(code, request, visit_of(request))

    return [show, ask, take]


def _paper(request: AnyRequest) -> Paper:
    """Return the sheet that was asked for; what stands in the address is no secret."""
    return Paper.A4 if request.query_params.get("paper") == "a4" else Paper.A5
