"""`/counter/{slug}/tabs`: what is set aside at this location, and what becomes of it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.domain.approvals import TillShown
from largesse.domain.staff import Act, may
from largesse.domain.tills import TillAct
from largesse.interfaces.counter.approving import CounterApproval
from largesse.interfaces.counter.bill_pages import TAKING
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.desks import desk_of
from largesse.interfaces.counter.front import CounterAnswer, CounterFront, counter_path
from largesse.interfaces.counter.receipt_pages import receipt_path
from largesse.interfaces.counter.rules import AT_COUNTER
from largesse.interfaces.counter.wording import said_money
from largesse.kernel.amounts import read_amount
from largesse.kernel.currency import currency as currency_of
from largesse.kernel.errors import LargesseError
from largesse.kernel.money import InvalidAmount
from largesse.services.approvals import refusal_words
from largesse.services.counter import Tab, TabUnknown, capture_tab, change_tab, find_tab, names_of, release_tab, tabs_at
from largesse.services.tills import TillApproval
from largesse.ui import Voice
from largesse.web.forms import an_id
from largesse.web.responses import see_other

TABS: Final = "/counter/{slug:str}/tabs"
TAB: Final = "/counter/{slug:str}/tabs/{hold_id:str}"
_ACTS: Final = frozenset({"capture", "capture_all", "add", "take_over", "release"})


class TabPages:
    """Answer what is set aside here."""

    def __init__(self, front: CounterFront, approval: CounterApproval) -> None:
        self._front = front
        self._approval = approval
        self._deps = front.deps

    async def show(self, caller: CounterCaller) -> CounterAnswer:
        """Return the open tabs of the location; those that ask come first."""
        voice, now = self._front.voice(caller), self._deps.clock.now()
        tabs = await tabs_at(self._deps, desk_of(caller), now=now)
        names = await self._names(tabs)
        tabs.sort(key=lambda tab: not (tab.is_over or tab.ends_soon(now)))
        values = {"tabs": [self._view(caller, tab, names, voice) for tab in tabs]}
        return await self._front.page(caller, "tabs.html", values)

    async def one(self, caller: CounterCaller) -> CounterAnswer:
        """Return the page of one tab."""
        hold_id = an_id(caller.request.path_params["hold_id"])
        if hold_id is None:
            return see_other(self._list(caller))
        return await self._page(caller, hold_id)

    async def act(self, caller: CounterCaller) -> CounterAnswer:
        """Capture a tab, add to it, take it over for longer, or release it; sent twice, the receipt is the same."""
        operation_id, hold_id = caller.operation, an_id(caller.request.path_params["hold_id"])
        if hold_id is None:
            return see_other(self._list(caller))
        if await self._happened(caller, operation_id):
            return see_other(receipt_path(caller.merchant.slug, operation_id))
        voice, wanted = self._front.voice(caller), caller.fields.get("act", "")
        if wanted not in _ACTS:
            return await self._page(caller, hold_id, operation=operation_id)
        if wanted == "release" and not may(caller.membership.role, Act.APPROVE):
            try:
                tab = await find_tab(self._deps, desk_of(caller), hold_id, now=self._deps.clock.now())
            except TabUnknown:
                return await self._page(caller, hold_id, operation=operation_id)
            shown = TillShown(
                amount=tab.hold.amount + tab.hold.gratuity,
                currency=tab.currency,
                certificates=(tab.hold.certificate_id,),
                ends=(tab.last_four,),
                reason=tab.reference or f"…{tab.last_four}",
            )
            approved = await self._approval.ask(caller, TillAct.RELEASE_HOLD, shown=shown, subject=str(hold_id))
            if not isinstance(approved, TillApproval):
                return approved
        try:
            await self._do(caller, hold_id, wanted)
        except InvalidAmount:
            words = voice.t("Type an amount.")
            return await self._page(caller, hold_id, wrong=words, operation=operation_id, status=422)
        except LargesseError as refused:
            if not await self._happened(caller, operation_id):
                words = refusal_words(voice, refused)
                return await self._page(caller, hold_id, error=words, operation=operation_id, status=409)
        return see_other(receipt_path(caller.merchant.slug, operation_id))

    async def _do(self, caller: CounterCaller, hold_id: UUID, wanted: str) -> None:
        """Do what was asked for.

        Raises:
            InvalidAmount: what was typed is no amount above zero.
            LargesseError: it is refused.
        """
        desk, now, operation_id = desk_of(caller), self._deps.clock.now(), caller.operation
        tab = await find_tab(self._deps, desk, hold_id, now=now)
        if wanted == "release":
            await release_tab(self._deps, desk, hold_id, operation_id=operation_id, now=now)
        elif wanted in {"add", "take_over"}:
            more, _ = self._amounts(caller, tab)
            await change_tab(self._deps, desk, hold_id, more=more, operation_id=operation_id, now=now)
        else:
            value, gratuity = self._amounts(caller, tab) if wanted == "capture" else await self._there(caller, tab)
            await capture_tab(
                self._deps, desk, hold_id, value=value, gratuity=gratuity, operation_id=operation_id, now=now
            )

    def _amounts(self, caller: CounterCaller, tab: Tab) -> tuple[int, int]:
        """Return what was typed, and the gratuity where its switch is on; nothing where the act takes no amount.

        Raises:
            InvalidAmount: it is no amount above zero.
        """
        if caller.fields.get("act") not in {"capture", "add"}:
            return 0, 0
        voice, money = self._front.voice(caller), currency_of(tab.currency)
        amount = read_amount(caller.fields.get("amount", ""), money, language=voice.language)
        if amount.minor <= 0:
            raise InvalidAmount
        return amount.minor, tab.hold.gratuity if caller.fields.get("gratuity") == "yes" else 0

    async def _there(self, caller: CounterCaller, tab: Tab) -> tuple[int, int]:
        """Return all that a tab set aside; after its end, what of that is still there."""
        if not tab.is_over:
            return tab.hold.amount, tab.hold.gratuity
        async with self._deps.database.connection() as connection:
            one = await self._deps.ledger.find(connection, caller.merchant.merchant_id, tab.hold.certificate_id)
        assert one is not None
        own = tab.hold if tab.hold.status.value == "open" else None
        free = one.available + (own.amount if own else 0), one.gratuity_available + (own.gratuity if own else 0)
        return min(tab.hold.amount, free[0]), min(tab.hold.gratuity, free[1])

    async def _happened(self, caller: CounterCaller, operation_id: UUID) -> bool:
        async with self._deps.database.connection() as connection:
            return await self._deps.ledger.happened(connection, caller.merchant.merchant_id, operation_id)

    async def _names(self, tabs: Sequence[Tab]) -> dict[str, str]:
        async with self._deps.database.connection() as connection:
            return await names_of(connection, {tab.actor for tab in tabs})

    def _list(self, caller: CounterCaller) -> str:
        return f"{counter_path(caller.merchant.slug)}/tabs"

    def _view(self, caller: CounterCaller, tab: Tab, names: dict[str, str], voice: Voice) -> dict[str, object]:
        zone, now = caller.where.zone, self._deps.clock.now()
        return {
            "href": f"{self._list(caller)}/{tab.hold.hold_id}",
            "reference": tab.reference or f"…{tab.last_four}",
            "ends": f"…{tab.last_four}",
            "by": names.get(tab.actor, ""),
            "amount": said_money(voice, tab.hold.amount, tab.currency),
            "gratuity": said_money(voice, tab.hold.gratuity, tab.currency) if tab.hold.gratuity else "",
            "since": voice.moment(tab.hold.placed_at, zone=zone, now=now),
            "until": voice.moment(tab.hold.expires_at, zone=zone, now=now),
            "asks": tab.ends_soon(now),
            "is_over": tab.is_over,
            "currency": tab.currency,
        }

    async def _page(
        self,
        caller: CounterCaller,
        hold_id: UUID,
        *,
        error: str = "",
        wrong: str = "",
        operation: UUID | None = None,
        status: int = 200,
    ) -> CounterAnswer:
        voice, now = self._front.voice(caller), self._deps.clock.now()
        try:
            tab = await find_tab(self._deps, desk_of(caller), hold_id, now=now)
        except TabUnknown as gone:
            words = {"tabs": [], "error": error or refusal_words(voice, gone)}
            return await self._front.page(caller, "tabs.html", words, status=max(status, 404), here=self._list(caller))
        view = self._view(caller, tab, await self._names([tab]), voice)
        values = {
            "tab": view,
            "fields": caller.fields,
            "error": error,
            "wrong": wrong,
        }
        here = f"{self._list(caller)}/{hold_id}"
        return await self._front.page(caller, "tab.html", values, status=status, operation=operation, here=here)


def tab_routes(front: CounterFront, approval: CounterApproval) -> Sequence[HTTPRouteHandler]:
    """Return the routes of tabs."""
    pages = TabPages(front, approval)
    return [
        front.route("GET", TABS, AT_COUNTER, pages.show),
        front.route("GET", TAB, AT_COUNTER, pages.one),
        front.route("POST", TAB, msgspec.structs.replace(TAKING, looks=TAB), pages.act),
    ]
