"""A file of a bank, decoded: CAMT.053 and MT940 say by themselves what they are, a CSV is read by its columns."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from largesse.domain.banking import BankAccount, BankColumnsMissing, BankFileCut, read_columns
from largesse.kernel.bank_statements import BankStatement
from largesse.kernel.text_tables import TextTable
from largesse.wire.bank_files import SIZE_MAX
from largesse.wire.camt import read_camt
from largesse.wire.elements import CutOff
from largesse.wire.loose_tables import read_loose_table
from largesse.wire.mt940 import read_mt940

_LOOKED_AT = 4_096


class BankFile(NamedTuple):
    """What a file says, and the SHA-256 of it."""

    statements: Sequence[BankStatement]
    digest: bytes


def read_bank_file(data: bytes, account: BankAccount, *, encoding: str = "") -> BankFile:
    """Return what a file says of accounts.

    Raises:
        BankColumnsMissing: it is a table, and nobody has said what its columns mean.
        BankColumnsInvalid: it is a table that cannot be read by them.
        BankFileCut: it ends in the middle.
        WireError: it cannot be read, and why.
    """
    digest = hashlib.sha256(data).digest()
    if _is_xml(data):
        try:
            return BankFile(read_camt(data), digest)
        except CutOff as error:
            raise BankFileCut from error
    if is_mt940(data):
        return BankFile(read_mt940(data), digest)
    table = read_table_of(data, encoding=encoding)
    if account.columns is None:
        raise BankColumnsMissing
    return BankFile([read_columns(table, account.columns, currency=account.currency)], digest)


def read_table_of(data: bytes, *, encoding: str = "") -> TextTable:
    """Return the table that a file is.

    Raises:
        WireError: it is none, and why.
    """
    return read_loose_table(data, size_max=SIZE_MAX, encoding=encoding)


def is_table(data: bytes) -> bool:
    """Return whether a file is to be read by its columns."""
    return not _is_xml(data) and not is_mt940(data)


def _is_xml(data: bytes) -> bool:
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


def is_mt940(data: bytes) -> bool:
    """Return whether a file has the marks of a message of SWIFT near its beginning."""
    head = data[:_LOOKED_AT]
    return b":20:" in head and (b":25:" in head or b":60F:" in head or b":60M:" in head)
