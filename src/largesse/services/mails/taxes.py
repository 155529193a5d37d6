"""What a buyer is told of the tax of what they buy: the same words in the shop, on the receipt and after it. Pure.

A price that includes tax says so, with the rate (Directive 98/6/EC); what is multi-purpose shows neither rate nor
amount, and says why (Directive 2006/112/EC, Article 30b).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from largesse.domain.orders import Order
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.ui import Voice


class TaxedGift(msgspec.Struct, frozen=True, kw_only=True):
    """What is sold, how it is taxed, and the tax inside of what is paid for it; None while that is not known."""

    what: str
    tax: TaxTreatment
    included: Money | None = None


def taxed_gift(order: Order) -> TaxedGift:
    """Return an order as it is taxed."""
    included = Money(order.included_tax, currency(order.currency))
    return TaxedGift(what=order.description, tax=order.tax_treatment, included=included)


def price_note(tax: TaxTreatment, voice: Voice) -> str:
    """Return the few words that stand beside a price."""
    if tax.kind is TaxKind.SALES_TAX:
        return voice.t("plus tax")
    if tax.kind is TaxKind.SINGLE_PURPOSE:
        return voice.t("includes {rate} VAT", rate=voice.percent(tax.rate))
    return ""


def tax_sentences(gifts: Sequence[TaxedGift], voice: Voice) -> list[str]:
    """Return what is said below a sum of gifts: the tax inside of it by rate, and what has none yet, and why."""
    return [*_included(gifts, voice), *_later(gifts, voice)]


def tax_of_line(order: Order, voice: Voice) -> str:
    """Return what a receipt says of an order's tax: rate, net and tax where it is included, or why there is none yet.

    Tax that was added stands among the sums.
    """
    if order.tax_kind is TaxKind.MULTI_PURPOSE:
        return _why_not_now(voice)
    if order.tax_kind is not TaxKind.SINGLE_PURPOSE or order.tax_rate is None or not order.included_tax:
        return ""
    money, paid = currency(order.currency), order.amount - order.discount
    return voice.t(
        "Includes {rate} VAT: {net} net, {tax} VAT.",
        rate=voice.percent(order.tax_rate),
        net=voice.money(Money(paid - order.included_tax, money)),
        tax=voice.money(Money(order.included_tax, money)),
    )


def _included(gifts: Sequence[TaxedGift], voice: Voice) -> Iterator[str]:
    by_rate = defaultdict[Decimal, list[Money | None]](list)
    for gift in gifts:
        if gift.tax.kind is TaxKind.SINGLE_PURPOSE:
            by_rate[gift.tax.rate].append(gift.included)
    for rate, parts in sorted(by_rate.items()):
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            yield voice.t("Includes {rate} VAT.", rate=voice.percent(rate))
        elif any(known):
            total = Money(sum(part.minor for part in known), known[0].currency)
            yield voice.t("Includes {rate} VAT: {tax}.", rate=voice.percent(rate), tax=voice.money(total))


def _later(gifts: Sequence[TaxedGift], voice: Voice) -> Iterator[str]:
    names = list(dict.fromkeys(gift.what for gift in gifts if gift.tax.kind is TaxKind.MULTI_PURPOSE))
    if not names:
        return
    if all(gift.tax.kind is TaxKind.MULTI_PURPOSE for gift in gifts):
        yield _why_not_now(voice)
    else:
        yield voice.t(
            "No VAT is due now on {what}: it depends on what the certificate is used for, and is due then.",
            what=voice.listing(names),
        )


def _why_not_now(voice: Voice) -> str:
    return voice.t("No VAT is due now: it depends on what the certificate is used for, and is due then.")
