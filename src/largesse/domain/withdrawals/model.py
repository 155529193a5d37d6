"""What a buyer declares who withdraws, and how it is known that it is the buyer.

Everything that comes in is kept and acknowledged. It *counts* where it is known to be the buyer's, and in time: by the
signed link, or because the mail address is the one of the order. What does not count is for somebody of the merchant
to look at.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.domain.withdrawals.errors import InvalidWithdrawal
from largesse.kernel import free_text
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.mail import read_email

NAME_MAX: Final = 100
NUMBER_MAX: Final = 40
EMAIL_MAX: Final = 254
REASON_MAX: Final = 500
_NAME_MARKS: Final = frozenset(" .,'’-‐&")
_NO_ADDRESS: Final = re.compile(r"\.(?=[^\W\d_]{2})")
"""A point that mail programs make a link of; behind an initial, or before a space, it makes none."""
_NUMBER_MARKS: Final = frozenset("-_/")


class KnownBy(StrEnum):
    """How it is known that the buyer of an order withdraws. The words are stored: never renamed."""

    LINK = "link"
    """They had the signed link of their receipt."""
    ADDRESS = "address"
    """Order number and mail address are those of the order."""
    NOTHING = ""
    """It is not known: nothing was done for it."""


class Doubt(StrEnum):
    """Why a declaration does not count. The words are stored: never renamed."""

    NONE = ""
    NO_ORDER = "no_order"
    """There is no order of that number."""
    NOT_SOLD_HERE = "not_sold_here"
    """The order was not bought in the shop: it is on account, sold over a counter, or a present of the shop's."""
    NOT_THE_BUYER = "not_the_buyer"
    """The mail address is not that of the order: recipients know the number, too."""
    NO_RIGHT = "no_right"
    """The law that the merchant goes by has no such right for the day it was bought on, or nobody knows."""
    LATE = "late"
    """The last day was over."""
    ENDED = "ended"
    """The order was not paid, or taken back already."""


class WithdrawalForm(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration as it was typed."""

    name: str
    order_number: str
    email: str
    language: str = "en"


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration that came in at `received_at`; `due_on` is the day by which the money has to be back.

    `order_id` is None unless it counts. `settled_at`: what was not spent is booked; `spent_price` is what was paid for
    the part that was spent, in smallest units of `currency`, known from then on. `closed_at`: nothing is left to be
    done, because the money is back, or because somebody has said in `reason` what became of it.
    """

    merchant_id: UUID
    withdrawal_id: UUID
    order_id: UUID | None
    order_number: str
    name: str
    email: str
    language: str
    known_by: KnownBy
    doubt: Doubt = Doubt.NONE
    received_at: datetime
    due_on: date
    tried_at: datetime | None = None
    rounds: int = 0
    settled_at: datetime | None = None
    spent_price: int | None = None
    currency: str | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    reason: str = ""

    @property
    def counts(self) -> bool:
        """Whether it is known to be the buyer's, and in time."""
        return self.order_id is not None


def tidied(form: WithdrawalForm) -> WithdrawalForm:
    """Return a form without what nobody sees.

    What is typed is mailed to an address that was typed as well, so a name is letters and no address, and a number is
    none: nobody is refused for it, a space parts what would be read as a link.

    Raises:
        InvalidWithdrawal: it cannot be answered; every field that is wrong is named.
    """
    wanted = replace(
        form,
        name=_NO_ADDRESS.sub(". ", free_text.one_line(form.name)),
        order_number=free_text.one_line(form.order_number).upper(),
        email=form.email.strip(),
    )
    if faults := list(_faults(wanted)):
        raise InvalidWithdrawal(fields=faults)
    return replace(wanted, email=read_email(wanted.email))


def _faults(form: WithdrawalForm) -> Iterator[FieldError]:
    if not form.name or len(form.name) > NAME_MAX or not all(map(_may_stand_in_a_name, form.name)):
        yield FieldError("name", "withdrawal.name", f"Type your name in letters, of at most {NAME_MAX} characters.")
    number = form.order_number
    if not number or len(number) > NUMBER_MAX or not all(map(_may_stand_in_a_number, number)):
        yield FieldError("order_number", "withdrawal.order_number", "Type the order number that your receipt shows.")
    try:
        read_email(form.email)
    except InvalidInput:
        yield FieldError("email", "withdrawal.email", "Type the e-mail address that you ordered with.")


def _may_stand_in_a_name(character: str) -> bool:
    return character in _NAME_MARKS or unicodedata.category(character)[0] in "LM"


def _may_stand_in_a_number(character: str) -> bool:
    return character in _NUMBER_MARKS or (character.isascii() and character.isalnum())
