"""A whole catalogue in one TOML file: for the demo, for moving installation, and until the back office stands.

The format is described in docs/howto/catalogue.md. Everything is read and checked before anything is saved, and every
fault is told by the name of its entry.
"""

import tomllib
from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from largesse.domain.catalog import checks
from largesse.domain.catalog.certificate_face import Design
from largesse.domain.catalog.errors import InvalidCatalogue
from largesse.domain.catalog.model import (
    BonusRule,
    Gratuity,
    OfferingDraft,
    OfferingKind,
    OfferingStatus,
    Words,
)
from largesse.domain.catalog.promos import PromoDraft, fold_code
from largesse.domain.catalog.seed_table import SeedTable
from largesse.domain.catalog.theme import ThemeChange, ThemeWords
from largesse.kernel.currency import Currency
from largesse.kernel.errors import FieldError
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.kernel.tax_asked import TaxAsked, read_country, tax_asked
from largesse.kernel.validity import FOREVER, Validity

BYTES_MAX: Final = 1024 * 1024
ENTRIES_MAX: Final = 1000


class SeedPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture's file, as the seed file does, and what somebody who cannot see it is told."""

    file: str
    alt: str = ""


class SeedOffering(msgspec.Struct, frozen=True, kw_only=True):
    """An offering of a seed file; its picture stands beside the draft until it is kept."""

    draft: OfferingDraft
    picture: SeedPicture | None = None


class SeedPromo(msgspec.Struct, frozen=True, kw_only=True):
    """A promo code of a seed file; the offerings it is for stand beside the draft by their slugs."""

    draft: PromoDraft
    slugs: tuple[str, ...] = ()


class Seed(msgspec.Struct, frozen=True, kw_only=True):
    """A seed file that was read and checked, with every fault that was found in it."""

    theme: ThemeChange | None = None
    logo: SeedPicture | None = None
    offerings: tuple[SeedOffering, ...] = ()
    promo_codes: tuple[SeedPromo, ...] = ()
    faults: tuple[FieldError, ...] = ()

    @property
    def pictures(self) -> tuple[SeedPicture, ...]:
        """Return every picture that it names."""
        named = (self.logo, *(one.picture for one in self.offerings))
        return tuple(picture for picture in named if picture is not None)


def read_seed(content: bytes, *, money: Currency, zone: ZoneInfo, region: str | None = None) -> Seed:
    """Return what a seed file asks for; amounts are in `money`, days those of `zone`.

    What has faults is only good for finding more of them.

    Raises:
        InvalidCatalogue: it is no TOML, or too large.
    """
    root = SeedTable(_parsed(content), where="", money=money, zone=zone)
    theme, logo = _theme(root, region)
    offerings = tuple(_offering(entry, money, region) for entry in _entries(root, "offerings", "slug", money, zone))
    promos = tuple(_promo(entry, money) for entry in _entries(root, "promo_codes", "code", money, zone))
    root.finish()
    _twice(root, "offerings", "slug", [one.draft.slug for one in offerings])
    _twice(root, "promo_codes", "code", [fold_code(one.draft.code) for one in promos])
    return Seed(theme=theme, logo=logo, offerings=offerings, promo_codes=promos, faults=tuple(root.faults))


def _parsed(content: bytes) -> dict[str, Any]:
    if len(content) > BYTES_MAX:
        raise InvalidCatalogue(f"This file is too large; a catalogue has at most {BYTES_MAX // 1024} KiB.")
    try:
        # Numbers with a point stay texts: a float never comes near money.
        return tomllib.loads(content.decode("utf-8-sig"), parse_float=str)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"This file is not TOML: {error}."
        raise InvalidCatalogue(message) from error


def _entries(root: SeedTable, name: str, key: str, money: Currency, zone: ZoneInfo) -> list[SeedTable]:
    """Return the tables of a list, each named by its own slug or code in faults."""
    tables = root.tables(name)
    if len(tables) > ENTRIES_MAX:
        root.fault(name, "seed.too_many", f"Give at most {ENTRIES_MAX} of these in one file.")
        return []
    found = []
    for place, values in enumerate(tables, start=1):
        label = values.get(key)
        where = f"{name}.{label}" if isinstance(label, str) and label else f"{name}[{place}]"
        entry = SeedTable(values, where=where, money=money, zone=zone)
        entry.faults = root.faults
        found.append(entry)
    return found


def _twice(root: SeedTable, name: str, key: str, values: Sequence[str]) -> None:
    for value in sorted({value for value in values if values.count(value) > 1}):
        root.fault(f"{name}.{value}", "seed.twice", f"This {key} stands here twice; keep one.")


def _checked(entry: SeedTable, found: Sequence[FieldError]) -> None:
    """Keep what the checks found, except of fields that could not even be read."""
    known = {fault.field for fault in entry.faults}
    for fault in found:
        if f"{entry.where}.{fault.field}" not in known:
            entry.fault(fault.field, fault.code, fault.message)


def _picture(entry: SeedTable, name: str) -> SeedPicture | None:
    file, alt = entry.text(name), entry.text(f"{name}_alt")
    return SeedPicture(file=file, alt=alt) if file else None


def _theme(root: SeedTable, region: str | None) -> tuple[ThemeChange | None, SeedPicture | None]:
    entry = root.table("theme")
    if entry is None:
        return None, None
    logo = _picture(entry, "logo")
    translations = {}
    for language, words in entry.named_tables("translations"):
        about, how = words.text("about") or None, words.text("how_to_redeem") or None
        translations[language] = ThemeWords(about=about, how_to_redeem=how)
        words.finish()
    change = ThemeChange(
        accent=entry.text("accent") or None,
        about=entry.text("about"),
        how_to_redeem=entry.text("how_to_redeem"),
        address=entry.text("address"),
        phone=entry.text("phone"),
        website=entry.text("website"),
        translations=translations,
    )
    entry.finish()
    _checked(entry, checks.theme_faults(change, region=region))
    return change, logo


def _offering(entry: SeedTable, money: Currency, home: str | None) -> SeedOffering:
    free, available = entry.table("free_amount"), entry.table("available")
    draft = OfferingDraft(
        slug=entry.text("slug"),
        kind=entry.choice("kind", OfferingKind) or OfferingKind.AMOUNT,
        title=entry.text("title"),
        description=entry.text("description"),
        gift_description=entry.text("gift_description"),
        terms=entry.text("terms"),
        translations=_words(entry),
        status=OfferingStatus.HIDDEN if entry.boolean("hidden") else OfferingStatus.ACTIVE,
        presets=entry.amounts("presets"),
        amount_min=free.amount("min") if free else None,
        amount_max=free.amount("max") if free else None,
        price=entry.amount("price"),
        tax=_tax(entry, home),
        redemption_rates=tuple(rate / 100 for rate in entry.decimals("redemption_rates")),
        gratuity=_gratuity(entry),
        validity=_validity(entry),
        available_from=available.moment("from") if available else None,
        available_until=available.moment("until", closing=True) if available else None,
        stock=entry.integer("stock"),
        sort=entry.integer("sort") or 0,
        designs=entry.choices("designs", Design),
        bonus=_bonus(entry),
    )
    picture = _picture(entry, "picture")
    for table in (free, available, entry):
        if table is not None:
            table.finish()
    _checked(entry, checks.offering_faults(draft, money))
    return SeedOffering(draft=draft, picture=picture)


def _words(entry: SeedTable) -> dict[str, Words]:
    found = {}
    for language, words in entry.named_tables("translations"):
        title, description, terms = (words.text(name) or None for name in ("title", "description", "terms"))
        found[language] = Words(title=title, description=description, terms=terms)
        words.finish()
    return found


def _tax(entry: SeedTable, home: str | None) -> TaxTreatment:
    kind, country, rate = entry.choice("tax_kind", TaxKind), entry.text("tax_country"), entry.decimal("tax")
    asked = TaxAsked(
        kind=kind, country=read_country(country) if country else None, rate=None if rate is None else rate / 100
    )
    return tax_asked(asked, home=home)


def _gratuity(entry: SeedTable) -> Gratuity:
    table = entry.table("gratuity")
    if table is None:
        return Gratuity()
    found = Gratuity(percents=table.decimals("percents"), tip_max=table.amount("max"))
    table.finish()
    return found


def _validity(entry: SeedTable) -> Validity:
    table = entry.table("validity")
    if table is None:
        return FOREVER
    found = Validity(months=table.integer("months"), days=table.integer("days"))
    table.finish()
    return found


def _bonus(entry: SeedTable) -> BonusRule | None:
    table = entry.table("bonus")
    if table is None:
        return None
    found = BonusRule(
        threshold=table.amount("threshold") or 0,
        amount=table.amount("amount"),
        percent=table.decimal("percent"),
        validity=_validity(table),
        gift_description=table.text("gift_description"),
    )
    table.finish()
    return found


def _promo(entry: SeedTable, money: Currency) -> SeedPromo:
    draft = PromoDraft(
        code=entry.text("code"),
        percent=entry.decimal("percent"),
        amount=entry.amount("amount"),
        starts_at=entry.moment("from"),
        ends_at=entry.moment("until", closing=True),
        uses_max=entry.integer("uses"),
        uses_per_buyer_max=entry.integer("uses_per_buyer"),
        amount_min=entry.amount("minimum") or 0,
    )
    slugs = entry.texts("offerings")
    entry.finish()
    _checked(entry, checks.promo_faults(draft, money))
    return SeedPromo(draft=draft, slugs=slugs)
