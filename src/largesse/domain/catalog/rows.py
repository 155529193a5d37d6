"""Offerings, promo codes and themes to and from the plain values that their rows hold."""

from collections.abc import Mapping
from typing import Any

import msgspec

from largesse.db.connection import Row
from largesse.domain.catalog.certificate_face import Design
from largesse.domain.catalog.model import (
    BonusRule,
    Gratuity,
    Offering,
    OfferingDraft,
    OfferingKind,
    OfferingStatus,
    Words,
)
from largesse.domain.catalog.pictures import HungPicture, Picture, PictureFormat
from largesse.domain.catalog.promos import PromoCode
from largesse.domain.catalog.theme import Theme, ThemeWords
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.kernel.validity import Validity


def offering_values(draft: OfferingDraft) -> dict[str, object]:
    """Return what a draft is in the columns of its row."""
    bonus = draft.bonus
    return {
        "slug": draft.slug,
        "kind": draft.kind.value,
        "status": draft.status.value,
        "title": draft.title,
        "description": draft.description,
        "terms": draft.terms,
        "translations": as_json(draft.translations),
        "presets": list(draft.presets),
        "amount_min": draft.amount_min,
        "amount_max": draft.amount_max,
        "price": draft.price,
        "tax_rate": draft.tax.rate,
        "tip_percents": list(draft.gratuity.percents),
        "tip_max": draft.gratuity.tip_max,
        "validity_months": draft.validity.months,
        "validity_days": draft.validity.days,
        "available_from": draft.available_from,
        "available_until": draft.available_until,
        "stock": draft.stock,
        "sort": draft.sort,
        "designs": [design.value for design in draft.designs],
        "picture_id": draft.picture_id,
        "bonus_threshold": bonus.threshold if bonus else None,
        "bonus_amount": bonus.amount if bonus else None,
        "bonus_percent": bonus.percent if bonus else None,
        "bonus_validity_months": bonus.validity.months if bonus else None,
        "bonus_validity_days": bonus.validity.days if bonus else None,
        "gift_description": draft.gift_description,
        "bonus_gift_description": bonus.gift_description if bonus else "",
        "tax_kind": draft.tax.kind.value,
        "tax_country": draft.tax.country,
        "redemption_rates": list(draft.redemption_rates),
    }


def offering_of(row: Row) -> Offering:
    """Return the offering of a row."""
    return Offering(
        merchant_id=row["merchant_id"],
        offering_id=row["offering_id"],
        slug=row["slug"],
        kind=OfferingKind(row["kind"]),
        status=OfferingStatus(row["status"]),
        title=row["title"],
        description=row["description"],
        gift_description=row["gift_description"],
        terms=row["terms"],
        translations=msgspec.json.decode(row["translations"], type=dict[str, Words]),
        currency=row["currency"],
        presets=tuple(row["presets"]),
        amount_min=row["amount_min"],
        amount_max=row["amount_max"],
        price=row["price"],
        tax=_tax_of(row),
        redemption_rates=tuple(row["redemption_rates"]),
        gratuity=Gratuity(percents=tuple(row["tip_percents"]), tip_max=row["tip_max"]),
        validity=Validity(months=row["validity_months"], days=row["validity_days"]),
        available_from=row["available_from"],
        available_until=row["available_until"],
        stock=row["stock"],
        taken=row["taken"],
        sort=row["sort"],
        designs=tuple(Design(design) for design in row["designs"]),
        picture_id=row["picture_id"],
        bonus=_bonus_of(row),
        version=row["version"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
    )


def promo_of(row: Row) -> PromoCode:
    """Return the promo code of a row."""
    return PromoCode(**{**row, "offering_ids": tuple(row["offering_ids"])})


def theme_of(row: Row) -> Theme:
    """Return the theme of a row."""
    return Theme(**{**row, "translations": msgspec.json.decode(row["translations"], type=dict[str, ThemeWords])})


def picture_of(row: Mapping[str, Any]) -> Picture:
    """Return the picture of a row."""
    return Picture(**{**row, "fallback": PictureFormat(row["fallback"]), "widths": tuple(row["widths"])})


def hung_picture_of(row: Row) -> HungPicture:
    """Return the picture of a row, with where it is shown."""
    values: dict[str, Any] = dict(row)
    created_at, offerings, is_logo = (values.pop(name) for name in ("created_at", "offerings", "is_logo"))
    return HungPicture(picture=picture_of(values), created_at=created_at, offerings=tuple(offerings), is_logo=is_logo)


def as_json(translations: Mapping[str, Any]) -> str:
    """Return translations as they are stored; what is not translated is left out."""
    filled = {
        language: {name: text for name, text in msgspec.structs.asdict(words).items() if text is not None}
        for language, words in translations.items()
    }
    return msgspec.json.encode(filled).decode()


def _tax_of(row: Mapping[str, Any]) -> TaxTreatment:
    kind, rate = TaxKind(row["tax_kind"]), row["tax_rate"]
    if kind is TaxKind.NONE and rate:
        kind = TaxKind.SALES_TAX  # written by a version that knew no kinds, beside this one
    return TaxTreatment(kind=kind, country=row["tax_country"], rate=rate)


def _bonus_of(row: Mapping[str, Any]) -> BonusRule | None:
    if row["bonus_threshold"] is None:
        return None
    return BonusRule(
        threshold=row["bonus_threshold"],
        amount=row["bonus_amount"],
        percent=row["bonus_percent"],
        validity=Validity(months=row["bonus_validity_months"], days=row["bonus_validity_days"]),
        gift_description=row["bonus_gift_description"],
    )
