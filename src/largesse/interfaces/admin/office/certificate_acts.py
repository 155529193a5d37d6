"""What staff do to a certificate: block, unblock, extend, give a new number, void."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain.approvals import FrozenAct, LimitedAct
from largesse.domain.staff import Act, Audited
from largesse.interfaces.admin.front import StaffFront
from largesse.interfaces.admin.office.acts import ActInput, ActPlan, ActSubject, Setting, Unfit, act_routes
from largesse.interfaces.admin.office.cash_out_act import CashOutAct
from largesse.interfaces.admin.office.certificate_page import HERE, PATH, certificate_page_routes
from largesse.interfaces.admin.office.certificate_subject import LIVE, CertificateAct, find_subject, left_on, subject_of
from largesse.interfaces.admin.office.number_pages import NUMBER_OFFERS, number_routes
from largesse.interfaces.admin.office.offering_move import MoveToOfferingAct, find_movable
from largesse.interfaces.admin.office.reload_later import ReloadLaterAct
from largesse.interfaces.admin.office.value_acts import AdjustAct, MoveAct, ReloadAct
from largesse.ledger import Certificate, Status, VoidReason
from largesse.services.certificates import Request, block
from largesse.services.certificates import reissue as reissue_flow
from largesse.services.certificates import unblock as unblock_flow
from largesse.services.refunds import Funds
from largesse.ui import Voice


class BlockAct(CertificateAct):
    """Refuse spending until it is unblocked."""

    name = "block"
    danger = True
    states = frozenset({Status.ACTIVE})

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Block")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("It is blocked. Nobody can spend it until it is unblocked.")

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        one, place, voice, deps = subject_of(subject).one, subject_of(subject).place, setting.voice, setting.front.deps

        async def run(request: Request) -> str:
            await block(deps, place, request=request, now=setting.now)
            return ""

        effects = [
            voice.t("Nobody can spend it, at any till or page, until somebody unblocks it."),
            voice.t("{amount} stays on it.", amount=left_on(setting, one)),
            voice.t("Nobody is mailed."),
        ]
        return ActPlan(effects=effects, run=run)


class UnblockAct(CertificateAct):
    """Allow spending again."""

    name = "unblock"
    act = Act.UNBLOCK
    audited: Audited | None = Audited.CERTIFICATE_UNBLOCKED
    states = frozenset({Status.BLOCKED})

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Unblock")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("It may be spent again.")

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        one, place, deps = subject_of(subject).one, subject_of(subject).place, setting.front.deps

        async def run(request: Request) -> str:
            await unblock_flow(deps, place, request=request, now=setting.now)
            return ""

        said = setting.voice.t("Whoever has its number can spend {amount} again.", amount=left_on(setting, one))
        return ActPlan(effects=[said], run=run)


class ExtendAct(CertificateAct):
    """Make it good for longer; where it has expired, what it held comes back."""

    name = "extend"
    act = Act.EXTEND
    audited: Audited | None = Audited.CERTIFICATE_EXTENDED
    states = LIVE | {Status.EXPIRED}

    def offered(self, one: Certificate) -> bool:
        """Return whether it may be done: not to what is good for ever."""
        return one.status in self.states and one.good_through is not None

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Make it good for longer")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("It is good for longer now.")

    def inputs(self, setting: Setting, _subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for: a day, or for ever."""
        return (
            ActInput(name="through", label=setting.voice.t("Good through"), kind="day", required=False),
            ActInput(name="ever", label=setting.voice.t("For ever"), kind="check", required=False),
        )

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        one, voice = subject_of(subject).one, setting.voice
        day = None if setting.typed.get("ever") == "yes" else _day(setting)
        lapsed = one.status is Status.EXPIRED

        before = voice.long_day(one.good_through) if one.good_through else voice.t("for ever")
        effects = [
            voice.t("It is good through {after} instead of {before}.", after=voice.long_day(day), before=before)
            if day
            else voice.t("It is good for ever, instead of through {before}.", before=before)
        ]
        if lapsed:
            effects.append(voice.t("What it held when it expired is on it again, and is owed to its holder again."))
        else:
            effects.append(voice.t("{amount} stays on it.", amount=left_on(setting, one)))
        command = FrozenAct(
            act=LimitedAct.EXTEND,
            certificate_id=one.certificate_id,
            value=one.balance,
            gratuity=one.gratuity_balance,
            good_through=day,
        )
        return ActPlan(effects=effects, command=command)


def _day(setting: Setting) -> date:
    try:
        return date.fromisoformat(setting.text("through"))
    except ValueError:
        raise Unfit(through=setting.voice.t("Choose a day, or for ever.")) from None


class ReissueAct(CertificateAct):
    """Give it a new number."""

    name = "new-number"
    act = Act.REISSUE
    audited: Audited | None = Audited.NEW_NUMBER_ASKED
    danger = True

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Give it a new number")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("This is the certificate with the new number. Send it again, or print it.")

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        one, place, voice, deps = subject_of(subject).one, subject_of(subject).place, setting.voice, setting.front.deps
        merchant = setting.merchant

        async def run(request: Request) -> str:
            made = await reissue_flow(deps, merchant, place, request=request, now=setting.now)
            home = HERE.format(slug=merchant.slug, certificate=made.certificate_id)
            return f"{home}?done={self.name}"

        effects = [
            voice.t(
                "The number that ends in {last_four} is dead at once.",
                last_four=subject_of(subject).story.found.last_four,
            ),
            voice.t("{amount} is on a new certificate with a new number.", amount=left_on(setting, one)),
            voice.t("Nobody is mailed: send the gift again, or print it, from its page."),
        ]
        return ActPlan(effects=effects, run=run)


class VoidAct(CertificateAct):
    """End it for good."""

    name = "void"
    act = Act.VOID
    audited: Audited | None = Audited.CERTIFICATE_VOIDED
    danger = True
    states = LIVE | {Status.INACTIVE}

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Void it for good")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("It has ended for good. Nothing brings it back: issue another where that was wrong.")

    def inputs(self, setting: Setting, _subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for: what becomes of what somebody paid."""
        voice = setting.voice
        reasons = (
            ("", voice.t("nobody paid for it")),
            (VoidReason.FRAUD.value, voice.t("it was got by fraud: the merchant keeps what was paid")),
            (VoidReason.UNPAID.value, voice.t("it was never paid in the end")),
            (VoidReason.ERROR.value, voice.t("it was filled by mistake")),
        )
        funds = (
            ("", voice.t("none went back at the payment provider")),
            (Funds.RETURNED.value, voice.t("it went back for this certificate")),
            (Funds.KEPT.value, voice.t("what went back was for something else")),
        )
        return (
            ActInput(
                name="reason", label=voice.t("What was paid for it"), kind="choice", options=reasons, required=False
            ),
            ActInput(name="funds", label=voice.t("Money that went back"), kind="choice", options=funds, required=False),
        )

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        one, voice = subject_of(subject).one, setting.voice
        reason, funds = setting.text("reason"), setting.text("funds")
        bought = subject_of(subject).story.bought
        buyer = bought.checkout.billing.email if bought and bought.checkout else ""
        effects = [
            voice.t("It can never be spent again. This cannot be undone."),
            voice.t("{amount} is gone from it, and no money goes back by this.", amount=left_on(setting, one)),
            voice.t("{address} is told by mail.", address=buyer) if buyer else voice.t("Nobody is mailed."),
        ]
        command = FrozenAct(
            act=LimitedAct.VOID,
            certificate_id=one.certificate_id,
            value=one.balance,
            gratuity=one.gratuity_balance,
            why=reason,
            funds=funds,
        )
        return ActPlan(effects=effects, command=command)


MOVE_TO_OFFERING: Final = MoveToOfferingAct()

ACTS: Final = (
    BlockAct(),
    UnblockAct(),
    ExtendAct(),
    ReloadAct(),
    ReloadLaterAct(),
    AdjustAct(),
    MoveAct(),
    MOVE_TO_OFFERING,
    CashOutAct(),
    ReissueAct(),
    VoidAct(),
)
"""The acts, in the order in which they are offered."""

OFFERS: Final = (*NUMBER_OFFERS, *ACTS)
"""The same, with what shows its number."""


def certificate_routes(front: StaffFront) -> list[HTTPRouteHandler]:
    """Return the routes of a certificate's page and of all that is done to it."""
    return [
        *certificate_page_routes(front, OFFERS),
        *number_routes(front),
        *act_routes(front, [one for one in ACTS if one is not MOVE_TO_OFFERING], find_subject, path=PATH, here=HERE),
        *act_routes(front, [MOVE_TO_OFFERING], find_movable, path=PATH, here=HERE),
    ]
