"""`/admin/{slug}/bank/rates`: what the merchant's own currency is worth in others, day by day, and who says so."""

import asyncio
from collections.abc import Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain.rates import Rate, RateInvalid, list_rates, read_rates
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.bank.queue_page import HERE, PATH
from largesse.interfaces.admin.bank.wording import refusal_text
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel import free_text
from largesse.kernel.clock import day_of
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.kernel.text_tables import TextRow, TextTable
from largesse.services import banking
from largesse.ui import Voice
from largesse.web.bank_files import read_table_of
from largesse.web.responses import see_other

RATES: Final = f"{PATH}/rates"
_BACK: Final = f"{HERE}/rates"
_BODY_BYTES_MAX: Final = 4 * 1024 * 1024
_TYPED_MAX: Final = 130
_FIELDS: Final = ("currency", "rate", "day", "source")


class RatesPage:
    """Answer what rates are known, and keep others."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        return await self._page(caller)

    async def put(self, caller: Caller) -> Answer:
        """Keep one that was typed."""
        typed, voice = _typed(caller), self._front.voice(caller)
        row = typed["day"], typed["currency"], typed["rate"].replace(",", ".")
        table = TextTable(rows=(TextRow(line=1, cells=("day", "currency", "rate")), TextRow(line=2, cells=row)))
        try:
            kept = await self._keep(caller, table, typed["source"])
        except RateInvalid:
            error = voice.t("Name another currency than your own, a day, a number above zero, and who publishes it.")
            return await self._page(caller, error=error, status=422)
        return self._to(caller, kept)

    async def bring(self, caller: Caller) -> Answer:
        """Keep those of a file, all or none."""
        upload, voice = caller.upload, self._front.voice(caller)
        if upload is None or not upload.content:
            return await self._page(caller, error=voice.t("Choose a file."), status=422)
        try:
            table = await asyncio.to_thread(read_table_of, upload.content)
            kept = await self._keep(caller, table, _typed(caller)["source"])
        except LargesseError as refused:
            faults = refused.fields if isinstance(refused, InvalidInput) else ()
            said = [f"{one.field}: {one.message}" for one in faults]
            return await self._page(caller, error=refusal_text(refused, voice), faults=said, status=422)
        return self._to(caller, kept)

    async def _keep(self, caller: Caller, table: TextTable, source: str) -> int:
        merchant, by, now = caller.merchant, caller.manager, self._deps.clock.now()
        assert merchant is not None
        found = await asyncio.to_thread(
            read_rates,
            table,
            merchant_id=merchant.merchant_id,
            base=merchant.currency,
            source=source,
            by=by.actor,
            now=now,
        )
        return await banking.keep_rates(self._deps, merchant, found, by=by, now=now)

    def _to(self, caller: Caller, kept: int) -> Answer:
        assert caller.merchant is not None
        return see_other(f"{_BACK.format(slug=caller.merchant.slug)}?kept={kept}")

    async def _page(self, caller: Caller, *, error: str = "", faults: Sequence[str] = (), status: int = 200) -> Answer:
        merchant, authority, voice = caller.merchant, caller.authority, self._front.voice(caller)
        assert merchant is not None
        assert authority is not None
        async with self._deps.database.connection() as connection:
            rates = await list_rates(connection, merchant.merchant_id)
        today = day_of(self._deps.clock.now(), in_zone=merchant.zone).isoformat()
        kept = caller.request.query_params.get("kept", "")
        values = {
            "here": _BACK.format(slug=merchant.slug),
            "own": merchant.currency,
            "kept": int(kept) if kept.isascii() and kept.isdigit() and len(kept) < 7 else 0,
            "error": error,
            "faults": faults,
            "typed": _typed(caller) | ({} if caller.fields else {"day": today}),
            "books": may(authority.role, Act.PAYMENTS_BOOK),
            "columns": [
                {"key": "day", "title": voice.t("Day"), "kind": "lead"},
                {"key": "currency", "title": voice.t("Currency")},
                {"key": "rate", "title": voice.t("Rate"), "kind": "money"},
                {"key": "source", "title": voice.t("Source")},
            ],
            "rates": [_shown(one, voice) for one in rates],
            "trail": [(voice.t("Bank"), HERE.format(slug=merchant.slug)), (voice.t("Exchange rates"), None)],
        }
        return await self._front.page(caller, "bank/rates.html", values, status=status)


def _typed(caller: Caller) -> dict[str, str]:
    return {name: free_text.one_line(caller.fields.get(name, "")[:_TYPED_MAX]) for name in _FIELDS} | {
        "currency": free_text.one_line(caller.fields.get("currency", "")[:_TYPED_MAX]).upper()
    }


def _shown(one: Rate, voice: Voice) -> dict[str, str]:
    return {
        "day": voice.day(one.day),
        "currency": one.currency,
        "rate": f"{one.rate.normalize():f}",
        "source": one.source,
    }


def rates_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of exchange rates."""
    page, booking = RatesPage(front), for_act(Act.PAYMENTS_BOOK, back=_BACK)
    return [
        front.route("GET", RATES, for_act(Act.PAYMENTS_READ), page.show),
        front.route("POST", f"{RATES}/put", booking, page.put),
        front.route("POST", f"{RATES}/bring", booking, page.bring, body_max=_BODY_BYTES_MAX),
    ]
