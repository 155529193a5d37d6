"""What the pages of partners say."""

from largesse.domain.partners import AgreementPurpose, Invoicing, OtherRefcodes
from largesse.domain.portal import ORGANISATION_MAX, QUESTION_MAX, PartnerRole
from largesse.kernel.errors import FieldError, LargesseError
from largesse.kernel.tax import TaxKind
from largesse.ui import Voice, choose_one
from largesse.web.choices import CHOICE_UNKNOWN


def states(voice: Voice) -> dict[str, tuple[str, str]]:
    """Return what the state of an agreement is called, with the kind of its badge."""
    return {
        "orders": (voice.t("orders"), "good"),
        "suspended": (voice.t("suspended"), "warn"),
        "ended": (voice.t("ended"), ""),
    }


def tax_kinds(voice: Voice) -> tuple[tuple[str, str], ...]:
    """Return how certificates of an agreement may be taxed, in pairs of value and words."""
    return (
        (TaxKind.NONE.value, voice.t("None that is known")),
        (TaxKind.SINGLE_PURPOSE.value, voice.t("VAT, included: single-purpose")),
        (TaxKind.MULTI_PURPOSE.value, voice.t("VAT when it is redeemed: multi-purpose")),
    )


def invoicings(voice: Voice) -> tuple[tuple[str, str], ...]:
    """Return what an invoice gathers."""
    return (
        (Invoicing.REFCODE.value, voice.t("one for each refcode")),
        (Invoicing.MONTHLY.value, voice.t("one for each month")),
        (Invoicing.ORDER.value, voice.t("one for each order")),
    )


def other_refcodes(voice: Voice) -> tuple[tuple[str, str], ...]:
    """Return what becomes of orders under other refcodes."""
    return (
        (OtherRefcodes.ACCEPT.value, voice.t("issued, and shown here")),
        (OtherRefcodes.REFUSE.value, voice.t("refused")),
    )


def purposes(voice: Voice) -> tuple[tuple[str, str], ...]:
    """Return why certificates may be good for less than the law asks for otherwise."""
    return (
        (AgreementPurpose.NONE.value, voice.t("nobody named one")),
        (AgreementPurpose.CHARITY.value, voice.t("charity")),
        (AgreementPurpose.PROMOTIONAL.value, voice.t("promotion")),
        (AgreementPurpose.BUSINESS_USE.value, voice.t("use within a business")),
    )


def partner_roles(voice: Voice) -> dict[str, str]:
    """Return what each role with a partner is called."""
    return {
        PartnerRole.ORDERER.value: voice.t("Orderer"),
        PartnerRole.APPROVER.value: voice.t("Approver"),
        PartnerRole.FINANCE.value: voice.t("Finance"),
    }


def partner_role_notes(voice: Voice) -> dict[str, str]:
    """Return what each role with a partner may do."""
    return {
        PartnerRole.ORDERER.value: voice.t("orders, sends again, corrects and cancels"),
        PartnerRole.APPROVER.value: voice.t("the same, approves what others order, and keeps the keys"),
        PartnerRole.FINANCE.value: voice.t("reads orders and invoices"),
    }


def fault_sentence(fault: FieldError, voice: Voice) -> str:
    """Return what is said beside a field; what has no words of its own says what the service says."""
    known = {
        "name.length": voice.t("Give a name of 1 to {count} characters.", count=120),
        "email.invalid": voice.t("That is not an e-mail address. Write it like name@example.com."),
        "email.too_long": voice.t("That is not an e-mail address. Write it like name@example.com."),
        "phone.invalid": voice.t("Write the telephone number with its country code, such as +1 212 555 0100."),
        "text.too_long": voice.t("This is too long. Take some of it out."),
        "country.invalid": voice.t("Name the country by its two letters, such as DE."),
        "payment_terms.range": voice.t("Payment may be due in 0 to 365 days."),
        "token_lifetime.range": voice.t("A token may live for 1 minute to 30 days."),
        "refcodes.too_many": voice.t("Name at most 50 refcodes."),
        "refcode.invalid": voice.t("A refcode is on one line and not that long."),
        "agreement.tax.invalid": voice.t("Give the tax in per cent, from 0 to 100."),
        "agreement.tax.rate_missing": voice.t("This kind of tax has a rate: give it in per cent."),
        "agreement.tax.rate_unused": voice.t("With this kind no tax is due at sale: take the rate out."),
        "agreement.tax.country_invalid": voice.t("Name the country by its two letters, such as DE."),
        "agreement.tax.country_missing": voice.t("Name the country whose tax is included, such as DE."),
        "agreement.tax.country_unused": voice.t("Without a tax there is no country of it: take it out."),
        "currency.in_use": voice.t("Orders in this currency are not settled yet."),
        "currency.unknown": voice.t("Name a currency by its three letters, such as USD."),
        "law.agreement.short": voice.t(
            "Your law profile asks that it is good for longer, or for a purpose it excepts."
        ),
        "law.agreement.no_expiry": voice.t("Your law profile allows no last day, except for a purpose it excepts."),
        "law.agreement.unknown": voice.t(
            "What your law profile says of how long certificates are good is not known. Ask a lawyer."
        ),
        "law.agreement.not_exempt.unknown": voice.t("Your law profile is not known to except this purpose."),
    }
    return known.get(fault.code, fault.message)


def refusal_sentence(refused: LargesseError, voice: Voice) -> str:
    """Return why something was refused as a whole."""
    known = {
        CHOICE_UNKNOWN: choose_one(voice),
        "partner.changed": voice.t("Somebody else has changed it meanwhile. Nothing was saved yet."),
        "partner.taken": voice.t("There is a partner of that name already."),
        "partner.user_taken": voice.t("A user with that address exists already."),
        "partner.user_unknown": voice.t("There is no such user any more."),
        "partner.key_unknown": voice.t("There is no such key any more."),
        "partner.key_made": voice.t("This key was made a moment ago and shown once. Where it is lost, revoke it."),
        "audit.reason.invalid": voice.t("Say why, in 1 to 500 characters."),
    }
    return known.get(refused.code, refused.message)


def asking_refusal(refused: LargesseError, voice: Voice) -> str:
    """Return why what somebody asked, or the answer to it, is not kept."""
    known = {
        "partner.asking.answered": voice.t("Somebody else has answered this already."),
        "partner.asking.unknown": voice.t("Nobody asked for that."),
        "partner.asking.known": voice.t("This form was sent before, with something else in it. Open a new one."),
        "partner.asking.often": voice.t(
            "You have asked five times within a day. Ask again tomorrow, or write a mail to the shop."
        ),
        "partner.asking.full": voice.t("Too many wait for an answer just now. Write a mail to the shop instead."),
        "partner.asking.invalid": voice.t("Write 1 to {count} characters.", count=QUESTION_MAX),
    }
    return known.get(refused.code, refused.message)


def asking_fault(fault: FieldError, voice: Voice) -> str:
    """Return what is said beside a field of who asks."""
    if fault.code.startswith("email."):
        return voice.t("That is not an e-mail address. Write it like name@example.com.")
    most = QUESTION_MAX if fault.field == "question" else ORGANISATION_MAX
    return voice.t("Write 1 to {count} characters.", count=most)
