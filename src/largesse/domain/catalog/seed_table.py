"""Read a table of a seed file value by value, keeping every fault instead of stopping at the first."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from largesse.kernel.amounts import read_plain_amount, read_plain_decimal
from largesse.kernel.clock import aware, end_of_day, start_of_day
from largesse.kernel.currency import Currency
from largesse.kernel.errors import FieldError
from largesse.kernel.money import InvalidAmount

Choice = TypeVar("Choice", bound=StrEnum)


class SeedTable:
    """Give the values of one table by name and type, and gather what is wrong with them in `faults`.

    `where` is the table's own name, as a fault tells it: `offerings.massage`. A value that is missing, or wrong, is
    given as None or empty, so that reading goes on.
    """

    def __init__(self, values: Mapping[str, Any], *, where: str, money: Currency, zone: ZoneInfo) -> None:
        self._values = dict(values)
        self._money = money
        self._zone = zone
        self.where = where
        self.faults: list[FieldError] = []

    def text(self, name: str) -> str:
        """Return a text, "" when there is none."""
        value = self._values.pop(name, "")
        if not isinstance(value, str):
            self.fault(name, "seed.text", "Write this as a text, in quotes.")
            return ""
        return value.strip()

    def amount(self, name: str) -> int | None:
        """Return an amount in smallest units of the merchant's currency."""
        return self._amount(name, self._values.pop(name, None))

    def amounts(self, name: str) -> tuple[int, ...]:
        """Return a list of amounts."""
        read = (self._amount(name, value) for value in self._list(name))
        return tuple(amount for amount in read if amount is not None)

    def decimal(self, name: str) -> Decimal | None:
        """Return an exact decimal."""
        return self._decimal(name, self._values.pop(name, None))

    def decimals(self, name: str) -> tuple[Decimal, ...]:
        """Return a list of exact decimals."""
        read = (self._decimal(name, value) for value in self._list(name))
        return tuple(one for one in read if one is not None)

    def integer(self, name: str) -> int | None:
        """Return a whole number."""
        value = self._values.pop(name, None)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self.fault(name, "seed.integer", "Write this as a whole number.")
        return None

    def boolean(self, name: str) -> bool:
        """Return true or false; false when nothing is said."""
        value = self._values.pop(name, False)
        if isinstance(value, bool):
            return value
        self.fault(name, "seed.boolean", "Write true or false.")
        return False

    def moment(self, name: str, *, closing: bool = False) -> datetime | None:
        """Return a moment: a day is its first instant in the merchant's zone, or, `closing`, the first one after it."""
        value = self._values.pop(name, None)
        if isinstance(value, datetime):
            return aware(value if value.tzinfo else value.replace(tzinfo=self._zone))
        if isinstance(value, date):
            return (end_of_day if closing else start_of_day)(value, in_zone=self._zone)
        if value is not None:
            self.fault(name, "seed.moment", "Write a day such as 2026-12-24, or a moment such as 2026-12-24T09:00:00.")
        return None

    def choices(self, name: str, of: type[Choice]) -> tuple[Choice, ...]:
        """Return a list of words from a closed vocabulary."""
        read = (self._choice(name, value, of) for value in self._list(name))
        return tuple(one for one in read if one is not None)

    def choice(self, name: str, of: type[Choice]) -> Choice | None:
        """Return one word from a closed vocabulary."""
        value = self._values.pop(name, None)
        return self._choice(name, value, of)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        values = self._list(name)
        if all(isinstance(value, str) for value in values):
            return tuple(values)
        self.fault(name, "seed.text", "Write this as a list of texts, in quotes.")
        return ()

    def table(self, name: str) -> "SeedTable | None":
        """Return a table within this one; its faults are those of this one."""
        value = self._values.pop(name, None)
        if value is None:
            return None
        if isinstance(value, dict):
            return self._within(value, name)
        self.fault(name, "seed.table", "Write this as a table, such as { months = 12 }.")
        return None

    def tables(self, name: str) -> list[dict[str, Any]]:
        """Return the values of a list of tables."""
        values = self._list(name)
        if all(isinstance(value, dict) for value in values):
            return values
        self.fault(name, "seed.tables", f"Write each of these as a table of its own, under [[{name}]].")
        return []

    def named_tables(self, name: str) -> Iterator[tuple[str, "SeedTable"]]:
        """Yield the tables within a table, by name."""
        outer = self.table(name)
        for key in list(outer._values) if outer else ():
            inner = outer.table(key) if outer else None
            if inner is not None:
                yield key, inner

    def fault(self, name: str, code: str, message: str) -> None:
        """Keep a fault of the value `name`."""
        self.faults.append(FieldError(f"{self.where}.{name}" if self.where else name, code, message))

    def finish(self) -> None:
        """Keep a fault of every value that nobody asked for: a slip of the pen would else be passed over."""
        for name in self._values:
            self.fault(name, "seed.unknown", "There is nothing by this name here; see docs/howto/catalogue.md.")
        self._values = {}

    def _within(self, values: Mapping[str, Any], name: str) -> "SeedTable":
        where = f"{self.where}.{name}" if self.where else name
        inner = SeedTable(values, where=where, money=self._money, zone=self._zone)
        inner.faults = self.faults
        return inner

    def _list(self, name: str) -> list[Any]:
        value = self._values.pop(name, [])
        if isinstance(value, list):
            return value
        self.fault(name, "seed.list", "Write this as a list, in square brackets.")
        return []

    def _amount(self, name: str, value: object) -> int | None:
        if value is None:
            return None
        if isinstance(value, int | str) and not isinstance(value, bool):
            try:
                return read_plain_amount(str(value), self._money).minor
            except InvalidAmount as error:
                self.fault(name, error.code, error.message)
                return None
        self.fault(name, InvalidAmount.code, "Write the amount as a plain number with a point, such as 25.00.")
        return None

    def _decimal(self, name: str, value: object) -> Decimal | None:
        if value is None:
            return None
        typed = isinstance(value, int | str) and not isinstance(value, bool)
        read = read_plain_decimal(str(value)) if typed else None
        if read is None:
            self.fault(name, "seed.decimal", "Write this as a plain number with a point, such as 8.25.")
            return None
        return read

    def _choice(self, name: str, value: object, of: type[Choice]) -> Choice | None:
        if value is None:
            return None
        known = {one.value: one for one in of}
        if isinstance(value, str) and value in known:
            return known[value]
        self.fault(name, "seed.choice", f"Write one of: {', '.join(known)}.")
        return None
