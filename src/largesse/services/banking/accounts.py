"""Accounts of a merchant at banks: added, found, taken out of use, and what their CSV's columns mean."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain import locations, staff
from largesse.domain.banking import (
    ACCOUNT_NAME_MAX,
    BankAccount,
    BankAccountInvalid,
    BankAccountTaken,
    ColumnMap,
    insert_account,
    keep_columns,
    lock_account,
    retire_account,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ActRefused, Audited, may
from largesse.kernel import free_text
from largesse.kernel.currency import is_currency
from largesse.kernel.errors import FieldError
from largesse.kernel.iban import AccountNumberInvalid, read_iban
from largesse.kernel.ids import new_id
from largesse.kernel.where import Where
from largesse.services.banking.dependencies import BankingDependencies
from largesse.services.staff import Manager

_NUMBER_MAX: Final = 40


async def add_account(
    deps: BankingDependencies,
    merchant: Merchant,
    *,
    name: str,
    number: str,
    currency: str,
    entity: UUID | None = None,
    by: Manager,
    now: datetime,
) -> BankAccount:
    """Keep an account. A number that begins like an IBAN is checked as one; others are kept as the bank writes them.

    Raises:
        ActRefused: the role does not allow it.
        BankAccountInvalid: the name, the number or the currency.
        BankAccountTaken: there is one of that name, or of that number and currency.
    """
    demand_booking(by)
    faults = []
    name = free_text.one_line(name)
    if not 1 <= len(name) <= ACCOUNT_NAME_MAX:
        faults.append(FieldError("name", BankAccountInvalid.code, f"Name it, in 1 to {ACCOUNT_NAME_MAX} characters."))
    if not is_currency(currency):
        faults.append(FieldError("currency", BankAccountInvalid.code, "Choose a currency by its code, such as EUR."))
    try:
        number = _number(number)
    except AccountNumberInvalid as error:
        faults.append(FieldError("number", error.code, error.message))
    if faults:
        raise BankAccountInvalid(fields=faults)
    account = BankAccount(
        merchant_id=merchant.merchant_id,
        account_id=new_id(now),
        name=name,
        number=number,
        currency=currency,
        legal_entity_id=entity,
        made_at=now,
    )
    async with deps.transaction() as connection:
        if entity is not None:
            await locations.find_entity(connection, merchant.merchant_id, str(entity))
        if not await insert_account(connection, account):
            raise BankAccountTaken
        await record(connection, account, Audited.BANK_ACCOUNT_ADDED, by, reason=account.name, now=now)
    return account


async def retire(
    deps: BankingDependencies, account: BankAccount, *, by: Manager, again: bool = False, now: datetime
) -> BankAccount:
    """Take no more statements of an account; what was booked of it stays. `again`: take it into use once more.

    Raises:
        ActRefused: the role does not allow it.
    """
    demand_booking(by)
    since = None if again else now
    async with deps.transaction() as connection:
        known = await lock_account(connection, account.merchant_id, account.account_id)
        await retire_account(connection, known, since)
        await record(
            connection, known, Audited.BANK_ACCOUNT_CHANGED, by, reason="in use" if again else "retired", now=now
        )
    return replace(known, retired_at=since)


async def remember_columns(
    deps: BankingDependencies, account: BankAccount, columns: ColumnMap, *, by: Manager, now: datetime
) -> BankAccount:
    """Keep what the columns of a bank's CSV mean; statements in CSV are read by it from now on.

    Raises:
        ActRefused: the role does not allow it.
    """
    demand_booking(by)
    async with deps.transaction() as connection:
        known = await lock_account(connection, account.merchant_id, account.account_id)
        if known.columns != columns:
            await keep_columns(connection, known, columns)
            await record(connection, known, Audited.BANK_ACCOUNT_CHANGED, by, reason="columns", now=now)
    return replace(known, columns=columns)


async def where_of_account(deps: BankingDependencies, account: BankAccount, *, now: datetime) -> Where:
    """Return where an account's rows are booked: the merchant's home, in the books of the entity whose it is."""
    home = await deps.locator.where(account.merchant_id, now=now)
    return home if account.legal_entity_id is None else replace(home, legal_entity_id=account.legal_entity_id)


def demand_booking(by: Manager) -> None:
    """Let somebody book payments; the operator as such may.

    Raises:
        ActRefused: their role does not allow it.
    """
    if by.role is not None and not may(by.role, Act.PAYMENTS_BOOK):
        raise ActRefused(Act.PAYMENTS_BOOK.value)


async def record(
    connection: Connection, account: BankAccount, action: Audited, by: Manager, *, reason: str, now: datetime
) -> None:
    """Write what somebody did with an account to the audit log."""
    await staff.record(
        connection, account.merchant_id, action, subject=str(account.account_id), actor=by.actor, reason=reason, now=now
    )


def _number(text: str) -> str:
    bare = "".join(text.split()).upper()
    if bare[:2].isalpha() and bare[2:4].isdigit():
        return read_iban(bare)
    if not 1 <= len(bare) <= _NUMBER_MAX or not bare.isprintable():
        raise AccountNumberInvalid("Write the IBAN, or the number as the bank writes it, in at most 40 characters.")
    return bare
