"""Seal a number, and open it again. Pure: no database."""

from uuid import UUID

from largesse.domain.certificates.model import NumberRow
from largesse.kernel.numbers import last_four, read_bare_number
from largesse.kernel.sealing import Keyring

_CONTEXT = b"certificate-number/1/"


def seal_number(keyring: Keyring, merchant_id: UUID, certificate_id: UUID, number: str) -> NumberRow:
    """Return what is stored of `number`, as `kernel.numbers.make_number` made it.

    The digest is that of the folded form, so that it is found however it is typed; the ciphertext keeps the form that
    is printed. The ids are bound to the ciphertext: copied to another certificate it does not open.

    Raises:
        InvalidNumber: it is no certificate number.
    """
    folded = read_bare_number(number)
    # Sealed first, digested second: if the keys rotate in between, the row names the older key and is sealed again. The
    # other way round it would name the new key, keep the old one's digest, and be lost when the old key is retired.
    sealed = keyring.seal(number, context=_context(merchant_id, certificate_id))
    return NumberRow(
        merchant_id=merchant_id,
        certificate_id=certificate_id,
        digest=keyring.lookup(folded),
        cipher=sealed.cipher,
        key_id=sealed.key_id,
        last_four=last_four(number),
    )


def open_number(keyring: Keyring, row: NumberRow) -> str:
    """Return the whole number of a row.

    Raises:
        SecretUnreadable: its key is gone, or the row was changed.
    """
    return keyring.open(row.sealed, context=_context(row.merchant_id, row.certificate_id))


def _context(merchant_id: UUID, certificate_id: UUID) -> bytes:
    return _CONTEXT + merchant_id.bytes + certificate_id.bytes
