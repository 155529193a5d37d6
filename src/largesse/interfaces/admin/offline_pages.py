"""`/admin/{slug}/devices/offline`: what devices may take without a line, and what has to be settled of their queues."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from litestar.handlers import HTTPRouteHandler

from largesse.domain import offline
from largesse.domain.merchants import Merchant
from largesse.domain.offline import (
    ConflictKind,
    ConflictState,
    EnrolmentUnknown,
    OfflineConflict,
    OfflineRules,
    OfflineRulesInvalid,
    QueueRowInvalid,
    Remedy,
    RowState,
    WriteOffBeyond,
)
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.amounts import read_amount
from largesse.kernel.clock import zone
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError, InvalidInput, LargesseError
from largesse.kernel.money import InvalidAmount, Money
from largesse.services import offline as services
from largesse.ui import Voice, choose_one
from largesse.web.choices import ChoiceUnknown, chosen
from largesse.web.forms import an_id, whole_number
from largesse.web.responses import see_other

OFFLINE: Final = "/admin/{slug:str}/devices/offline"
_BACK: Final = "/admin/{slug}/devices/offline"
_DONE: Final = frozenset({"changed", "settled", "posted", "known"})
_AMOUNTS: Final = ("per_certificate", "per_device_day", "over_all")
_TYPED_MAX: Final = 40


class ShownConflict(msgspec.Struct, frozen=True, kw_only=True):
    """Something to settle, as the page lists it, with what can be done about it."""

    conflict_id: str
    says: str
    note: str
    href: str
    charged: str
    remedies: tuple[tuple[str, str], ...]
    explained: bool


class ShownOfflineDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device that may work without a line, or did."""

    name: str
    revoked: bool
    book: str
    lent: str
    waiting: int


class OfflinePages:
    """Answer about work without a line."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        done = caller.request.query_params.get("done", "")
        return await self._page(caller, done=done if done in _DONE else "")

    async def change(self, caller: Caller) -> Answer:
        """Allow devices to redeem without a line, or not."""
        merchant, voice, now = _merchant(caller), self._front.voice(caller), self._deps.clock.now()
        async with self._deps.database.transaction() as connection:
            before = await offline.offline_rules(connection, merchant.merchant_id, lock=True)
            amounts, faults = self._amounts(caller, before)
            wanted = OfflineRules(
                merchant_id=merchant.merchant_id,
                allowed=caller.fields.get("allowed") == "yes",
                hours_max=whole_number(caller.fields.get("hours_max", "")) or 0,
                **amounts,
            )
            try:
                if faults:
                    raise OfflineRulesInvalid(fields=faults)
                await services.change_rules(connection, merchant, wanted, by=caller.manager, now=now)
            except OfflineRulesInvalid as refused:
                errors = _rule_errors(refused, voice)
            else:
                errors = {}
        return await self._page(caller, errors=errors, status=422) if errors else self._back(caller, "changed")

    async def settle(self, caller: Caller) -> Answer:
        """Settle a conflict."""
        try:
            remedy = chosen(caller.fields, "remedy", Remedy)
        except ChoiceUnknown:
            return await self._page(caller, problem=choose_one(self._front.voice(caller)), status=422)
        try:
            await services.settle_conflict(
                self._deps,
                _merchant(caller),
                an_id(caller.fields.get("conflict", "")) or UUID(int=0),
                remedy,
                reason=caller.fields.get("reason", ""),
                by=caller.manager,
                now=self._deps.clock.now(),
            )
        except LargesseError as refused:
            problem = self._problem(caller, refused)
            wanted, typed = caller.fields.get("conflict", ""), caller.fields.get("reason", "")
            return await self._page(caller, problem=problem, chosen=wanted, typed=typed, status=422)
        return self._back(caller, "settled")

    async def paper(self, caller: Caller) -> Answer:
        """Post a redemption from the code on its receipt."""
        text = caller.fields.get("code", "")
        signed = offline.read_paper(text)
        try:
            if signed is None:
                raise QueueRowInvalid
            taken = await services.take_paper(
                self._deps, _merchant(caller), signed, by=caller.manager, now=self._deps.clock.now()
            )
        except (EnrolmentUnknown, QueueRowInvalid):
            error = self._front.voice(caller).t("This is no receipt that one of your devices has signed.")
            return await self._page(caller, errors={"code": error}, code=text[:4_200], status=422)
        return self._back(caller, "posted" if taken.state is RowState.TAKEN else "known")

    def _amounts(self, caller: Caller, before: OfflineRules) -> tuple[dict[str, int], list[FieldError]]:
        """Return the amounts that were typed; of what is empty, the one before."""
        amounts, faults, money = {}, list[FieldError](), _merchant(caller).money
        language = self._front.voice(caller).language
        for name in _AMOUNTS:
            typed = caller.fields.get(name, "").strip()[:_TYPED_MAX]
            try:
                amounts[name] = read_amount(typed, money, language=language).minor if typed else getattr(before, name)
            except InvalidAmount:
                amounts[name] = 0
                faults.append(FieldError(name, "offline.cap.range", ""))
        return amounts, faults

    def _problem(self, caller: Caller, refused: LargesseError) -> str:
        voice = self._front.voice(caller)
        if isinstance(refused, InvalidInput) and any(one.field == "reason" for one in refused.fields):
            return voice.t("Say who is asked to pay, or why nobody is, in at most 500 characters.")
        if isinstance(refused, WriteOffBeyond):
            return voice.t("This is more than you may write off alone. Ask somebody who may write off more.")
        return voice.t("That has changed meanwhile. Look at the list again.")

    def _back(self, caller: Caller, done: str) -> Answer:
        return see_other(_BACK.format(slug=_merchant(caller).slug) + (f"?done={done}" if done else ""))

    async def _page(
        self,
        caller: Caller,
        *,
        errors: Mapping[str, str] | None = None,
        done: str = "",
        problem: str = "",
        chosen: str = "",
        typed: str = "",
        code: str = "",
        status: int = 200,
    ) -> Answer:
        merchant, authority = _merchant(caller), caller.authority
        assert authority is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        async with self._deps.database.connection() as connection:
            rules = await offline.offline_rules(connection, merchant.merchant_id)
            found = await services.offline_devices(connection, merchant.merchant_id, now=now)
            waiting = await offline.conflicts(connection, merchant.merchant_id)
        names = {one.device.device_id: one.device.name for one in found}

        def money(amount: int) -> str:
            return voice.money(Money(amount, merchant.money))

        refilled = caller.fields if errors and "code" not in errors else {}
        values = {
            "here": _BACK.format(slug=merchant.slug),
            "devices_page": f"/admin/{merchant.slug}/devices",
            "errors": errors or {},
            "done": done,
            "problem": problem,
            "chosen": chosen,
            "typed": typed,
            "code": code,
            "rules": rules,
            "allowed": refilled.get("allowed") == "yes" if refilled else rules.allowed,
            "amounts": {
                name: refilled.get(name) or (voice.bare_amount(Money(amount, merchant.money)) if amount else "")
                for name in _AMOUNTS
                for amount in [getattr(rules, name)]
            },
            "hours": refilled.get("hours_max") or str(rules.hours_max),
            "sign": merchant.currency,
            "most": money(rules.most_lost),
            "may_change": may(authority.role, Act.LIMITS),
            "settles": may(authority.role, Act.OFFLINE_SETTLE),
            "devices": [
                ShownOfflineDevice(
                    name=one.device.name,
                    revoked=one.device.revoked_at is not None,
                    book=voice.moment(one.device.refreshed_at, zone=zone(merchant.time_zone), now=now)
                    if one.device.refreshed_at
                    else "",
                    lent=money(one.lent),
                    waiting=one.enrolment.waiting if one.enrolment else 0,
                )
                for one in found
            ],
            "conflicts": [
                _shown(one, names.get(one.device_id, "?"), merchant, voice, when=voice.moment(
                    one.claimed_at, zone=zone(merchant.time_zone), now=now
                ))
                for one in waiting
            ],
        }  # fmt: skip
        here = _BACK.format(slug=merchant.slug)
        return await self._front.page(caller, "offline.html", values, status=status, here=here)


def offline_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of work without a line."""
    pages = OfflinePages(front)
    settle = for_act(Act.OFFLINE_SETTLE, back=_BACK)
    return [
        front.route("GET", OFFLINE, for_act(Act.SETTINGS_READ), pages.show),
        front.route("POST", f"{OFFLINE}/rules", for_act(Act.LIMITS, back=_BACK), pages.change),
        front.route("POST", f"{OFFLINE}/settle", settle, pages.settle),
        front.route("POST", f"{OFFLINE}/paper", settle, pages.paper),
    ]


def _merchant(caller: Caller) -> Merchant:
    assert caller.merchant is not None
    return caller.merchant


def _shown(one: OfflineConflict, device: str, merchant: Merchant, voice: Voice, *, when: str) -> ShownConflict:
    amount = voice.money(Money(one.amount, currency(one.currency)))
    says = {
        ConflictKind.MISSING: voice.t(
            "{amount} is missing of …{last_four}", amount=amount, last_four=one.last_four or "?"
        ),
        ConflictKind.GAP: voice.n(
            "{count} redemption did not come", "{count} redemptions did not come", one.number_to - one.number + 1
        ),
        ConflictKind.CHAIN: voice.t("A redemption does not carry on the one before it"),
        ConflictKind.TWICE: voice.t("A redemption came twice, not alike: {amount}", amount=amount),
        ConflictKind.IDENTITY: voice.t("Whoever redeemed had not shown who they are"),
        ConflictKind.CAP: voice.t("{amount} was redeemed beyond what was allowed", amount=amount),
        ConflictKind.WAITS: voice.t("{amount} was redeemed on a device that is revoked", amount=amount),
        ConflictKind.UNVERIFIED: voice.t("{amount} cannot be verified, and were not taken", amount=amount),
    }
    why = {
        "certificate.balance.insufficient": voice.t("spent elsewhere meanwhile"),
        "certificate.blocked": voice.t("blocked meanwhile"),
        "certificate.void": voice.t("ended meanwhile"),
        "certificate.expired": voice.t("past its last day"),
        "certificate.not_found": voice.t("no certificate of yours"),
    }
    remedies = {
        Remedy.CHARGE: voice.t("Ask whoever used it to pay"),
        Remedy.PAID: voice.t("They paid"),
        Remedy.WRITE_OFF: voice.t("Write it off"),
        Remedy.SEEN: voice.t("I have looked at it"),
        Remedy.POST: voice.t("Post it"),
        Remedy.DROP: voice.t("Drop it"),
    }
    row = voice.t("{device}, number {number}", device=device, number=one.number)
    if one.number_to > one.number:
        row = voice.t("{device}, numbers {first} to {last}", device=device, first=one.number, last=one.number_to)
    charged = ""
    if one.state is ConflictState.CHARGED:
        charged = voice.t("{name} asks for it: {reason}", name=one.settled_by, reason=one.reason)
    return ShownConflict(
        conflict_id=str(one.conflict_id),
        says=says[one.kind],
        note=" · ".join(filter(None, [row, when, why.get(one.why, one.why)])),
        href=f"/admin/{merchant.slug}/certificates/{one.certificate_id}" if one.certificate_id else "",
        charged=charged,
        remedies=tuple((each.value, remedies[each]) for each in one.remedies),
        explained=bool({Remedy.CHARGE, Remedy.WRITE_OFF, Remedy.DROP} & set(one.remedies)),
    )


def _rule_errors(refused: OfflineRulesInvalid, voice: Voice) -> dict[str, str]:
    said = {
        "offline.hours.range": voice.t("Give 1 to 72 hours."),
        "offline.cap.range": voice.t("Give an amount above zero."),
        "offline.caps.order": voice.t(
            "Allow a device no less in a day than one certificate, and all devices no less than one of them."
        ),
    }
    return {one.field: said.get(one.code, one.message) for one in refused.fields}
