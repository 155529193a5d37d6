"""How a merchant is paid without a gateway, in its own words: without them nobody is offered to pay by hand."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from largesse.db import Connection, load
from largesse.domain.payments.errors import InvalidInstructions
from largesse.kernel import free_text
from largesse.kernel.clock import day_of
from largesse.kernel.errors import FieldError
from largesse.kernel.iban import is_iban, read_iban, written_iban

DAYS_LEAST: Final = 5
DAYS_MAX: Final = 30
HOLDER_MAX: Final = 70  # of a SEPA transfer
BIC_LENGTHS: Final = (8, 11)
FURTHER_MAX: Final = 600
_SATURDAY: Final = 5

_queries = load(__package__)


class PaymentInstructions(msgspec.Struct, frozen=True, kw_only=True):
    """How to pay a merchant in one currency: by transfer to an IBAN, or as `further` says, or either.

    `further` is free text: another kind of account, the address and hours of a counter. `days` are those on which banks
    work, until which an order is kept.
    """

    currency: str
    holder: str = ""
    iban: str = ""
    bic: str = ""
    further: str = ""
    days: int = 7

    def lines(self) -> tuple[str, ...]:
        """Return what a buyer needs, line by line; an IBAN in groups."""
        account = (self.holder, written_iban(self.iban) if self.iban else "", self.bic)
        return tuple(filter(None, (*account, *self.further.splitlines())))

    def deadline(self, now: datetime, *, zone: ZoneInfo) -> date:
        """Return the last day on which an order of `now` may be paid: Saturdays and Sundays do not count."""
        day, left = day_of(now, in_zone=zone), self.days
        while left:
            day += timedelta(days=1)
            left -= day.weekday() < _SATURDAY
        return day

    def ends_at(self, now: datetime, *, zone: ZoneInfo) -> datetime:
        """Return the moment at which an order of `now` is given up: the end of its last day."""
        return datetime.combine(self.deadline(now, zone=zone) + timedelta(days=1), time(), tzinfo=zone)


async def instructions_of(connection: Connection, merchant_id: UUID, currency: str) -> PaymentInstructions | None:
    """Return how to pay a merchant in a currency, None where it did not say."""
    row = await connection.fetchrow(_queries.instructions_of, merchant_id, currency)
    return None if row is None else msgspec.convert(dict(row), PaymentInstructions)


async def write_instructions(
    connection: Connection, merchant_id: UUID, wanted: PaymentInstructions, *, now: datetime
) -> PaymentInstructions:
    """Write how to pay a merchant in a currency, and return it as it is kept.

    Raises:
        InvalidInstructions: it cannot stand; every field that is wrong is named.
    """
    tidy = msgspec.structs.replace(
        wanted,
        holder=free_text.one_line(wanted.holder),
        iban=wanted.iban.replace(" ", "").upper(),
        bic=wanted.bic.replace(" ", "").upper(),
        further=free_text.lines(wanted.further),
    )
    if faults := list(_faults(tidy)):
        raise InvalidInstructions(fields=faults)
    kept = msgspec.structs.replace(tidy, iban=read_iban(tidy.iban) if tidy.iban else "")
    await connection.execute(_queries.write_instructions, merchant_id, *msgspec.structs.astuple(kept), now)
    return kept


async def forget_instructions(connection: Connection, merchant_id: UUID, currency: str) -> None:
    """Offer nobody to pay by hand in a currency any more."""
    await connection.execute(_queries.forget_instructions, merchant_id, currency)


def _faults(wanted: PaymentInstructions) -> Iterator[FieldError]:
    if not wanted.iban and not wanted.further:
        advice = "Give an IBAN, or say in words how and where to pay."
        yield FieldError("further", "payment_instructions.missing", advice)
    if wanted.iban and not is_iban(wanted.iban):
        yield FieldError("iban", "iban.invalid", "This is no IBAN. Copy it from a statement.")
    if bool(wanted.iban) != bool(wanted.holder) or len(wanted.holder) > HOLDER_MAX:
        advice = f"Name the holder of the account, in at most {HOLDER_MAX} characters, where there is an IBAN."
        yield FieldError("holder", "payment_instructions.holder", advice)
    if wanted.bic and not (len(wanted.bic) in BIC_LENGTHS and wanted.bic.isascii() and wanted.bic.isalnum()):
        yield FieldError("bic", "payment_instructions.bic", "Write the BIC with its 8 or 11 letters and digits.")
    if len(wanted.further) > FURTHER_MAX:
        advice = f"The text has {len(wanted.further)} of {FURTHER_MAX} characters; take some out."
        yield FieldError("further", "payment_instructions.too_long", advice)
    if not DAYS_LEAST <= wanted.days <= DAYS_MAX:
        advice = f"Keep orders for {DAYS_LEAST} to {DAYS_MAX} days on which banks work."
        yield FieldError("days", "payment_instructions.days", advice)
