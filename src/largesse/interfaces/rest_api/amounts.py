"""Amounts of messages, from decimal texts beside a currency and back."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from largesse.interfaces.rest_api.messages import OperationShown, RateShare, TaxSaid
from largesse.interfaces.rest_api.reading import RequestInvalid
from largesse.interfaces.rest_api.routing import RestCaller
from largesse.kernel.currency import Currency, UnknownCurrency, currency
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.money import parse, plain
from largesse.kernel.tax import UNTAXED, TaxTreatment
from largesse.ledger import Outcome, RateLine, WrongCurrency
from largesse.services.certificates import Place

_HUNDRED: Final = Decimal(100)


class Amounts:
    """Read the amounts of one message, and tell all that is wrong with them at once."""

    def __init__(self, code: str) -> None:
        self.faults: list[FieldError] = []
        self._money: Currency | None = None
        try:
            self._money = currency(code)
        except UnknownCurrency as error:
            self.faults.append(FieldError("/currency", error.code, error.message))

    def minor(self, text: str, pointer: str) -> int:
        """Return an amount in smallest units; 0 where it is wrong, and noted."""
        if self._money is None:
            return 0
        try:
            return parse(text, self._money).minor
        except InvalidInput as error:
            self.faults.append(FieldError(pointer, error.code, error.message))
            return 0

    def optional(self, text: str | None, pointer: str) -> int | None:
        """Return an amount that may be left out."""
        return None if text is None else self.minor(text, pointer)

    def rates(self, given: Sequence[RateShare]) -> tuple[RateLine, ...]:
        """Return what of a redemption is taxed at which rate."""
        return tuple(
            RateLine(Decimal(one.rate) / _HUNDRED, self.minor(one.amount, f"/rates/{place}/amount"))
            for place, one in enumerate(given)
        )

    async def must_be_of(self, caller: RestCaller, place: Place) -> None:
        """Look that a certificate is in the currency of the amounts; one that is missing is told of where it is locked.

        Raises:
            WrongCurrency: it is in another one.
        """
        async with caller.deps.database.connection() as connection:
            found = await caller.deps.ledger.find(connection, place.merchant_id, place.certificate_id)
        if found is not None:
            self.must_be_in(found.currency)

    def must_be_in(self, code: str) -> None:
        """Look that something is in the currency of the amounts.

        Raises:
            WrongCurrency: it is in another one.
        """
        if self._money is not None and self._money.code != code:
            raise WrongCurrency(fields=[FieldError("/currency", WrongCurrency.code, WrongCurrency.message)])

    def done(self) -> None:
        """End the reading: what was found wrong is refused.

        Raises:
            RequestInvalid: something of it is wrong.
        """
        if self.faults:
            raise RequestInvalid(fields=self.faults)


def tax_of(said: TaxSaid | None) -> TaxTreatment:
    """Return the tax that was said, not yet checked."""
    if said is None:
        return UNTAXED
    rate = Decimal(0) if said.rate is None else Decimal(said.rate) / _HUNDRED
    return TaxTreatment(kind=said.kind, country=said.country, rate=rate)


def shown_operation(outcome: Outcome) -> OperationShown:
    """Return what an operation did, as it is told."""
    money = currency(outcome.currency)
    return OperationShown(
        operation_id=outcome.operation_id,
        certificate_id=outcome.certificate_id,
        kind=outcome.kind,
        currency=outcome.currency,
        amount=plain(outcome.value, money),
        gratuity=plain(outcome.gratuity, money),
        given_away=plain(outcome.given_away, money),
        balance=plain(outcome.balance, money),
        held=plain(outcome.held, money),
        gratuity_balance=plain(outcome.gratuity_balance, money),
        gratuity_held=plain(outcome.gratuity_held, money),
        sequence=outcome.seq,
        as_of=outcome.recorded_at,
    )


def moment_text(moment: datetime) -> str:
    """Return a moment as messages hold it."""
    return moment.isoformat().replace("+00:00", "Z")
