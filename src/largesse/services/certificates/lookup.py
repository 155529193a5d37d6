"""From a number that somebody typed to the certificate it stands for."""

from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import certificates, merchants
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.merchants import Merchant
from largesse.kernel.numbers import InvalidNumber, folded_prefix_of, is_sample, read_number
from largesse.ledger import Certificate
from largesse.services.certificates.dependencies import CertificateDependencies
from largesse.services.certificates.requests import Place

_NO_PREFIX = "?"
_NOBODY = UUID(int=0)


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate as it stands, and whose it is."""

    merchant: Merchant
    certificate: Certificate
    last_four: str

    @property
    def place(self) -> Place:
        """Return the certificate's ids."""
        return Place(merchant_id=self.certificate.merchant_id, certificate_id=self.certificate.certificate_id)


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """The number is a sample of this merchant's: well formed, worth nothing."""

    merchant: Merchant


async def locate(deps: CertificateDependencies, text: str, *, at: Merchant | None) -> Located:
    """Return the certificate of the number that somebody typed as `text`.

    `at` is the merchant whose number it is if it does not say so itself: one that was brought from another system. It
    is None only where nobody can know a merchant yet.

    Raises:
        CertificateUnknown: there is none, or the text cannot be a number.
    """
    found = await look_up(deps, text, at=at)
    if isinstance(found, Sample):
        raise CertificateUnknown
    return found


async def look_up(deps: CertificateDependencies, text: str, *, at: Merchant | None = None) -> Located | Sample:
    """Return the certificate of a typed number, or the sample that it is; `at` as for `locate`.

    Whatever the text is, the same queries and digests are made before anybody is told that there is nothing.

    Raises:
        CertificateUnknown: there is none, or the text cannot be a number.
    """
    prefix, sample = _prefix_of(text)
    async with deps.database.connection() as connection:
        merchant = await merchants.merchant_of_prefix(connection, prefix)
        for owner in (merchant, at) if at is not None else (merchant,):
            found = await _found(connection, deps, owner, text)
            if found is not None and owner is not None:
                return await _located(connection, deps, owner, found)
    if sample and merchant is not None:
        return Sample(merchant=merchant)
    raise CertificateUnknown


async def _found(
    connection: Connection, deps: CertificateDependencies, owner: Merchant | None, text: str
) -> UUID | None:
    """Return the certificate of a number, None where a merchant, or nobody, has none of it."""
    merchant_id = owner.merchant_id if owner else _NOBODY
    try:
        return await certificates.find_by_number(connection, deps.keyring, merchant_id, text)
    except CertificateUnknown:
        return None


async def merchant_of_number(deps: CertificateDependencies, text: str) -> Merchant:
    """Return whose certificate a typed number would be, by what it begins with.

    Raises:
        CertificateUnknown: nobody's begin so, or the text cannot be a number.
    """
    prefix, _ = _prefix_of(text)
    async with deps.database.connection() as connection:
        merchant = await merchants.merchant_of_prefix(connection, prefix)
    if merchant is None:
        raise CertificateUnknown
    return merchant


async def locate_id(deps: CertificateDependencies, merchant: Merchant, certificate_id: UUID) -> Located:
    """Return the certificate of an id.

    Raises:
        CertificateUnknown: the merchant has none of that id.
    """
    async with deps.database.connection() as connection:
        return await _located(connection, deps, merchant, certificate_id)


async def _located(
    connection: Connection, deps: CertificateDependencies, merchant: Merchant, certificate_id: UUID
) -> Located:
    certificate = await deps.ledger.find(connection, merchant.merchant_id, certificate_id)
    if certificate is None:
        raise CertificateUnknown
    ends = await certificates.last_four_of(connection, merchant.merchant_id, [certificate_id])
    return Located(merchant=merchant, certificate=certificate, last_four=ends.get(certificate_id, ""))


def _prefix_of(text: str) -> tuple[str, bool]:
    try:
        folded = read_number(text)
    except InvalidNumber:
        return _NO_PREFIX, False
    return folded_prefix_of(folded), is_sample(folded)
