"""`/gifts/redeem.html?code=…`: what a certificate is worth, for whoever holds its number.

The path and the parameter are the source's (docs/glossary.md). A number that is typed here is posted instead, so
that it does not come to stand in an address.
"""

import base64
import time
from collections.abc import Mapping, Sequence

import msgspec
from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from largesse.domain import certificates, imports
from largesse.domain.catalog import Paper
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.gifts import ThanksInvalid
from largesse.domain.merchants import Merchant
from largesse.domain.wallets import GOOGLE_ORIGIN, Wallet
from largesse.interfaces.storefront.calendar import a_whole_day
from largesse.interfaces.storefront.dependencies import StorefrontDependencies
from largesse.interfaces.storefront.dress import brand_of, file_answer, pdf_answer
from largesse.interfaces.storefront.held_pictures import held_picture_url
from largesse.interfaces.storefront.limits import GuessLimit, numbers, weak_numbers
from largesse.interfaces.storefront.shops import KEPT_S, Shops, list_shops
from largesse.interfaces.storefront.view import view_of, view_of_sample
from largesse.interfaces.storefront.wording import thanks_fault
from largesse.kernel import free_text
from largesse.kernel.errors import Unavailable
from largesse.kernel.ids import derived_id
from largesse.kernel.sealing import Sealed, SecretUnreadable
from largesse.ledger import Status
from largesse.services.certificates import Located, Sample, look_up
from largesse.services.gifts import THANKS_MAX, dress_of, hold, print_held, redeem_url, thank, unwrap, where_of
from largesse.services.wallets import wallets_offered
from largesse.ui import DEFAULT_BRAND, Brand, Templates, Visit, Voice
from largesse.web.errors import TooManyRequests
from largesse.web.forms import read_form
from largesse.web.pages import page
from largesse.web.preferences import preference_cookies, visit_of
from largesse.web.request import AnyRequest
from largesse.web.responses import retry_after

PATH = "/gifts/redeem.html"
PDF_PATH = "/gifts/certificate.pdf"
CALENDAR_PATH = "/gifts/certificate.ics"
WALLET_PATH = "/gifts/wallet"
BODY_BYTES_MAX = 4096

_FOLDER = "storefront"
_KEPT, _KEPT_MARK = b"redeem page", "kept:"
_EXAMPLE = "7K2M-9QXR-4T8W-HB3C"
_UNLISTED = {"X-Robots-Tag": "noindex, nofollow"}


class EntryLook(msgspec.Struct, frozen=True, kw_only=True):
    """Whose look the page has: that of a merchant, or of Largesse where it may be anybody's."""

    prefix: str = "GL"
    slug: str = ""
    brand: Brand = DEFAULT_BRAND
    is_demo: bool = False


class RedeemPage:
    """Answer who asks what a number is worth."""

    def __init__(self, deps: StorefrontDependencies, templates: Templates, guesses: GuessLimit) -> None:
        self._deps = deps
        self._templates = templates
        self._guesses = guesses
        self._weak_guesses = weak_numbers(deps)
        self._shops = Shops(deps)
        self._only = (-KEPT_S, "")

    async def answer(
        self,
        code: str | None,
        slug: str,
        request: AnyRequest,
        visit: Visit,
        *,
        unwraps: bool = False,
        thanks: str | None = None,
    ) -> Response[str]:
        """Return the page for a number, for none, or for one that is nothing, in the look of the shop of `slug`.

        A number that does not exist and a text that cannot be one get the same answer after the same work; who typed it
        finds it in the field again, to be compared and corrected. `unwraps`: the present within is unwrapped; `thanks`:
        who gave it is told that it arrived, in these words.
        """
        code = self._opened(code) if code else code
        found = await self._find(code, slug, request, visit)
        if isinstance(found, Response):
            return found
        dress = await dress_of(self._deps, found.merchant, now=self._deps.clock.now())
        voice, refused, address = self._templates.voice(visit, found.merchant.english), "", ""
        if isinstance(found, Sample):
            view = view_of_sample(found, dress.theme, voice=voice)
        else:
            if unwraps:
                await unwrap(self._deps, found, now=self._deps.clock.now())
            if thanks is not None:
                refused = await self._thank(found, thanks, voice)
            held = await hold(self._deps, found)
            address = redeem_url(self._deps, held.number)
            view = view_of(
                found,
                held,
                dress.theme,
                address=address,
                picture=held_picture_url(self._deps, found),
                voice=voice,
                now=self._deps.clock.now(),
            )
        entry = EntryLook(
            prefix=found.merchant.prefix,
            slug=found.merchant.slug,
            brand=brand_of(found.merchant, dress),
            is_demo=found.merchant.is_demo,
        )
        offered = frozenset[Wallet]()
        if not isinstance(found, Sample):
            offered = await wallets_offered(self._deps, found, now=self._deps.clock.now())
        values = {
            "view": view,
            "pdf": PDF_PATH,
            "calendar": CALENDAR_PATH,
            "fresh": unwraps,
            "address": address,
            "wallets": offered,
            "wallet": WALLET_PATH,
            "thanks_max": THANKS_MAX,
            "thanks": (thanks or "") if refused else "",
            "thanks_error": refused,
            "thanked": thanks is not None and not refused,
        }
        to = (GOOGLE_ORIGIN,) if Wallet.GOOGLE in offered else ()
        again = view.code or self._kept(code or "")
        status = 422 if refused else 200
        return self._page("worth.html", request, visit, values, entry=entry, code=again, status=status, to=to)

    async def _thank(self, found: Located, words: str, voice: Voice) -> str:
        """Have the buyer told that it arrived; return why that is refused, "" where it is not."""
        if not self._stands(found):
            return ""
        try:
            await thank(self._deps, found, words, now=self._deps.clock.now())
        except ThanksInvalid as error:
            return " ".join(thanks_fault(voice, one, len(free_text.lines(words))) for one in error.fields)
        return ""

    async def pdf(self, code: str, slug: str, request: AnyRequest, visit: Visit) -> Response[bytes] | Response[str]:
        """Return the certificate to be printed; where there is nothing to print, the page says why."""
        found = await self.standing(code, slug, request, visit)
        if isinstance(found, Response):
            return found
        try:
            sheet, content = await print_held(self._deps, found, paper=_paper(request))
        except Unavailable as busy:
            headers = retry_after(busy.retry_after_s)
            entry = await self._entry(slug or found.merchant.slug)
            return self._page("busy_printer.html", request, visit, entry=entry, code=code, status=503, headers=headers)
        return pdf_answer(sheet.file_name, content, self._templates)

    async def calendar(
        self, code: str, slug: str, request: AnyRequest, visit: Visit
    ) -> Response[bytes] | Response[str]:
        """Return the last day of a certificate for a calendar, the page where none is left. No number stands in it."""
        found = await self.standing(code, slug, request, visit)
        if isinstance(found, Response):
            return found
        if found.certificate.good_through is None:
            return await self.answer(code, slug, request, visit)
        voice = self._templates.voice(visit, found.merchant.english)
        dress = await dress_of(self._deps, found.merchant, now=self._deps.clock.now())
        content = a_whole_day(
            found.certificate.good_through,
            uid=f"{derived_id('last day', found.place.certificate_id)}@largesse",
            summary=voice.t("Last day of your gift certificate of {merchant}", merchant=found.merchant.name),
            place=where_of(dress.theme),
            now=self._deps.clock.now(),
        )
        name = f"{voice.t('Gift certificate')} {found.merchant.name}.ics"
        return file_answer(name, content, "text/calendar", self._templates)

    async def ended(self, request: AnyRequest, visit: Visit) -> Response[str]:
        """Return the page for an address of ours that was good for a few minutes only: it asks for the number again."""
        return self._page("ask.html", request, visit, {"wrong": "ended"}, entry=await self._entry(""), status=404)

    async def standing(self, code: str, slug: str, request: AnyRequest, visit: Visit) -> Located | Response[str]:
        """Return the certificate of a number that can be used, else the answer, which says why not."""
        found = await self._find(code, slug, request, visit)
        if isinstance(found, Response):
            return found
        if isinstance(found, Sample) or not self._stands(found):
            return await self.answer(code, slug, request, visit)
        return found

    def _stands(self, found: Located) -> bool:
        """Whether a certificate can be used: of another one, only the page says how it stands."""
        return found.certificate.status is Status.ACTIVE and not found.certificate.expired(self._deps.clock.now())

    async def _find(
        self, code: str | None, slug: str, request: AnyRequest, visit: Visit
    ) -> Located | Sample | Response[str]:
        """Return what a number stands for, or the answer where it is nothing, counted against the address."""
        if code is None or not code.strip():
            missing = request.method == "POST"  # somebody pressed the button, rather than came by a link
            values = {"wrong": "missing" if missing else ""}
            entry = await self._entry(slug)
            return self._page("ask.html", request, visit, values, entry=entry, status=422 if missing else 200)
        try:
            at = await self._at(slug)
            async with (await self._bounds(at)).attempt(request) as attempt:
                try:
                    return await look_up(self._deps, code, at=at)
                except CertificateUnknown:
                    attempt.miss()
                    raise
        except TooManyRequests as refused:
            headers = retry_after(refused.retry_after_s)
            entry = await self._entry(slug)
            return self._page("wait.html", request, visit, entry=entry, code=code, status=429, headers=headers)
        except CertificateUnknown:
            typed_here = request.method == "POST"
            typed = free_text.one_line(code) if typed_here else ""
            values = {"wrong": "unknown", "typed": typed}
            again = code if typed_here else None
            entry = await self._entry(slug)
            return self._page("ask.html", request, visit, values, entry=entry, code=again, status=404)

    async def _at(self, slug: str) -> Merchant | None:
        """Return the merchant of a shop, or the only one: whose a number of another system is asked for."""
        shop = await self._shops.of(slug or await self._only_slug())
        return shop.merchant if shop else None

    async def _bounds(self, at: Merchant | None) -> GuessLimit:
        """Return the bounds on guessing, narrower where a merchant has numbers that are worth guessing."""
        if at is None:
            return self._guesses
        async with self._deps.database.connection() as connection:
            weak = await certificates.holds_weak(connection, at.merchant_id, below=imports.WEAK_BELOW)
        return self._weak_guesses if weak else self._guesses

    def _kept(self, code: str) -> str:
        """Return a number sealed, for a page that must not show it and is asked for once more in another language."""
        sealed = self._deps.keyring.seal(code, context=_KEPT)
        return f"{_KEPT_MARK}{sealed.key_id}.{base64.urlsafe_b64encode(sealed.cipher).decode()}"

    def _opened(self, code: str) -> str:
        """Return the number that a page of ours had sealed; any other text as it is."""
        if not code.startswith(_KEPT_MARK):
            return code
        key_id, _, cipher = code.removeprefix(_KEPT_MARK).partition(".")
        try:
            sealed = Sealed(cipher=base64.urlsafe_b64decode(cipher), key_id=key_id)
            return self._deps.keyring.open(sealed, context=_KEPT)
        except (SecretUnreadable, ValueError):
            return ""

    async def _entry(self, slug: str) -> EntryLook:
        """Return the look of a shop; without one, that of the only merchant there is, else that of Largesse."""
        shop = await self._shops.of(slug or await self._only_slug())
        if shop is None:
            return EntryLook()
        merchant = shop.merchant
        return EntryLook(prefix=merchant.prefix, slug=merchant.slug, brand=shop.brand, is_demo=merchant.is_demo)

    async def _only_slug(self) -> str:
        """Return the slug of the only merchant, "" where there are several. Asked for seldom, whoever knocks."""
        read_at, slug = self._only
        if time.monotonic() - read_at > KEPT_S:
            slugs = [merchant.slug for merchant in await list_shops(self._deps)]
            slug = slugs[0] if len(slugs) == 1 else ""
            self._only = time.monotonic(), slug
        return slug

    def _page(
        self,
        template: str,
        request: AnyRequest,
        visit: Visit,
        values: Mapping[str, object] | None = None,
        *,
        entry: EntryLook,
        code: str | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        to: tuple[str, ...] = (),
    ) -> Response[str]:
        """Return a page. `code` is what it was asked for with, which no address may name; its forms may lead `to`."""
        carried = tuple((name, value) for name, value in (("code", code), ("shop", entry.slug)) if value)
        visit = msgspec.structs.replace(
            visit,
            here=f"{PATH}?shop={entry.slug}" if entry.slug else PATH,
            again=PATH if code else "",
            carried=carried,
        )
        example = f"{entry.prefix}-{_EXAMPLE}".replace("-", "\u2011")
        return page(
            self._templates,
            f"{_FOLDER}/{template}",
            request,
            {"path": PATH, "example": example, "shop_slug": entry.slug, **(values or {})},
            visit=visit,
            brand=entry.brand,
            demo=entry.is_demo,
            status_code=status,
            headers=_UNLISTED | dict(headers or {}),
            form_targets=to,
        )


def redeem_routes(
    deps: StorefrontDependencies, templates: Templates, *, guesses: GuessLimit | None = None
) -> Sequence[ControllerRouterHandler]:
    """Return the routes of the redeem page."""
    redeem_page = RedeemPage(deps, templates, guesses or numbers(deps))

    @get(PATH, include_in_schema=False)
    async def show(request: AnyRequest) -> Response[str]:
        query = request.query_params
        return await redeem_page.answer(query.get("code"), query.get("shop", ""), request, visit_of(request))

    @post(PATH, include_in_schema=False, request_max_body_size=BODY_BYTES_MAX)
    async def ask(request: AnyRequest) -> Response[str]:
        # Whoever asks for another language or light posts the number again, for there is no address to come back to.
        fields = await read_form(request)
        language, theme = fields.get("language"), fields.get("theme")
        visit = visit_of(request).with_preferences(language=language, theme=theme)
        answer = await redeem_page.answer(
            fields.get("code", ""),
            fields.get("shop", ""),
            request,
            visit,
            unwraps="unwrap" in fields,
            thanks=fields.get("thanks"),
        )
        answer.cookies.extend(preference_cookies(templates, language=language, theme=theme))
        return answer

    @post(PDF_PATH, include_in_schema=False, request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def take(request: AnyRequest) -> Response[bytes] | Response[str]:
        fields = await read_form(request)
        return await redeem_page.pdf(fields.get("code", ""), fields.get("shop", ""), request, visit_of(request))

    @post(CALENDAR_PATH, include_in_schema=False, request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def note(request: AnyRequest) -> Response[bytes] | Response[str]:
        fields = await read_form(request)
        return await redeem_page.calendar(fields.get("code", ""), fields.get("shop", ""), request, visit_of(request))

    return [show, ask, take, note]


def _paper(request: AnyRequest) -> Paper | None:
    """Return the sheet that was asked for; what stands in the address is no secret."""
    return None if request.query_params.get("paper") == "sheet" else Paper.A5
