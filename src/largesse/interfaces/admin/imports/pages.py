"""`/admin/{slug}/imports`: bring a file, answer what it leaves open, look at what comes, import it, take it back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler

from largesse.domain import imports, staff
from largesse.domain.imports import Import, ImportUnknown
from largesse.domain.staff import Act, ReasonInvalid, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.imports.answers import choices_of, terms_of
from largesse.interfaces.admin.imports.proof import proof_of
from largesse.interfaces.admin.imports.view import encodings, import_view, row_view
from largesse.interfaces.admin.imports.words import refusal_sentence
from largesse.interfaces.admin.rules import for_act
from largesse.kernel import free_text
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.services import imports as services
from largesse.web.choices import ChoiceUnknown, chosen, said_beside
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id
from largesse.web.headers import security_headers
from largesse.web.responses import see_other
from largesse.wire.loose_tables import ENCODINGS, EncodingUnsure, read_loose_table

PATH: Final = "/admin/{slug:str}/imports"
HERE: Final = "/admin/{slug}/imports"
NEW: Final = f"{PATH}/new"
ONE: Final = f"{PATH}/{{import_id:str}}"
FILE_BYTES_MAX: Final = 32 * 1024 * 1024
_BODY_BYTES_MAX: Final = FILE_BYTES_MAX + 64 * 1024
_AGAIN_S: Final = "2"
_REASON_MAX: Final = 500


class ImportPages:
    """Answer about imports."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def list(self, caller: Caller) -> Answer:
        """Return the imports of the merchant."""
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        here = HERE.format(slug=merchant.slug)
        async with self._deps.database.connection() as connection:
            found = await imports.list_imports(connection, merchant.merchant_id)
        values = {
            "rows": [row_view(one, here, voice, zone=merchant.zone, now=now) for one in found],
            "new": f"{here}/new" if may(authority.role, Act.IMPORT) else "",
        }
        return await self._front.page(caller, "imports/list.html", values)

    async def new(self, caller: Caller) -> Answer:
        """Return the page on which a file is chosen."""
        return await self._new(caller)

    async def bring(self, caller: Caller) -> Answer:
        """Take a file, and go on to what it brings."""
        merchant, upload = caller.merchant, caller.upload
        assert merchant is not None
        voice = self._front.voice(caller)
        try:
            encoding = chosen(caller.fields, "encoding", ("", *ENCODINGS), usual="")
            chosen(caller.fields, "preset", ("", *imports.presets()), usual="")
            if upload is None or not upload.content:
                return await self._new(caller, errors={"file": voice.t("Choose a file.")}, status=422)
            table = await asyncio.to_thread(
                read_loose_table,
                upload.content,
                size_max=FILE_BYTES_MAX,
                encoding=encoding,
            )
            one = await services.stage(
                self._deps,
                merchant,
                table,
                file_name=free_text.one_line(upload.name),
                choices=choices_of(caller.fields, width=0),
                actor=caller.manager.actor,
                now=self._deps.clock.now(),
            )
        except EncodingUnsure as unsure:
            return await self._new(caller, readings=unsure.readings, status=422)
        except ChoiceUnknown as wrong:
            return await self._new(caller, errors=said_beside(wrong, {}, voice), status=422)
        except InvalidInput as wrong:
            return await self._new(caller, errors={"file": refusal_sentence(wrong, voice)}, status=422)
        return self._to(caller, one.import_id)

    async def _new(
        self,
        caller: Caller,
        *,
        errors: Mapping[str, str] | None = None,
        readings: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Answer:
        merchant = caller.merchant
        assert merchant is not None
        voice = self._front.voice(caller)
        here = HERE.format(slug=merchant.slug)
        values = {
            "here": f"{here}/new",
            "trail": [(voice.t("Imports"), here), (voice.t("Bring a file"), None)],
            "presets": [("", voice.t("Find out by the header")), *((k, p.name) for k, p in imports.presets().items())],
            "preset": caller.fields.get("preset", ""),
            "errors": errors or {},
            "encodings": encodings(readings or {}),
        }
        return await self._front.page(caller, "imports/new.html", values, status=status, here=f"{here}/new")

    async def show(self, caller: Caller) -> Answer:
        """Return an import as it stands."""
        return await self._page(caller, await self._found(caller))

    async def proof(self, caller: Caller) -> Answer:
        """Return the proof of an import as PDF; of one that is not imported there is none."""
        merchant = caller.merchant
        assert merchant is not None
        one = await self._found(caller)
        if one.confirmed_at is None:
            raise PageUnknown
        names = await self._names(caller)
        voice = self._front.voice(caller)
        report = proof_of(one, merchant, voice, names, now=self._deps.clock.now())
        body = await self._deps.report_printer.print_report(report)
        headers = {
            **security_headers(https=self._front.https),
            "Content-Disposition": f'attachment; filename="import-{one.confirmed_at:%Y-%m-%d}.pdf"',
        }
        return Response(body, media_type="application/pdf", headers=headers)

    async def _names(self, caller: Caller) -> Mapping[str, str]:
        """Return the names of who works here, by how the books call them."""
        assert caller.merchant is not None
        async with self._deps.database.connection() as connection:
            people = await staff.members(connection, caller.merchant.merchant_id)
        return {f"person:{person.person_id}": person.name for _, person in people}

    async def answer(self, caller: Caller) -> Answer:
        """Take what was said of a file, and rehearse it once more."""
        merchant = caller.merchant
        assert merchant is not None
        one, voice = await self._found(caller), self._front.voice(caller)
        preset = caller.fields.get("preset", "")
        of_this = preset in {one.summary.preset, imports.PLAIN}  # another system has other columns
        width = len(one.summary.samples[0]) if one.summary.samples and of_this else 0
        try:
            terms = terms_of(caller.fields, merchant.zone, now=self._deps.clock.now())
            await services.answer(
                self._deps,
                merchant,
                one.import_id,
                choices=choices_of(caller.fields, width=width),
                terms=terms,
                now=self._deps.clock.now(),
            )
        except InvalidInput as wrong:
            return await self._page(caller, one, problem=refusal_sentence(wrong, voice), status=422)
        return self._to(caller, one.import_id)

    async def confirm(self, caller: Caller) -> Answer:
        """Give the word to go; workers do the rest."""
        return await self._decided(caller, services.confirm)

    async def reverse(self, caller: Caller) -> Answer:
        """Have an import taken back."""
        return await self._decided(caller, services.reverse)

    async def _decided(self, caller: Caller, act: Callable[..., Awaitable[object]]) -> Answer:
        """Do what was decided about an import, for the reason that was typed."""
        merchant = caller.merchant
        assert merchant is not None
        one = await self._found(caller)
        actor, reason, now = caller.manager.actor, _reason(caller), self._deps.clock.now()
        try:
            await act(self._deps, merchant, one.import_id, actor=actor, reason=reason, now=now)
        except LargesseError as refused:
            return await self._refused(caller, one, refused)
        return self._to(caller, one.import_id)

    async def withdraw(self, caller: Caller) -> Answer:
        """Forget a file that was not imported."""
        merchant = caller.merchant
        assert merchant is not None
        one = await self._found(caller)
        async with self._deps.database.transaction() as connection:
            await imports.withdraw(connection, merchant.merchant_id, one.import_id)
        return see_other(HERE.format(slug=merchant.slug))

    async def _refused(self, caller: Caller, one: Import, refused: LargesseError) -> Answer:
        voice = self._front.voice(caller)
        if isinstance(refused, ReasonInvalid):
            problem = voice.t("Say why, in 1 to 500 characters.")
        else:
            problem = refusal_sentence(refused, voice)
        return await self._page(caller, one, problem=problem, status=409)

    async def _found(self, caller: Caller) -> Import:
        assert caller.merchant is not None
        import_id = an_id(str(caller.request.path_params["import_id"]))
        try:
            return await services.find_import(self._deps, caller.merchant, import_id or UUID(int=0))
        except ImportUnknown:
            raise PageUnknown from None

    async def _page(self, caller: Caller, one: Import, *, problem: str = "", status: int = 200) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        here = HERE.format(slug=merchant.slug)
        names = await self._names(caller)
        view = import_view(one, merchant, voice, names, now=now)
        asked = {question.name: question for question in view.asked}
        values = {
            "here": f"{here}/{one.import_id}",
            "trail": [(voice.t("Imports"), here), (one.file_name, None)],
            "view": view,
            "asks": asked.__contains__,
            "preset_options": [(option.value, option.title) for option in asked["preset"].options]
            if "preset" in asked
            else [],
            "liability": [msgspec.structs.asdict(line) for line in view.lines],
            "faults": [{"where": where, "what": what} for where, what in view.faults],
            "may": may(authority.role, Act.IMPORT),
            "problem": problem,
            "reason": caller.fields.get("reason", "")[:_REASON_MAX],
        }
        headers = {"Refresh": _AGAIN_S} if one.state.is_under_way and status == 200 else None
        return await self._front.page(
            caller, "imports/one.html", values, status=status, here=f"{here}/{one.import_id}", headers=headers
        )

    def _to(self, caller: Caller, import_id: UUID) -> Answer:
        assert caller.merchant is not None
        return see_other(f"{HERE.format(slug=caller.merchant.slug)}/{import_id}")


def _reason(caller: Caller) -> str:
    return free_text.one_line(caller.fields.get("reason", "")[: _REASON_MAX * 4])


def import_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of imports. Whoever brings a file has stepped up before they choose it: it would be lost."""
    pages = ImportPages(front)
    read = for_act(Act.SETTINGS_READ)
    bring = for_act(Act.IMPORT, back=f"{HERE}/new")
    act = for_act(Act.IMPORT, back=f"{HERE}/{{import_id}}")
    return [
        front.route("GET", PATH, read, pages.list),
        front.route("GET", NEW, bring, pages.new),
        front.route("POST", NEW, bring, pages.bring, body_max=_BODY_BYTES_MAX),
        front.route("GET", ONE, read, pages.show),
        front.route("GET", f"{ONE}/proof", read, pages.proof),
        front.route("POST", f"{ONE}/answer", act, pages.answer),
        front.route("POST", f"{ONE}/confirm", act, pages.confirm),
        front.route("POST", f"{ONE}/reverse", act, pages.reverse),
        front.route("POST", f"{ONE}/withdraw", act, pages.withdraw),
    ]
