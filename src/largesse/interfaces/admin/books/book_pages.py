"""`/admin/{slug}/reports/books`: what waits for the bookkeeper, what left, and each export as a file."""

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, timedelta
from typing import IO, Final
from uuid import UUID

from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from largesse.db import Connection
from largesse.domain import locations
from largesse.domain.book_exports import (
    BookAsked,
    BookExportInvalid,
    BookFormat,
    BookGrain,
    BookSchedule,
    find_schedule,
    list_sets,
)
from largesse.domain.locations import LegalEntity
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.books.wording import (
    format_names,
    grain_names,
    key_said,
    refusal_said,
    set_said,
    total_columns,
    total_rows,
)
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.clock import day_of
from largesse.kernel.currency import currency
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.kernel.money import Money
from largesse.services import book_exports, reports
from largesse.services.book_exports import BookManner
from largesse.ui import LANGUAGES, Voice, speak
from largesse.web.choices import ChoiceUnknown, chosen, said_beside
from largesse.web.headers import security_headers
from largesse.web.responses import attachment, see_other

BOOKS: Final = "/admin/{slug:str}/reports/books"
_BACK: Final = "/admin/{slug}/reports/books"
_DONE: Final = frozenset({"made", "scheduled", "unscheduled"})
_CHUNK: Final = 1 << 16
_IN_MEMORY: Final = 1 << 20
_FIELDS: Final = ("through", "place", "format", "grain", "imports")
_TYPED_MAX: Final = 80
_NUMBER_DIGITS_MAX: Final = 9


class BookPages:
    """Answer about exports for the bookkeeper."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page; with days and a program in the address, what an export would have."""
        done = caller.request.query_params.get("done", "")
        typed = {name: str(caller.request.query_params.get(name, ""))[:_TYPED_MAX] for name in _FIELDS}
        return await self._page(caller, typed, done=done if done in _DONE else "", previewed=bool(typed["through"]))

    async def make(self, caller: Caller) -> Answer:
        """Take all that waits."""
        return await self._do(caller, schedule=False)

    async def schedule(self, caller: Caller) -> Answer:
        """Have that done each month."""
        return await self._do(caller, schedule=True)

    async def unschedule(self, caller: Caller) -> Answer:
        """Have it done no more."""
        assert caller.merchant is not None
        now = self._deps.clock.now()
        await book_exports.unschedule_exports(self._deps, caller.merchant, by=caller.manager, now=now)
        return see_other(f"{_BACK.format(slug=caller.merchant.slug)}?done=unscheduled")

    async def file(self, caller: Caller) -> Answer:
        """Return an export as a file; it is counted, so a form asks for it."""
        assert caller.merchant is not None
        number = caller.fields.get("set", "")
        set_number = int(number) if number.isascii() and number.isdigit() and len(number) <= _NUMBER_DIGITS_MAX else 0
        into: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed when it is sent
        try:
            wanted = chosen(caller.fields, "format", BookFormat) if caller.fields.get("format") else None
            made = await book_exports.file_set(
                self._deps, caller.merchant, set_number, wanted,
                voice=spoken, into=into, by=caller.manager, now=self._deps.clock.now(),
            )  # fmt: skip
        except LargesseError as refused:
            into.close()
            return await self._refused(caller, refused)
        except BaseException:
            into.close()
            raise
        return self._sent(into, made.name, made.media_type)

    async def archive(self, caller: Caller) -> Answer:
        """Return the archive of the books."""
        assert caller.merchant is not None
        into: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed when it is sent
        try:
            made = await book_exports.write_archive(
                self._deps, caller.merchant, voice=self._front.voice(caller), into=into, by=caller.manager,
                now=self._deps.clock.now(),
            )  # fmt: skip
        except LargesseError as refused:
            into.close()
            return await self._refused(caller, refused)
        except BaseException:
            into.close()
            raise
        return self._sent(into, made.name, "application/zip")

    async def _do(self, caller: Caller, *, schedule: bool) -> Answer:
        merchant, now = caller.merchant, self._deps.clock.now()
        assert merchant is not None
        typed = {name: caller.fields.get(name, "")[:_TYPED_MAX] for name in _FIELDS}
        async with self._deps.database.connection() as connection:
            places, usual = await self._places(connection, merchant)
        voice, today = self._front.voice(caller), day_of(now, in_zone=merchant.zone)
        do = book_exports.schedule_exports if schedule else book_exports.make_set
        try:
            asked, manner = _asked(typed, places, usual, today=today), _manner(typed, voice)
            await do(self._deps, merchant, asked, manner, by=caller.manager, now=now)
        except ChoiceUnknown as unknown:
            return await self._page(caller, typed, errors=said_beside(unknown, {}, voice), status=422)
        except BookExportInvalid as wrong:
            fields = {("through" if one.field == "until" else "place"): one for one in wrong.fields}
            errors = {name: _fault_said(name, voice) for name in fields}
            return await self._page(caller, typed, errors=errors, status=422)
        except LargesseError as refused:
            return await self._refused(caller, refused, typed, previewed=not schedule)
        done = "scheduled" if schedule else "made"
        return see_other(f"{_BACK.format(slug=merchant.slug)}?done={done}")

    async def _refused(
        self, caller: Caller, refused: LargesseError, typed: Mapping[str, str] | None = None, *, previewed: bool = False
    ) -> Answer:
        error, status = (
            refusal_said(refused, self._front.voice(caller)),
            422 if isinstance(refused, InvalidInput) else 409,
        )
        return await self._page(caller, typed or {}, error=error, previewed=previewed, status=status)

    def _sent(self, into: IO[bytes], name: str, media_type: str) -> Answer:
        into.seek(0)

        async def chunks() -> AsyncIterator[bytes]:
            with into:
                while chunk := into.read(_CHUNK):
                    yield chunk

        headers = {
            **security_headers(https=self._front.https),
            "Content-Disposition": attachment(name),
        }
        return Stream(chunks(), media_type=media_type, headers=headers)

    async def _places(
        self, connection: Connection, merchant: Merchant
    ) -> tuple[list[tuple[LegalEntity, str]], tuple[UUID, str]]:
        entities = {one.entity_id: one for one in await locations.entities(connection, merchant.merchant_id)}
        home = next(one for one in entities.values() if one.is_default)
        found = {(one.legal_entity_id, one.currency) for one in await book_exports.places_of(connection, merchant)}
        usual = (home.entity_id, merchant.currency)
        order = sorted(found | {usual}, key=lambda one: (one != usual, entities[one[0]].name, one[1]))
        return [(entities[entity_id], code) for entity_id, code in order], usual

    async def _page(
        self,
        caller: Caller,
        typed: Mapping[str, str],
        *,
        done: str = "",
        error: str = "",
        errors: Mapping[str, str] | None = None,
        previewed: bool = False,
        status: int = 200,
    ) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        here, today = _BACK.format(slug=merchant.slug), day_of(now, in_zone=merchant.zone)
        told = {name: typed.get(name, "") for name in _FIELDS}
        told["through"] = told["through"] or (today.replace(day=1) - timedelta(days=1)).isoformat()
        errors = dict(errors or {})
        async with self._deps.database.connection() as connection:
            mapping = await book_exports.mapping_of(connection, merchant)
            sets = await list_sets(connection, merchant.merchant_id)
            schedule = await find_schedule(connection, merchant.merchant_id)
            places, usual = await self._places(connection, merchant)
            found, code = None, merchant.currency
            if previewed and not _is_day(told["through"]):
                errors["through"] = _fault_said("through", voice)
            try:
                asked, _ = _asked(told, places, usual, today=today), _manner(told, voice)
            except ChoiceUnknown as unknown:
                errors |= said_beside(unknown, {}, voice)
            else:
                code = asked.currency
                found = await book_exports.waiting(connection, merchant, asked) if previewed and not errors else None
        told["format"] = told["format"] or (sets[0].format.value if sets else BookFormat.CSV.value)
        told["grain"] = told["grain"] or (sets[0].grain.value if sets else BookGrain.DAY.value)
        lines = mapping.lines if mapping else ()
        preview = None
        if found is not None:
            money = currency(code)
            preview = {
                "rows": found.rows,
                "rows_said": voice.n("{count} row", "{count} rows", found.rows),
                "total": voice.money(Money(found.amount, money)),
                "late": voice.count(found.late_rows) if found.late_rows else "",
                "imported": voice.count(found.imported) if found.imported else "",
                "given": voice.count(found.memorandum) if found.memorandum else "",
                "unmapped": list(dict.fromkeys(key_said(one, voice) for one in found.unmapped(lines))),
                "totals": total_rows(book_exports.totals_of(found.parts, lines), code, voice),
            }
        values = {
            "here": here,
            "accounts": f"/admin/{merchant.slug}/settings/accounts",
            "mapped": mapping is not None,
            "done": done,
            "error": error,
            "errors": errors,
            "typed": told,
            "places": [(_place(entity, code), f"{entity.name}, {code}") for entity, code in places],
            "formats": format_names(voice),
            "grains": grain_names(voice),
            "preview": preview,
            "columns": total_columns(voice),
            "sets": [set_said(one, voice) for one in sets],
            "schedule": _schedule_said(schedule, voice, today=today),
            "may_export": may(authority.role, Act.BOOKS_EXPORT),
            "trail": [(voice.t("Reports"), f"/admin/{merchant.slug}/reports"), (voice.t("For the bookkeeper"), "")],
        }
        return await self._front.page(caller, "books/books.html", values, status=status, here=here)


def book_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of exports for the bookkeeper."""
    pages = BookPages(front)
    exporting = for_act(Act.BOOKS_EXPORT, back=_BACK)
    return [
        front.route("GET", BOOKS, for_act(Act.REPORTS_READ), pages.show),
        front.route("POST", f"{BOOKS}/make", exporting, pages.make),
        front.route("POST", f"{BOOKS}/file", exporting, pages.file),
        front.route("POST", f"{BOOKS}/archive", exporting, pages.archive),
        front.route("POST", f"{BOOKS}/schedule", exporting, pages.schedule),
        front.route("POST", f"{BOOKS}/unschedule", exporting, pages.unschedule),
    ]


def spoken(language: str) -> Voice:
    """Return who tells the texts of an export in a language."""
    known = language if language in LANGUAGES else "en"
    return speak(known, folders=(reports.FOLDER / "locale", book_exports.FOLDER / "locale"))


def _asked(
    typed: Mapping[str, str],
    places: Sequence[tuple[LegalEntity, str]],
    usual: tuple[UUID, str],
    *,
    today: date,
) -> BookAsked:
    """Return what was asked for; a day that is none is the day after tomorrow, which is refused beside its field.

    Raises:
        ChoiceUnknown: it names books that are not there.
    """
    offered = {_place(entity, code): (entity.entity_id, code) for entity, code in places}
    entity_id, code = offered[chosen(typed, "place", offered, usual=f"{usual[0]}.{usual[1]}")]
    imports = chosen(typed, "imports", ("", "yes"), usual="") == "yes"
    last = date.fromisoformat(typed["through"]) if _is_day(typed["through"]) else today + timedelta(days=1)
    until = last + timedelta(days=1) if last < date.max else last
    return BookAsked(legal_entity_id=entity_id, currency=code, until=until, imports=imports)


def _manner(typed: Mapping[str, str], voice: Voice) -> BookManner:
    return BookManner(
        format=chosen(typed, "format", BookFormat, usual=BookFormat.CSV),
        grain=chosen(typed, "grain", BookGrain, usual=BookGrain.DAY),
        language=voice.language,
    )


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _place(entity: LegalEntity, code: str) -> str:
    return f"{entity.entity_id}.{code}"


def _fault_said(field: str, voice: Voice) -> str:
    if field == "through":
        return voice.t("Choose a day that is not in the future.")
    return voice.t("Choose one of these books.")


def _schedule_said(schedule: BookSchedule | None, voice: Voice, *, today: date) -> dict[str, object] | None:
    if schedule is None:
        return None
    due = book_exports.first_due(schedule.next_month)
    return {
        "what": voice.t(
            "{month} is exported for {program} on {day}, then each month.",
            month=voice.month(schedule.next_month),
            program=dict(format_names(voice))[schedule.format.value],
            day=voice.day(due),
        ),
        "waits": due < today,
    }
