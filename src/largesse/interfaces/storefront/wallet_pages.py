"""Passes of a certificate for the wallet of a telephone, for whoever brings its number.

    POST /gifts/wallet            code, wallet=apple   303 to the file below
    POST /gifts/wallet            code, wallet=google  303 to Google, which gets the number with it
    GET  /gifts/certificate.pkpass?key=…               the file: telephones take it by a GET alone

The key names the certificate, never its number, is signed, and ends after five minutes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from litestar import MediaType, Response, get, post
from litestar.types import ControllerRouterHandler

from largesse.domain import merchants
from largesse.domain.wallets import Wallet, WalletKeysInvalid, WalletNotOffered
from largesse.interfaces.storefront.dependencies import StorefrontDependencies
from largesse.interfaces.storefront.dress import file_answer
from largesse.interfaces.storefront.limits import LOOKS, GuessLimit, numbers
from largesse.interfaces.storefront.redeem import BODY_BYTES_MAX, WALLET_PATH, RedeemPage
from largesse.kernel.errors import NotFound
from largesse.kernel.tokens import TokenKind, TokenRefused
from largesse.services.certificates import Located
from largesse.services.gifts import note_pass
from largesse.services.wallets import PassLabels, apple_file, google_address, wallets_offered
from largesse.ui import Templates, Visit, Voice
from largesse.web.client import client_in
from largesse.web.errors import TooManyRequests
from largesse.web.forms import read_form
from largesse.web.preferences import visit_of
from largesse.web.rate_limits import RateLimit
from largesse.web.request import AnyRequest
from largesse.web.responses import retry_after, see_other

FILE_PATH: Final = "/gifts/certificate.pkpass"
GOOD_FOR: Final = timedelta(minutes=5)
_PRIVATE: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


class _Key(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Which certificate a file is made of, and until when."""

    merchant_id: UUID
    certificate_id: UUID
    ends_at: datetime


_KEYS: Final = TokenKind("wallet-pass", _Key, length_max=300)


def _labels(voice: Voice) -> PassLabels:
    return PassLabels(
        description=voice.t("Gift certificate"),
        value=voice.t("Value when issued"),
        name=voice.t("For"),
        last_day=voice.t("Validity"),
        remains=voice.t("See what remains"),
        how_to_use=voice.t("How to use it"),
        where=voice.t("Where to use it"),
    )


class WalletPages:
    """Lead holders to passes, and make the file of one."""

    def __init__(self, deps: StorefrontDependencies, templates: Templates, guesses: GuessLimit) -> None:
        self._deps = deps
        self._templates = templates
        self._holders = RedeemPage(deps, templates, guesses)
        self._files = RateLimit(LOOKS)

    async def take(self, request: AnyRequest) -> Response[str] | Response[bytes]:
        """Lead to the pass, where the number is good and the wallet offered; else show the page of the number."""
        fields, visit, now = await read_form(request), visit_of(request), self._deps.clock.now()
        code, slug, named = fields.get("code", ""), fields.get("shop", ""), fields.get("wallet", "")
        found = await self._holders.standing(code, slug, request, visit)
        if isinstance(found, Response):
            return found
        if named not in await wallets_offered(self._deps, found, now=now):
            return await self._holders.answer(code, slug, request, visit)
        # Whoever keeps the number in a wallet counts on it: the buyer does not change it alone any more.
        await note_pass(self._deps, found)
        try:
            led = await self._address(Wallet(named), found, visit, now=now)
        except WalletNotOffered:  # somebody gave it a new number meanwhile
            return await self._holders.answer(code, slug, request, visit)
        answer = see_other(led)
        answer.headers.update(_PRIVATE)
        return answer

    async def file(self, request: AnyRequest) -> Response[bytes] | Response[str]:
        """Send the pass of a certificate to Apple's wallet."""
        visit, now = visit_of(request), self._deps.clock.now()
        try:
            self._files.admit(client_in(request.scope))
        except TooManyRequests as refused:
            return Response(b"", status_code=429, headers=retry_after(refused.retry_after_s), media_type=MediaType.TEXT)
        try:
            key = _KEYS.read(self._deps.keyring, request.query_params.get("key", ""))
            if now >= key.ends_at:
                raise TokenRefused
            async with self._deps.database.connection() as connection:
                merchant = await merchants.merchant_of_id(connection, key.merchant_id)
            content = await apple_file(
                self._deps, merchant, key.certificate_id, self._labels, locale=visit.language, now=now
            )
        except (TokenRefused, NotFound, WalletKeysInvalid):
            return await self._holders.ended(request, visit)
        answer = file_answer(f"{merchant.name}.pkpass", content, "application/vnd.apple.pkpass", self._templates)
        answer.headers.update(_PRIVATE)
        return answer

    async def _address(self, wallet: Wallet, found: Located, visit: Visit, *, now: datetime) -> str:
        """Return where a pass is: the address of Google's holds the number, that of Apple's does not."""
        merchant_id, certificate_id = found.place.merchant_id, found.place.certificate_id
        if wallet is Wallet.APPLE:
            key = _Key(merchant_id=merchant_id, certificate_id=certificate_id, ends_at=now + GOOD_FOR)
            return f"{FILE_PATH}?key={_KEYS.sign(self._deps.keyring, key)}"
        return await google_address(
            self._deps, found.merchant, certificate_id, self._labels, locale=visit.language, now=now
        )

    def _labels(self, language: str) -> PassLabels:
        return _labels(self._templates.voices[language])


def wallet_routes(
    deps: StorefrontDependencies, templates: Templates, *, guesses: GuessLimit | None = None
) -> Sequence[ControllerRouterHandler]:
    """Return the routes of passes."""
    pages = WalletPages(deps, templates, guesses or numbers(deps))

    @post(WALLET_PATH, include_in_schema=False, request_max_body_size=BODY_BYTES_MAX, status_code=303)
    async def take(request: AnyRequest) -> Response[str] | Response[bytes]:
        return await pages.take(request)

    @get(FILE_PATH, include_in_schema=False)
    async def file(request: AnyRequest) -> Response[bytes] | Response[str]:
        return await pages.file(request)

    return [take, file]
