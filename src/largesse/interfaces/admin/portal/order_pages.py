"""`/partner/{partner}/order`: one certificate by a form, many by pasted lines or a file; all of it, or nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain.portal import BatchDelivery, PartnerAct, PortalBatchInvalid, PortalBatchState
from largesse.interfaces.admin.front import Answer, Caller
from largesse.interfaces.admin.portal.front import HERE, PortalCaller, PortalFront, acting
from largesse.interfaces.admin.portal.wording import column_names, fault_sentence, refusal_sentence
from largesse.interfaces.admin.rules import for_partner
from largesse.kernel import free_text
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError, InvalidInput, LargesseError
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.money import Money
from largesse.kernel.text_tables import TextRow, TextTable
from largesse.services.portal import AT_ONCE, LINES_MAX, ActsFor, PortalOrderAsked, order_batch, place_all
from largesse.ui import Voice, choose_one
from largesse.web.choices import ChoiceUnknown, chosen
from largesse.web.forms import an_id
from largesse.web.responses import see_other
from largesse.wire.errors import WireError
from largesse.wire.loose_tables import read_loose_table

FILE_BYTES_MAX: Final = 32 * 1024 * 1024
PASTED_MAX: Final = 1_000_000
_BODY_MAX: Final = FILE_BYTES_MAX + 64 * 1024
_TYPED_MAX: Final = 400
_ONE: Final = ("amount", "email", "name", "identifier", "message", "good_through")
_HEAD: Final = ("refcode", "currency", "delivery")
_SHOWN: Final = 100


class OrderPages:
    """Answer who orders."""

    def __init__(self, front: PortalFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the form of one certificate."""
        return await self._form(caller, "one")

    async def show_many(self, caller: Caller) -> Answer:
        """Return the forms of many."""
        return await self._form(caller, "many")

    async def one(self, caller: Caller) -> Answer:
        """Order one certificate."""
        cells = tuple(caller.fields.get(name, "")[:_TYPED_MAX] for name in _ONE)
        table = TextTable(rows=(TextRow(line=0, cells=_ONE), TextRow(line=1, cells=cells)))
        return await self._order(caller, "one", table)

    async def lines(self, caller: Caller) -> Answer:
        """Order what was pasted, a line for each certificate."""
        pasted = caller.fields.get("lines", "")
        if len(pasted) > PASTED_MAX:
            # cut anywhere, the last line may still read as another address or amount
            said = self._front.voice(caller).t("These are too many lines to paste. Bring them as a file.")
            return await self._form(caller, "many", errors={"lines": said}, status=422)
        return await self._read_and_order(caller, pasted.encode(), "")

    async def file(self, caller: Caller) -> Answer:
        """Order what stands in a file."""
        upload = caller.upload
        if upload is None or not upload.content:
            said = self._front.voice(caller).t("Choose a file: CSV or XLSX.")
            return await self._form(caller, "many", errors={"file": said}, status=422)
        return await self._read_and_order(caller, upload.content, upload.name)

    async def _read_and_order(self, caller: Caller, data: bytes, name: str) -> Answer:
        field = "file" if name else "lines"
        try:
            table = await asyncio.to_thread(read_loose_table, data, size_max=FILE_BYTES_MAX)
        except WireError as wrong:
            said = refusal_sentence(wrong, self._front.voice(caller))
            return await self._form(caller, "many", errors={field: said}, status=422)
        return await self._order(caller, "many", table, file_name=name)

    async def _order(self, caller: Caller, kind: str, table: TextTable, *, file_name: str = "") -> Answer:
        here, voice, now = acting(caller), self._front.voice(caller), self._deps.clock.now()
        try:
            asked = _asked(caller, here, voice)
        except ChoiceUnknown as unknown:
            told = {"currency": voice.t("Choose a currency that is agreed.")}
            errors = {one.field: told.get(one.field, choose_one(voice)) for one in unknown.fields}
            return await self._form(caller, kind, errors=errors, status=422)
        given = an_id(caller.fields.get("operation", "")) or new_id(now)
        batch_id = derived_id("portal batch", here.member.membership_id, given)
        acts = acts_of(here)
        try:
            batch = await order_batch(self._deps, acts, table, asked, batch_id=batch_id, file_name=file_name, now=now)
        except PortalBatchInvalid as wrong:
            return await self._invalid(caller, kind, wrong)
        except LargesseError as refused:
            problem = refusal_sentence(refused, voice)
            status = 422 if isinstance(refused, InvalidInput) else 409
            return await self._form(caller, kind, problem=problem, status=status)
        if batch.state is PortalBatchState.PLACING and batch.lines <= AT_ONCE:
            await place_all(self._deps, batch.merchant_id, batch.batch_id, now=now)
        return see_other(f"{here.home}/batches/{batch.batch_id}")

    async def _invalid(self, caller: Caller, kind: str, wrong: PortalBatchInvalid) -> Answer:
        voice = self._front.voice(caller)
        errors, rows = dict[str, str](), list[dict[str, str]]()
        for fault in wrong.fields:
            place, _, column = fault.field.partition(": ")
            if not column:
                errors.setdefault(fault.field, fault_sentence(fault, voice))
            elif kind == "one":
                errors.setdefault(column, fault_sentence(fault, voice))
            else:
                rows.append(_fault_row(place, column, fault, voice))
        return await self._form(caller, kind, errors=errors, faults=rows, status=422)

    async def _form(
        self,
        caller: Caller,
        kind: str,
        *,
        errors: Mapping[str, str] | None = None,
        faults: Sequence[Mapping[str, str]] = (),
        problem: str = "",
        status: int = 200,
    ) -> Answer:
        here, voice = acting(caller), self._front.voice(caller)
        typed = {name: caller.fields.get(name, "")[:_TYPED_MAX] for name in (*_ONE, *_HEAD)}
        typed["lines"] = caller.fields.get("lines", "")[:PASTED_MAX]
        currencies = list(here.agreement.terms)
        values = {
            "trail": [(voice.t("Overview"), here.home), (voice.t("Order"), "")],
            "home": here.home,
            "operation": caller.fields.get("operation", "")[:40] or str(new_id(self._deps.clock.now())),
            "typed": typed,
            "errors": dict(errors or {}),
            "faults": list(faults)[:_SHOWN],
            "fault_count": len(faults),
            "problem": problem,
            "currencies": [(code, code) for code in currencies],
            "refcodes": list(here.agreement.refcodes),
            "file_allowed": here.agreement.numbers_as_file,
            "deliveries": [
                (BatchDelivery.EMAIL.value, voice.t("mailed to the recipients")),
                (BatchDelivery.FILE.value, voice.t("as numbers that I download once")),
            ],
            "lines_max": voice.count(LINES_MAX),
            "approvals": [
                voice.t(
                    "What comes to more than {amount} waits for a second person of yours.",
                    amount=voice.money(money),
                )
                for money in _approvals(here)
            ],
            "columns": list(column_names(voice).items()),
        }
        path = f"{here.home}/order" if kind == "one" else f"{here.home}/order/many"
        return await self._front.page(caller, f"portal/order_{kind}.html", values, status=status, here=path)


def acts_of(here: PortalCaller) -> ActsFor:
    """Return who acts, for a service."""
    return ActsFor(member=here.member, partner=here.partner, agreement=here.agreement, merchant=here.merchant)


def _asked(caller: Caller, here: PortalCaller, voice: Voice) -> PortalOrderAsked:
    agreed = list(here.agreement.terms)
    code = chosen(caller.fields, "currency", agreed, usual=agreed[0] if len(agreed) == 1 else None)
    return PortalOrderAsked(
        refcode=free_text.one_line(caller.fields.get("refcode", "")[:_TYPED_MAX]),
        currency=currency(code),
        delivery=chosen(caller.fields, "delivery", BatchDelivery, usual=BatchDelivery.EMAIL),
        amount=caller.fields.get("amount", "")[:_TYPED_MAX].strip(),
        good_through=caller.fields.get("good_through", "")[:_TYPED_MAX].strip(),
        language=voice.language,
    )


def _approvals(here: PortalCaller) -> list[Money]:
    return [
        Money(terms.approval_above, currency(code))
        for code, terms in here.agreement.terms.items()
        if terms.approval_above is not None
    ]


def _fault_row(place: str, column: str, fault: FieldError, voice: Voice) -> dict[str, str]:
    return {
        "line": place.removeprefix("line "),
        "column": column_names(voice).get(column, column),
        "what": fault_sentence(fault, voice),
    }


def order_routes(front: PortalFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of ordering."""
    pages, rule = OrderPages(front), for_partner(PartnerAct.ORDER)
    return [
        front.route("GET", f"{HERE}/order", rule, pages.show),
        front.route("POST", f"{HERE}/order", rule, pages.one),
        front.route("GET", f"{HERE}/order/many", rule, pages.show_many),
        front.route("POST", f"{HERE}/order/lines", rule, pages.lines, body_max=2 * PASTED_MAX),
        front.route("POST", f"{HERE}/order/file", rule, pages.file, body_max=_BODY_MAX),
    ]
