"""`/admin/{slug}/partners/{partner_id}`: one partner: what is agreed, what is used, who orders in its name; changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.db import Connection
from largesse.domain import invoices, orders, partners
from largesse.domain.merchants import Merchant
from largesse.domain.partners import (
    Agreement,
    AgreementChange,
    Partner,
    PartnerChanged,
    PartnerTaken,
    PartnerUnknown,
)
from largesse.domain.staff import Act, AuditReason, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.partners.partner_form import partner_text, read_partner
from largesse.interfaces.admin.partners.partner_view import (
    KnownPartner,
    facts_view,
    key_view,
    order_view,
    terms_view,
    user_view,
)
from largesse.interfaces.admin.partners.wording import (
    fault_sentence,
    invoicings,
    other_refcodes,
    purposes,
    refusal_sentence,
    states,
    tax_kinds,
)
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.settings.frame import said_of
from largesse.interfaces.admin.settings.invoice_acts import BILLING, billing_facts
from largesse.interfaces.admin.wording import reason_codes
from largesse.kernel import free_text
from largesse.kernel.currency import currency
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.kernel.ids import new_id
from largesse.kernel.money import Money
from largesse.services import partners as services
from largesse.services.office import orders_of_partner
from largesse.services.partners import MadeOnce
from largesse.ui import Voice
from largesse.web.choices import chosen
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id
from largesse.web.responses import see_other

PATH: Final = "/admin/{slug:str}/partners"
ONE: Final = f"{PATH}/{{partner_id:str}}"
BACK: Final = "/admin/{slug}/partners/{partner_id}"
_ORDERS: Final = 10
_REASON_MAX: Final = 501
_STATES: Final = {
    "suspend": AgreementChange(suspended=True),
    "resume": AgreementChange(suspended=False),
    "end": AgreementChange(enabled=False),
    "enable": AgreementChange(enabled=True),
}


class PartnerPages:
    """Answer about one partner."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page of a partner."""
        return await self.page(caller, await known_partner(self._front, caller))

    async def new(self, caller: Caller) -> Answer:
        """Return an empty form."""
        return await self._form(caller, None)

    async def add(self, caller: Caller) -> Answer:
        """Create a partner."""
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        usual = _usual(merchant)
        wanted, faults = read_partner(caller.fields, usual, merchant, voice)
        if faults:
            return await self._form(caller, None, errors=faults, status=422)
        try:
            async with self._deps.database.transaction() as connection:
                made = await services.add_partner(
                    connection, merchant, wanted, by=caller.manager, now=self._deps.clock.now()
                )
        except InvalidInput as wrong:
            return await self._form(caller, None, errors=_said(wrong, voice), status=422)
        except PartnerTaken as taken:
            return await self._form(caller, None, errors={"name": refusal_sentence(taken, voice)}, status=422)
        return see_other(f"/admin/{merchant.slug}/partners/{made.partner_id}")

    async def edit(self, caller: Caller) -> Answer:
        """Return the form of a partner."""
        return await self._form(caller, await known_partner(self._front, caller))

    async def change(self, caller: Caller) -> Answer:
        """Change a partner."""
        merchant, voice, known = caller.merchant, self._front.voice(caller), await known_partner(self._front, caller)
        assert merchant is not None
        wanted, faults = read_partner(caller.fields, known.agreement, merchant, voice)
        if faults:
            return await self._form(caller, known, errors=faults, status=422)
        try:
            async with self._deps.database.transaction() as connection:
                await services.change_partner(
                    connection,
                    merchant,
                    known.partner,
                    wanted,
                    seen=caller.fields.get("seen", "")[:40],
                    by=caller.manager,
                    now=self._deps.clock.now(),
                )
        except InvalidInput as wrong:
            return await self._form(caller, known, errors=_said(wrong, voice), status=422)
        except PartnerTaken as taken:
            return await self._form(caller, known, errors={"name": refusal_sentence(taken, voice)}, status=422)
        except PartnerChanged:
            again = await known_partner(self._front, caller)
            return await self._form(caller, again, overtaken=True, status=409)
        return see_other(f"/admin/{merchant.slug}/partners/{known.partner.partner_id}")

    async def set_state(self, caller: Caller) -> Answer:
        """Take no more orders, or take them again."""
        merchant, voice, known = caller.merchant, self._front.voice(caller), await known_partner(self._front, caller)
        assert merchant is not None
        try:
            change = _STATES[chosen(caller.fields, "to", _STATES)]
            async with self._deps.database.transaction() as connection:
                await services.set_state(
                    connection,
                    merchant,
                    known.partner,
                    change,
                    by=caller.manager,
                    reason=reason_in(caller),
                    code=code_in(caller),
                    now=self._deps.clock.now(),
                )
        except LargesseError as refused:
            return await self.page(caller, known, problem=refusal_sentence(refused, voice), status=422)
        return see_other(f"/admin/{merchant.slug}/partners/{known.partner.partner_id}")

    async def page(
        self,
        caller: Caller,
        known: KnownPartner,
        *,
        made: MadeOnce | None = None,
        made_what: str = "",
        problem: str = "",
        errors: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Answer:
        """Return the page of a partner; `made` is a secret that is shown this once."""
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        home, partner, agreement = f"/admin/{merchant.slug}", known.partner, known.agreement
        state = "orders" if agreement.enabled and not agreement.suspended else "suspended"
        state = state if agreement.enabled else "ended"
        text, kind = states(voice)[state]
        here = f"{home}/partners/{partner.partner_id}"
        values = {
            "trail": [(voice.t("Today"), home), (voice.t("Partners"), f"{home}/partners"), (partner.name, "")],
            "title": partner.name,
            "here": here,
            "account": f"{home}/invoices/statements/{partner.partner_id}",
            "state": {"badge": text, "kind": kind},
            "state_now": state,
            "facts_shown": facts_view(known, voice),
            "billing": billing_facts(known.billing, voice),
            "bills": may(authority.role, Act.INVOICES),
            "done": said_of(caller, [BILLING], voice),
            "terms": [terms_view(code, one, voice) for code, one in agreement.terms.items()],
            "warnings": [fault_sentence(one, voice) for one in known.warnings],
            "users": [user_view(one) for one in known.users],
            "keys": [key_view(one, known, merchant, voice, now) for one in known.keys],
            "users_live": [one.email for one in known.users if one.disabled_at is None],
            "orders": [order_view(one, home, merchant, voice, now) for one in known.orders],
            "refcodes": [
                {
                    "refcode": one.refcode or voice.t("none"),
                    "orders": voice.count(one.orders),
                    "total": voice.money(Money(one.total, currency(one.currency))),
                    "agreed": voice.t("agreed") if agreement.names(one.refcode) else voice.t("not agreed"),
                }
                for one in known.refcodes
            ],
            "made": made,
            "made_what": made_what,
            "problem": problem,
            "errors": dict(errors or {}),
            "typed": {"email": caller.fields.get("email", "")[:254]} if errors else {"email": ""},
            "edits": may(authority.role, Act.PARTNERS_EDIT),
            "trusts": may(authority.role, Act.PARTNERS_TRUST),
            "keys_made": may(authority.role, Act.LIVE_KEYS),
            "codes": reason_codes(voice),
            "operation": str(new_id(now)),
        }
        return await self._front.page(caller, "partners/partner.html", values, status=status, here=here)

    async def _form(
        self,
        caller: Caller,
        known: KnownPartner | None,
        *,
        errors: Mapping[str, str] | None = None,
        overtaken: bool = False,
        status: int = 200,
    ) -> Answer:
        merchant = caller.merchant
        assert merchant is not None
        voice, home = self._front.voice(caller), f"/admin/{merchant.slug}"
        agreement = known.agreement if known else _usual(merchant)
        typed = partner_text(known.partner if known else None, agreement, voice)
        posted = caller.request.scope["method"] == "POST"
        if posted:
            typed |= {name: text for name, text in caller.fields.items() if name in typed}
            typed |= {name: caller.fields.get(name, "") for name in ("numbers_as_file", "own_keys")}
        elif known is None:
            typed |= {"new_currency": merchant.currency}
        title = known.partner.name if known else voice.t("A new partner")
        here = f"{home}/partners/{known.partner.partner_id}" if known else f"{home}/partners"
        seen = partners.revision_of(known.partner, known.agreement) if known else ""
        values = {
            "trail": [(voice.t("Today"), home), (voice.t("Partners"), f"{home}/partners"), (title, "")],
            "title": title,
            "here": here,
            "action": f"{here}/change" if known else f"{here}/new",
            "typed": typed,
            "errors": dict(errors or {}),
            "overtaken": overtaken,
            "seen": caller.fields.get("seen", "")[:40] if posted and not overtaken else seen,
            "currencies": list(agreement.terms),
            "removing": {code for code in agreement.terms if f"remove_{code}" in caller.fields},
            "tax_kinds": tax_kinds(voice),
            "invoicings": invoicings(voice),
            "other_refcodes": other_refcodes(voice),
            "purposes": purposes(voice),
            "is_new": known is None,
        }
        return await self._front.page(caller, "partners/form.html", values, status=status, here=here)


async def known_partner(front: StaffFront, caller: Caller) -> KnownPartner:
    """Return the partner in the address, with all that its page shows.

    Raises:
        PageUnknown: the merchant has none of that id.
    """
    merchant, wanted = caller.merchant, an_id(str(caller.request.path_params["partner_id"]))
    assert merchant is not None
    if wanted is None:
        raise PageUnknown
    now = front.deps.clock.now()
    async with front.deps.database.connection() as connection:
        try:
            partner = await partners.find_partner(connection, merchant.merchant_id, str(wanted))
        except PartnerUnknown:
            raise PageUnknown from None
        return await _all_of(connection, merchant, partner, now=now)


async def _all_of(connection: Connection, merchant: Merchant, partner: Partner, *, now: datetime) -> KnownPartner:
    ref = partner.merchant_id, partner.partner_id
    agreement = await partners.agreement_of(connection, *ref)
    return KnownPartner(
        partner=partner,
        agreement=agreement,
        billing=await invoices.billing_of(connection, *ref),
        users=await partners.users(connection, ref),
        keys=await partners.keys(connection, ref),
        tokens=await partners.token_uses(connection, ref, now=now),
        refcodes=await orders.refcodes_of_partner(connection, *ref, also=()),
        orders=await orders_of_partner(connection, *ref, limit=_ORDERS),
        warnings=await services.law_warnings(connection, merchant, agreement, now=now),
    )


def reason_in(caller: Caller) -> str:
    """Return why somebody does something, as they wrote it; the service refuses one that cannot be kept."""
    return free_text.one_line(caller.fields.get("reason", "")[:_REASON_MAX])


def code_in(caller: Caller) -> AuditReason:
    """Return the kind of the reason.

    Raises:
        ChoiceUnknown: it is none that is offered.
    """
    return chosen(caller.fields, "code", AuditReason, usual=AuditReason.OTHER)


def _said(wrong: InvalidInput, voice: Voice) -> dict[str, str]:
    return {
        {"token_lifetime_s": "token_minutes", "currency": "new_currency"}.get(one.field, one.field): fault_sentence(
            one, voice
        )
        for one in wrong.fields
    }


def _usual(merchant: Merchant) -> Agreement:
    return Agreement(merchant_id=merchant.merchant_id, partner_id=UUID(int=0))


def partner_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of a partner's page and of its form."""
    pages = PartnerPages(front)
    trust = for_act(Act.PARTNERS_TRUST, back=BACK)
    new = for_act(Act.PARTNERS_TRUST, back="/admin/{slug}/partners/new")
    return [
        front.route("GET", f"{PATH}/new", new, pages.new),
        front.route("POST", f"{PATH}/new", new, pages.add),
        front.route("GET", ONE, for_act(Act.PARTNERS_READ), pages.show),
        front.route("GET", f"{ONE}/change", for_act(Act.PARTNERS_TRUST, back=f"{BACK}/change"), pages.edit),
        front.route("POST", f"{ONE}/change", for_act(Act.PARTNERS_TRUST, back=f"{BACK}/change"), pages.change),
        front.route("POST", f"{ONE}/state", trust, pages.set_state),
    ]
