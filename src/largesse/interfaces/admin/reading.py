"""From what somebody typed into a form to values, with what cannot be read said beside its field."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeVar
from uuid import UUID

from largesse.domain.merchants import Merchant
from largesse.kernel import free_text
from largesse.kernel.amounts import read_amount, read_plain_decimal
from largesse.kernel.clock import aware
from largesse.kernel.currency import Currency
from largesse.kernel.money import InvalidAmount, Money
from largesse.kernel.validity import FOREVER, Validity
from largesse.ui import Voice, choose_one
from largesse.web.choices import ChoiceUnknown, chosen
from largesse.web.forms import an_id, whole_number

FOR_EVER: Final = "forever"
MONTHS: Final = "months"
DAYS: Final = "days"
VALIDITY_UNITS: Final = (FOR_EVER, MONTHS, DAYS)
PERCENT: Final = "percent"
AMOUNT: Final = "amount"
_TYPED_MAX: Final = 8_000
Word = TypeVar("Word", bound=str)
_HUNDRED: Final = Decimal(100)


class FormReader:
    """Reads the fields of one form; `faults` says what could not be read, by field."""

    def __init__(self, fields: Mapping[str, str], merchant: Merchant, voice: Voice, money: Currency) -> None:
        self.faults = dict[str, str]()
        self._fields = fields
        self._merchant = merchant
        self._voice = voice
        self._money = money

    def line(self, name: str) -> str:
        """Return a text on one line."""
        return free_text.one_line(self._fields.get(name, "")[:_TYPED_MAX])

    def text(self, name: str) -> str:
        """Return a text of several lines."""
        return self._fields.get(name, "")[:_TYPED_MAX].replace("\r\n", "\n").strip()

    def choice(self, name: str, offered: Iterable[Word], usual: Word) -> Word:
        """Return the one of those `offered` that is chosen, the `usual` one of a field that is empty or not there."""
        try:
            return chosen(self._fields, name, offered, usual=usual)
        except ChoiceUnknown:
            self.faults.setdefault(name, choose_one(self._voice))
            return usual

    def one_id(self, name: str) -> UUID | None:
        """Return the id of what is chosen, None of an empty field."""
        text = self.line(name)
        found = an_id(text)
        if text and found is None:
            self.faults.setdefault(name, choose_one(self._voice))
        return found

    def ticked(self, name: str) -> bool:
        """Return whether a box is ticked."""
        return name in self._fields

    def amount(self, name: str) -> int | None:
        """Return an amount in smallest units, None of an empty field."""
        return self._amount(name, self.line(name))

    def amounts(self, name: str) -> tuple[int, ...]:
        """Return the amounts of a field, one on each line."""
        found = [self._amount(name, part) for part in self._parts(name)]
        return tuple(one for one in found if one is not None)

    def percent(self, name: str) -> Decimal | None:
        """Return a percentage (15 is 15 %), None of an empty field."""
        return self._percent(name, self.line(name))

    def percents(self, name: str) -> tuple[Decimal, ...]:
        """Return the percentages of a field, one on each line."""
        found = [self._percent(name, part) for part in self._parts(name)]
        return tuple(one for one in found if one is not None)

    def count(self, name: str) -> int | None:
        """Return a whole number, None of an empty field."""
        text = self.line(name)
        if not text:
            return None
        found = whole_number(text)
        if found is None:
            self.faults.setdefault(name, self._voice.t("Write a whole number, or nothing."))
        return found

    def validity(self, name: str) -> Validity:
        """Return how long something is good: `name` holds the number, `name_unit` whether of months or days."""
        unit = self.choice(f"{name}_unit", VALIDITY_UNITS, FOR_EVER)
        if unit == FOR_EVER:
            return FOREVER
        number = self.count(name)
        if number is None:
            self.faults.setdefault(name, self._voice.t("Say for how many, or choose “for ever”."))
            return FOREVER
        return Validity(months=number) if unit == MONTHS else Validity(days=number)

    def moment(self, name: str) -> datetime | None:
        """Return a moment of the merchant's clocks, None of an empty field."""
        text = self.line(name)
        if not text:
            return None
        try:
            read = datetime.fromisoformat(text)
            return aware(read if read.tzinfo else read.replace(tzinfo=self._merchant.zone))
        except (ValueError, OverflowError):
            self.faults.setdefault(name, self._voice.t("Write a day and a time, such as 2026-12-24T09:00."))
            return None

    def _parts(self, name: str) -> list[str]:
        lines = self.text(name).replace(";", "\n").split("\n")
        return [part.strip() for part in lines if part.strip()]

    def _amount(self, name: str, text: str) -> int | None:
        if not text:
            return None
        try:
            return read_amount(text, self._money, language=self._voice.language).minor
        except InvalidAmount:
            example = self._voice.bare_amount(Money(25 * self._money.units, self._money))
            said = self._voice.t("Write an amount, such as {example}.", example=example)
            self.faults.setdefault(name, said)
            return None

    def _percent(self, name: str, text: str) -> Decimal | None:
        if not text:
            return None
        read = read_plain_decimal(text.removesuffix("%").strip().replace(",", "."))
        if read is None:
            said = self._voice.t("Write per cent as a number, such as {example}.", example="8.25")
            self.faults.setdefault(name, said)
        return read


def written_amount(minor: int | None, money: Currency, voice: Voice) -> str:
    """Return an amount as it stands in a field."""
    return "" if minor is None else voice.bare_amount(Money(minor, money), short=True)


def written_percent(value: Decimal | None) -> str:
    """Return a percentage as it stands in a field."""
    return "" if value is None else f"{value.normalize():f}"


def written_rate(fraction: Decimal) -> str:
    """Return a fraction of one as a percentage in a field, nothing for none."""
    return written_percent(fraction * _HUNDRED) if fraction else ""


def written_moment(value: datetime | None, merchant: Merchant) -> str:
    """Return a moment as it stands in a field of the merchant's clocks."""
    return "" if value is None else value.astimezone(merchant.zone).strftime("%Y-%m-%dT%H:%M")


def written_validity(name: str, validity: Validity) -> dict[str, str]:
    """Return how long something is good, in the two fields of it."""
    if validity.months is not None:
        return {name: str(validity.months), f"{name}_unit": MONTHS}
    if validity.days is not None:
        return {name: str(validity.days), f"{name}_unit": DAYS}
    return {name: "", f"{name}_unit": FOR_EVER}
