"""Prove that every stored number can still be opened and found: after a restore, before a key is retired."""

from collections.abc import Callable

from largesse.domain.certificates import CertificateNumbers
from largesse.services.keys.dependencies import KeyDependencies
from largesse.services.keys.rotation import BATCH, Cursor, Progress


async def check_numbers(deps: KeyDependencies, *, told: Callable[[str], object], progress: Progress) -> tuple[int, int]:
    """Open every certificate number; return how many there are and how many are wrong, and tell each wrong one."""
    numbers = CertificateNumbers()
    checked = wrong = 0
    after: Cursor = None
    while True:
        async with deps.database.connection() as connection:
            count, unsound, after = await numbers.unreadable(connection, deps.keyring, after=after, limit=BATCH)
        checked += count
        wrong += len(unsound)
        for certificate_id in unsound:
            told(f"the number of certificate {certificate_id} cannot be opened")
        progress(numbers.name, checked)
        if after is None:
            return checked, wrong
