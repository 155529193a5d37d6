"""What is done about payment accounts: add one, another key or signing secret, check, choose, retire.

A key is never shown again: between two pages of an act it travels sealed, for the one who typed it.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Final

from largesse.domain.approvals import OwnerAct, OwnerChange
from largesse.domain.payment_accounts import PaymentAccount
from largesse.domain.staff import Act
from largesse.interfaces.admin.office.acts import ActInput, ActPlan, ActShown, ActSubject, Setting, Unfit
from largesse.interfaces.admin.settings.frame import SettingsAct, SettingsSubject, subject_in
from largesse.interfaces.admin.settings.owner_plans import owners_plan
from largesse.kernel.sealing import Sealed, SecretUnreadable
from largesse.services import payment_accounts as services
from largesse.services.certificates import Request
from largesse.ui import Voice

_SECRET_MAX: Final = 300
_SEALED_MAX: Final = 2_000
_MARK: Final = "sealed:"


def _account(subject: SettingsSubject) -> PaymentAccount:
    assert isinstance(subject.one, PaymentAccount)
    return subject.one


def _context(setting: Setting) -> bytes:
    person = setting.caller.person
    assert person is not None
    return b"typed key" + setting.merchant.merchant_id.bytes + person.person_id.bytes


def _carried(setting: Setting, secret: str) -> str:
    """Return a key as a form carries it."""
    sealed = setting.front.deps.keyring.seal(secret, context=_context(setting))
    return f"{_MARK}{sealed.key_id}:{base64.urlsafe_b64encode(sealed.cipher).decode()}"


def _key(setting: Setting, field: str, *, required: bool = True) -> str:
    """Return a key that was typed, or that the form carries.

    Raises:
        Unfit: there is none.
    """
    text = setting.typed.get(field, "")[:_SEALED_MAX].strip()
    if text.startswith(_MARK):
        key_id, _, cipher = text.removeprefix(_MARK).partition(":")
        try:
            sealed = Sealed(key_id, base64.urlsafe_b64decode(cipher))
            return setting.front.deps.keyring.open(sealed, context=_context(setting))
        except (binascii.Error, ValueError, SecretUnreadable):
            text = ""
    if not text and required:
        raise Unfit(**{field: setting.voice.t("Type the key.")})
    return text[:_SECRET_MAX]


class AccountAct(SettingsAct):
    """What acts about accounts share: they are both owners', where there are two. The services write the audit log."""

    act = Act.PAYMENT_ACCOUNTS

    async def planned(
        self,
        setting: Setting,
        change: OwnerChange,
        effects: Sequence[str],
        *,
        secret: str = "",
        kept: Mapping[str, str] | None = None,
    ) -> ActPlan:
        """Return what would come of a change, and whether it waits for another owner."""
        return await owners_plan(setting, change, effects, section="/settings/payments", secret=secret, kept=kept)


class AddAccountAct(AccountAct):
    """Add an account by its key."""

    name = "new"

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Add a payment account")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("The account is there.")

    def fields(self, setting: Setting, _subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what is asked for."""
        voice = setting.voice
        names = tuple((one, one.title()) for one in setting.front.deps.providers.names)
        return (
            ActInput(name="gateway", label=voice.t("Provider"), kind="choice", options=names),
            ActInput(
                name="secret_key",
                label=voice.t("Secret key"),
                kind="secret",
                hint=voice.t("It is checked with the provider, sealed, and never shown again."),
                longest=_SEALED_MAX,
            ),
            ActInput(name="label", label=voice.t("What you call it"), required=False),
            ActInput(
                name="register",
                label=voice.t("Have the provider told the callback address"),
                kind="check",
                required=False,
                value="yes",
            ),
        )

    async def plan(self, setting: Setting, _subject: ActSubject) -> ActPlan:
        """Return what the provider says of the key."""
        voice, deps = setting.voice, setting.front.deps
        secret, gateway = _key(setting, "secret_key"), setting.text("gateway")
        if gateway not in deps.providers.names:
            raise Unfit(gateway=voice.t("Choose one of them."))
        facts = await deps.providers.named(gateway).inspect(secret)
        label, register = setting.text("label"), "yes" if setting.typed.get("register") == "yes" else ""
        change = OwnerChange(
            act=OwnerAct.ACCOUNT_NEW,
            subject=gateway,
            name=label or facts.name or facts.remote_id,
            to={"gateway": gateway, "label": label, "register": register},
        )
        effects = [
            voice.t("The provider says: {name}, {id}.", name=facts.name or facts.remote_id, id=facts.remote_id),
            voice.t("It takes real money.") if facts.live else voice.t("It is in test mode: no money is real."),
            voice.t("Payments go through it once it is ready and chosen."),
        ]
        kept = {"secret_key": _carried(setting, secret)}
        return await self.planned(setting, change, effects, secret=secret, kept=kept)


class NewKeyAct(AccountAct):
    """Give an account another key."""

    name = "key"

    def offered(self, subject: SettingsSubject) -> bool:
        """Return whether it may be done: the account is in use."""
        return _account(subject).retired_at is None

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Another key")

    def fields(self, setting: Setting, _subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what is asked for."""
        voice = setting.voice
        hint = voice.t("It is checked with the provider, sealed, and never shown again.")
        return (
            ActInput(name="secret_key", label=voice.t("Secret key"), kind="secret", hint=hint, longest=_SEALED_MAX),
        )

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what the provider says of the key."""
        one, voice, deps = _account(subject_in(subject)), setting.voice, setting.front.deps
        secret = _key(setting, "secret_key")
        facts = await deps.providers.named(one.gateway).inspect(secret)
        effects = [
            voice.t("The provider says: {name}, {id}.", name=facts.name or facts.remote_id, id=facts.remote_id),
            voice.t("The key before counts here no more; revoke it at the provider."),
        ]
        change = OwnerChange(act=OwnerAct.ACCOUNT_KEY, subject=str(one.account_id), name=one.label)
        kept = {"secret_key": _carried(setting, secret)}
        return await self.planned(setting, change, effects, secret=secret, kept=kept)


class SigningSecretAct(AccountAct):
    """Give an account the secret that its callbacks are signed with."""

    name = "signing"

    def offered(self, subject: SettingsSubject) -> bool:
        """Return whether it may be done: the account is in use."""
        return _account(subject).retired_at is None

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Signing secret of callbacks")

    def fields(self, setting: Setting, _subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what is asked for."""
        voice = setting.voice
        hint = voice.t("As the provider shows it. Left empty, the provider is told the callback address itself.")
        return (
            ActInput(
                name="signing_secret",
                label=voice.t("Signing secret"),
                kind="secret",
                hint=hint,
                required=False,
                longest=_SEALED_MAX,
            ),
        )

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        one, voice = _account(subject_in(subject)), setting.voice
        secret = _key(setting, "signing_secret", required=False)
        effects = [
            voice.t("Callbacks that are signed with it count; with the one before, for one day more.")
            if secret
            else voice.t("The provider is told the callback address, and says what it signs with.")
        ]
        kept: Mapping[str, str] = {"signing_secret": _carried(setting, secret)} if secret else {}
        change = OwnerChange(act=OwnerAct.ACCOUNT_SIGNING, subject=str(one.account_id), name=one.label)
        return await self.planned(setting, change, effects, secret=secret, kept=kept)


class CheckAccountAct(AccountAct):
    """Ask the provider whether the key is still good."""

    name = "check"

    def offered(self, subject: SettingsSubject) -> bool:
        """Return whether it may be done: the account is in use."""
        return _account(subject).retired_at is None

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Check it")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("The key is good.")

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        one, deps = _account(subject_in(subject)), setting.front.deps

        async def run(_request: Request) -> str | ActShown:
            await services.check_account(deps, setting.merchant, one.account_id, now=setting.now)
            return ""

        return ActPlan(effects=[setting.voice.t("The provider is asked; nothing is changed.")], run=run)


class PreferAccountAct(AccountAct):
    """Have an account take the new payments."""

    name = "default"

    def offered(self, subject: SettingsSubject) -> bool:
        """Return whether it may be done: the account is ready, and not that already."""
        return _account(subject).is_ready and not _account(subject).is_default

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Let it take the payments")

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        one, voice = _account(subject_in(subject)), setting.voice
        effects = [
            voice.t("What buyers pay from now on goes to {name}.", name=one.label),
            voice.t("Refunds of what another account took go through that one."),
        ]
        change = OwnerChange(act=OwnerAct.ACCOUNT_DEFAULT, subject=str(one.account_id), name=one.label)
        return await self.planned(setting, change, effects)


class RetireAccountAct(AccountAct):
    """Have an account take nothing new."""

    name = "retire"
    danger = True

    def offered(self, subject: SettingsSubject) -> bool:
        """Return whether it may be done: the account is in use."""
        return _account(subject).retired_at is None

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Retire it")

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        one, voice = _account(subject_in(subject)), setting.voice
        effects = [
            voice.t("{name} takes no new payments.", name=one.label),
            voice.t("Its refunds, disputes and callbacks go on."),
        ]
        change = OwnerChange(act=OwnerAct.ACCOUNT_RETIRE, subject=str(one.account_id), name=one.label)
        return await self.planned(setting, change, effects)


ADD_ACCOUNT: Final = AddAccountAct()
ACCOUNT_ACTS: Final = (
    SigningSecretAct(),
    PreferAccountAct(),
    CheckAccountAct(),
    NewKeyAct(),
    RetireAccountAct(),
)
