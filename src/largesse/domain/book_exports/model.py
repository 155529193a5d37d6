"""What is known of exports into a bookkeeper's program: the accounts there, and sets of journal rows that left."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse.ledger import Account

MEMORANDUM: Final = frozenset({Account.PROMOTIONAL_OUTSTANDING, Account.PROMOTIONS_GRANTED})
"""What no set has rows of: it owes nobody anything, and stands beside the books proper."""


class BookFormat(StrEnum):
    """What reads the file."""

    XERO = "xero"
    QUICKBOOKS_DESKTOP = "quickbooks_desktop"
    QUICKBOOKS_ONLINE = "quickbooks_online"
    DATEV = "datev"
    BEANCOUNT = "beancount"
    HLEDGER = "hledger"
    CSV = "csv"
    XLSX = "xlsx"


class BookGrain(StrEnum):
    """What becomes one line of the file."""

    DAY = "day"
    MONTH = "month"
    ROW = "row"
    """Each row of the journal by itself."""


class MappedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Which account of the bookkeeper's program one of the ledger's is.

    What is None counts for all; of several that fit, the one that says most counts. `tax_code` is what the program
    wants beside it: the name of a tax rate (Xero), a tax key (DATEV).
    """

    account: Account
    code: str
    name: str = ""
    class_of_value: str | None = None
    location_id: UUID | None = None
    tax_kind: str | None = None
    rate_ppm: int | None = None
    tax_code: str = ""

    @property
    def rank(self) -> tuple[int, bool, bool, bool, bool]:
        """Order lines that fit: how much they say; of as much, the location before rate, tax kind and class."""
        said = (
            self.location_id is not None,
            self.rate_ppm is not None,
            self.tax_kind is not None,
            self.class_of_value is not None,
        )
        return (sum(said), *said)


class MappingKey(msgspec.Struct, frozen=True, kw_only=True):
    """What decides where one side of a journal row is mapped to."""

    account: Account
    class_of_value: str | None = None
    location_id: UUID | None = None
    tax_kind: str | None = None
    rate_ppm: int | None = None


class BookFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What programs want to know beside the accounts."""

    by_location: bool = False
    """Whether lines of locations are kept apart: tracking in Xero, a class in QuickBooks, KOST1 in DATEV."""
    xero_tax: str = "Tax Exempt"
    """The full name of the tax rate of lines that say none."""
    xero_tracking: str = "Location"
    """The name of the tracking category for locations."""
    quickbooks_columns: str = "Journal No,Journal Date,Account,Debits,Credits,Description,Name"
    """The columns for QuickBooks Online, in their order, which is not verified."""
    datev_consultant: str = ""
    datev_client: str = ""
    datev_year_begins: int = 1
    """The month that the fiscal year begins with."""
    datev_account_length: int = 4
    datev_chart: str = ""
    """03, 04, or nothing."""


class BookMapping(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a merchant's accounts; versions never change, and an export keeps the one it was made by."""

    merchant_id: UUID
    version: int
    lines: tuple[MappedAccount, ...]
    facts: BookFacts
    made_by: str
    made_at: datetime

    def find(self, key: MappingKey) -> MappedAccount | None:
        """Return the line that counts for one side of a row; None where there is none."""
        return find_line(self.lines, key)


def find_line(lines: Sequence[MappedAccount], key: MappingKey) -> MappedAccount | None:
    """Return the line that says most of those that fit, the first of equals; None where none does."""
    fitting = [one for one in lines if _fits(one, key)]
    return max(fitting, key=lambda one: one.rank, default=None)


def _fits(line: MappedAccount, key: MappingKey) -> bool:
    return line.account is key.account and all(
        said is None or said == asked
        for said, asked in (
            (line.class_of_value, key.class_of_value),
            (line.location_id, key.location_id),
            (line.tax_kind, key.tax_kind),
            (line.rate_ppm, key.rate_ppm),
        )
    )


class BookAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be exported: all of one legal entity and currency that was booked before `until` and has not left.

    `imports`: whether what came from another system is taken along; the books there usually have it already.
    """

    legal_entity_id: UUID
    currency: str
    until: date
    imports: bool = False


class BookCover(msgspec.Struct, frozen=True, kw_only=True):
    """How far earlier sets went of a legal entity and currency: to all booked before `until` and recorded by `cut`.

    Both are None where there is none.
    """

    until: date | None = None
    cut: datetime | None = None


class BookSet(msgspec.Struct, frozen=True, kw_only=True):
    """An export: rows of the journal that left together. Amounts are in the currency's smallest unit.

    `cut` is the seal's whose rows it may have; `covered` the day that sets had gone up to already: its rows from
    before are late.
    """

    merchant_id: UUID
    set_number: int
    legal_entity_id: UUID
    currency: str
    until: date
    imports: bool
    format: BookFormat
    grain: BookGrain
    language: str
    mapping_version: int
    cut: datetime
    covered: date | None
    first_day: date
    last_day: date
    rows: int
    late_rows: int
    total: int
    made_by: str
    made_at: datetime
    files: int = 0
    """How often it was written to a file: every further one is a repeat, and says so."""


class BookSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """That a set is made by itself when a month is over."""

    merchant_id: UUID
    legal_entity_id: UUID
    currency: str
    format: BookFormat
    grain: BookGrain
    language: str
    set_by: str
    next_month: date
    """The first day of the month that is exported next."""
