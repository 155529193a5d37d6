"""`/admin/{slug}/search`: one box that posts. What is exact leads there; what names somebody stands in no address."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import quote, urlencode

from litestar.handlers import HTTPRouteHandler

from largesse.db.connection import Row
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.lists import periods
from largesse.interfaces.admin.office.wording import badge_kind, certificate_states, order_states
from largesse.interfaces.admin.rules import for_act
from largesse.kernel import free_text
from largesse.kernel.amounts import read_amount
from largesse.kernel.clock import day_of
from largesse.kernel.currency import currency
from largesse.kernel.money import InvalidAmount, Money
from largesse.services.office import Jump, close_search, endings_of, hits_of, jump_to, open_search
from largesse.ui import Voice
from largesse.web.errors import TooManyRequests
from largesse.web.responses import see_other
from largesse.web.shared_limits import SharedLimit

PATH: Final = "/admin/{slug:str}/search"
TYPED_MAX: Final = 120
MISSES: Final = 30
MISSES_WITHIN: Final = timedelta(minutes=10)
MISSES_LONGEST: Final = timedelta(hours=1)
_OVER: Final = re.compile(r"(?:over|above|more than|über|mehr als|más de|plus de)\s+(.+)|>\s*(.+)", re.IGNORECASE)


class SearchPage:
    """Answer what is typed into the box."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps
        self._guesses = SharedLimit(
            front.deps, "office-numbers", most=MISSES, within=MISSES_WITHIN, longest=MISSES_LONGEST
        )

    async def search(self, caller: Caller) -> Answer:
        """Lead to the one thing that is meant, to a list, or to what may be meant."""
        merchant = caller.merchant
        assert merchant is not None
        voice = self._front.voice(caller)
        home = f"/admin/{merchant.slug}"
        text = free_text.one_line(caller.fields.get("search", "")[:TYPED_MAX])
        if not text:
            return see_other(f"{home}/search")
        listed = _list_of(text, merchant, voice)
        if listed:
            return see_other(f"{home}/orders?{urlencode(listed)}")
        try:
            found = await self._exact(caller, merchant, text)
        except TooManyRequests:
            words = voice.t("You have looked for much that is not there. Wait a while, or have a colleague look.")
            values = {"asked": "", "orders": [], "cards": [], "problem": words}
            return await self._front.page(caller, "office/search.html", values, status=429, here=f"{home}/search")
        if found is not None and found.certificate_id is not None:
            return see_other(f"{home}/certificates/{found.certificate_id}")
        if found is not None:
            return see_other(f"{home}/orders/{quote(found.order_number, safe='')}")
        return see_other(f"{home}/search?of={close_search(self._deps, merchant, text, bound_to=caller.form_owner)}")

    async def _exact(self, caller: Caller, merchant: Merchant, text: str) -> Jump | None:
        """Return the one thing that a text names exactly. Any text may be a certificate's number of another system.

        What is none counts as a guess, also where something else is found by it: amounts are short numbers too. Words
        that find somebody do not count.

        Raises:
            TooManyRequests: this person guessed wrong too often lately.
        """
        async with self._guesses.attempt(caller.manager.actor) as attempt:
            found = await jump_to(self._deps, merchant, text, actor=caller.manager.actor, now=self._deps.clock.now())
            if found is None and (any(map(str.isnumeric, text)) or not await self._finds(merchant, text)):
                attempt.miss()
            return found

    async def _finds(self, merchant: Merchant, words: str) -> bool:
        hits = await hits_of(self._deps, merchant, words, amount=None)
        return bool(hits.orders or hits.certificates)

    async def show(self, caller: Caller) -> Answer:
        """Return what may be meant by what was typed."""
        merchant = caller.merchant
        assert merchant is not None
        voice, here = self._front.voice(caller), f"/admin/{merchant.slug}/search"
        word = caller.request.query_params.get("of", "")
        text = open_search(self._deps, merchant, word, bound_to=caller.form_owner) if word else ""
        if not text:
            return await self._front.page(
                caller, "office/search.html", {"asked": "", "orders": [], "cards": [], "problem": ""}, here=here
            )
        hits = await hits_of(self._deps, merchant, text, amount=_amount(text, merchant, voice))
        async with self._deps.database.connection() as connection:
            ids = [row["certificate_id"] for row in hits.certificates]
            endings = await endings_of(connection, merchant.merchant_id, ids)
        values = {
            "asked": text,
            "problem": "",
            "more_hits": hits.more,
            "orders": [self._order(row, merchant, voice) for row in hits.orders],
            "order_heads": [
                {"key": "number", "title": voice.t("Order"), "kind": "lead"},
                {"key": "placed", "title": voice.t("Placed")},
                {"key": "recipient", "title": voice.t("For")},
                {"key": "state", "title": voice.t("State")},
                {"key": "total", "title": voice.t("Total"), "kind": "money"},
            ],
            "cards": [
                _card(row, merchant, voice, endings.get(row["certificate_id"], "?")) for row in hits.certificates
            ],
            "card_heads": [
                {"key": "number", "title": voice.t("Number ends in"), "kind": "lead"},
                {"key": "issued", "title": voice.t("Issued")},
                {"key": "state", "title": voice.t("State")},
                {"key": "balance", "title": voice.t("Value left"), "kind": "money"},
            ],
        }
        return await self._front.page(caller, "office/search.html", values, here=here)

    def _order(self, row: Row, merchant: Merchant, voice: Voice) -> dict[str, object]:
        number = row["order_number"]
        return {
            "number": {"text": number, "href": f"/admin/{merchant.slug}/orders/{quote(number, safe='')}"},
            "placed": voice.moment(row["placed_at"], zone=merchant.zone, now=self._deps.clock.now()),
            "recipient": f"{row['recipient_first_name']} {row['recipient_last_name']}".strip(),
            "state": {"badge": order_states(voice)[row["status"]], "kind": badge_kind(row["status"])},
            "total": voice.money(Money(row["total"], currency(row["currency"]))),
        }


def _card(row: Row, merchant: Merchant, voice: Voice, ending: str) -> dict[str, object]:
    return {
        "number": {"text": f"… {ending}", "href": f"/admin/{merchant.slug}/certificates/{row['certificate_id']}"},
        "issued": voice.short_day(day_of(row["issued_at"], in_zone=merchant.zone)),
        "state": {"badge": certificate_states(voice)[row["status"]], "kind": badge_kind(row["status"])},
        "balance": voice.money(Money(row["balance"], currency(row["currency"]))),
    }


def _list_of(text: str, merchant: Merchant, voice: Voice) -> dict[str, str]:
    """Return what of the list of orders is meant by words such as `last month` or `over 200`."""
    folded = text.casefold()
    for word, said in periods(voice):
        if word and folded in {said.casefold(), word}:
            return {"placed": word}
    if folded in {"last week", "this week", voice.t("last week").casefold()}:
        return {"placed": "7d"}
    over = _OVER.fullmatch(text)
    if over is None:
        return {}
    amount = over[1] or over[2]
    return {"over": amount.strip()} if _amount(amount, merchant, voice) is not None else {}


def _amount(text: str, merchant: Merchant, voice: Voice) -> int | None:
    try:
        return read_amount(text.strip(), currency(merchant.currency), language=voice.language).minor
    except InvalidAmount:
        return None


def search_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the search."""
    page = SearchPage(front)
    rule = for_act(Act.ORDERS_READ, back="/admin/{slug}/search")
    return [front.route("GET", PATH, rule, page.show), front.route("POST", PATH, rule, page.search)]
