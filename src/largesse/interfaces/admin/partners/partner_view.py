"""What the page of a partner shows, in words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

import msgspec

from largesse.domain import orders, partners
from largesse.domain.invoices import BillingDetails
from largesse.domain.merchants import Merchant
from largesse.domain.partners import Agreement, Key, Partner, PartnerUser, TokenUse
from largesse.interfaces.admin.office.wording import badge_kind, order_states
from largesse.interfaces.admin.partners.wording import invoicings, other_refcodes, purposes, tax_kinds
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError
from largesse.kernel.money import Money
from largesse.ui import Voice


class KnownPartner(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page of a partner shows."""

    partner: Partner
    agreement: Agreement
    billing: BillingDetails = BillingDetails()
    users: Sequence[PartnerUser] = ()
    keys: Sequence[Key] = ()
    tokens: Mapping[UUID, TokenUse] = {}
    refcodes: Sequence[orders.RefcodeUse] = ()
    orders: Sequence[Mapping[str, object]] = ()
    warnings: Sequence[FieldError] = ()


def facts_view(known: KnownPartner, voice: Voice) -> list[tuple[str, str]]:
    """Return what is agreed with a partner, in pairs of name and words."""
    partner, agreement = known.partner, known.agreement
    place = [partner.address, partner.address2, f"{partner.zip} {partner.city}".strip(), partner.state, partner.country]
    facts = [
        (voice.t("Address"), partner.contact_email),
        (voice.t("Telephone"), orders.phone_as_read(partner.phone)),
        (voice.t("Where they are"), ", ".join(filter(None, place))),
        (voice.t("Payment is due"), voice.n("in {count} day", "in {count} days", agreement.payment_terms_days)),
        (voice.t("Invoices"), dict(invoicings(voice))[agreement.invoicing.value]),
        (voice.t("Refcodes"), voice.listing(list(agreement.refcodes)) if agreement.refcodes else voice.t("any")),
        (voice.t("Other refcodes"), dict(other_refcodes(voice))[agreement.other_refcodes.value]),
        (voice.t("Tax"), dict(tax_kinds(voice)).get(agreement.tax.kind.value, "")),
        (voice.t("Purpose"), dict(purposes(voice))[agreement.purpose.value]),
    ]
    return [(name, value) for name, value in facts if value]


def terms_view(code: str, one: partners.Terms, voice: Voice) -> dict[str, object]:
    """Return what is allowed and used in a currency."""
    money = currency(code)

    def said(minor: int) -> str:
        return voice.money(Money(minor, money))

    used = one.credit_used * 100 // max(one.credit_limit, 1)
    return {
        "code": code,
        "most": said(one.amount_max),
        "limit": said(one.credit_limit),
        "used": said(one.credit_used),
        "left": said(one.credit_left),
        "share": min(used, 100),
        "is_high": used > 80,
    }


def user_view(one: PartnerUser) -> dict[str, object]:
    """Return somebody who may ask for tokens."""
    return {"id": str(one.user_id), "email": one.email, "live": one.disabled_at is None}


def key_view(one: Key, known: KnownPartner, merchant: Merchant, voice: Voice, now: datetime) -> dict[str, object]:
    """Return a key, and what is known of its tokens."""
    tokens = known.tokens.get(one.key_id, TokenUse())
    email = next((user.email for user in known.users if user.user_id == one.user_id), "")
    used = tokens.last_issued_at
    return {
        "id": str(one.key_id),
        "hint": one.hint,
        "email": email,
        "made": voice.moment(one.created_at, zone=merchant.zone, now=now),
        "tokens": voice.n("{count} token works", "{count} tokens work", tokens.live),
        "any_tokens": tokens.live > 0,
        "used": voice.moment(used, zone=merchant.zone, now=now) if used else "",
        "live": one.revoked_at is None,
    }


def order_view(
    row: Mapping[str, object], home: str, merchant: Merchant, voice: Voice, now: datetime
) -> dict[str, object]:
    """Return an order of a partner."""
    number, status = str(row["order_number"]), str(row["status"])
    placed, total = row["placed_at"], row["total"]
    assert isinstance(placed, datetime)
    assert isinstance(total, int)
    return {
        "number": {"text": number, "href": f"{home}/orders/{quote(number, safe='')}"},
        "placed": voice.moment(placed, zone=merchant.zone, now=now),
        "refcode": str(row["refcode"] or ""),
        "state": {"badge": order_states(voice)[status], "kind": badge_kind(status)},
        "total": voice.money(Money(total, currency(str(row["currency"])))),
    }
