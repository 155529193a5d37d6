"""What every page of staff stands on: who comes, whether they may, whether a form is ours, and how a page looks."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal
from urllib.parse import quote, urlsplit

import msgspec
from litestar import HttpMethod, Response, route
from litestar.datastructures import Cookie
from litestar.handlers import HTTPRouteHandler

from largesse.domain import staff
from largesse.domain.catalog import theme_of
from largesse.domain.merchants import Merchant, MerchantUnknown, find_merchant
from largesse.domain.staff import (
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
)
from largesse.interfaces.admin.dependencies import AdminDependencies
from largesse.interfaces.admin.limits import StaffLimits
from largesse.interfaces.admin.rules import OPTION, Need, PageRule
from largesse.interfaces.admin.sections import sections_of
from largesse.services.staff import Browser, Manager, authority_of, person_of
from largesse.ui import DEFAULT_BRAND, Brand, Templates, Visit, Voice, local_path
from largesse.web.client import Client, client_in, read_address
from largesse.web.csrf import FIELD, csrf_token, is_form_of
from largesse.web.errors import PageUnknown
from largesse.web.forms import read_form
from largesse.web.pages import page
from largesse.web.preferences import visit_of
from largesse.web.request import AnyRequest
from largesse.web.responses import see_other
from largesse.web.session_cookie import session_of
from largesse.web.staff_sessions import staff_cookie, staff_token

SIGN_IN: Final = "/staff/sign-in"
SECOND_FACTOR: Final = "/staff/second-factor"
HOME: Final = "/staff"
CONFIRM: Final = "/staff/confirm"
BODY_BYTES_MAX: Final = 32 * 1024
_PREFIX: Final = "/staff"
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1", ""})

Answer = Response[str] | Response[bytes]
Frame = Literal["letter", "desk"]


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes to a page, what they sent, and where they stand with the merchant in its address."""

    request: AnyRequest
    fields: Mapping[str, str]
    anonymous: str
    session: StaffSession | None = None
    person: Person | None = None
    merchant: Merchant | None = None
    membership: Membership | None = None
    authority: Authority | None = None

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
    """What the pages share."""

    def __init__(self, deps: AdminDependencies, templates: Templates, *, demo: bool = False) -> None:
        self.deps = deps
        self.templates = templates
        self.limits = StaffLimits(deps)
        self.demo = demo

    def route(self, method: Literal["GET", "POST"], path: str, rule: PageRule, work: Work) -> HTTPRouteHandler:
        """Return the handler of a page, which lets in whom its rule lets in."""

        async def answer(request: AnyRequest) -> Response[Any]:
            return await self._answer(request, rule, work)

        return route(
            path,
            http_method=[HttpMethod(method)],
            status_code=200,
            include_in_schema=False,
            request_max_body_size=BODY_BYTES_MAX,
            opt={OPTION: rule, "exclude_from_csrf": True},
        )(answer)

    async def _answer(self, request: AnyRequest, rule: PageRule, work: Work) -> Answer:
        if not self._is_private(request):
            return self._bare(request, "https", status=403)
        posted = request.scope["method"] == "POST"
        visitor = session_of(request)
        caller = Caller(request=request, fields=await read_form(request) if posted else {}, anonymous=visitor.token)
        try:
            caller = await self._recognised(caller, rule)
        except SignedOut:
            return self._to_sign_in(caller)
        if posted and not is_form_of(self.deps.keyring, request, caller.fields.get(FIELD, ""), caller.form_owner):
            return self._bare(request, "form", status=403)
        try:
            caller = await self._admitted(caller, rule)
        except StepUpNeeded:
            return self._to_step_up(caller, rule)
        except (MerchantUnknown, MembershipUnknown):
            raise PageUnknown from None  # whether there is such a merchant is not told
        except (ActRefused, ClosedAfterRecovery) as refused:
            await self._note_refusal(caller, rule)
            kind = "closed" if isinstance(refused, ClosedAfterRecovery) else "role"
            return self._bare(request, kind, status=403)
        answer = await work(caller)
        if visitor.is_new and rule.need is Need.NOTHING and not posted:
            answer.cookies.append(visitor.cookie(_PREFIX, https=self.https))
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

    def _is_private(self, request: AnyRequest) -> bool:
        """Return whether nobody on the way can read what is typed: by https, or on this machine alone."""
        client = client_in(request.scope)
        if client.scheme == "https" or (self.https and not client.scheme_told):
            return True
        host = urlsplit("//" + request.headers.get("host", "")).hostname or ""
        address = read_address(host)
        return host in _LOCAL or host.endswith(".localhost") or (address is not None and address.is_loopback)

    def _to_sign_in(self, caller: Caller) -> Answer:
        path = str(caller.request.scope["path"])
        if caller.request.scope["method"] != "GET" or path in {HOME, SECOND_FACTOR}:
            return see_other(SIGN_IN)
        return see_other(f"{SIGN_IN}?next={quote(path, safe='/')}")

    def _to_step_up(self, caller: Caller, rule: PageRule) -> Answer:
        slug = caller.request.path_params["slug"]
        back = rule.back.format(slug=slug) if rule.back else str(caller.request.scope["path"])
        return see_other(f"{CONFIRM}/{quote(slug, safe='')}?next={quote(back, safe='/')}")

    def _bare(self, request: AnyRequest, kind: str, *, status: int) -> Answer:
        """Return a page that says why something is refused, and where to go on."""
        values = {"kind": kind}
        visit = msgspec.structs.replace(visit_of(request), here=HOME)
        return page(self.templates, "admin/refused.html", request, values, visit=visit, status_code=status)

    def voice(self, caller: Caller) -> Voice:
        """Return the voice that the caller reads."""
        return self.templates.voice(visit_of(caller.request))

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
        """Return a page for the caller, with a token for its forms. `here` is where a change of language comes back."""
        visit: Visit = visit_of(caller.request)
        if here:
            visit = msgspec.structs.replace(visit, here=here)
        brand = await self._brand(caller)
        shared = {
            "csrf": csrf_token(self.deps.keyring, caller.form_owner),
            "csrf_field": FIELD,
            "person": caller.person,
            "merchant": caller.merchant,
            "sections": sections_of(self.templates.voice(visit), caller.request, caller.merchant, caller.authority),
            "trail": None,
        }
        return page(
            self.templates,
            f"admin/{template}",
            caller.request,
            {**shared, **(values or {})},
            visit=visit,
            brand=brand,
            demo=self.demo,
            status_code=status,
            headers=headers,
        )

    async def _brand(self, caller: Caller) -> Brand:
        if caller.merchant is None:
            return Brand(name=DEFAULT_BRAND.name, home=HOME)
        async with self.deps.database.connection() as connection:
            theme = await theme_of(connection, caller.merchant.merchant_id)
        return Brand(name=caller.merchant.name, accent=theme.accent, home=f"/admin/{caller.merchant.slug}")

    def cookie(self, token: str) -> Cookie:
        """Return the cookie of a session."""
        return staff_cookie(token, https=self.https)


def next_path(text: str) -> str:
    """Return where to go on: a page of staff on this site, else the person's own."""
    path = local_path(text)
    return path if path.startswith(("/admin/", "/staff")) else HOME
