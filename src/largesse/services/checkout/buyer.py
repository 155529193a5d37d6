"""Who pays: the details that the merchant asks for, read from what was typed."""

from collections.abc import Collection, Mapping

import msgspec

from largesse.domain import orders
from largesse.domain.drafts import BuyerText
from largesse.domain.merchants import Asking
from largesse.domain.orders import (
    ADDRESS_MAX,
    CITY_MAX,
    COUNTRIES,
    HAVE_STATES,
    NAME_MAX,
    STATE_MAX,
    WITHOUT_ZIP,
    ZIP_MAX,
    Billing,
    PhoneInvalid,
)
from largesse.kernel.mail import read_email
from largesse.kernel.money import Money
from largesse.services.checkout.faults import Fault, FaultKind
from largesse.services.checkout.plan import email_faults, length_faults

_ADDRESS_LENGTHS = {
    "address": ADDRESS_MAX,
    "address2": ADDRESS_MAX,
    "city": CITY_MAX,
    "state": STATE_MAX,
    "zip": ZIP_MAX,
}


class AskedDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What a merchant asks of buyers besides name and e-mail."""

    phone: Asking = Asking.ASK
    address: Asking = Asking.NO


def read_buyer(
    text: BuyerText,
    *,
    gateways: Collection[str],
    too_small_for: Mapping[str, Money],
    region: str | None,
    asked: AskedDetails,
) -> tuple[Billing | None, tuple[Fault, ...]]:
    """Return who pays, or everything that is wrong, in the order of the form.

    `gateways` are the ways to pay that were offered, `too_small_for` those that were not because they take no amount so
    small, with the least that each takes; `region` (ISO 3166) is for phones without country code. What was not asked
    for is not kept.
    """
    faults = list[Fault]()
    for field in ("first_name", "last_name"):
        faults += length_faults(field, getattr(text, field), limit=NAME_MAX, needed=True)
    faults += email_faults("email", text.email)
    phone = _read_phone(text.phone, asked.phone, region, faults)
    address = _read_address(text, asked.address, faults)
    if (least := too_small_for.get(text.gateway)) is not None:
        faults.append(Fault(field="gateway", kind=FaultKind.GATEWAY_LEAST, values={"least": least}))
    elif text.gateway not in gateways:
        faults.append(Fault(field="gateway", kind=FaultKind.GATEWAY if text.gateway else FaultKind.MISSING))
    if faults:
        return None, tuple(faults)
    email = read_email(text.email)
    return msgspec.structs.replace(
        address, first_name=text.first_name, last_name=text.last_name, email=email, phone=phone
    ), ()


def _read_phone(text: str, asked: Asking, region: str | None, faults: list[Fault]) -> str:
    if asked is Asking.NO:
        return ""
    needed = asked is Asking.REQUIRE
    if not text:
        faults += [Fault(field="phone", kind=FaultKind.MISSING)] if needed else []
        return ""
    try:
        return orders.read_phone(text[:40], region=region)
    except PhoneInvalid:
        faults.append(Fault(field="phone", kind=FaultKind.PHONE, values={"needed": needed}))
        return ""


def _read_address(text: BuyerText, asked: Asking, faults: list[Fault]) -> Billing:
    """Return a billing address; none where nothing of it was typed, whatever country stood in the form."""
    parts = {name: getattr(text, name) for name in _ADDRESS_LENGTHS}
    if asked is Asking.NO or (asked is Asking.ASK and not any(parts.values())):
        return Billing()
    needed = {"address", "city"} if asked is Asking.REQUIRE else set[str]()
    if asked is Asking.REQUIRE:
        needed |= set() if text.country in WITHOUT_ZIP else {"zip"}
        needed |= {"state"} if text.country in HAVE_STATES else set()
    for name, most in _ADDRESS_LENGTHS.items():
        faults += length_faults(name, parts[name], limit=most, needed=name in needed)
    if text.country not in COUNTRIES and (text.country or asked is Asking.REQUIRE):
        faults.append(Fault(field="country", kind=FaultKind.COUNTRY if text.country else FaultKind.MISSING))
    return Billing(**parts, country=text.country)
