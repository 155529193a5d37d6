"""What every page of the counter stands on: who comes, where they stand, whether a form is ours, how a page looks."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import HttpMethod, Response, route
from litestar.handlers import HTTPRouteHandler
from markupsafe import Markup

from largesse.domain import staff, tills
from largesse.domain.catalog import theme_of
from largesse.domain.locations import Location
from largesse.domain.merchants import Merchant, MerchantUnknown
from largesse.domain.networks import OutsideNetworks
from largesse.domain.staff import (
    ActRefused,
    Audited,
    ClosedAfterRecovery,
    MembershipUnknown,
    SignedOut,
    StepUpNeeded,
    demand,
)
from largesse.domain.tills import BEGUN_LENGTH_MAX, TillLocked
from largesse.interfaces.counter.caller import CounterCaller, CounterVisitor, device_owner, person_owner
from largesse.interfaces.counter.dependencies import CounterDependencies
from largesse.interfaces.counter.operations import OPERATION_FIELD, OperationUnknown, new_operation, write_operation
from largesse.interfaces.counter.places import chosen_location
from largesse.interfaces.counter.recognising import (
    NEVER_KEPT,
    Incoming,
    keep_begun,
    look_at,
    parts_of,
    recognised,
    sent_form,
)
from largesse.interfaces.counter.rules import OPTION, CounterNeed, CounterRule
from largesse.kernel.tokens import SigningKeys
from largesse.services.tills import KeptForm
from largesse.ui import Brand, Templates, Visit, Voice
from largesse.web.csrf import FIELD, csrf_token, is_form_of
from largesse.web.errors import PageUnknown
from largesse.web.forms import fields_of
from largesse.web.pages import page
from largesse.web.preferences import visit_of
from largesse.web.request import AnyRequest
from largesse.web.responses import see_other
from largesse.web.staff_places import STAFF, asked_for, is_private
from largesse.web.uploads import read_posted

BODY_BYTES_MAX: Final = 96 * 1024
"""What a page of the counter may send: a form, or one frame of a camera."""

CounterAnswer = Response[str] | Response[bytes]
CounterWork = Callable[[CounterCaller], Awaitable[CounterAnswer]]
ChoosingWork = Callable[[CounterVisitor], Awaitable[CounterAnswer]]


class PostedPage(NamedTuple):
    """What a form is sent to: who may, and what is done."""

    rule: CounterRule
    work: ChoosingWork


class CounterFront:
    """What the pages share."""

    def __init__(self, deps: CounterDependencies, templates: Templates, *, demo: bool = False) -> None:
        self.deps = deps
        self.templates = templates
        self.demo = demo
        self.posted = dict[str, PostedPage]()
        """What forms are sent to, by address with names for its parts."""

    @property
    def https(self) -> bool:
        """Return whether readers come by https."""
        return self.templates.https

    def route(
        self,
        method: Literal["GET", "POST"],
        path: str,
        rule: CounterRule,
        work: CounterWork,
        *,
        file: str = "",
        body_bytes_max: int = BODY_BYTES_MAX,
    ) -> HTTPRouteHandler:
        """Return the handler of a page below `/counter/{slug:str}`, which lets in whom its rule lets in.

        `file` is the field of its form that holds a file, whose bytes the caller has; `body_bytes_max` bounds it.
        """

        async def placed(visitor: CounterVisitor) -> CounterAnswer:
            async with self.deps.database.connection() as connection:
                location = await chosen_location(connection, visitor)
            if location is None:
                back = self._back(visitor.request, rule)
                return see_other(f"{counter_path(visitor.merchant.slug)}/place?next={quote(back, safe='/')}")
            return await work(await self._at(visitor, location))

        if method == "POST" and not file:
            self.posted[path] = PostedPage(rule, placed)
        return self._handler(method, path, rule, placed, file=file, body_bytes_max=body_bytes_max)

    async def theme(self, merchant: Merchant) -> Brand:
        """Return whose pages they are, and in which colour."""
        async with self.deps.database.connection() as connection:
            theme = await theme_of(connection, merchant.merchant_id)
        home = counter_path(merchant.slug)
        return Brand(name=merchant.name, accent=theme.accent, home=home, english=merchant.english)

    def choosing_route(
        self, method: Literal["GET", "POST"], path: str, rule: CounterRule, work: ChoosingWork
    ) -> HTTPRouteHandler:
        """Return the handler of a page for which no location needs to be chosen."""
        assert rule.need is CounterNeed.SOMEBODY
        return self._handler(method, path, rule, work)

    def _handler(
        self,
        method: Literal["GET", "POST"],
        path: str,
        rule: CounterRule,
        work: ChoosingWork,
        *,
        file: str = "",
        body_bytes_max: int = BODY_BYTES_MAX,
    ) -> HTTPRouteHandler:
        async def answer(request: AnyRequest) -> Response[Any]:
            return await self._answer(request, path, rule, work, file=file)

        return route(
            path,
            http_method=[HttpMethod(method)],
            status_code=200,
            include_in_schema=False,
            request_max_body_size=body_bytes_max,
            opt={OPTION: rule, "exclude_from_csrf": True},
        )(answer)

    async def _answer(
        self, request: AnyRequest, template: str, rule: CounterRule, work: ChoosingWork, *, file: str = ""
    ) -> CounterAnswer:
        if not is_private(request, https=self.https):
            return self.bare(request, "https", status=403)
        posted = request.scope["method"] == "POST"
        fields, upload = await read_posted(request) if posted else ({}, None)
        content = upload.content if file and upload is not None else b""
        try:
            async with self.deps.database.connection() as connection:
                found = await recognised(connection, self.deps, request, fields, rule, https=self.https)
                visitor = msgspec.structs.replace(found, content=content, template=template)
        except SignedOut:
            return see_other(STAFF.to_sign_in(self._back(request, rule)))
        except TillLocked:
            return await self._to_lock(request, sent_form(request, template, fields) if posted else None)
        except OutsideNetworks:
            return self.bare(request, "network", status=403)
        except (MerchantUnknown, MembershipUnknown):
            raise PageUnknown from None  # whether there is such a merchant is not told
        if posted and not is_form_of(self.deps.keyring, request, fields.get(FIELD, ""), visitor.form_owner):
            return self.bare(request, "form", status=403)
        return await self.served(visitor, rule, work)

    async def served(self, visitor: CounterVisitor, rule: CounterRule, work: ChoosingWork) -> CounterAnswer:
        """Let somebody in whom a rule lets in, and do what is asked for."""
        request = visitor.request
        try:
            demand(visitor.authority, rule.act, now=self.deps.clock.now())
            return await self._done_once(visitor, rule, work)
        except StepUpNeeded:
            if visitor.session is None:
                return self.bare(request, "step_up", status=403)
            return see_other(STAFF.to_step_up(visitor.merchant.slug, self._back(request, rule)))
        except (ActRefused, ClosedAfterRecovery) as refused:
            await self._note_refusal(visitor, rule)
            kind = "closed" if isinstance(refused, ClosedAfterRecovery) else "role"
            return self.bare(request, kind, status=403)
        except OperationUnknown:
            return self.bare(request, "form", status=404)

    async def _done_once(self, visitor: CounterVisitor, rule: CounterRule, work: ChoosingWork) -> CounterAnswer:
        """Do what is asked for; where the PIN is asked for before each act, one unlocking is good for one."""
        seat, device = visitor.seat, visitor.device
        if not rule.acts or seat is None or device is None or device.lock_minutes:
            return await work(visitor)
        async with self.deps.database.transaction() as connection:
            first = await tills.act_once(connection, seat, self.deps.clock.now())
        if not first:
            return await self._to_lock(visitor.request, sent_form(visitor.request, visitor.template, visitor.fields))
        answer = await work(visitor)
        if answer.status_code is not None and answer.status_code >= 400:
            async with self.deps.database.transaction() as connection:
                await tills.give_act_back(connection, seat)
        return answer

    async def _to_lock(self, request: AnyRequest, form: KeptForm | None) -> CounterAnswer:
        """Return the way to the page that asks who is there, and keep what was asked for or typed, for its person."""
        async with self.deps.database.transaction() as connection:
            incoming = await look_at(connection, self.deps, request, https=self.https, touches=False)
            begun = str(request.scope["path"]) if request.scope["method"] == "GET" else ""
            kept = form if form and self._may_look(incoming, form) else None
            await keep_begun(connection, self.deps, incoming, begun, kept)
        return see_other(f"{counter_path(incoming.merchant.slug)}/lock")

    def typed_form(self, incoming: Incoming, fields: Mapping[str, str]) -> KeptForm | None:
        """Return the form that a page had open when its device was locked there, as the page says it; None of none."""
        path, typed = fields.get("begun_to", "")[:BEGUN_LENGTH_MAX], fields.get("begun_fields", "")
        found = next(((one, params) for one in self.posted if (params := parts_of(one, path)) is not None), None)
        if found is None or found[1].get("slug") != incoming.request.path_params["slug"]:
            return None
        kept = {name: value for name, value in fields_of(typed).items() if name not in NEVER_KEPT}
        form = KeptForm(path=path, template=found[0], params=found[1], fields=kept)
        return form if self._may_look(incoming, form) else None

    def _may_look(self, incoming: Incoming, form: KeptForm) -> bool:
        """Return whether a form is one that is shown again, and of whoever worked on the device."""
        page, device, seat = self.posted.get(form.template), incoming.device, incoming.seat
        if page is None or not page.rule.looks or device is None or seat is None:
            return False
        owner = person_owner(incoming.merchant, device, seat.person_id)
        return is_form_of(self.deps.keyring, incoming.request, form.fields.get(FIELD, ""), owner)

    def _back(self, request: AnyRequest, rule: CounterRule) -> str:
        """Return the page to come back to from elsewhere; what was posted is not posted again."""
        slug = request.path_params["slug"]
        if rule.back:
            return rule.back.format(slug=slug)
        return asked_for(request) if request.scope["method"] == "GET" else counter_path(slug)

    async def _at(self, visitor: CounterVisitor, location: Location) -> CounterCaller:
        where = await self.deps.locator.where(
            visitor.merchant.merchant_id, location.location_id, now=self.deps.clock.now()
        )
        known = {name: getattr(visitor, name) for name in CounterVisitor.__struct_fields__}
        return CounterCaller(**known, location=location, where=where, keys=self.deps.keyring)

    async def _note_refusal(self, visitor: CounterVisitor, rule: CounterRule) -> None:
        """Write to the audit log that somebody tried what they may not."""
        async with self.deps.database.transaction() as connection:
            await staff.record(
                connection,
                visitor.merchant.merchant_id,
                Audited.STAFF_REFUSED,
                subject=str(visitor.membership.membership_id),
                actor=visitor.actor,
                reason=rule.act.value,
                now=self.deps.clock.now(),
            )

    def bare(self, request: AnyRequest, kind: str, *, status: int) -> CounterAnswer:
        """Return a page that says why something is refused, and where to go on."""
        home = counter_path(request.path_params["slug"])
        visit = msgspec.structs.replace(visit_of(request), here=home)
        values = {"kind": kind, "home": home}
        return page(self.templates, "counter/refused.html", request, values, visit=visit, status_code=status)

    def voice(self, visitor: CounterVisitor) -> Voice:
        """Return the voice that whoever comes reads."""
        return self.templates.voice(visit_of(visitor.request), visitor.merchant.english)

    async def page(
        self,
        visitor: CounterVisitor,
        template: str,
        values: Mapping[str, object] | None = None,
        *,
        status: int = 200,
        here: str = "",
        operation: UUID | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response[str]:
        """Return a page of the counter, `template` of `counter/`.

        Its forms print `marks`: what makes them ours, and the operation that they begin, or carry on as `operation`.
        `here` is where a change of language comes back, which a page that was posted for has to name.
        """
        home = counter_path(visitor.merchant.slug)
        visit: Visit = visit_of(visitor.request)
        if here or visitor.request.scope["method"] != "GET":
            visit = msgspec.structs.replace(visit, here=here or home)
        shared = {
            "marks": self.marks(visitor, operation=operation),
            "home": home,
            "merchant": visitor.merchant,
            "person": visitor.person,
            "device": visitor.device,
            "lock_marks": form_mark(self.deps.keyring, device_owner(visitor.device)) if visitor.device else "",
            "lock_after_s": max(1, visitor.device.lock_minutes) * 60 if visitor.device else 0,
            "line": device_line(visitor),
            "begun": str(visitor.request.scope["path"]) if visitor.request.scope["method"] == "GET" else "",
            "location": visitor.location if isinstance(visitor, CounterCaller) else None,
        }
        return page(
            self.templates,
            f"counter/{template}",
            visitor.request,
            {**shared, **(values or {})},
            visit=visit,
            brand=await self.theme(visitor.merchant),
            demo=self.demo,
            status_code=status,
            worker=True,
            headers=headers,
        )

    def marks(self, visitor: CounterVisitor, *, operation: UUID | None = None) -> Markup:
        """Return the hidden fields of a form: that it is ours, and the operation that it begins or carries on."""
        keys, owner = self.deps.keyring, visitor.form_owner
        carried = (
            new_operation(keys, made_for=owner, now=self.deps.clock.now())
            if operation is None
            else write_operation(keys, operation, made_for=owner)
        )
        hidden = Markup('<input type="hidden" name="{}" value="{}">').format(OPERATION_FIELD, carried)
        return form_mark(keys, owner) + hidden


def device_line(visitor: CounterVisitor) -> dict[str, str]:
    """Return what a device keeps of who unlocked it, for when it has no line; nothing where it may not work so."""
    device, seat = visitor.device, visitor.seat
    if device is None or seat is None or not device.offline_hours_max or device.public_key is None:
        return {}
    since = int(seat.unlocked_at.timestamp() * 1000)
    return {"who": str(seat.membership_id), "name": visitor.person.name, "since": str(since)}


def form_mark(keys: SigningKeys, owner: str) -> Markup:
    """Return the hidden field that makes a form ours."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, csrf_token(keys, owner))


def counter_path(slug: str) -> str:
    """Return the address of a merchant's counter."""
    return f"/counter/{quote(slug, safe='')}"
