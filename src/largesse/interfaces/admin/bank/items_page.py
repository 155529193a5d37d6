"""`/admin/{slug}/bank/open-items`: what stands on accounts that have to come to nothing, item by item, and payouts."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.domain.locations import locations
from largesse.domain.payouts import Payout, list_payouts, read_payouts
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.bank.queue_page import HERE, PATH
from largesse.interfaces.admin.bank.wording import money, refusal_text
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.services import banking, reports
from largesse.services.banking import ClearingItem
from largesse.ui import Voice
from largesse.web.bank_files import read_table_of
from largesse.web.responses import see_other

ITEMS: Final = f"{PATH}/open-items"
_BACK: Final = f"{HERE}/open-items"
_BODY_BYTES_MAX: Final = 32 * 1024 * 1024 + 64 * 1024
_GATEWAY: Final = "stripe"


class ItemsPage:
    """Answer what is open, and take payouts."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        return await self._page(caller)

    async def bring(self, caller: Caller) -> Answer:
        """Take payouts from a file."""
        merchant, upload, voice = caller.merchant, caller.upload, self._front.voice(caller)
        assert merchant is not None
        if upload is None or not upload.content:
            return await self._page(caller, error=voice.t("Choose a file."), status=422)
        try:
            told = read_payouts(await asyncio.to_thread(read_table_of, upload.content))
            taken = await banking.take_payouts(
                self._deps, merchant, told, gateway=_GATEWAY, by=caller.manager, now=self._deps.clock.now()
            )
        except LargesseError as refused:
            faults = refused.fields if isinstance(refused, InvalidInput) else ()
            said = [f"{one.field}: {one.message}" for one in faults]
            return await self._page(caller, error=refusal_text(refused, voice), faults=said, status=422)
        new = sum(not one.again for one in taken)
        return see_other(f"{_BACK.format(slug=merchant.slug)}?done=taken&new={new}")

    async def _page(self, caller: Caller, *, error: str = "", faults: Sequence[str] = (), status: int = 200) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, query = self._front.voice(caller), caller.request.query_params
        home, today = f"/admin/{merchant.slug}", self._deps.clock.now().astimezone(merchant.zone).date()
        async with self._deps.database.connection() as connection:
            found = await banking.clearing_items(connection, merchant.merchant_id)
            payouts = await list_payouts(connection, merchant.merchant_id, limit=20)
            names = {str(one.location_id): one.name for one in await locations(connection, merchant.merchant_id)}
        by_id = {one.payout_id: one for one in payouts}
        accounts = dict.fromkeys((one.account, one.currency) for one in found)
        new = query.get("new", "0")
        values = {
            "here": _BACK.format(slug=merchant.slug),
            "done": query.get("done", "") == "taken",
            "new": int(new) if new.isascii() and new.isdigit() and len(new) < 7 else 0,
            "error": error,
            "faults": faults,
            "books": may(authority.role, Act.PAYMENTS_BOOK),
            "columns": [
                {"key": "what", "title": voice.t("What is open"), "kind": "lead"},
                {"key": "since", "title": voice.t("Since")},
                {"key": "age", "title": voice.t("Days"), "kind": "count"},
                {"key": "amount", "title": voice.t("Amount"), "kind": "money"},
            ],
            "accounts": [
                {
                    "name": f"{reports.account_name(account, voice)} ({code})",
                    "total": money(sum(one.amount for one in found if (one.account, one.currency) == key), code, voice),
                    "rows": [
                        {
                            "what": _named(one, home, names, by_id, voice),
                            "since": voice.day(one.since),
                            "age": str((today - one.since).days),
                            "amount": money(one.amount, code, voice),
                        }
                        for one in found
                        if (one.account, one.currency) == key
                    ],
                }
                for key in accounts
                for account, code in (key,)
            ],
            "payouts": [
                f"{one.reference} · {voice.day(one.arrives_on)} · {money(one.amount, one.currency, voice)}"
                for one in payouts
            ],
            "trail": [(voice.t("Bank"), HERE.format(slug=merchant.slug)), (voice.t("Open items"), None)],
        }
        here = _BACK.format(slug=merchant.slug)
        return await self._front.page(caller, "bank/items.html", values, status=status, here=here)


def _named(
    one: ClearingItem, home: str, places: Mapping[str, str], payouts: Mapping[UUID, Payout], voice: Voice
) -> str | dict[str, object]:
    """Return what an item is called, with a link where there is a page of it."""
    if one.kind == "order":
        return {"text": voice.t("Order {number}", number=one.name), "href": f"{home}/orders/{quote(one.name, safe='')}"}
    if one.kind == "statement_line":
        return {"text": voice.t("Line of a statement"), "href": f"{home}/bank/lines/{one.name}"}
    if one.kind == "location_day":
        place, _, day = one.name.partition(":")
        return voice.t("{place}, day {day}", place=places.get(place, "?"), day=day or "?")
    if one.kind == "payout":
        known = payouts.get(UUID(one.name))
        return voice.t("Payout {name}", name=known.reference if known else one.name[:8])
    return {
        "payment": voice.t("Payment of a buyer"),
        "refund": voice.t("Refund"),
        "dispute": voice.t("Dispute"),
        "deposit": voice.t("Deposit of cash"),
        "payout_line": voice.t("Line of a payout that nobody knows"),
        "all": voice.t("Between currencies"),
    }.get(one.kind, voice.t("Single entry"))


def items_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of open items."""
    page = ItemsPage(front)
    bring = for_act(Act.PAYMENTS_BOOK, back=_BACK)
    return [
        front.route("GET", ITEMS, for_act(Act.PAYMENTS_READ), page.show),
        front.route("POST", f"{ITEMS}/payouts", bring, page.bring, body_max=_BODY_BYTES_MAX),
    ]
