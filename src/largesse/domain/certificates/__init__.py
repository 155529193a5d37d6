"""The numbers of certificates: bearer secrets, found by a keyed digest and kept sealed. Balances live in the ledger."""

from largesse.domain.certificates.actions import (
    find_by_activation_code,
    find_by_last_four,
    find_by_number,
    insert_numbers,
    last_four_of,
    number_digests,
    open_numbers,
)
from largesse.domain.certificates.errors import CertificateUnknown
from largesse.domain.certificates.model import NumberRole, NumberRow
from largesse.domain.certificates.resealing import CertificateNumbers
from largesse.domain.certificates.sealing import open_number, seal_number
from largesse.domain.certificates.store import forget_numbers, holds_weak, known_digests
from largesse.domain.certificates.views import last_fours
