"""From what was read at a counter to the certificate it stands for, of this merchant and no other."""

from largesse.domain import certificates, imports
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.merchants import Merchant
from largesse.kernel.numbers import is_sample
from largesse.ledger import Status
from largesse.services.certificates import Located, locate_id
from largesse.services.counter.dependencies import CounterWorkDependencies
from largesse.services.counter.errors import NumberIsSample
from largesse.services.counter.reading import Misread, ReadAs, ReadText, read_text


async def read_here(deps: CounterWorkDependencies, merchant: Merchant, text: str) -> ReadText:
    """Return what was scanned or typed, read as a number of this merchant's or one that it has taken over.

    What only the check symbol speaks against is looked up where the merchant has taken numbers over: they may have the
    prefix and the length of its own.
    """
    read = read_text(text, merchant.prefix)
    if read.kind is not ReadAs.NOTHING or read.why is not Misread.MISTYPED:
        return read
    async with deps.database.connection() as connection:
        took_over = await imports.has_imported(connection, merchant.merchant_id)
    return read_text(text, merchant.prefix, imported_like_ours=took_over)


async def look_here(deps: CounterWorkDependencies, merchant: Merchant, read: ReadText) -> Located:
    """Return the certificate that a text stands for: as it was written, then folded.

    A number that is nobody's and one of another merchant get the same answer.

    Raises:
        CertificateUnknown: it is not known here.
        NumberIsSample: it is a sample of this merchant's.
    """
    for candidate in read.candidates:
        async with deps.database.connection() as connection:
            try:
                found = await certificates.find_by_number(connection, deps.keyring, merchant.merchant_id, candidate)
            except CertificateUnknown:
                continue
        return await locate_id(deps, merchant, found)
    card = await _unsold_card(deps, merchant, read)
    if card is not None:
        return card
    if read.kind is ReadAs.NUMBER and is_sample(read.candidates[0]):
        raise NumberIsSample
    raise CertificateUnknown


async def _unsold_card(deps: CounterWorkDependencies, merchant: Merchant, read: ReadText) -> Located | None:
    """Return the card that nobody has bought yet whose outer code a text is.

    Of one that is sold, that code finds nothing here: it never shows a balance, and never spends.
    """
    for candidate in read.candidates:
        async with deps.database.connection() as connection:
            try:
                found = await certificates.find_by_activation_code(
                    connection, deps.keyring, merchant.merchant_id, candidate
                )
            except CertificateUnknown:
                continue
        located = await locate_id(deps, merchant, found)
        return located if located.certificate.status is Status.INACTIVE else None
    return None
