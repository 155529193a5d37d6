"""Who pays: the few details that are needed, read from what was typed."""

from collections.abc import Collection, Mapping

from largesse.domain import orders
from largesse.domain.drafts import BuyerText
from largesse.domain.orders import NAME_MAX, Billing, PhoneInvalid
from largesse.kernel.mail import read_email
from largesse.kernel.money import Money
from largesse.services.checkout.faults import Fault, FaultKind
from largesse.services.checkout.plan import email_faults, length_faults


def read_buyer(
    text: BuyerText, *, gateways: Collection[str], too_small_for: Mapping[str, Money], region: str | None
) -> tuple[Billing | None, tuple[Fault, ...]]:
    """Return who pays, or everything that is wrong, in the order of the form.

    `gateways` are the ways to pay that were offered, `too_small_for` those that were not because they take no amount so
    small, with the least that each takes; `region` (ISO 3166) is for phones without country code.
    """
    faults = list[Fault]()
    for field in ("first_name", "last_name"):
        faults += length_faults(field, getattr(text, field), limit=NAME_MAX, needed=True)
    faults += email_faults("email", text.email)
    phone = ""
    if text.phone:
        try:
            phone = orders.read_phone(text.phone[:40], region=region)
        except PhoneInvalid:
            faults.append(Fault(field="phone", kind=FaultKind.PHONE))
    if (least := too_small_for.get(text.gateway)) is not None:
        faults.append(Fault(field="gateway", kind=FaultKind.GATEWAY_LEAST, values={"least": least}))
    elif text.gateway not in gateways:
        faults.append(Fault(field="gateway", kind=FaultKind.GATEWAY if text.gateway else FaultKind.MISSING))
    if faults:
        return None, tuple(faults)
    email = read_email(text.email)
    return Billing(first_name=text.first_name, last_name=text.last_name, email=email, phone=phone), ()
