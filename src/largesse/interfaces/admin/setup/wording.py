"""What is said beside a field of the shop that was refused, in the reader's language."""

from largesse.domain.merchants import UNDO_MINUTES_MAX
from largesse.kernel.errors import InvalidInput
from largesse.ui import Voice


def merchant_faults(error: InvalidInput, voice: Voice) -> dict[str, str]:
    """Return what is said beside each field that an error of a merchant names."""
    known = {
        "merchant.name.invalid": voice.t("Give it a name of 1 to {count} characters on one line.", count=120),
        "merchant.slug.invalid": voice.t("Write 1 to 40 small letters, digits and dashes, such as corner-cafe."),
        "merchant.slug.reserved": voice.t("That is an address of Largesse itself. Choose another one."),
        "merchant.number.invalid": voice.t("Write 1 to 11 letters, digits, dashes or underscores."),
        "merchant.prefix.invalid": voice.t("Write 1 to 4 capital letters, such as GL."),
        "time_zone.unknown": voice.t("Name a time zone as America/New_York or Europe/Paris."),
        "currency.unknown": voice.t("Write the three letters of a currency, such as USD or EUR."),
        "email.invalid": voice.t("That is not an e-mail address. Write it like name@example.com."),
        "language.unknown": voice.t("Choose one of the languages."),
        "merchant.undo_minutes.range": voice.t("Write 0 to {count} minutes.", count=UNDO_MINUTES_MAX),
        "location.code.invalid": voice.t("Write 1 to 8 capital letters, digits and dashes, such as SPA-2."),
        "name.length": voice.t("Give it a name of 1 to {count} characters on one line.", count=120),
        "country.invalid": voice.t("Write the country as its two letters, such as US."),
        "network.invalid": voice.t("Write an address such as 192.0.2.7 or a network such as 192.0.2.0/24."),
        "merchant.redemptions_per_hour.range": voice.t("Write 1 to 100, or 0 for no limit."),
    }
    return {one.field: known.get(one.code, one.message) for one in error.fields}
