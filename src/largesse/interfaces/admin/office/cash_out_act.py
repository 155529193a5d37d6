"""Pay the rest of a certificate out from the office: what the law profile gives its holder, and nothing else."""

from collections.abc import Sequence

from largesse.domain.approvals import FrozenAct, LimitedAct
from largesse.domain.law import CashOutAnswer, CashOutNotOwed, CashOutUnknown, Owed
from largesse.domain.locations import default_location
from largesse.domain.staff import Act, Audited
from largesse.interfaces.admin.office.acts import ActInput, ActPlan, ActSubject, Setting, Unfit
from largesse.interfaces.admin.office.certificate_subject import CertificateAct, subject_of
from largesse.ledger import Status
from largesse.services.certificates import Payer, may_cash_out
from largesse.ui import Voice


class CashOutAct(CertificateAct):
    """Pay what is left of it in money, and end it."""

    name = "cash-out"
    act = Act.REFUND
    audited: Audited | None = Audited.CERTIFICATE_CASHED_OUT
    danger = True
    states = frozenset({Status.ACTIVE})

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Pay the rest out")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("It is paid out, and has ended. Its journal is the proof.")

    def inputs(self, setting: Setting, _subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for: who pays, and whether it cannot be used any more."""
        voice = setting.voice
        hint = voice.t("Some laws give the rest of it back then, whatever it comes to.")
        return (
            ActInput(name="payer", label=voice.t("Paid"), kind="choice", options=_payers(voice)),
            ActInput(
                name="unusable", label=voice.t("It cannot be used any more"), kind="check", hint=hint, required=False
            ),
        )

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it, with the row of the law profile that asks for it.

        Raises:
            CashOutNotOwed, CashOutUnknown: none does, or nobody knows.
        """
        one, voice, deps = subject_of(subject).one, setting.voice, setting.front.deps
        payer, unusable = setting.text("payer"), setting.typed.get("unusable") == "yes"
        if payer not in dict(_payers(voice)):
            raise Unfit(payer=voice.t("Choose how it is paid."))
        answer = await may_cash_out(deps, subject_of(subject).place, unusable=unusable, now=setting.now)
        if answer is None or answer.owed is Owed.UNKNOWN:
            raise CashOutUnknown
        if answer.owed is Owed.NO:
            raise CashOutNotOwed
        async with deps.database.connection() as connection:
            place = await default_location(connection, setting.merchant.merchant_id)
        left = setting.money(one.balance + one.gratuity_balance, one.currency)
        from_drawer = voice.t("{amount} leaves the drawer of {place}.", amount=left, place=place.name)
        later = voice.t("{amount} is owed to the holder; it stands among what is to be handed back.", amount=left)
        effects = [
            _asked_by(answer, voice),
            from_drawer if payer == Payer.DRAWER else later,
            voice.t("It can never be spent again. This cannot be undone."),
        ]
        command = FrozenAct(
            act=LimitedAct.CASH_OUT,
            certificate_id=one.certificate_id,
            value=one.balance,
            gratuity=one.gratuity_balance,
            payer=payer,
            unusable=unusable,
        )
        return ActPlan(effects=effects, command=command)


def _asked_by(answer: CashOutAnswer, voice: Voice) -> str:
    return voice.t(
        "The law profile asks for it: {reason}. This is not legal advice.", reason=answer.reason_in(voice.language)
    )


def _payers(voice: Voice) -> tuple[tuple[str, str], ...]:
    return (
        (Payer.DRAWER.value, voice.t("in cash, from the drawer")),
        (Payer.LATER.value, voice.t("later, by transfer")),
    )
