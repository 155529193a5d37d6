"""Accounts of a merchant at banks, what banks say of them, and what is known of each line."""

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse.kernel.bank_statements import BankLine

ACCOUNT_NAME_MAX: Final = 80
COLUMN_NAME_MAX: Final = 120


class ColumnMap(msgspec.Struct, frozen=True, kw_only=True):
    """What the columns of a bank's CSV mean, by the names in its header; remembered with the account.

    `amount` is one signed column, or `incoming` and `outgoing` are two. `decimal` parts decimals; `days` is how days
    are written: `dmy`, `mdy` or `ymd`.
    """

    booked_on: str
    amount: str = ""
    incoming: str = ""
    outgoing: str = ""
    value_on: str = ""
    currency: str = ""
    name: str = ""
    iban: str = ""
    text: str = ""
    reference: str = ""
    decimal: str = "."
    days: str = "ymd"


class BankAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account at a bank: the ledger's subject of that id. `number` is its IBAN, or what the bank calls it.

    `legal_entity_id` is whose it is, where that is not the merchant's first.
    """

    merchant_id: UUID
    account_id: UUID
    name: str
    number: str
    currency: str
    made_at: datetime
    legal_entity_id: UUID | None = None
    columns: ColumnMap | None = None
    retired_at: datetime | None = None

    @property
    def in_use(self) -> bool:
        """Return whether statements of it are taken."""
        return self.retired_at is None


class LineState(StrEnum):
    """What became of a line. The words are stored, and never renamed."""

    OPEN = "open"
    """Something of it is not matched."""
    MATCHED = "matched"
    SET_ASIDE = "set_aside"
    """Nobody knows yet what it is for, and somebody has said so: it is out of the queue and still an open item."""


class StatementTaken(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was imported: how many lines it had, and how many of them were new."""

    merchant_id: UUID
    statement_id: UUID
    account_id: UUID
    digest: bytes
    format: str
    file_name: str
    number: str
    lines: int
    added: int
    taken_by: str
    taken_at: datetime
    opened_on: date | None = None
    opening: int | None = None
    closed_on: date | None = None
    closing: int | None = None
    gap: bool = False
    """Its opening balance is not what the statement before it closed with: one between them is missing."""
    again: bool = False
    """The same file had been taken before."""


class KeptLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it is kept; `left` is what of `amount` is not matched, of the same sign."""

    merchant_id: UUID
    line_id: UUID
    account_id: UUID
    statement_id: UUID
    line: BankLine
    digest: bytes
    state: LineState
    left: int
    kept_at: datetime
    note: str = ""
