"""Whether a file is about an account, whole, and tells each movement once. Pure.

A line is known again by the bank's own reference where it has one, else by what it says and which of several alike on
its day it is: files overlap, and the same day's lines come again.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Final

from largesse.domain.banking import errors
from largesse.domain.banking.model import BankAccount
from largesse.kernel.bank_statements import BankLine, BankStatement
from largesse.kernel.errors import FieldError
from largesse.kernel.iban import bank_of, is_iban, written_iban

_SHOWN: Final = 20
_LINES_MAX: Final = 20_000
"""What is booked in one transaction, which keeps the month from being closed meanwhile."""


def judge(statements: Sequence[BankStatement], account: BankAccount, *, repeated: bool = False) -> BankStatement:
    """Return what a file says of an account. `repeated`: whoever brings it says that lines alike are several payments.

    Raises:
        BankFileOfOtherBank: it is about accounts elsewhere.
        BankFileOfOtherAccount: it is about other accounts of that bank.
        BankFileInOtherCurrency: it is about this account in another currency, or a line is.
        BankFileCut: its end or a part of it is missing.
        BankFileRepeats: it tells a movement twice.
        BankFileUnbalanced: its movements do not add up to its balances.
        BankFileEmpty: there is nothing in it.
        BankFileTooLong: it has more movements than are booked at once.
    """
    statement = _of_account(statements, account)
    if not statement.complete:
        raise errors.BankFileCut
    wrong = [one for one in statement.lines if one.currency != account.currency]
    if wrong:
        raise errors.BankFileInOtherCurrency(fields=_listed(wrong, errors.BankFileInOtherCurrency.code))
    if not statement.lines and statement.closing is None:
        raise errors.BankFileEmpty
    if len(statement.lines) > _LINES_MAX:
        raise errors.BankFileTooLong
    balanced = _balanced(statement)
    twice = _twice(statement.lines, by_text=balanced is not True and not repeated)
    if twice:
        raise errors.BankFileRepeats(fields=_listed(twice, errors.BankFileRepeats.code))
    if balanced is False:
        raise errors.BankFileUnbalanced
    return statement


def _of_account(statements: Sequence[BankStatement], account: BankAccount) -> BankStatement:
    """Return the statement that is about an account; one that does not say which it is about is taken at its word."""
    same = [one for one in statements if not one.account or _same(one.account, account.number)]
    if not same:
        raise _other(statements, account)
    found = next((one for one in same if one.currency in {"", account.currency}), None)
    if found is None:
        raise errors.BankFileInOtherCurrency
    return found


def _same(told: str, number: str) -> bool:
    """Return whether a file means an account: by its number, or as banks write bank code and number apart."""
    if told == number:
        return True
    digits = told.replace("/", "").lstrip("0")
    if not is_iban(number):
        return digits == number.replace("/", "").lstrip("0")
    bank, _, own = told.partition("/")
    basic = number[4:]
    return bool(own) and basic.startswith(bank) and basic.removeprefix(bank).lstrip("0") == own.lstrip("0")


def _other(
    statements: Sequence[BankStatement], account: BankAccount
) -> errors.BankFileOfOtherBank | errors.BankFileOfOtherAccount:
    told = [one.account for one in statements]
    fields = [
        FieldError("account", "bank.file.account", f"It is about {written_iban(one) if is_iban(one) else one}.")
        for one in told[:_SHOWN]
    ]
    if is_iban(account.number):
        home = bank_of(account.number)
        elsewhere = [not _at_bank(one, home) for one in told]
        if told and all(elsewhere):
            return errors.BankFileOfOtherBank(fields=fields)
    return errors.BankFileOfOtherAccount(fields=fields)


def _at_bank(told: str, home: str) -> bool:
    if is_iban(told):
        return bank_of(told) == home
    return told.partition("/")[0] == home[2:] if "/" in told else False


def _balanced(statement: BankStatement) -> bool | None:
    """Return whether the movements lead from one balance to the other; None where the file does not tell both."""
    if statement.opening is None or statement.closing is None:
        return None
    return statement.opening.amount + sum(one.amount for one in statement.lines) == statement.closing.amount


def _twice(lines: Sequence[BankLine], *, by_text: bool) -> list[BankLine]:
    """Return lines that stand there a second time: under one reference, or `by_text` with the same words.

    Where the balances bear it out, lines that say the same are several payments.
    """
    seen: set[object] = set()
    found = []
    for one in lines:
        key = _content(one) if not one.entry_reference else (one.entry_reference, one.part, one.booked_on, one.amount)
        if key in seen and (one.entry_reference or by_text):
            found.append(one)
        seen.add(key)
    return found


def _listed(lines: Sequence[BankLine], code: str) -> list[FieldError]:
    return [
        FieldError(f"line {one.place}", code, f"{one.booked_on.isoformat()}, {one.currency}: {one.text or one.name}")
        for one in lines[:_SHOWN]
    ]


def _content(one: BankLine) -> tuple[object, ...]:
    return (one.booked_on, one.amount, one.currency, one.name, one.iban, one.text, one.structured, one.end_to_end,
            one.part)  # fmt: skip


def digests(lines: Sequence[BankLine]) -> list[bytes]:
    """Return what each line is known again by, whatever file it comes in."""
    seen: Counter[tuple[object, ...]] = Counter()
    found = []
    for one in lines:
        key: tuple[object, ...]
        if one.entry_reference:
            key = "reference", one.entry_reference, one.part, one.booked_on, one.amount, one.currency
        else:
            key = _content(one)
            seen[key] += 1
            key = "text", *key, seen[key]
        framed = b"".join(len(text).to_bytes(4, "big") + text for text in (str(part).encode() for part in key))
        found.append(hashlib.sha256(framed).digest())
    return found
