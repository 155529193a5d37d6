"""What every page of staff stands on: who comes, whether they may, whether a form is ours, and how a page looks."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import HttpMethod, Response, route
from litestar.datastructures import Cookie
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from largesse.domain import staff
from largesse.domain.catalog import theme_of
from largesse.domain.merchants import Merchant, MerchantUnknown, find_merchant
from largesse.domain.networks import OutsideNetworks, work_networks
from largesse.domain.partners import Agreement, Partner, PartnerUnknown
from largesse.domain.portal import PartnerMember, PartnerMemberUnknown
from largesse.domain.saved_views import views_of
from largesse.domain.staff import (
    Act,
    ActRefused,
    Audited,
    Authority,
    ClosedAfterRecovery,
    Membership,
    MembershipUnknown,
    Person,
    SignedOut,
    StaffSession,
    StepUpNeeded,
    demand,
    may,
)
from largesse.interfaces.admin.dependencies import AdminDependencies
from largesse.interfaces.admin.limits import StaffLimits
from largesse.interfaces.admin.rules import OPTION, Need, PageRule
from largesse.interfaces.admin.sections import MORE, sections_of
from largesse.interfaces.admin.workplaces import Workplace, staff_workplaces
from largesse.services.staff import Browser, Manager, authority_of, person_of
from largesse.ui import DEFAULT_BRAND, Brand, Templates, Visit, Voice
from largesse.web.client import Client, client_in
from largesse.web.csrf import FIELD, csrf_token, is_form_of
from largesse.web.errors import PageUnknown
from largesse.web.pages import page
from largesse.web.preferences import visit_of
from largesse.web.request import AnyRequest, named_in
from largesse.web.responses import see_other
from largesse.web.session_cookie import session_of
from largesse.web.staff_places import STAFF, SignInPlaces, asked_for, is_private
from largesse.web.staff_sessions import staff_cookie, staff_token
from largesse.web.uploads import Upload, read_posted

BODY_BYTES_MAX: Final = 32 * 1024
_PREFIXES: Final = ("/staff", "/setup", "/partner")

# What a page says of itself in place of what the front would say. Whatever else the frame is drawn from is the front's.
_SAID_BY_PAGES: Final = frozenset({"trail", "person", "merchant", "places"})

Answer = Response[str] | Response[bytes] | Stream
Frame = Literal["letter", "desk"]


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes to a page, what they sent, and where they stand with the merchant or partner in its address."""

    request: AnyRequest
    fields: Mapping[str, str]
    anonymous: str
    upload: Upload | None = None
    session: StaffSession | None = None
    person: Person | None = None
    merchant: Merchant | None = None
    membership: Membership | None = None
    authority: Authority | None = None
    partner: Partner | None = None
    agreement: Agreement | None = None
    member: PartnerMember | None = None

    @property
    def client(self) -> Client:
        """Where they come from."""
        return client_in(self.request.scope)

    @property
    def browser(self) -> Browser:
        """What they come with."""
        return Browser(agent=self.request.headers.get("user-agent", ""), address=self.client.address)

    @property
    def form_owner(self) -> str:
        """Whom a form is made for: the session, which keeps its id when its token changes, or a visitor's cookie."""
        return str(self.session.session_id) if self.session else self.anonymous

    @property
    def confirms_for(self) -> tuple[UUID, str, str]:
        """For whom they show again who they are: the id that it counts for, its name, and how addresses name it."""
        if self.partner is not None:
            return self.partner.partner_id, self.partner.name, str(self.partner.partner_id)
        assert self.merchant is not None
        return self.merchant.merchant_id, self.merchant.name, self.merchant.slug

    @property
    def manager(self) -> Manager:
        """Them, acting for the merchant."""
        assert self.person is not None
        assert self.membership is not None
        return Manager(
            actor=f"person:{self.person.person_id}",
            name=self.person.name,
            person_id=self.person.person_id,
            role=self.membership.role,
        )


Work = Callable[[Caller], Awaitable[Answer]]


class StaffFront:
    """What the pages share: those of staff, and those on which everybody signs in, who stand at `places`."""

    places: SignInPlaces = STAFF

    def __init__(self, deps: AdminDependencies, templates: Templates, *, demo: bool = False) -> None:
        self.deps = deps
        self.templates = templates
        self.limits = StaffLimits(deps)
        self.demo = demo

    def route(
        self,
        method: Literal["GET", "POST"],
        path: str,
        rule: PageRule,
        work: Work,
        *,
        body_max: int = BODY_BYTES_MAX,
    ) -> HTTPRouteHandler:
        """Return the handler of a page, which lets in whom its rule lets in; a form may bring `body_max` bytes."""

        async def answer(request: AnyRequest) -> Response[Any]:
            return await self._answer(request, rule, work)

        return route(
            path,
            http_method=[HttpMethod(method)],
            status_code=200,
            include_in_schema=False,
            request_max_body_size=body_max,
            opt={OPTION: rule, "exclude_from_csrf": True},
        )(answer)

    async def _answer(self, request: AnyRequest, rule: PageRule, work: Work) -> Answer:
        if not is_private(request, https=self.https):
            return self._bare(request, "https", status=403)
        posted = request.scope["method"] == "POST"
        visitor = session_of(request)
        caller = Caller(request=request, fields={}, anonymous=visitor.token)
        try:
            caller = await self._recognised(caller, rule)
        except SignedOut:
            return self._to_sign_in(caller)
        if posted:  # after the session: files may be large, and strangers' are not read
            fields, upload = await read_posted(request)
            caller = msgspec.structs.replace(caller, fields=fields, upload=upload)
        if posted and not is_form_of(self.deps.keyring, request, caller.fields.get(FIELD, ""), caller.form_owner):
            return self._bare(request, "form", status=403)
        try:
            caller = await self._admitted(caller, rule)
        except StepUpNeeded:
            return self._to_step_up(caller, rule)
        except (MerchantUnknown, MembershipUnknown, PartnerUnknown, PartnerMemberUnknown):
            raise PageUnknown from None  # whether there is such a merchant or partner is not told
        except OutsideNetworks:
            return self._bare(request, "network", status=403)
        except (ActRefused, ClosedAfterRecovery) as refused:
            await self._note_refusal(caller, rule)
            kind = "closed" if isinstance(refused, ClosedAfterRecovery) else "role"
            return self._bare(request, kind, status=403)
        answer = await work(caller)
        if visitor.is_new and rule.need is Need.NOTHING and not posted:
            under = next((one for one in _PREFIXES if str(request.scope["path"]).startswith(one)), _PREFIXES[0])
            answer.cookies.append(visitor.cookie(under, https=self.https))
        return answer

    @property
    def https(self) -> bool:
        """Return whether readers come by https."""
        return self.templates.https

    async def _recognised(self, caller: Caller, rule: PageRule) -> Caller:
        """Return the caller with their session, as far as the page needs one.

        Raises:
            SignedOut: it needs one that they do not have.
        """
        token = staff_token(caller.request, https=self.https)
        needs = rule.need is not Need.NOTHING
        if token is None:
            if needs:
                raise SignedOut
            return caller
        now, half_way = self.deps.clock.now(), rule.need is Need.HALF_WAY
        async with self.deps.database.connection() as connection:
            try:
                session = await staff.session_of_token(
                    connection, token, address=caller.client.address, now=now, half_way=half_way
                )
            except SignedOut:
                if needs:
                    raise
                return caller
            if half_way and session.signed_in_at is not None:
                raise SignedOut
            return msgspec.structs.replace(caller, session=session, person=await person_of(connection, session))

    async def _admitted(self, caller: Caller, rule: PageRule) -> Caller:
        """Return the caller as they stand with the merchant in the address.

        Raises:
            ActRefused: their role does not allow what the page is for.
            ClosedAfterRecovery: not so soon after a recovery.
            MembershipUnknown: they do not work there.
            MerchantUnknown: there is no such merchant.
            OutsideNetworks: the office is bound to networks that they are not in.
            StepUpNeeded: they have to show again who they are.
        """
        if rule.need not in {Need.ACT, Need.MEMBER}:
            return caller
        session, person = caller.session, caller.person
        assert session is not None
        assert person is not None
        async with self.deps.database.connection() as connection:
            merchant = await find_merchant(connection, caller.request.path_params["slug"])
            membership, authority = await authority_of(
                connection, session, merchant.merchant_id, recovered_at=person.recovered_at
            )
            (await work_networks(connection, merchant.merchant_id)).demand_office(caller.client.address)
        if rule.act is not None:
            demand(authority, rule.act, now=self.deps.clock.now())
        return msgspec.structs.replace(caller, merchant=merchant, membership=membership, authority=authority)

    async def _note_refusal(self, caller: Caller, rule: PageRule) -> None:
        """Write to the audit log that somebody tried what they may not."""
        assert caller.person is not None
        assert rule.act is not None
        async with self.deps.database.transaction() as connection:
            merchant = await find_merchant(connection, caller.request.path_params["slug"])
            membership = await staff.membership_with(connection, merchant.merchant_id, caller.person.person_id)
            assert membership is not None
            await staff.record(
                connection,
                merchant.merchant_id,
                Audited.STAFF_REFUSED,
                subject=str(membership.membership_id),
                actor=f"person:{caller.person.person_id}",
                reason=rule.act.value,
                now=self.deps.clock.now(),
            )

    def _to_sign_in(self, caller: Caller) -> Answer:
        path = str(caller.request.scope["path"])
        if caller.request.scope["method"] != "GET" or path in {self.places.home, self.places.second_factor}:
            return see_other(self.places.to_sign_in())
        return see_other(self.places.to_sign_in(asked_for(caller.request)))

    def _to_step_up(self, caller: Caller, rule: PageRule) -> Answer:
        named = named_in(caller.request)
        back = rule.back.format(**named) if rule.back else asked_for(caller.request)
        return see_other(self.places.to_step_up(named["slug"], back))

    def _bare(self, request: AnyRequest, kind: str, *, status: int) -> Answer:
        """Return a page that says why something is refused, and where to go on."""
        values = {"kind": kind, "places": self.places}
        visit = msgspec.structs.replace(visit_of(request), here=self.places.home)
        return page(self.templates, "admin/refused.html", request, values, visit=visit, status_code=status)

    def voice(self, caller: Caller) -> Voice:
        """Return the voice that the caller reads."""
        english = caller.merchant.english if caller.merchant else DEFAULT_BRAND.english
        return self.templates.voice(visit_of(caller.request), english)

    async def page(
        self,
        caller: Caller,
        template: str,
        values: Mapping[str, object] | None = None,
        *,
        status: int = 200,
        here: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Response[str]:
        """Return a page for the caller, with a token for its forms. `here` is where a change of language comes back.

        A template without a folder is one of `admin/`.
        """
        visit: Visit = visit_of(caller.request)
        if here:
            visit = msgspec.structs.replace(visit, here=here)
        brand = await self._brand(caller)
        token = csrf_token(self.deps.keyring, caller.form_owner)
        shared = {
            "csrf": token,
            "csrf_field": FIELD,
            "places": self.places,
            "person": caller.person,
            "merchant": caller.merchant,
            "trail": None,
            "elsewhere": await self._elsewhere(caller),
            **self._rail(caller, token),
        }
        values = {**(values or {})}
        assert not (shadowed := values.keys() & shared.keys() - _SAID_BY_PAGES), f"{template} shadows {shadowed}"
        if isinstance(shown := values.get("list"), dict):
            values["list"] = await self._with_views(caller, shown)
        return page(
            self.templates,
            template if "/" in template else f"admin/{template}",
            caller.request,
            {**shared, **values},
            visit=visit,
            brand=brand,
            demo=self.demo,
            status_code=status,
            headers=headers,
        )

    def _rail(self, caller: Caller, token: str) -> dict[str, object]:
        """Return what stands around a page: the places that somebody may go to, the search, and the page of keys."""
        sections = sections_of(self.voice(caller), caller.request, caller.merchant, caller.authority)
        home = f"/admin/{caller.merchant.slug}" if caller.merchant else ""
        searches = caller.authority is not None and may(caller.authority.role, Act.ORDERS_READ)
        return {
            "sections": sections,
            "more": f"{home}{MORE}" if home and any(one["later"] for one in sections) else None,
            "search": {"action": f"{home}/search", "field": FIELD, "token": token} if searches else None,
            "help": f"{home}/keys" if home else None,
        }

    async def workplaces(self, caller: Caller) -> tuple[Sequence[Workplace], ZoneInfo]:
        """Return for whom the caller works, and the clock that they read."""
        assert caller.person is not None
        async with self.deps.database.connection() as connection:
            return await staff_workplaces(connection, caller.person, self.voice(caller))

    async def _elsewhere(self, caller: Caller) -> Sequence[Workplace]:
        """Return the other offices that the caller may go over to from one."""
        if caller.merchant is None or caller.person is None:
            return ()
        here = f"/admin/{caller.merchant.slug}"
        async with self.deps.database.connection() as connection:
            places, _ = await staff_workplaces(connection, caller.person, self.voice(caller))
        return [one for one in places if one.href and not one.waits and one.href != here]

    async def _with_views(self, caller: Caller, shown: Mapping[str, Any]) -> dict[str, object]:
        """Return a list with what the reader has saved of it."""
        merchant, person = caller.merchant, caller.person
        home = f"/admin/{merchant.slug}/" if merchant else ""
        path, address = str(shown.get("path", "")), str(shown.get("address", ""))
        if merchant is None or person is None or not path.startswith(home):
            return dict(shown)
        of, query = path.removeprefix(home), address.partition("?")[2]
        async with self.deps.database.connection() as connection:
            known = await views_of(connection, merchant.merchant_id, person.person_id, of)
        views = [
            {
                "id": str(one.view_id),
                "name": one.name,
                "href": f"{path}?{one.query}" if one.query else path,
                "here": one.query == query,
            }
            for one in known
        ]
        unnamed = caller.request.query_params.get("named", "") == "no"
        return {**shown, "views": views, "views_action": f"{home}views", "of": of, "query": query, "unnamed": unnamed}

    async def _brand(self, caller: Caller) -> Brand:
        if caller.merchant is None:
            return Brand(name=DEFAULT_BRAND.name, home=self.places.home)
        async with self.deps.database.connection() as connection:
            theme = await theme_of(connection, caller.merchant.merchant_id)
        merchant = caller.merchant
        home = f"/admin/{merchant.slug}"
        return Brand(name=merchant.name, accent=theme.accent, home=home, english=merchant.english)

    def cookie(self, token: str) -> Cookie:
        """Return the cookie of a session."""
        return staff_cookie(token, https=self.https)
