"""From what a message names to a certificate, and to where something happens."""

from typing import Final

from largesse.domain import certificates
from largesse.domain.certificates import CertificateUnknown
from largesse.interfaces.rest_api.messages import AboutCertificate
from largesse.interfaces.rest_api.reading import RequestInvalid
from largesse.interfaces.rest_api.routing import RestCaller
from largesse.kernel.errors import FieldError
from largesse.ledger import EntryMode
from largesse.services.certificates import Place, Spot, spot_of

_NAME_ONE: Final = "Name the certificate by certificate_id or by number: one of the two."
_ONE_PLACE: Final = "Name the location or the device: a device says where it is."


def named(about: AboutCertificate, *, at: str = "") -> None:
    """Look that a message names one certificate, in one way.

    Raises:
        RequestInvalid: it names none, or in two ways.
    """
    if (about.certificate_id is None) == (about.number is None):
        raise RequestInvalid(fields=[FieldError(at, "certificate.unnamed", _NAME_ONE)])


async def place_of(caller: RestCaller, about: AboutCertificate) -> Place:
    """Return the certificate that a message names, of the program's merchant alone.

    Raises:
        CertificateUnknown: the merchant has none of that number. One of an id is looked for where it is locked.
    """
    merchant_id = caller.merchant.merchant_id
    if about.certificate_id is not None:
        return Place(merchant_id=merchant_id, certificate_id=about.certificate_id)
    assert about.number is not None
    async with caller.deps.database.connection() as connection:
        found = await certificates.find_by_number(connection, caller.deps.keyring, merchant_id, about.number)
    return Place(merchant_id=merchant_id, certificate_id=found)


async def spot_at(caller: RestCaller, location: str | None, device: str | None, mode: EntryMode | None) -> Spot:
    """Return where something happens; the merchant's home where nothing is named.

    Raises:
        RequestInvalid: both are named.
        LocationUnknown, DeviceUnknown, DeviceNotLive: the merchant has none of that name.
    """
    if location is not None and device is not None:
        raise RequestInvalid(fields=[FieldError("/location", "location.twice", _ONE_PLACE)])
    return await spot_of(
        caller.deps,
        caller.merchant.merchant_id,
        location=location,
        device=device,
        entry_mode=mode,
        now=caller.now,
    )


__all__ = ["CertificateUnknown", "named", "place_of", "spot_at"]
