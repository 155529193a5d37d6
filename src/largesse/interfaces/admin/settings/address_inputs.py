"""The parts of an address, as forms ask for them."""

from collections.abc import Sequence
from typing import Final

from largesse.domain.locations import LegalEntity, Location
from largesse.interfaces.admin.office.acts import ActInput
from largesse.ui import Voice

ADDRESS: Final = ("address", "address2", "zip", "city", "state", "country")


def address_inputs(one: Location | LegalEntity | None, voice: Voice) -> Sequence[ActInput]:
    """Return what is asked for of an address, as it stands."""
    labels = {
        "address": voice.t("Street and number"),
        "address2": voice.t("Suite or floor"),
        "zip": voice.t("Postal code"),
        "city": voice.t("City"),
        "state": voice.t("State or region"),
        "country": voice.t("Country, two letters"),
    }
    return [
        ActInput(name=name, label=labels[name], value=getattr(one, name, "") if one else "", required=False)
        for name in ADDRESS
    ]
