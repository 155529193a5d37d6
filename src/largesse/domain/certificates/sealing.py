"""Seal a number, and open it again. Pure: no database."""

from uuid import UUID

from largesse.domain.certificates.model import NumberRole, NumberRow
from largesse.kernel.numbers import InvalidNumber, fold_number, last_four
from largesse.kernel.sealing import Keyring

_CONTEXT = b"certificate-number/1/"


def seal_number(
    keyring: Keyring,
    merchant_id: UUID,
    certificate_id: UUID,
    number: str,
    *,
    role: NumberRole = NumberRole.NUMBER,
    bits: int | None = None,
) -> NumberRow:
    """Return what is stored of `number`: as `kernel.numbers.make_number` made it, or as another system wrote it.

    The digest is that of the folded form, so that it is found however it is typed; the ciphertext keeps the form that
    is printed. The ids are bound to the ciphertext: copied to another certificate it does not open.

    Raises:
        InvalidNumber: there is nothing in it that could be typed.
    """
    folded = fold_number(number)
    if not folded:
        raise InvalidNumber
    # Sealed first, digested second: if the keys rotate in between, the row names the older key and is sealed again. The
    # other way round it would name the new key, keep the old one's digest, and be lost when the old key is retired.
    sealed = keyring.seal(number, context=_context(merchant_id, certificate_id, role))
    return NumberRow(
        merchant_id=merchant_id,
        certificate_id=certificate_id,
        digest=keyring.lookup(folded),
        cipher=sealed.cipher,
        key_id=sealed.key_id,
        last_four=last_four(number),
        role=role,
        bits=bits,
    )


def open_number(keyring: Keyring, row: NumberRow) -> str:
    """Return the whole number of a row.

    Raises:
        SecretUnreadable: its key is gone, or the row was changed.
    """
    return keyring.open(row.sealed, context=_context(row.merchant_id, row.certificate_id, row.role))


def _context(merchant_id: UUID, certificate_id: UUID, role: NumberRole) -> bytes:
    other = b"" if role is NumberRole.NUMBER else role.value.encode()  # the context of before there were roles
    return _CONTEXT + merchant_id.bytes + certificate_id.bytes + other
