"""The numbers of certificates: bearer secrets, found by a keyed digest and kept sealed. Balances live in the ledger."""

from largesse.rooms.certificates.actions import (
    find_by_last_four,
    find_by_number,
    insert_numbers,
    last_four_of,
    open_numbers,
)
from largesse.rooms.certificates.errors import CertificateUnknown
from largesse.rooms.certificates.model import NumberRow
from largesse.rooms.certificates.resealing import CertificateNumbers
from largesse.rooms.certificates.sealing import open_number, seal_number

__all__ = [
    "CertificateNumbers",
    "CertificateUnknown",
    "NumberRow",
    "find_by_last_four",
    "find_by_number",
    "insert_numbers",
    "last_four_of",
    "open_number",
    "open_numbers",
    "seal_number",
]
