"""`/counter/{slug}/find`: a certificate is found without its number, and pays with the word of a second person."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.domain.approvals import TillShown
from largesse.domain.tills import TillAct
from largesse.interfaces.counter.approving import CounterApproval
from largesse.interfaces.counter.bill_pages import POSTED, TAKING
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.desks import desk_of
from largesse.interfaces.counter.front import CounterAnswer, CounterFront, counter_path
from largesse.interfaces.counter.receipt_pages import receipt_path
from largesse.interfaces.counter.rules import AT_COUNTER
from largesse.kernel.amounts import read_amount
from largesse.kernel.currency import currency as currency_of
from largesse.kernel.errors import LargesseError
from largesse.kernel.money import InvalidAmount
from largesse.kernel.tokens import TokenKind, TokenRefused
from largesse.ledger import EntryMode
from largesse.services.approvals import refusal_words
from largesse.services.counter import BillPart, FoundCertificate, find_certificates, take_bill
from largesse.services.tills import TillApproval
from largesse.web.errors import TooManyRequests
from largesse.web.responses import see_other
from largesse.web.shared_limits import SharedLimit

FIND: Final = "/counter/{slug:str}/find"
LOOKS_AN_HOUR: Final = 10


class FoundToken(msgspec.Struct, frozen=True, array_like=True):
    """A certificate that was found here, for what follows on the page; it is worth nothing without an approval."""

    certificate_id: UUID
    currency: str
    last_four: str


_FOUND: Final = TokenKind("counter-found", FoundToken, length_max=300)


class FindPages:
    """Find a certificate for a guest who has nothing at hand."""

    def __init__(self, front: CounterFront, approval: CounterApproval) -> None:
        self._front = front
        self._deps = front.deps
        self._approval = approval
        self._looks = SharedLimit(front.deps, "counter-find", most=LOOKS_AN_HOUR, within=timedelta(hours=1))

    async def ask(self, caller: CounterCaller) -> CounterAnswer:
        """Return the page that asks what is known of it."""
        return await self._page(caller)

    async def find(self, caller: CounterCaller) -> CounterAnswer:
        """Return what fits, without saying what is left on it."""
        voice, fields = self._front.voice(caller), caller.fields
        number, email, fact = (fields.get(name, "").strip() for name in ("order", "email", "fact"))
        if not number and not (email and fact):
            words = voice.t("Type an order number, or an e-mail address and one more fact.")
            return await self._page(caller, error=words, status=422)
        try:
            await self._looks.take(str(caller.person.person_id))
        except TooManyRequests:
            words = voice.t("You have looked for ten within the hour. Wait, or have a colleague look.")
            return await self._page(caller, error=words, status=429)
        found = await find_certificates(
            self._deps, desk_of(caller), order_number=number, email=email, fact=fact, now=self._deps.clock.now()
        )
        if not found:
            words = voice.t("Nothing fits that here. Compare what you typed with what the guest says.")
            return await self._page(caller, error=words, status=404)
        return await self._page(caller, found=found)

    async def take(self, caller: CounterCaller) -> CounterAnswer:
        """Take an amount from what was found, once a second person has approved it."""
        operation_id, voice, now = caller.operation, self._front.voice(caller), self._deps.clock.now()
        receipt = receipt_path(caller.merchant.slug, operation_id)
        if await self._happened(caller):
            return see_other(receipt)
        try:
            found = _FOUND.read(self._deps.keyring, caller.fields.get("found", ""), bound_to=caller.form_owner.encode())
        except TokenRefused:
            return see_other(f"{counter_path(caller.merchant.slug)}/find")
        try:
            amount = read_amount(caller.fields.get("amount", ""), currency_of(found.currency), language=voice.language)
        except InvalidAmount:
            return await self._page(caller, error=voice.t("Type an amount."), status=422)
        if amount.minor <= 0:
            return await self._page(caller, error=voice.t("Type an amount above zero."), status=422)
        shown = TillShown(
            amount=amount.minor,
            currency=found.currency,
            certificates=(found.certificate_id,),
            ends=(found.last_four,),
        )
        subject = str(found.certificate_id)
        approved = await self._approval.ask(caller, TillAct.FOUND, shown=shown, subject=subject)
        if not isinstance(approved, TillApproval):
            return approved
        part = BillPart(certificate_id=found.certificate_id, value=amount.minor, entry_mode=EntryMode.FOUND)
        try:
            await take_bill(
                self._deps,
                desk_of(caller),
                [part],
                currency=found.currency,
                reference=caller.fields.get("reference", ""),
                operation_id=operation_id,
                now=now,
            )
        except LargesseError as refused:
            if not await self._happened(caller):
                return await self._page(caller, error=refusal_words(voice, refused), status=409)
        return see_other(receipt)

    async def _happened(self, caller: CounterCaller) -> bool:
        async with self._deps.database.connection() as connection:
            return await self._deps.ledger.happened(connection, caller.merchant.merchant_id, caller.operation)

    async def _page(
        self,
        caller: CounterCaller,
        *,
        found: Sequence[FoundCertificate] = (),
        error: str = "",
        status: int = 200,
    ) -> CounterAnswer:
        voice, now = self._front.voice(caller), self._deps.clock.now()
        values = {
            "found": [
                {
                    "token": _FOUND.sign(
                        self._deps.keyring,
                        FoundToken(one.certificate_id, one.currency, one.last_four),
                        bound_to=caller.form_owner.encode(),
                    ),
                    "last_four": one.last_four,
                    "description": one.description,
                    "when": voice.moment(one.placed_at, zone=caller.where.zone, now=now),
                    "currency": one.currency,
                }
                for one in found
            ],
            "fields": {} if found else caller.fields,
            "error": error,
        }
        here = f"{counter_path(caller.merchant.slug)}/find"
        return await self._front.page(caller, "find.html", values, status=status, here=here)


def find_routes(front: CounterFront, approval: CounterApproval) -> Sequence[HTTPRouteHandler]:
    """Return the routes of finding."""
    pages = FindPages(front, approval)
    return [
        front.route("GET", FIND, AT_COUNTER, pages.ask),
        front.route("POST", FIND, msgspec.structs.replace(POSTED, looks=FIND), pages.find),
        front.route("POST", f"{FIND}/take", TAKING, pages.take),
    ]
