"""What staff do to what a certificate holds: adjust it, reload it, move it to another."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from largesse.domain.approvals import FrozenAct, LimitedAct
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.staff import Act, Audited
from largesse.interfaces.admin.office.acts import ActInput, ActPlan, ActSubject, Setting, Unfit
from largesse.interfaces.admin.office.certificate_subject import CertificateAct, left_on, subject_of
from largesse.ledger import Status
from largesse.services.certificates import Tender, locate, locate_id
from largesse.ui import Voice

_NUMBER_MAX: Final = 60


class AdjustAct(CertificateAct):
    """Correct what it holds."""

    name = "adjust"
    act = Act.ADJUST
    audited: Audited | None = Audited.CERTIFICATE_ADJUSTED

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Adjust")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("It is adjusted. To reverse that, adjust it by the opposite.")

    def inputs(self, setting: Setting, subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for: signed amounts."""
        voice, code = setting.voice, subject_of(subject).one.currency
        hint = voice.t("With a minus sign to take off, such as −{example}.", example=setting.example(code))
        return (
            ActInput(name="value", label=voice.t("Value by"), kind="money", sign=code, hint=hint, required=False),
            ActInput(name="gratuity", label=voice.t("Gratuity by"), kind="money", sign=code, required=False),
        )

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        one, voice = subject_of(subject).one, setting.voice
        value = setting.amount("value", one.currency, signed=True) or 0
        gratuity = setting.amount("gratuity", one.currency, signed=True) or 0
        if not value and not gratuity:
            raise Unfit(value=voice.t("Write by how much."))

        effects = [
            voice.t(
                "{what} becomes {after}; it is {before} now.",
                what=what,
                after=setting.money(before + change, one.currency),
                before=setting.money(before, one.currency),
            )
            for what, before, change in (
                (voice.t("Value"), one.balance, value),
                (voice.t("Gratuity"), one.gratuity_balance, gratuity),
            )
            if change
        ]
        command = FrozenAct(act=LimitedAct.ADJUST, certificate_id=one.certificate_id, value=value, gratuity=gratuity)
        return ActPlan(effects=[*effects, voice.t("No money moves, and nobody is mailed.")], command=command)


class ReloadAct(CertificateAct):
    """Add value that was paid for at the desk."""

    name = "reload"
    act = Act.RELOAD_UNPAID
    audited: Audited | None = Audited.CERTIFICATE_RELOADED
    states = frozenset({Status.ACTIVE})

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Reload")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("It is reloaded.")

    def inputs(self, setting: Setting, subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for: how much, and what paid for it."""
        voice, code = setting.voice, subject_of(subject).one.currency
        return (
            ActInput(name="value", label=voice.t("Value"), kind="money", sign=code),
            ActInput(name="gratuity", label=voice.t("Gratuity"), kind="money", sign=code, required=False),
            ActInput(name="paid", label=voice.t("Paid by"), kind="choice", options=_tenders(voice)),
        )

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        one, voice = subject_of(subject).one, setting.voice
        value = setting.amount("value", one.currency) or 0
        gratuity = setting.amount("gratuity", one.currency) or 0
        tenders = dict(_tenders(voice))
        paid = setting.text("paid")
        if value <= 0:
            raise Unfit(value=voice.t("Write how much."))
        if paid not in tenders:
            raise Unfit(paid=voice.t("Choose what paid for it."))

        after = setting.money(one.balance + value, one.currency)
        sum_ = setting.money(value + gratuity, one.currency)
        effects = [
            voice.t(
                "Value becomes {after}; it is {before} now.",
                after=after,
                before=setting.money(one.balance, one.currency),
            ),
            voice.t("{amount} is booked as received: {tender}.", amount=sum_, tender=tenders[paid]),
        ]
        command = FrozenAct(
            act=LimitedAct.RELOAD, certificate_id=one.certificate_id, value=value, gratuity=gratuity, tender=paid
        )
        return ActPlan(effects=effects, command=command)


def _tenders(voice: Voice) -> tuple[tuple[str, str], ...]:
    return (
        (Tender.CASH.value, voice.t("cash")),
        (Tender.TERMINAL.value, voice.t("card terminal")),
        (Tender.TRANSFER.value, voice.t("transfer that you have seen")),
    )


class MoveAct(CertificateAct):
    """Move value to another certificate of the merchant."""

    name = "move"
    act = Act.MERGE
    audited: Audited | None = Audited.CERTIFICATE_MERGED
    states = frozenset({Status.ACTIVE})

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Move value to another")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("The value is moved. To reverse that, move it back from the other certificate.")

    def inputs(self, setting: Setting, subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for: where to, and how much."""
        voice, code = setting.voice, subject_of(subject).one.currency
        everything = voice.t("Leave it empty for all of it.")
        return (
            ActInput(name="to", label=voice.t("Number of the other certificate")),
            ActInput(name="value", label=voice.t("Value"), kind="money", sign=code, hint=everything, required=False),
        )

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it. The other's number does not come back in the form: its id does."""
        one, voice, deps = subject_of(subject).one, setting.voice, setting.front.deps
        typed = setting.text("value")
        value = setting.amount("value", one.currency) if typed else one.available
        gratuity = 0 if typed else one.gratuity_available
        if not value and not gratuity:
            raise Unfit(value=voice.t("Write how much."))
        try:
            target = setting.typed.get("target", "")
            other = (
                await locate_id(deps, setting.merchant, UUID(target))
                if target
                else await locate(deps, setting.typed.get("to", "")[:_NUMBER_MAX], at=setting.merchant)
            )
            if other.merchant.merchant_id != setting.merchant.merchant_id:
                raise CertificateUnknown
        except (CertificateUnknown, ValueError):
            raise Unfit(to=voice.t("No certificate of yours has this number.")) from None

        moved = setting.money((value or 0) + gratuity, one.currency)
        effects = [
            voice.t("{amount} leaves this certificate.", amount=moved),
            voice.t(
                "It comes to the certificate that ends in {last_four}, which holds {amount} now.",
                last_four=other.last_four,
                amount=left_on(setting, other.certificate),
            ),
        ]
        command = FrozenAct(
            act=LimitedAct.MOVE,
            certificate_id=one.certificate_id,
            value=value or 0,
            gratuity=gratuity,
            to=other.certificate.certificate_id,
        )
        kept = {"to": "", "target": str(other.certificate.certificate_id)}
        return ActPlan(effects=effects, command=command, kept=kept)
