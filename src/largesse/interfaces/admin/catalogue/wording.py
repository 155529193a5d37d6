"""What the pages of the catalogue say: what is wrong with something, what the law says, what things are called."""

from collections.abc import Iterable

from largesse.domain.catalog import Availability, PictureRefused
from largesse.kernel.errors import FieldError, LargesseError
from largesse.kernel.tax import TaxKind
from largesse.ui import Voice


def fault_sentence(fault: FieldError, voice: Voice) -> str:
    """Return what is said beside a field; what has no words of its own says what the service says."""
    return _sentences(voice).get(fault.code) or law_sentence(fault, voice) or fault.message


def law_sentence(warning: FieldError, voice: Voice) -> str:
    """Return what a law profile says against something, "" where the warning is another one."""
    said = {
        "law.validity.no_expiry": voice.t("Your law profile allows no last day here. Sell it without one."),
        "law.validity.short": voice.t("Your law profile asks that it is good for longer."),
        "law.validity.unknown": voice.t(
            "What your law profile says of how long certificates are good is not known. Ask a lawyer."
        ),
    }
    return said.get(warning.code, "")


def warnings_said(warnings: Iterable[FieldError], voice: Voice) -> list[dict[str, str]]:
    """Return each warning in the reader's language, with what exactly was found, in the words of the profile."""
    found = []
    for one in warnings:
        said = law_sentence(one, voice) or _sentences(voice).get(one.code, "")
        found.append({"said": said or one.message, "exactly": one.message if said else ""})
    return found


def refusal_sentence(refused: LargesseError, voice: Voice) -> str:
    """Return why something of the catalogue was refused as a whole."""
    known = {
        "catalogue.changed": voice.t("Somebody else has changed it meanwhile. Nothing was saved yet."),
        "catalogue.draft.unknown": voice.t("There is no draft of it any more: it was published or dropped."),
        "offering.taken": voice.t("Another offering has this address already."),
        "offering.unknown": voice.t("There is no such offering any more."),
        "picture.unknown": voice.t("There is no such picture any more."),
        "picture.in_use": voice.t("This picture is still shown somewhere. Take it away there first."),
        "promo.taken": voice.t("There is a promo code of that name already."),
        "promo.unknown": voice.t("There is no such promo code."),
    }
    return known.get(refused.code, refused.message)


def picture_refusal(refused: PictureRefused, voice: Voice) -> str:
    """Return why a picture cannot be used."""
    known = {
        "picture.refused": voice.t("Describe the picture on one line of at most 200 characters."),
        "picture.kind": voice.t("This file is not a JPEG, PNG, WebP or GIF."),
        "picture.unreadable": voice.t("This picture is damaged and cannot be read. Save it anew."),
        "picture.too_large": voice.t("This picture is too large: at most 12 MB and 50 million pixels."),
        "picture.shape": voice.t("This picture, or what is left of it, is too small or too narrow."),
    }
    return known.get(refused.code, refused.message)


def tax_kinds(voice: Voice) -> tuple[tuple[str, str], ...]:
    """Return the kinds of tax, in pairs of value and words."""
    return (
        (TaxKind.NONE.value, voice.t("None that is known")),
        (TaxKind.SALES_TAX.value, voice.t("Sales tax, added to the price")),
        (TaxKind.SINGLE_PURPOSE.value, voice.t("VAT, included: single-purpose")),
        (TaxKind.MULTI_PURPOSE.value, voice.t("VAT when it is redeemed: multi-purpose")),
    )


def availability_badge(availability: Availability, voice: Voice) -> dict[str, str]:
    """Return whether something can be bought, as a badge."""
    badges = {
        Availability.OPEN: (voice.t("on sale"), "good"),
        Availability.HIDDEN: (voice.t("hidden"), ""),
        Availability.NOT_YET: (voice.t("not yet"), "accent"),
        Availability.OVER: (voice.t("over"), ""),
        Availability.SOLD_OUT: (voice.t("sold out"), "warn"),
    }
    text, kind = badges[availability]
    return {"badge": text, "kind": kind}


def _sentences(voice: Voice) -> dict[str, str]:
    return {
        "offering.slug.invalid": voice.t("Use 1 to 40 small letters, digits and dashes, such as one-hour-massage."),
        "title.missing": voice.t("Give it a title; it is what buyers read first."),
        "text.too_long": voice.t("This is too long. Take some of it out."),
        "text.unprintable": voice.t("Use characters that can be printed."),
        "amount.out_of_range": voice.t("Give an amount above zero, and not as large as that."),
        "offering.amounts.missing": voice.t("Give amounts to choose from, or limits of a free amount, or both."),
        "offering.presets.invalid": voice.t("Give at most 12 amounts, each once."),
        "offering.limits.half": voice.t("Give both limits of the free amount, or neither."),
        "offering.limits.order": voice.t("The upper limit must not be below the lower."),
        "offering.price.missing": voice.t("Say what the package costs."),
        "offering.gratuity.invalid": voice.t("Give at most 8 different percentages, above 0 and up to 100."),
        "offering.stock.invalid": voice.t("Give a stock of 0 to 1,000,000, or none."),
        "offering.bonus.one": voice.t("Say what the bonus is."),
        "offering.bonus.percent": voice.t("Give a percentage above 0 and up to 100."),
        "offering.designs.twice": voice.t("Choose each design once."),
        "validity.months": voice.t("Give 1 to 1,200 months."),
        "validity.days": voice.t("Give 1 to 36,525 days."),
        "window.order": voice.t("The end must come after the beginning."),
        "offering.tax.invalid": voice.t("Give the tax in per cent, from 0 to 100."),
        "offering.tax.rate_unused": voice.t("With this kind no tax is due at sale: take the rate out."),
        "offering.tax.rate_missing": voice.t("This kind of tax has a rate: give it in per cent."),
        "offering.tax.country_invalid": voice.t("Name the country by its two letters, such as DE."),
        "offering.tax.country_missing": voice.t("Name the country whose tax is included, such as DE."),
        "offering.tax.country_unused": voice.t("Without a tax there is no country of it: take it out."),
        "offering.redemption_rates.invalid": voice.t("Give at most 12 different rates, from 0 to 100 per cent."),
        "offering.redemption_rates.unused": voice.t("Only what is multi-purpose is taxed when it is redeemed."),
        "offering.tax.single_purpose_likely": voice.t(
            "It can be redeemed at one rate in one country, so its tax is known at sale and due then: it is "
            "single-purpose. Choose that, or name every rate and no country."
        ),
        "promo.code.invalid": voice.t("Use 3 to 30 letters, digits and dashes."),
        "promo.one": voice.t("Say how much it lets off."),
        "promo.percent.invalid": voice.t("Give a percentage above 0 and up to 100."),
        "promo.uses.invalid": voice.t("Give a limit of 1 to 1,000,000, or none."),
        "look.accent.invalid": voice.t("Write the colour as # and six digits or letters a to f, such as #2f5d50."),
        "phone.invalid": voice.t("Write the telephone number with its country code, such as +1 212 555 0100."),
        "website.invalid": voice.t("Write an address such as https://www.example.com."),
    }
