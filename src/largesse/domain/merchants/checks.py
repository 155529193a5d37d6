"""What a merchant's details must be like, checked all at once."""

import re
from collections.abc import Iterator

from largesse.domain.merchants.model import (
    NAME_LENGTH_MAX,
    NUMBER_LENGTH_MAX,
    REDEMPTIONS_PER_HOUR_MAX,
    UNDO_MINUTES_MAX,
    MerchantChange,
    MerchantDraft,
)
from largesse.kernel import clock, currency, free_text
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.mail import read_email
from largesse.kernel.numbers import PREFIX_PATTERN
from largesse.ui import LANGUAGES

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_NUMBER = re.compile(rf"[A-Za-z0-9_-]{{1,{NUMBER_LENGTH_MAX}}}")

# Addresses of the installation itself: a shop by that name could never be reached.
RESERVED_SLUGS = frozenset(
    {
        "admin",
        "api",
        "assets",
        "backoffice",
        "callbacks",
        "counter",
        "gifts",
        "healthz",
        "metrics",
        "partner",
        "pictures",
        "preferences",
        "readyz",
        "setup",
        "staff",
        "static",
        "styleguide",
        "test-payment",
    }
)


def could_be_slug(text: str) -> bool:
    """Return whether a shop can have this address at all; what cannot need not be looked for."""
    return _SLUG.fullmatch(text) is not None


def faults_of(wanted: MerchantDraft | MerchantChange) -> list[FieldError]:
    """Return everything that is wrong with `wanted`, field by field; what is None is left alone."""
    return list(_faults(wanted))


def _faults(wanted: MerchantDraft | MerchantChange) -> Iterator[FieldError]:
    if wanted.slug is not None:
        yield from _slug(wanted.slug)
    if isinstance(wanted, MerchantDraft):
        yield from _fixed(wanted)
    if wanted.name is not None:
        yield from _name("name", wanted.name)
    if wanted.time_zone is not None:
        yield from _time_zone(wanted.time_zone)
    if wanted.contact_email is not None:
        yield from _email("contact_email", wanted.contact_email)
    if isinstance(wanted, MerchantChange):
        yield from _changed(wanted)


def _changed(change: MerchantChange) -> Iterator[FieldError]:
    if change.language is not None and change.language not in LANGUAGES:
        advice = f"Name one of the languages that pages speak: {', '.join(LANGUAGES)}."
        yield FieldError("language", "language.unknown", advice)
    if change.mail_from_name:
        yield from _name("mail_from_name", change.mail_from_name)
    if change.reply_to:
        yield from _email("reply_to", change.reply_to)
    if change.redemptions_per_hour is not None and not 0 <= change.redemptions_per_hour <= REDEMPTIONS_PER_HOUR_MAX:
        advice = f"Allow 1 to {REDEMPTIONS_PER_HOUR_MAX} redemptions of one certificate an hour, or set no limit."
        yield FieldError("redemptions_per_hour", "merchant.redemptions_per_hour.range", advice)
    if change.undo_minutes is not None and not 0 <= change.undo_minutes <= UNDO_MINUTES_MAX:
        advice = f"Let people at a counter undo what they did for 0 to {UNDO_MINUTES_MAX} minutes."
        yield FieldError("undo_minutes", "merchant.undo_minutes.range", advice)


def _fixed(draft: MerchantDraft) -> Iterator[FieldError]:
    if not _NUMBER.fullmatch(draft.number):
        yield FieldError(
            "number",
            "merchant.number.invalid",
            f"Give the merchant a number of 1 to {NUMBER_LENGTH_MAX} letters, digits, dashes or underscores.",
        )
    if not PREFIX_PATTERN.fullmatch(draft.prefix):
        yield FieldError(
            "prefix", "merchant.prefix.invalid", "Give the merchant a prefix of 1 to 4 capital letters, such as GL."
        )
    try:
        currency.currency(draft.currency)
    except currency.UnknownCurrency as error:
        yield FieldError("currency", error.code, error.message)


def _slug(slug: str) -> Iterator[FieldError]:
    if not could_be_slug(slug):
        yield FieldError(
            "slug",
            "merchant.slug.invalid",
            "Write the slug with 1 to 40 small letters, digits and dashes, such as corner-cafe.",
        )
    elif slug in RESERVED_SLUGS:
        yield FieldError(
            "slug", "merchant.slug.reserved", f"{slug!r} is an address of Largesse itself; choose another slug."
        )


def _name(field: str, name: str) -> Iterator[FieldError]:
    if not name.strip() or len(name) > NAME_LENGTH_MAX or free_text.holds_unseen(name):
        yield FieldError(
            field,
            "merchant.name.invalid",
            f"Give the merchant a name of 1 to {NAME_LENGTH_MAX} characters on one line.",
        )


def _time_zone(name: str) -> Iterator[FieldError]:
    try:
        clock.zone(name)
    except ValueError:
        yield FieldError(
            "time_zone", "time_zone.unknown", "Name an IANA time zone, such as America/New_York or Europe/Paris."
        )


def _email(field: str, address: str) -> Iterator[FieldError]:
    try:
        # Buyers and recipients answer to it. A demonstration has no other address to give than one of .test.
        read_email(address, in_every_mail=True, for_trials=True)
    except InvalidInput as error:
        yield FieldError(field, error.code, error.message)
