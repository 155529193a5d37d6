"""`/admin/{slug}/cards`: batches of cards and pools of codes: make, print once, void what is lost."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler

from largesse.domain import cards, catalog
from largesse.domain.cards import BatchKind, BatchState, CardBatch
from largesse.domain.catalog import Offering
from largesse.domain.exports import FileTable, table_as_csv
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ReasonInvalid, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel import free_text
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.services import cards as services
from largesse.services.cards import CardCounts, PrintedCard
from largesse.ui import Voice
from largesse.web.choices import ChoiceUnknown, chosen, said_beside
from largesse.web.forms import an_id, whole_number
from largesse.web.headers import security_headers
from largesse.web.responses import see_other
from largesse.wire.loose_tables import read_loose_table

PATH: Final = "/admin/{slug:str}/cards"
HERE: Final = "/admin/{slug}/cards"
ONE: Final = f"{PATH}/{{batch_id:str}}"
POOL_BYTES_MAX: Final = 4 * 1024 * 1024
_AGAIN_S: Final = "3"
_TYPED_MAX: Final = 2_000
_UNSOLD_SHOWN: Final = 200


class BatchView(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as the page shows it."""

    batch_id: str
    name: str
    kind: str
    state: str
    state_kind: str
    facts: tuple[tuple[str, str], ...]
    has_file: bool
    can_void: bool
    is_low: bool
    is_pool: bool
    offering: str
    offerings: tuple[tuple[str, str], ...]
    left: str


_PRINTED: Final = (BatchKind.TWO_CODES, BatchKind.ONE_CODE)


class CardPages:
    """Answer about batches of cards."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        return await self._page(caller)

    async def make(self, caller: Caller) -> Answer:
        """Ask for a batch; workers make it."""
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        try:
            kind = chosen(caller.fields, "codes", _PRINTED, usual=BatchKind.TWO_CODES)
        except ChoiceUnknown as wrong:
            return await self._page(caller, errors=said_beside(wrong, {}, voice), status=422)
        one_code = kind is BatchKind.ONE_CODE
        if one_code and caller.fields.get("knows") != "yes":
            errors = {"knows": voice.t("Cards with one code are less safe. Say that you know it.")}
            return await self._page(caller, errors=errors, status=422)
        try:
            await services.open_batch(
                self._deps,
                merchant,
                kind=kind,
                name=caller.fields.get("name", "")[:_TYPED_MAX],
                count=whole_number(caller.fields.get("count", "").strip()) or 0,
                actor=caller.manager.actor,
                now=self._deps.clock.now(),
            )
        except InvalidInput as wrong:
            return await self._page(caller, errors=_sentences(wrong, voice), status=422)
        return self._back(caller)

    async def pool(self, caller: Caller) -> Answer:
        """Take up the codes of a till."""
        merchant, voice, upload = caller.merchant, self._front.voice(caller), caller.upload
        assert merchant is not None
        if upload is None or not upload.content:
            return await self._page(caller, errors={"file": voice.t("Choose a file.")}, status=422)
        now = self._deps.clock.now()
        try:
            table = await asyncio.to_thread(read_loose_table, upload.content, size_max=POOL_BYTES_MAX)
            codes = [row.cells[0].strip() for row in table.rows]
            batch = await services.open_pool(
                self._deps,
                merchant,
                codes,
                name=caller.fields.get("pool_name", "")[:_TYPED_MAX],
                low_at=min(whole_number(caller.fields.get("low_at", "").strip()) or 0, cards.COUNT_MAX),
                digest=hashlib.sha256(upload.content).digest(),
                actor=caller.manager.actor,
                now=now,
            )
        except InvalidInput as wrong:
            return await self._page(caller, errors=_sentences(wrong, voice, pool=True), status=422)
        await services.make(self._deps, merchant, batch.batch_id, codes=codes, now=now)
        return self._back(caller)

    async def assign(self, caller: Caller) -> Answer:
        """Let sales of an offering draw from a pool, or of none."""
        merchant = caller.merchant
        assert merchant is not None
        voice, offered = self._front.voice(caller), await self._offerings(merchant)
        try:
            named = chosen(caller.fields, "offering", ["", *(str(one.offering_id) for one in offered)], usual="")
            await services.assign_pool(
                self._deps,
                merchant,
                _batch_id(caller),
                named,
                actor=caller.manager.actor,
                now=self._deps.clock.now(),
            )
        except ChoiceUnknown as wrong:
            return await self._page(caller, errors=said_beside(wrong, {}, voice), status=422)
        except LargesseError as refused:
            return await self._refused(caller, refused)
        return self._back(caller)

    async def one(self, caller: Caller) -> Answer:
        """Return which cards of a batch nobody has bought, by their place in it."""
        merchant, voice, text = caller.merchant, self._front.voice(caller), caller.request.query_params.get("after", "")
        assert merchant is not None
        here, after = HERE.format(slug=merchant.slug), min(whole_number(text) or 0, cards.COUNT_MAX)
        try:
            batch = await services.find_batch(self._deps, merchant, _batch_id(caller))
            found = await services.unsold(self._deps, merchant, batch.batch_id, after=after, limit=_UNSOLD_SHOWN + 1)
        except LargesseError as refused:
            return await self._refused(caller, refused)
        counts, shown = await services.counts(self._deps, merchant), found[:_UNSOLD_SHOWN]
        home = f"/admin/{merchant.slug}/certificates"
        values = {
            "one": _view(batch, counts.get(batch.batch_id, CardCounts()), (), voice),
            "columns": [
                {"key": "place", "title": voice.t("Card"), "kind": "lead"},
                {"key": "ends", "title": voice.t("Code ends in")},
            ],
            "rows": [
                {
                    "place": {"text": voice.count(one.position), "href": f"{home}/{one.certificate_id}"},
                    "ends": f"…{one.last_four}",
                }
                for one in shown
            ],
            "next": f"{here}/{batch.batch_id}?after={shown[-1].position}" if len(found) > len(shown) else "",
            "trail": [(voice.t("Cards"), here), (batch.name, None)],
        }
        return await self._front.page(caller, "cards/batch.html", values)

    async def _offerings(self, merchant: Merchant) -> list[Offering]:
        """Return the offerings whose sales may draw from a pool: hidden ones too, which are sold again one day."""
        async with self._deps.database.connection() as connection:
            return await catalog.list_offerings(connection, merchant.merchant_id)

    async def file(self, caller: Caller) -> Answer:
        """Return the printer's file, once."""
        merchant = caller.merchant
        assert merchant is not None
        try:
            printed = await services.take_file(
                self._deps,
                merchant,
                _batch_id(caller),
                actor=caller.manager.actor,
                reason=_reason(caller),
                now=self._deps.clock.now(),
            )
        except LargesseError as refused:
            return await self._refused(caller, refused)
        rows = [msgspec.structs.astuple(one) for one in printed]
        body = table_as_csv(FileTable(name="cards", headings=PrintedCard.__struct_fields__, rows=rows))
        headers = {
            **security_headers(https=self._front.https),
            "Content-Disposition": 'attachment; filename="cards.csv"',
        }
        return Response(body, media_type="text/csv; charset=utf-8", headers=headers)

    async def void(self, caller: Caller) -> Answer:
        """Have what is unsold of a batch voided."""
        merchant = caller.merchant
        assert merchant is not None
        try:
            await services.void_batch(
                self._deps,
                merchant,
                _batch_id(caller),
                actor=caller.manager.actor,
                reason=_reason(caller),
                now=self._deps.clock.now(),
            )
        except LargesseError as refused:
            return await self._refused(caller, refused)
        return self._back(caller)

    def _back(self, caller: Caller) -> Answer:
        assert caller.merchant is not None
        return see_other(HERE.format(slug=caller.merchant.slug))

    async def _refused(self, caller: Caller, refused: LargesseError) -> Answer:
        voice = self._front.voice(caller)
        known = {
            "cards.file.taken": voice.t(
                "The printer’s file is given out once, and was. If it is lost, void the batch and make another."
            ),
            "cards.file.none": voice.t("A pool has no file for a printer: its codes were made by your till."),
            "cards.batch.not_ready": voice.t("The cards of this batch are being made, or are void."),
            "cards.batch.unknown": voice.t("There is no such batch."),
            "cards.batch.invalid": voice.t("Codes and offering are in two currencies."),
        }
        said = voice.t("Say why, in 1 to 500 characters.")
        problem = said if isinstance(refused, ReasonInvalid) else known.get(refused.code, refused.message)
        return await self._page(caller, problem=problem, status=409)

    async def _page(
        self, caller: Caller, *, errors: Mapping[str, str] | None = None, problem: str = "", status: int = 200
    ) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, here = self._front.voice(caller), HERE.format(slug=merchant.slug)
        counts, offerings = await services.counts(self._deps, merchant), await self._offerings(merchant)
        async with self._deps.database.connection() as connection:
            known = await cards.list_batches(connection, merchant.merchant_id)
        typed = caller.fields
        values = {
            "here": here,
            "errors": errors or {},
            "problem": problem,
            "typed": {name: typed.get(name, "")[:80] for name in ("name", "count", "pool_name")},
            "codes": typed.get("codes", BatchKind.TWO_CODES.value),
            "low_at": typed.get("low_at", "20")[:6],
            "batches": [_view(one, counts.get(one.batch_id, CardCounts()), offerings, voice) for one in known],
            "makes": may(authority.role, Act.CATALOGUE_EDIT),
            "prints": may(authority.role, Act.NUMBERS_EXPORT),
            "voids": may(authority.role, Act.VOID),
        }
        busy = any(one.state is BatchState.VOIDING or _is_being_made(one) for one in known)
        headers = {"Refresh": _AGAIN_S} if busy and status == 200 else None
        return await self._front.page(caller, "cards/cards.html", values, status=status, here=here, headers=headers)


def _is_being_made(batch: CardBatch) -> bool:
    return batch.state is BatchState.MAKING and batch.file_digest is None


def _view(batch: CardBatch, counts: CardCounts, offerings: Sequence[Offering], voice: Voice) -> BatchView:
    kinds = {
        BatchKind.TWO_CODES: voice.t("two codes on each"),
        BatchKind.ONE_CODE: voice.t("one code on each"),
        BatchKind.POOL: voice.t("codes of your till"),
    }
    states = {
        BatchState.MAKING: (voice.t("being made"), "accent"),
        BatchState.READY: (voice.t("ready"), "good"),
        BatchState.VOIDING: (voice.t("being voided"), "accent"),
        BatchState.VOID: (voice.t("void"), "bad"),
    }
    is_pool, (state, state_kind) = batch.kind is BatchKind.POOL, states[batch.state]
    facts = [
        (voice.t("Cards"), voice.count(batch.count)),
        (voice.t("Unsold"), voice.count(counts.unsold)),
        (voice.t("Sold"), voice.count(counts.sold)),
        (voice.t("Void"), voice.count(counts.void)),
    ]
    if not is_pool:
        taken = voice.short_day(batch.revealed_at.date()) if batch.revealed_at else voice.t("not taken yet")
        facts.append((voice.t("Printer’s file"), taken))
    left = batch.count - batch.drawn
    ready = batch.state is BatchState.READY
    return BatchView(
        batch_id=str(batch.batch_id),
        name=batch.name,
        kind=kinds[batch.kind],
        state=state,
        state_kind=state_kind,
        facts=(*facts, (voice.t("Left to draw"), voice.count(left))) if is_pool else tuple(facts),
        has_file=ready and not is_pool and batch.revealed_at is None,
        can_void=ready,
        is_low=ready and batch.is_low,
        is_pool=ready and is_pool,
        offering=str(batch.offering_id or ""),
        offerings=tuple((str(one.offering_id), one.title) for one in offerings if one.currency == batch.currency),
        left=voice.n("{count} code is left", "{count} codes are left", left),
    )


def _sentences(wrong: InvalidInput, voice: Voice, *, pool: bool = False) -> Mapping[str, str]:
    """Return what is said beside each field."""
    if wrong.code == "cards.batch.invalid":
        known = {
            "name": voice.t("Give the batch a name of 1 to {count} characters.", count=cards.NAME_MAX),
            "count": voice.t("A batch has 1 to {count} cards.", count=voice.count(cards.COUNT_MAX)),
        }
        return {("pool_name" if pool and one.field == "name" else one.field): known[one.field] for one in wrong.fields}
    if wrong.code == "cards.pool.codes":
        where = voice.listing([one.field for one in wrong.fields[:5]])
        return {"file": voice.t("Some codes are too short, stand there twice, or are taken: {where}.", where=where)}
    return {"file": voice.t("This file cannot be read. Bring one code a line, as “CSV UTF-8”.")}


def _batch_id(caller: Caller) -> UUID:
    return an_id(str(caller.request.path_params["batch_id"])) or UUID(int=0)


def _reason(caller: Caller) -> str:
    return free_text.one_line(caller.fields.get("reason", "")[:_TYPED_MAX])


def card_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of cards."""
    pages = CardPages(front)
    edit = for_act(Act.CATALOGUE_EDIT)
    return [
        front.route("GET", PATH, for_act(Act.CATALOGUE_READ), pages.show),
        front.route("GET", ONE, for_act(Act.CATALOGUE_READ), pages.one),
        front.route("POST", f"{PATH}/make", edit, pages.make),
        front.route("POST", f"{PATH}/pool", edit, pages.pool, body_max=POOL_BYTES_MAX + 64 * 1024),
        front.route("POST", f"{ONE}/offering", edit, pages.assign),
        front.route("POST", f"{ONE}/file", for_act(Act.NUMBERS_EXPORT, back=HERE), pages.file),
        front.route("POST", f"{ONE}/void", for_act(Act.VOID, back=HERE), pages.void),
    ]
