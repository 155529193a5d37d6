"""Store numbers, and find certificates by them."""

from collections.abc import Sequence
from uuid import UUID

from largesse.db import Connection, Writes
from largesse.domain.certificates import store
from largesse.domain.certificates.errors import CertificateUnknown
from largesse.domain.certificates.model import NumberRole, NumberRow
from largesse.domain.certificates.sealing import open_number
from largesse.kernel.numbers import fold_number, number_in
from largesse.kernel.sealing import Keyring

# What is looked up in place of a text that cannot be a number, so that it costs what any other costs. Folding takes
# dashes out, so nothing is ever stored under it.
_NO_NUMBER = "-"


def insert_numbers(writes: Writes, rows: Sequence[NumberRow]) -> None:
    """Add sealed numbers to what the transaction that issues their certificates writes."""
    if rows:
        store.insert(writes, rows)


def number_digests(keyring: Keyring, text: str) -> tuple[bytes, ...]:
    """Return what the number that somebody typed as `text` is found by: one digest for each live key.

    It may be of another system, so no check symbol is asked for. A text that cannot be a number costs what any other
    does, and is found by nothing.
    """
    return keyring.lookups(fold_number(number_in(text)) or _NO_NUMBER)


async def find_by_number(connection: Connection, keyring: Keyring, merchant_id: UUID, text: str) -> UUID:
    """Return the id of the certificate whose number somebody typed as `text`.

    Every text costs the same: one digest per live key and one query, found or not, number or nonsense.

    Raises:
        CertificateUnknown: the merchant has no certificate of that number, or the text cannot be one. One answer for
            both, so that guessing learns nothing.
    """
    found = await store.find_by_digest(
        connection, merchant_id, number_digests(keyring, text), roles=(NumberRole.NUMBER, NumberRole.ALIAS)
    )
    if found is None:
        raise CertificateUnknown
    return found


async def find_by_activation_code(connection: Connection, keyring: Keyring, merchant_id: UUID, text: str) -> UUID:
    """Return the id of the card whose outer code, or whose number, somebody typed as `text`: to activate or reload it.

    Raises:
        CertificateUnknown: the merchant has no such card.
    """
    found = await store.find_by_digest(
        connection, merchant_id, number_digests(keyring, text), roles=(NumberRole.NUMBER, NumberRole.ACTIVATION)
    )
    if found is None:
        raise CertificateUnknown
    return found


async def open_numbers(
    connection: Connection,
    keyring: Keyring,
    merchant_id: UUID,
    certificate_ids: Sequence[UUID],
    *,
    role: NumberRole = NumberRole.NUMBER,
) -> dict[UUID, str]:
    """Return the whole numbers of certificates, for machines: replays to their buyer, re-sends, prints.

    A person who asks to see one goes through `services.certificates.reveal`, which writes the audit log.

    Raises:
        SecretUnreadable: a number's key is gone, or its row was changed.
    """
    rows = await store.of_certificates(connection, merchant_id, certificate_ids, role=role)
    return {row.certificate_id: open_number(keyring, row) for row in rows}


async def last_four_of(connection: Connection, merchant_id: UUID, certificate_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the last four symbols of certificates' numbers: what screens show."""
    rows = await store.of_certificates(connection, merchant_id, certificate_ids)
    return {row.certificate_id: row.last_four for row in rows}


async def find_by_last_four(
    connection: Connection, merchant_id: UUID, last_four: str, *, limit: int = 50
) -> list[UUID]:
    """Return the newest certificates whose numbers end with `last_four`, however it is typed."""
    return await store.find_by_last_four(connection, merchant_id, last_four.strip().upper(), limit=limit)
