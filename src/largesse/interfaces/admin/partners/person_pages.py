"""`/admin/{slug}/partners/{partner}/people`: who acts for a partner in the portal, invited and let go by the office."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.domain import partners, portal
from largesse.domain.partners import SpendingLimit
from largesse.domain.portal import PartnerMemberUnknown, PartnerRole
from largesse.domain.staff import Act, PersonInvalid, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.partners.partner_pages import ONE, known_partner
from largesse.interfaces.admin.partners.partner_view import KnownPartner
from largesse.interfaces.admin.partners.wording import partner_role_notes, partner_roles
from largesse.interfaces.admin.reading import FormReader, written_amount
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.wording import sentences
from largesse.kernel.currency import currency
from largesse.kernel.errors import Conflict, NotFound
from largesse.services import portal as services
from largesse.ui import choose_one
from largesse.web.choices import ChoiceUnknown, chosen
from largesse.web.forms import an_id
from largesse.web.responses import see_other

PEOPLE = f"{ONE}/people"
BACK = "/admin/{slug}/partners/{partner_id}/people"
_TYPED_MAX = 260
_DONE = frozenset({"invited", "changed", "ended", "withdrawn", "limited"})


class PersonPages:
    """Answer about the people of a partner."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return who acts for the partner, and who is invited to."""
        return await self._page(caller, await known_partner(self._front, caller))

    async def invite(self, caller: Caller) -> Answer:
        """Invite somebody by mail."""
        known, voice = await known_partner(self._front, caller), self._front.voice(caller)
        assert caller.merchant is not None
        assert caller.person is not None
        role = _role_in(caller)
        if role is None:
            errors = {"role": voice.t("Choose what they will be.")}
            return await self._page(caller, known, errors=errors, status=422)
        await self._front.limits.invitation(caller.person.person_id)
        try:
            await services.invite_person(
                self._deps,
                caller.merchant,
                known.partner,
                caller.fields.get("email", "")[:_TYPED_MAX],
                role,
                by=caller.manager,
                now=self._deps.clock.now(),
            )
        except PersonInvalid as wrong:
            return await self._page(caller, known, errors=sentences(wrong, voice), status=422)
        except Conflict:
            errors = {"email": voice.t("Whoever has that address acts for this partner already.")}
            return await self._page(caller, known, errors=errors, status=409)
        return self._back(caller, known, "invited")

    async def change(self, caller: Caller) -> Answer:
        """Give somebody another role, or let them go."""
        known, now = await known_partner(self._front, caller), self._deps.clock.now()
        try:
            ends = chosen(caller.fields, "to", ("", "out"), usual="") == "out"
            role = None if ends else chosen(caller.fields, "role", PartnerRole)
        except ChoiceUnknown:
            problem = choose_one(self._front.voice(caller))
            return await self._page(caller, known, problem=problem, status=422)
        try:
            async with self._deps.database.transaction() as connection:
                member, _ = await services.find_person(
                    connection, known.partner, caller.fields.get("member", "")[:_TYPED_MAX]
                )
                if role is None:
                    await services.end_person(connection, known.partner, member, by=caller.manager, now=now)
                else:
                    await services.change_person(connection, known.partner, member, role, by=caller.manager, now=now)
        except PartnerMemberUnknown:
            problem = self._front.voice(caller).t("They do not act for this partner any more.")
            return await self._page(caller, known, problem=problem, status=409)
        return self._back(caller, known, "ended" if ends else "changed")

    async def withdraw(self, caller: Caller) -> Answer:
        """Let an invitation count no more."""
        known, now = await known_partner(self._front, caller), self._deps.clock.now()
        try:
            async with self._deps.database.transaction() as connection:
                email = caller.fields.get("email", "")[:_TYPED_MAX]
                await services.withdraw_person(connection, known.partner, email, by=caller.manager, now=now)
        except NotFound:
            problem = self._front.voice(caller).t("This invitation was accepted, withdrawn, or has ended.")
            return await self._page(caller, known, problem=problem, status=409)
        return self._back(caller, known, "withdrawn")

    async def limit(self, caller: Caller) -> Answer:
        """Set up to how much a person or a key orders in a month, or above what a second person has to agree."""
        known, now = await known_partner(self._front, caller), self._deps.clock.now()
        assert caller.merchant is not None
        code, named = caller.fields.get("currency", ""), caller.fields.get("spender", "")
        spender = an_id(named)
        if named and spender is None:
            problem = self._front.voice(caller).t("They do not act for this partner any more.")
            return await self._page(caller, known, problem=problem, status=409)
        if code not in known.agreement.terms:
            problem = self._front.voice(caller).t("Choose a currency that is agreed.")
            return await self._page(caller, known, problem=problem, status=422)
        form = FormReader(caller.fields, caller.merchant, self._front.voice(caller), currency(code))
        amount = form.amount("amount")
        if form.faults:
            return await self._page(caller, known, problem=form.faults["amount"], status=422)
        try:
            async with self._deps.database.transaction() as connection:
                if spender is None:
                    await services.set_approval(connection, known.partner, code, amount, by=caller.manager, now=now)
                else:
                    await services.set_limit(
                        connection,
                        caller.merchant,
                        known.partner,
                        spender,
                        code,
                        monthly=amount,
                        by=caller.manager,
                        now=now,
                    )
        except NotFound:
            problem = self._front.voice(caller).t("They do not act for this partner any more.")
            return await self._page(caller, known, problem=problem, status=409)
        return self._back(caller, known, "limited")

    async def _page(
        self,
        caller: Caller,
        known: KnownPartner,
        *,
        errors: Mapping[str, str] | None = None,
        problem: str = "",
        status: int = 200,
    ) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        names, home = partner_roles(voice), f"/admin/{merchant.slug}"
        one = f"{home}/partners/{known.partner.partner_id}"
        done = caller.request.query_params.get("done", "")
        async with self._deps.database.connection() as connection:
            people = await services.people_of(connection, known.partner)
            limits = await partners.spending_limits_of(connection, (merchant.merchant_id, known.partner.partner_id))
            invited = await portal.open_invitations(connection, merchant.merchant_id, known.partner.partner_id, now)
        values = {
            "trail": [
                (voice.t("Partners"), f"{home}/partners"),
                (known.partner.name, one),
                (voice.t("People"), ""),
            ],
            "here": f"{one}/people",
            "partner_name": known.partner.name,
            "trusts": may(authority.role, Act.PARTNERS_TRUST),
            "people": [
                {
                    "id": str(member.membership_id),
                    "name": person.name,
                    "email": person.email,
                    "role": member.role.value,
                    "role_name": names[member.role.value],
                    "since": voice.moment(member.made_at, zone=merchant.zone, now=now),
                }
                for member, person in people
            ],
            "invited": [
                {
                    "email": one.email,
                    "role_name": names[one.role.value],
                    "until": voice.moment(one.expires_at, zone=merchant.zone, now=now),
                }
                for one in invited
            ],
            "approvals": [
                (code, written_amount(terms.approval_above, currency(code), voice))
                for code, terms in known.agreement.terms.items()
            ],
            "spenders": [
                {
                    "id": str(spender_id),
                    "name": name,
                    "code": code,
                    "value": written_amount(_monthly(limits, spender_id, code), currency(code), voice),
                }
                for spender_id, name in (
                    *((member.membership_id, person.name) for member, person in people),
                    *((key.key_id, f"… {key.hint}") for key in known.keys if key.revoked_at is None),
                )
                for code in known.agreement.terms
            ],
            "roles": [(role, f"{name}: {partner_role_notes(voice)[role]}") for role, name in names.items()],
            "typed": {"email": caller.fields.get("email", "")[:_TYPED_MAX], "role": caller.fields.get("role", "")},
            "errors": dict(errors or {}),
            "problem": problem,
            "done": done if done in _DONE else "",
        }
        return await self._front.page(caller, "partners/people.html", values, status=status, here=f"{one}/people")

    def _back(self, caller: Caller, known: KnownPartner, done: str) -> Answer:
        assert caller.merchant is not None
        return see_other(f"/admin/{caller.merchant.slug}/partners/{known.partner.partner_id}/people?done={done}")


def _monthly(limits: Sequence[SpendingLimit], spender_id: UUID, code: str) -> int | None:
    found = [one.monthly for one in limits if (one.spender_id, one.currency) == (spender_id, code)]
    return found[0] if found else None


def _role_in(caller: Caller) -> PartnerRole | None:
    given = caller.fields.get("role", "")
    return PartnerRole(given) if given in set(PartnerRole) else None


def person_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of people who act for a partner."""
    pages = PersonPages(front)
    trust = for_act(Act.PARTNERS_TRUST, back=BACK)
    return [
        front.route("GET", PEOPLE, for_act(Act.PARTNERS_READ), pages.show),
        front.route("POST", f"{PEOPLE}/invite", trust, pages.invite),
        front.route("POST", f"{PEOPLE}/change", trust, pages.change),
        front.route("POST", f"{PEOPLE}/withdraw", trust, pages.withdraw),
        front.route("POST", f"{PEOPLE}/limit", trust, pages.limit),
    ]
