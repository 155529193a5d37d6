"""Retail orders brought as rows with the 26 names of the order post: every field checked, every fault named.

What the rows mean, and what custom1, custom2 and an empty order number are, is written in
docs/decisions/0028-retail-import.md.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from largesse.domain.orders import model
from largesse.domain.orders.contacts import read_phone
from largesse.domain.orders.model import Billing, Order
from largesse.domain.orders.money import Charge
from largesse.domain.orders.post import POST_NAMES
from largesse.kernel import free_text
from largesse.kernel.amounts import read_plain_amount
from largesse.kernel.currency import Currency
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.mail import read_email
from largesse.kernel.money import InvalidAmount, Money
from largesse.kernel.spreadsheets import is_damaged
from largesse.ledger import fingerprint

Value = TypeVar("Value")

_LENGTHS_MAX = {
    "order_number": model.ORDER_NUMBER_MAX,
    "recipient_first_name": model.NAME_MAX,
    "recipient_last_name": model.NAME_MAX,
    "recipient_email": model.EMAIL_MAX,
    "gift_description": model.DESCRIPTION_MAX,
    "gift_to_message": model.TO_MESSAGE_MAX,
    "gift_from_message": model.FROM_MESSAGE_MAX,
    "gift_message": model.MESSAGE_MAX,
    "billing_first_name": model.NAME_MAX,
    "billing_last_name": model.NAME_MAX,
    "billing_email": model.EMAIL_MAX,
    "billing_phone": 40,  # as people write it; what is stored is E.164
    "billing_address": model.ADDRESS_MAX,
    "billing_address2": model.ADDRESS_MAX,
    "billing_city": model.CITY_MAX,
    "billing_state": model.STATE_MAX,
    "billing_zip": model.ZIP_MAX,
    "custom1": model.CUSTOM_MAX,
    "custom2": model.CUSTOM_MAX,
}
_NUMBERS = frozenset(
    {
        *("giftcafe_vendornum", "order_number", "order_timestamp", "billing_phone", "billing_zip"),
        *("gift_amount", "gift_tip", "gift_discount", "gift_tax", "gift_total"),
    }
)
_MULTILINE = "gift_message"
_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", re.ASCII)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_ORDER_NUMBER = re.compile(r"[!-~]*")


class ImportRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a merchant's rows are checked against.

    `customs` are the constants that custom1 and custom2 may repeat: those of the merchant's own endpoints.
    """

    vendor_number: str
    currency: Currency
    zone: ZoneInfo
    region: str | None
    customs: frozenset[tuple[str, str]] = frozenset()
    now: datetime


class SheetRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row with a cell for each of the 26 names, and the line of the file that it began on."""

    line: int
    cells: Mapping[str, str]


class OrderSheet(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a file that could be read, and what is wrong with those that could not, by line."""

    rows: tuple[SheetRow, ...]
    faults: tuple[FieldError, ...] = ()


class ImportedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is in order. An empty `order_number` asks for one of ours.

    `written` is the fingerprint of its cells as they stood, by which the version before knew it.
    """

    line: int
    order_number: str
    placed_at: datetime
    charge: Charge
    description: str
    recipient_first_name: str
    recipient_last_name: str
    recipient_email: str
    to_message: str
    from_message: str
    message: str
    billing: Billing
    written: bytes

    @property
    def money(self) -> tuple[str, int, int, int, int]:
        """Currency, amount, tip, discount and tax."""
        charge = self.charge
        amounts = (charge.amount, charge.tip, charge.discount, charge.tax)
        return charge.amount.currency.code, *(part.minor for part in amounts)  # type: ignore[return-value]  # four of them

    @property
    def texts(self) -> tuple[str, ...]:
        """What the gift says, and to whom."""
        recipient = (self.recipient_first_name, self.recipient_last_name, self.recipient_email)
        return self.description, *recipient, self.to_message, self.from_message, self.message

    @property
    def fingerprint(self) -> bytes:
        """The values of the row, however they were written: an empty tip is that of 0.00."""
        values = [self.order_number, self.placed_at, self.money, self.texts, self.billing]
        return fingerprint(msgspec.json.encode(values))


class TimestampInvalid(InvalidInput):
    """A text is no date and time."""

    code = "order_timestamp.invalid"
    message = "Write the date and time as YYYY-MM-DD HH:MM:SS, such as 2026-11-22 15:04:05."


class TimestampSkipped(InvalidInput):
    """The clocks never showed this time."""

    code = "order_timestamp.skipped"
    message = "The merchant's clocks never showed this time: they were put forward over it. Correct it by an hour."


class TimestampOutOfRange(InvalidInput):
    """A time has not come yet, or is older than any order."""

    code = "order_timestamp.out_of_range"
    message = "The order cannot be older than 1970 or in the future. The time is read in the merchant's time zone."


class AmountNegative(InvalidAmount):
    """An amount is below zero."""

    code = "amount.negative"
    message = "Amounts cannot be negative; a discount is written as a positive number."


class RowRefused(InvalidInput):
    """Everything that is wrong with one row."""

    code = "order.row.invalid"


def read_order(cells: Mapping[str, str], *, line: int, rules: ImportRules) -> ImportedOrder:
    """Return the order that a row of the 26 fields asks for.

    Raises:
        RowRefused: one error for each fault of each field.
    """
    row = _Row({name: _tidy(name, cells[name]) for name in POST_NAMES}, rules)
    row.check_damage()
    row.check_texts()
    row.check_identity()
    placed_at = row.read(row.moment, "order_timestamp")
    charge = row.charge()
    emails = {name: row.read(_email, name) or "" for name in ("recipient_email", "billing_email")}
    phone = row.read(row.phone, "billing_phone") or ""
    if row.faults or placed_at is None or charge is None:
        raise RowRefused(fields=row.faults)
    given = row.cells
    return ImportedOrder(
        line=line,
        order_number=given["order_number"],
        placed_at=placed_at,
        charge=charge,
        description=given["gift_description"],
        recipient_first_name=given["recipient_first_name"],
        recipient_last_name=given["recipient_last_name"],
        recipient_email=emails["recipient_email"],
        to_message=given["gift_to_message"],
        from_message=given["gift_from_message"],
        message=given["gift_message"],
        billing=_billing(given, email=emails["billing_email"], phone=phone),
        written=fingerprint(msgspec.json.encode(given)),
    )


def is_same_order(row: ImportedOrder, order: Order, billing: Billing | None, *, zone: ZoneInfo) -> bool:
    """Return whether a row says of an order what is stored of it; without its `billing`, all but who paid."""
    paid_by = billing is None or row.billing == msgspec.structs.replace(billing, country="")
    placed_at = order.placed_at.astimezone(zone).replace(tzinfo=None, microsecond=0)
    return (
        paid_by
        and row.placed_at.astimezone(zone).replace(tzinfo=None) == placed_at
        and row.money == (order.currency, order.amount, order.tip, order.discount, order.tax)
        and row.texts
        == (
            order.description,
            order.recipient_first_name,
            order.recipient_last_name,
            order.recipient_email,
            order.to_message,
            order.from_message,
            order.message,
        )
    )


class _Row:
    """Check one row, gathering its faults."""

    def __init__(self, cells: Mapping[str, str], rules: ImportRules) -> None:
        self.cells = cells
        self.rules = rules
        self.faults: list[FieldError] = []
        self._damaged: set[str] = set()

    def refuse(self, field: str, code: str, message: str) -> None:
        """Note a fault. What a spreadsheet has damaged is told of once."""
        if field not in self._damaged:
            self.faults.append(FieldError(field, code, message))

    def check_damage(self) -> None:
        """Note cells in which a spreadsheet has put something of its own in place of what stood there."""
        for field, text in self.cells.items():
            if is_damaged(text, number=field in _NUMBERS):
                message = (
                    f"A spreadsheet has put {text[:20]!r} in place of what stood here. Format the column as text, "
                    "write the value again, and save the file anew."
                )
                self.refuse(field, "cell.spreadsheet", message)
                self._damaged.add(field)

    def read(self, reader: Callable[[str], Value], field: str) -> Value | None:
        """Return what `reader` makes of a field, None with a fault noted when it refuses."""
        try:
            return reader(self.cells[field])
        except InvalidInput as error:
            self.refuse(field, error.code, error.message)
            return None

    def check_texts(self) -> None:
        """Note fields that are too long, or hold characters that no form could have sent."""
        for field, text in self.cells.items():
            length_max = _LENGTHS_MAX.get(field)
            if length_max is not None and len(text) > length_max:
                over = len(text) - length_max
                self.refuse(field, "text.too_long", f"At most {length_max} characters; this has {over} too many.")
            if free_text.holds_controls(text, several_lines=field == _MULTILINE):
                self.refuse(field, "text.control", "This holds control characters or NULs. Remove them.")

    def check_identity(self) -> None:
        """Note a row that is somebody else's, or that says what only an endpoint can."""
        rules, given = self.rules, self.cells
        if given["giftcafe_vendornum"] != rules.vendor_number:
            message = (
                f"This merchant's number is {rules.vendor_number}. Import each merchant's orders into that merchant."
            )
            self.refuse("giftcafe_vendornum", "vendornum.mismatch", message)
        if not _ORDER_NUMBER.fullmatch(given["order_number"]):
            message = "An order number is made of letters, digits and signs without spaces or accents."
            self.refuse("order_number", "order_number.characters", message)
        customs = given["custom1"], given["custom2"]
        if any(customs) and customs not in rules.customs:
            message = (
                "Leave custom1 and custom2 empty: they are constants of an endpoint, not data of an order. "
                "Only the constants of one of this merchant's endpoints are accepted."
            )
            self.refuse("custom1" if customs[0] else "custom2", "custom.unknown", message)

    def moment(self, text: str) -> datetime:
        """Return a local time of the merchant as UTC; one that the clocks showed twice is the first."""
        if not _TIMESTAMP.fullmatch(text):
            raise TimestampInvalid
        try:
            local = datetime.fromisoformat(text)
            moment = local.replace(tzinfo=self.rules.zone).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise TimestampInvalid from error
        if moment.astimezone(self.rules.zone).replace(tzinfo=None) != local:
            raise TimestampSkipped
        if not _EARLIEST <= moment <= self.rules.now:
            raise TimestampOutOfRange
        return moment

    def phone(self, text: str) -> str:
        """Return a number as E.164, or nothing."""
        return read_phone(text, region=self.rules.region) if text else ""

    def charge(self) -> Charge | None:
        """Return the money of the order, None with faults noted when it does not add up."""
        amount = self.read(self._required, "gift_amount")
        tip, discount, tax = (self.read(self._optional, field) for field in ("gift_tip", "gift_discount", "gift_tax"))
        total = self.read(self._required, "gift_total")
        if amount is None or tip is None or discount is None or tax is None:
            return None
        if amount.minor == 0:
            self.refuse("gift_amount", "amount.too_small", "The amount of a gift must be more than zero.")
        if amount < discount:
            message = "The discount cannot be larger than the amount."
            self.refuse("gift_discount", "discount.too_large", message)
        charge = Charge(amount=amount, tip=tip, discount=discount, tax=tax, included_tax=Money(0, amount.currency))
        expected = self.read(lambda _: charge.total, "gift_total")
        if expected is not None and total is not None and total != expected:
            message = f"gift_amount + gift_tip - gift_discount + gift_tax makes {expected}. Correct whichever is wrong."
            self.refuse("gift_total", "total.mismatch", message)
        return charge

    def _required(self, text: str) -> Money:
        amount = read_plain_amount(text, self.rules.currency)
        if amount.minor < 0:
            raise AmountNegative
        return amount

    def _optional(self, text: str) -> Money:
        return self._required(text or "0")


def _email(text: str) -> str:
    return read_email(text) if text else ""


def _tidy(field: str, text: str) -> str:
    """Return a cell without the spaces around it; the message keeps its own, with newlines as forms write them."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if field == _MULTILINE else text.strip(" ")


def _billing(given: Mapping[str, str], *, email: str, phone: str) -> Billing:
    return Billing(
        first_name=given["billing_first_name"],
        last_name=given["billing_last_name"],
        email=email,
        phone=phone,
        address=given["billing_address"],
        address2=given["billing_address2"],
        city=given["billing_city"],
        state=given["billing_state"],
        zip=given["billing_zip"],
    )
