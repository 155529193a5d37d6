"""What is done about paying by hand: say how, or offer it to nobody any more. Both owners', where there are two."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain.approvals import OwnerAct, OwnerChange
from largesse.domain.payments import DAYS_LEAST, DAYS_MAX, FURTHER_MAX, PaymentInstructions
from largesse.domain.staff import Act, ByWhom
from largesse.interfaces.admin.bank.wording import number_text
from largesse.interfaces.admin.office.acts import ActInput, ActPlan, ActSubject, Setting
from largesse.interfaces.admin.settings.frame import SettingsAct, SettingsSubject, subject_in, typed_into
from largesse.interfaces.admin.settings.owner_plans import owners_plan
from largesse.kernel.errors import InvalidInput
from largesse.services.owners import by_hand_said
from largesse.services.payments import change_instructions
from largesse.ui import Voice
from largesse.web.forms import whole_number

PAYMENTS: Final = "/settings/payments"
_TEXTS: Final = ("holder", "iban", "bic", "further")


class ByHand(SettingsSubject, frozen=True, kw_only=True):
    """How buyers pay by hand in the merchant's currency; None where they are not offered to."""

    currency: str
    told: PaymentInstructions | None


def _of(subject: SettingsSubject) -> ByHand:
    assert isinstance(subject, ByHand)
    return subject


def _now(subject: SettingsSubject) -> PaymentInstructions:
    of = _of(subject)
    return of.told or PaymentInstructions(currency=of.currency)


class _ByHandAct(SettingsAct):
    """What acts about paying by hand share: a rehearsal, then the word of another owner where there is one."""

    act = Act.PAYMENT_ACCOUNTS

    def wanted(self, _subject: SettingsSubject, _new: Mapping[str, str]) -> PaymentInstructions | None:
        """Return what buyers shall be told."""
        return None

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        of, merchant, now = _of(subject), setting.merchant, setting.now
        await change_instructions(connection, merchant, of.currency, self.wanted(of, new), by=by, now=now)

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it, after a rehearsal."""
        rehearsed, of = await super().plan(setting, subject), _of(subject_in(subject))
        to = by_hand_said(self.wanted(of, typed_into(setting, self.fields(setting, of))))
        change = OwnerChange(act=OwnerAct.PAID_BY_HAND, subject=of.currency, name=of.currency, to=to)
        return await owners_plan(setting, change, rehearsed.effects, section=PAYMENTS)


class ChangeByHandAct(_ByHandAct):
    """Write how buyers pay by hand."""

    name = "change"

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Say how to pay by hand")

    def fields(self, setting: Setting, subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what may be said, as it stands."""
        voice, now = setting.voice, _now(subject)
        further = " ".join(now.further.split())
        return (
            ActInput(name="holder", label=voice.t("Account holder"), value=now.holder, required=False),
            ActInput(name="iban", label=voice.t("IBAN"), value=now.iban, required=False),
            ActInput(name="bic", label=voice.t("BIC"), value=now.bic, required=False),
            ActInput(
                name="further",
                label=voice.t("In words"),
                hint=voice.t("Another kind of account, or where and when to pay at the counter."),
                value=further,
                required=False,
                longest=FURTHER_MAX,
            ),
            ActInput(
                name="days",
                label=voice.t("Days on which banks work, to keep an order"),
                hint=voice.t("{least} to {most}", least=str(DAYS_LEAST), most=str(DAYS_MAX)),
                value=str(now.days),
            ),
        )

    def says(self, setting: Setting, _subject: SettingsSubject) -> Sequence[str]:
        """Return what comes of it besides."""
        return [setting.voice.t("Buyers who choose to pay by hand read it from now on, in the shop and in their mail.")]

    def faults(self, wrong: InvalidInput, voice: Voice) -> dict[str, str]:
        """Return what is said beside each field that is refused."""
        known = {
            "iban": voice.t("That is no IBAN: a digit is wrong, or missing. Copy it from a bank statement."),
            "bic": voice.t("That is no BIC: it has 8 or 11 characters, the fifth and sixth of which name a country."),
            "holder": voice.t("Name whose account it is where there is an IBAN, and only there."),
            "further": voice.t("Give an IBAN, or say in words how and where to pay."),
            "days": voice.t("Choose {least} to {most} days.", least=str(DAYS_LEAST), most=str(DAYS_MAX)),
        }
        return {one.field: known.get(one.field, one.message) for one in wrong.fields}

    def wanted(self, subject: SettingsSubject, new: Mapping[str, str]) -> PaymentInstructions | None:
        """Return what buyers shall be told."""
        now = _now(subject)
        texts = {name: new[name] for name in _TEXTS if name in new}
        days = (whole_number(new["days"]) or 0) if "days" in new else now.days
        return replace(now, **texts, days=days)


class EndByHandAct(_ByHandAct):
    """Offer nobody to pay by hand any more."""

    name = "end"
    danger = True

    def offered(self, subject: SettingsSubject) -> bool:
        """Return whether it may be done: somebody is offered to."""
        return _of(subject).told is not None

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Offer it to nobody any more")

    def says(self, setting: Setting, _subject: SettingsSubject) -> Sequence[str]:
        """Return what comes of it besides."""
        return [setting.voice.t("Orders that wait to be paid by hand go on as they were.")]


def by_hand_facts(told: PaymentInstructions | None, voice: Voice) -> list[tuple[str, object]]:
    """Return how buyers pay by hand, as the section shows it."""
    if told is None:
        return []
    facts: tuple[tuple[str, object], ...] = (
        (voice.t("Account holder"), told.holder),
        (voice.t("IBAN"), number_text(told.iban)),
        (voice.t("BIC"), told.bic),
        (voice.t("In words"), told.further),
        (voice.t("Days on which banks work, to keep an order"), str(told.days)),
    )
    return [(name, value) for name, value in facts if value]


BY_HAND_ACTS: Final = (ChangeByHandAct(), EndByHandAct())
