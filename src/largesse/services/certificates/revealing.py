"""Show a person a whole certificate number, and write down that it was shown."""

from datetime import datetime

from largesse.domain import certificates, staff
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.staff import Audited
from largesse.services.certificates.dependencies import CertificateDependencies
from largesse.services.certificates.requests import Place


async def reveal(deps: CertificateDependencies, place: Place, *, actor: str, reason: str, now: datetime) -> str:
    """Return the whole number of a certificate. The audit log names who saw it and why before anybody does.

    Raises:
        CertificateUnknown: there is no such certificate.
        ReasonInvalid: no reason that can be kept was given.
        SecretUnreadable: its key is gone.
    """
    async with deps.database.transaction() as connection:
        ids = [place.certificate_id]
        numbers = await certificates.open_numbers(connection, deps.keyring, place.merchant_id, ids)
        if place.certificate_id not in numbers:
            raise CertificateUnknown
        await staff.record(
            connection,
            place.merchant_id,
            Audited.NUMBER_REVEALED,
            subject=str(place.certificate_id),
            actor=actor,
            reason=reason,
            now=now,
        )
    return numbers[place.certificate_id]
