"""How a merchant is paid by hand, as it is written: whole, or refused by its fields."""

import pytest

from largesse.db import Database
from largesse.domain.payments import (
    InvalidInstructions,
    PaymentInstructions,
    forget_instructions,
    instructions_of,
    write_instructions,
)
from tests.builders.application import NOW
from tests.builders.certificates import a_merchant

IBAN = "DE89370400440532013000"


async def test_they_are_kept_by_currency_and_forgotten(database: Database) -> None:
    one = await a_merchant(database, pays_by_hand=False)
    wanted = PaymentInstructions(currency="EUR", holder=" Corner  Spa ", iban="de89 3704 0044 0532 0130 00")
    async with database.transaction() as connection:
        kept = await write_instructions(connection, one.merchant_id, wanted, now=NOW)
        assert kept.lines() == ("Corner Spa", "DE89 3704 0044 0532 0130 00")
        assert await instructions_of(connection, one.merchant_id, "EUR") == kept
        assert await instructions_of(connection, one.merchant_id, "USD") is None
        await forget_instructions(connection, one.merchant_id, "EUR")
        assert await instructions_of(connection, one.merchant_id, "EUR") is None


@pytest.mark.parametrize(
    "wanted, field, code",
    [
        (PaymentInstructions(currency="EUR"), "further", "payment_instructions.missing"),
        (PaymentInstructions(currency="EUR", holder="Spa", iban="DE00"), "iban", "iban.invalid"),
        (PaymentInstructions(currency="EUR", iban=IBAN), "holder", "payment_instructions.holder"),
        (PaymentInstructions(currency="EUR", further="x", bic="ABC"), "bic", "payment_instructions.bic"),
        (PaymentInstructions(currency="EUR", further="x" * 601), "further", "payment_instructions.too_long"),
        (PaymentInstructions(currency="EUR", further="x", days=4), "days", "payment_instructions.days"),
        (PaymentInstructions(currency="EUR", further="x", days=31), "days", "payment_instructions.days"),
    ],
)
async def test_what_nobody_could_pay_by_is_refused(
    database: Database, wanted: PaymentInstructions, field: str, code: str
) -> None:
    one = await a_merchant(database, pays_by_hand=False)
    async with database.transaction() as connection:
        with pytest.raises(InvalidInstructions) as refused:
            await write_instructions(connection, one.merchant_id, wanted, now=NOW)
        assert refused.value.code == "payment_instructions.invalid"
        assert [(fault.field, fault.code) for fault in refused.value.fields] == [(field, code)]
        assert await instructions_of(connection, one.merchant_id, "EUR") is None
