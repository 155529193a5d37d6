"""What states and kinds are called in the office, in the reader's language."""

from largesse.domain.orders import Channel, OrderStatus
from largesse.ledger import ClassOfValue, Status
from largesse.ui import Voice

GOOD = frozenset({OrderStatus.ISSUED.value, Status.ACTIVE.value})
WAITS = frozenset({OrderStatus.PLACED.value, Status.BLOCKED.value, Status.INACTIVE.value})


def order_states(voice: Voice) -> dict[str, str]:
    """Return what each state of an order is called."""
    return {
        OrderStatus.PLACED.value: voice.t("waits for payment"),
        OrderStatus.ISSUED.value: voice.t("issued"),
        OrderStatus.CANCELLED.value: voice.t("cancelled"),
        OrderStatus.REFUNDED.value: voice.t("refunded"),
        OrderStatus.VOIDED.value: voice.t("voided"),
    }


def channels(voice: Voice) -> dict[str, str]:
    """Return what the ways are called by which orders come."""
    return {Channel.RETAIL.value: voice.t("from the shop"), Channel.PARTNER.value: voice.t("from partners")}


def certificate_states(voice: Voice) -> dict[str, str]:
    """Return what each state of a certificate is called."""
    return {
        Status.ACTIVE.value: voice.t("active"),
        Status.BLOCKED.value: voice.t("blocked"),
        Status.INACTIVE.value: voice.t("not activated yet"),
        Status.EXPIRED.value: voice.t("expired"),
        Status.VOID.value: voice.t("void"),
        Status.HANDED_OVER.value: voice.t("handed over to the state"),
    }


def classes_of_value(voice: Voice) -> dict[str, str]:
    """Return what each class of value is called."""
    return {
        ClassOfValue.PAID.value: voice.t("paid for"),
        ClassOfValue.PROMOTIONAL.value: voice.t("given away"),
        ClassOfValue.CREDIT.value: voice.t("credit"),
    }


def badge_kind(state: str) -> str:
    """Return the look of a badge that says a state."""
    return "good" if state in GOOD else "warn" if state in WAITS else ""
