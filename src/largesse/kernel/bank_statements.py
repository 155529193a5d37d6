"""What a bank says of an account: read from whatever format by an interface, judged and kept by a domain.

Amounts are in the smallest unit of their currency, above zero where money came in and below where it left.
"""

from datetime import date

import msgspec

TEXT_MAX = 1_000
"""How much of a remittance text is kept: four times what SEPA carries."""
NAME_MAX = 140
REFERENCE_MAX = 70


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What stood on an account at the beginning or the end of a day."""

    on: date
    amount: int


class BankLine(msgspec.Struct, frozen=True, kw_only=True):
    """One movement of an account, or one of several that a bank booked as one (`part` counts those from 1).

    `entry_reference` is the bank's own name of it, `name` and `iban` are the other side's, `text` is what was written,
    `structured` a reference of a creditor (ISO 11649 or a country's own), `end_to_end` what the payer's program called
    it, `code` the bank's word for its kind. `reversed`: it takes an earlier one back.
    """

    place: int
    booked_on: date
    amount: int
    currency: str
    value_on: date | None = None
    entry_reference: str = ""
    part: int = 0
    name: str = ""
    iban: str = ""
    text: str = ""
    structured: str = ""
    end_to_end: str = ""
    code: str = ""
    reversed: bool = False


class BankStatement(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of one account: its balances, where it tells them, and its lines as they stand.

    `account` is an IBAN, or what the bank calls the account; empty where the file does not say. `complete` is False
    where its end is missing. `format` is a word of ours.
    """

    format: str
    account: str = ""
    currency: str = ""
    number: str = ""
    opening: Balance | None = None
    closing: Balance | None = None
    lines: tuple[BankLine, ...] = ()
    complete: bool = True
