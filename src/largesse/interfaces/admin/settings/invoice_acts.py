"""What is done about what invoices say of whom they are from and for: change it, and the account that is paid into."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain.approvals import OwnerAct, OwnerChange
from largesse.domain.invoices import NOTE_MAX, BillingDetails, InvoiceSettings, SeriesTaken
from largesse.domain.locations import LegalEntity
from largesse.domain.merchants import Merchant
from largesse.domain.partners import Partner
from largesse.domain.staff import Act, ByWhom
from largesse.interfaces.admin.bank.wording import number_text
from largesse.interfaces.admin.office.acts import ActInput, ActPlan, ActSubject, Setting, Unfit
from largesse.interfaces.admin.settings.frame import SettingsAct, SettingsSubject, subject_in, typed_into
from largesse.interfaces.admin.settings.owner_plans import owners_plan
from largesse.kernel.errors import InvalidInput
from largesse.services import invoices as invoicing
from largesse.services.owners import account_said
from largesse.ui import LANGUAGE_NAMES, Voice
from largesse.web.forms import whole_number

_TEXTS: Final = ("contact_name", "contact_email", "contact_phone", "note", "invoice_series", "credit_note_series")
_BOXES: Final = ("issues_itself", "reminds_itself")
_DAYS: Final = "reminder_days"


def invoice_faults(error: InvalidInput, voice: Voice) -> dict[str, str]:
    """Return what is said beside each field of what invoices say that was refused."""
    known = {
        "bic": voice.t("That is no BIC: it has 8 or 11 characters, the fifth and sixth of which name a country."),
        "invoice.iban.invalid": voice.t(
            "That is no IBAN: a digit is wrong, or missing. Copy it from a bank statement."
        ),
        "invoice.tax_id.invalid": voice.t(
            "That is no tax id: a digit is wrong, or missing. Copy it from a letter of the tax office."
        ),
        "email.invalid": voice.t("That is not an e-mail address. Write it like name@example.com."),
        "email.too_long": voice.t("That is not an e-mail address. Write it like name@example.com."),
        "text.length": voice.t("This is too long, or has characters that cannot be printed."),
        "series.invalid": voice.t("Choose two different prefixes of 1 to 12 letters, digits, dashes or slashes."),
        "reminders.order": voice.t("Name three days, each later than the one before, up to 365: 7, 21, 35."),
        "endpoint.incomplete": voice.t("Name the scheme of the electronic address and the address itself, or neither."),
    }
    return {one.field: known.get(one.field, known.get(one.code, one.message)) for one in error.fields}


class InvoicesOf(SettingsSubject, frozen=True, kw_only=True):
    """What invoices say of a legal entity."""

    entity: LegalEntity
    settings: InvoiceSettings


class BillingOf(SettingsSubject, frozen=True, kw_only=True):
    """What invoices say of a partner."""

    partner: Partner
    details: BillingDetails

    def trail(self, voice: Voice, merchant: Merchant, here: str) -> list[tuple[str, str]]:
        """Return the breadcrumb that ends `here`."""
        home = f"/admin/{merchant.slug}"
        partner = (self.partner.name, f"{home}/partners/{self.partner.partner_id}")
        return [(voice.t("Today"), home), (voice.t("Partners"), f"{home}/partners"), partner, (here, "")]


def _of(subject: SettingsSubject) -> InvoicesOf:
    assert isinstance(subject, InvoicesOf)
    return subject


def _billed(subject: SettingsSubject) -> BillingOf:
    assert isinstance(subject, BillingOf)
    return subject


def _line(text: str) -> str:
    return " ".join(text.split())


def _days_text(settings: InvoiceSettings) -> str:
    return ", ".join(str(one) for one in settings.reminder_days)


class _InvoiceAct(SettingsAct):
    """What acts about what invoices say share."""

    def offered(self, subject: SettingsSubject) -> bool:
        """Return whether it may be done: the legal entity is in use."""
        return _of(subject).entity.archived_at is None

    def faults(self, wrong: InvalidInput, voice: Voice) -> dict[str, str]:
        """Return what is said beside each field that is refused."""
        return invoice_faults(wrong, voice)

    async def keep(
        self, setting: Setting, of: InvoicesOf, connection: Connection, change: Mapping[str, object], by: ByWhom
    ) -> None:
        """Keep what shall be said."""
        entity_id, voice = of.entity.entity_id, setting.voice
        try:
            await invoicing.change_settings(connection, setting.merchant, entity_id, change, by=by, now=setting.now)
        except SeriesTaken:
            taken = voice.t("That series numbers documents of the other kind already. Choose another prefix.")
            raise Unfit(invoice_series=taken) from None


class ChangeInvoicesAct(_InvoiceAct):
    """Change what invoices say, how they are numbered, and what goes by itself."""

    name = "change"
    act = Act.INVOICES

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Change what invoices say")

    def fields(self, setting: Setting, subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what may be changed, as it stands."""
        voice, now = setting.voice, _of(subject).settings

        def text(name: str, label: str, hint: str = "", *, required: bool = False, longest: int = 200) -> ActInput:
            value = _line(getattr(now, name))
            return ActInput(name=name, label=label, hint=hint, value=value, required=required, longest=longest)

        def box(name: str, label: str, hint: str) -> ActInput:
            value = "yes" if getattr(now, name) else ""
            return ActInput(name=name, label=label, hint=hint, value=value, kind="check", required=False)

        numbers = voice.t("A number follows it, without gaps.")
        return (
            text("invoice_series", voice.t("Prefix of invoice numbers"), numbers, required=True),
            text("credit_note_series", voice.t("Prefix of credit note numbers"), numbers, required=True),
            text("contact_name", voice.t("Who answers questions")),
            text("contact_email", voice.t("E-mail address for questions")),
            text("contact_phone", voice.t("Telephone for questions"), voice.t("XRechnung asks for it.")),
            text("note", voice.t("What stands below the lines"), longest=NOTE_MAX),
            box("issues_itself", voice.t("Issue by itself"), voice.t("At a month’s end, what is billed monthly.")),
            box("reminds_itself", voice.t("Remind by itself"), voice.t("Of what is overdue and not disputed.")),
            ActInput(
                name=_DAYS,
                label=voice.t("Days after the due day on which reminders go"),
                hint=voice.t("Three, such as 7, 21, 35."),
                value=_days_text(now),
            ),
        )

    def says(self, setting: Setting, _subject: SettingsSubject) -> Sequence[str]:
        """Return what comes of it besides."""
        return [setting.voice.t("It counts from the next invoice on; what is issued stays as it is.")]

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        of = _of(subject)
        change: dict[str, object] = {name: new[name] for name in _TEXTS if name in new}
        change |= {name: new[name] == "yes" for name in _BOXES if name in new}
        if _DAYS in new:
            days = [whole_number(one) for one in new[_DAYS].replace(",", " ").split()]
            if len(days) != len(of.settings.reminder_days) or None in days:
                voice = setting.voice
                raise Unfit(
                    **{_DAYS: voice.t("Name three days, each later than the one before, up to 365: 7, 21, 35.")}
                )
            change[_DAYS] = tuple(days)
        await self.keep(setting, of, connection, change, by)


class ChangeInvoiceAccountAct(_InvoiceAct):
    """Change the account that invoices ask to be paid into."""

    name = "account"
    act = Act.PAYMENT_ACCOUNTS

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Change the account that is paid into")

    def fields(self, setting: Setting, subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what may be changed, as it stands."""
        voice, now = setting.voice, _of(subject).settings
        return (
            ActInput(name="iban", label=voice.t("IBAN"), value=now.iban, required=False),
            ActInput(name="bic", label=voice.t("BIC"), value=now.bic, required=False),
            ActInput(
                name="account_holder",
                label=voice.t("Account holder"),
                hint=voice.t("Without it, the legal entity’s name."),
                value=_line(now.account_holder),
                required=False,
            ),
        )

    def says(self, setting: Setting, _subject: SettingsSubject) -> Sequence[str]:
        """Return what comes of it besides."""
        return [setting.voice.t("Partners are asked to pay into it from the next invoice on.")]

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it, after a rehearsal; where there is another owner, it waits for their word."""
        rehearsed, of = await super().plan(setting, subject), _of(subject_in(subject))
        wanted = replace(of.settings, **typed_into(setting, self.fields(setting, of)))
        change = OwnerChange(
            act=OwnerAct.INVOICE_ACCOUNT,
            subject=str(of.entity.entity_id),
            name=of.entity.name,
            to=account_said(wanted),
        )
        return await owners_plan(setting, change, rehearsed.effects, section="/settings/invoices")

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        of = _of(subject)
        await self.keep(setting, of, connection, new, by)


class ChangeBillingAct(SettingsAct):
    """Change what invoices to a partner say of it, and where they go."""

    name = "billing"
    act = Act.INVOICES

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Change billing details")

    def faults(self, wrong: InvalidInput, voice: Voice) -> dict[str, str]:
        """Return what is said beside each field that is refused."""
        return invoice_faults(wrong, voice)

    def fields(self, setting: Setting, subject: SettingsSubject) -> Sequence[ActInput]:
        """Return what may be changed, as it stands."""
        voice, now = setting.voice, _billed(subject).details

        def text(name: str, label: str, hint: str = "") -> ActInput:
            return ActInput(name=name, label=label, hint=hint, value=_line(getattr(now, name)), required=False)

        eas = voice.t("A code of the list EAS, such as 9930 for a German VAT ID.")
        routed = voice.t("How the buyer routes invoices: in Germany, a Leitweg-ID.")
        return (
            text("vat_id", voice.t("VAT ID"), voice.t("With the country’s letters, such as DE136695976.")),
            text("tax_id", voice.t("Tax number"), voice.t("Of its own country, where that is another one.")),
            text("email", voice.t("Invoices are mailed to"), voice.t("Without it, to the partner’s contact.")),
            ActInput(
                name="language",
                label=voice.t("Language of its invoices"),
                kind="choice",
                options=(("", voice.t("That of the shop")), *LANGUAGE_NAMES.items()),
                value=now.language,
                required=False,
            ),
            text("buyer_reference", voice.t("Buyer’s reference"), routed),
            text("endpoint_scheme", voice.t("Scheme of its electronic address"), eas),
            text("endpoint_id", voice.t("Electronic address"), voice.t("Where Peppol delivers.")),
        )

    def says(self, setting: Setting, _subject: SettingsSubject) -> Sequence[str]:
        """Return what comes of it besides."""
        return [setting.voice.t("It counts from the next invoice on; what is issued stays as it is.")]

    async def do(
        self, setting: Setting, subject: SettingsSubject, connection: Connection, new: Mapping[str, str], by: ByWhom
    ) -> None:
        """Do it."""
        of = _billed(subject)
        wanted = replace(of.details, **new)
        await invoicing.change_billing(connection, setting.merchant, of.partner, wanted, by=by, now=setting.now)


def invoice_facts(settings: InvoiceSettings, voice: Voice) -> list[tuple[str, object]]:
    """Return what invoices of a legal entity say of it."""
    facts = (
        (voice.t("IBAN"), number_text(settings.iban)),
        (voice.t("BIC"), settings.bic),
        (voice.t("Account holder"), settings.account_holder),
        (voice.t("Prefix of invoice numbers"), settings.invoice_series),
        (voice.t("Prefix of credit note numbers"), settings.credit_note_series),
        (voice.t("Who answers questions"), settings.contact_name),
        (voice.t("E-mail address for questions"), settings.contact_email),
        (voice.t("Telephone for questions"), settings.contact_phone),
        (voice.t("What stands below the lines"), settings.note),
        (voice.t("Issue by itself"), voice.t("yes") if settings.issues_itself else voice.t("no")),
        (voice.t("Remind by itself"), voice.t("yes") if settings.reminds_itself else voice.t("no")),
        (voice.t("Days after the due day on which reminders go"), _days_text(settings)),
    )
    return [(name, value) for name, value in facts if value]


def billing_facts(details: BillingDetails, voice: Voice) -> list[tuple[str, str]]:
    """Return what invoices to a partner say of it."""
    electronic = f"{details.endpoint_scheme}:{details.endpoint_id}" if details.endpoint_id else ""
    facts = (
        (voice.t("VAT ID"), details.vat_id),
        (voice.t("Tax number"), details.tax_id),
        (voice.t("Invoices are mailed to"), details.email),
        (voice.t("Language of its invoices"), LANGUAGE_NAMES.get(details.language, "")),
        (voice.t("Buyer’s reference"), details.buyer_reference),
        (voice.t("Electronic address"), electronic),
    )
    return [(name, value) for name, value in facts if value]


INVOICE_ACTS: Final = (ChangeInvoicesAct(), ChangeInvoiceAccountAct())
BILLING: Final = ChangeBillingAct()
