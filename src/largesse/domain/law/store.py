"""The table of which merchant goes by which law profile."""

from uuid import UUID

from largesse.db import Connection, load
from largesse.domain.law.choosing import LawChoice, MerchantLaw, WhenUnknown
from largesse.domain.law.profiles import profile_or_unknown

_SQL = load(__package__)


async def choose(connection: Connection, choice: LawChoice) -> None:
    """Write which profile a merchant goes by from now on."""
    await connection.execute(
        _SQL.choose, choice.merchant_id, choice.code, choice.refuses, choice.when_unknown.value, choice.chosen_at
    )


async def choose_none(connection: Connection, merchant_id: UUID) -> None:
    """Write that a merchant goes by no profile any more."""
    await connection.execute(_SQL.choose_none, merchant_id)


async def law_of(connection: Connection, merchant_id: UUID) -> MerchantLaw | None:
    """Return the law that a merchant goes by, None where it chose none."""
    row = await connection.fetchrow(_SQL.choice_of, merchant_id)
    if row is None:
        return None
    values = dict(row) | {"when_unknown": WhenUnknown(row["when_unknown"])}
    choice = LawChoice(**values)
    return MerchantLaw(choice=choice, profile=profile_or_unknown(choice.code))
