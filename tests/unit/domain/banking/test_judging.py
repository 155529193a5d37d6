"""A file is of this account, whole, and tells each movement once; whatever is wrong has a name of its own."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from largesse.domain.banking import (
    BankAccount,
    BankFileCut,
    BankFileEmpty,
    BankFileInOtherCurrency,
    BankFileOfOtherAccount,
    BankFileOfOtherBank,
    BankFileRepeats,
    BankFileTooLong,
    BankFileUnbalanced,
    digests,
    judge,
)
from largesse.kernel.bank_statements import Balance, BankStatement
from largesse.kernel.errors import InvalidInput
from tests.builders.application import NOW
from tests.builders.bank_files import DAY, IBAN, a_line, a_statement

OTHER_BANK = "DE75512108001245126199"
SAME_BANK = "DE68370400440000000000"


def an_account(**given: Any) -> BankAccount:
    facts = {"merchant_id": uuid4(), "account_id": uuid4(), "name": "Giro", "number": IBAN, "currency": "EUR"}
    return BankAccount(**{**facts, "made_at": NOW, **given})


ALIKE: dict[str, Any] = {"entry_reference": "", "text": "Vouchers"}
TWO_ALIKE = [a_line(**ALIKE), a_line(place=2, **ALIKE)]


@pytest.mark.parametrize(
    "statement, refusal, code",
    [
        (a_statement([a_line()], account=OTHER_BANK), BankFileOfOtherBank, "bank.file.other_bank"),
        (a_statement([a_line()], account=SAME_BANK), BankFileOfOtherAccount, "bank.file.other_account"),
        (a_statement([a_line()], account="50010517/0000123456"), BankFileOfOtherBank, "bank.file.other_bank"),
        (a_statement([a_line()], currency="USD"), BankFileInOtherCurrency, "bank.file.other_currency"),
        (a_statement([a_line(currency="USD")]), BankFileInOtherCurrency, "bank.file.other_currency"),
        (a_statement([a_line()], complete=False), BankFileCut, "bank.file.cut"),
        (a_statement([a_line(), a_line()]), BankFileRepeats, "bank.file.line_twice"),
        (a_statement(TWO_ALIKE, closing=None), BankFileRepeats, "bank.file.line_twice"),
        (a_statement(TWO_ALIKE, closing=Balance(on=DAY, amount=1_100_00)), BankFileRepeats, "bank.file.line_twice"),
        (a_statement([a_line()], closing=Balance(on=DAY, amount=1)), BankFileUnbalanced, "bank.file.balance"),
        (a_statement([], opening=0, closing=None), BankFileEmpty, "bank.file.empty"),
        (a_statement([a_line(1)] * 20_001), BankFileTooLong, "bank.file.too_long"),
    ],
)
def test_each_thing_that_can_be_wrong_is_told_apart(
    statement: BankStatement, refusal: type[InvalidInput], code: str
) -> None:
    with pytest.raises(refusal) as raised:
        judge([statement], an_account())
    assert (type(raised.value), raised.value.code) == (refusal, code)


def test_lines_alike_are_several_payments_where_balances_or_people_say_so() -> None:
    assert judge([a_statement(TWO_ALIKE)], an_account()).lines == tuple(TWO_ALIKE)
    assert judge([a_statement(TWO_ALIKE, closing=None)], an_account(), repeated=True).lines == tuple(TWO_ALIKE)


def test_of_several_accounts_in_a_file_the_one_that_is_meant_is_taken() -> None:
    ours = a_statement([a_line()])
    assert judge([a_statement(account=OTHER_BANK), replace(ours, currency="USD"), ours], an_account()) == ours
    written_apart = replace(ours, account="37040044/0532013000")
    assert judge([written_apart], an_account()) == written_apart
    unnamed = replace(ours, account="", opening=None, closing=None)
    assert judge([unnamed], an_account(number="12-345")) == unnamed


@given(st.lists(st.sampled_from("abc"), max_size=8), st.integers(0, 7))
def test_lines_are_known_again_in_files_that_overlap(texts: list[str], cut: int) -> None:
    """A file that begins on a later day knows each of its lines by what the longer one knew it by."""
    lines = [
        a_line(place=place, entry_reference="", text=text, booked_on=DAY + timedelta(days=place // 3))
        for place, text in enumerate(texts)
    ]
    longer = digests(lines)
    assert len(set(longer)) == len(longer)
    start = cut // 3 * 3
    assert digests([replace(one, place=one.place + 50) for one in lines[start:]]) == longer[start:]


def test_a_line_with_a_reference_is_known_again_whatever_else_is_said_of_it() -> None:
    [one], [other] = digests([a_line()]), digests([a_line(place=9, entry_reference="REF1", text="More words", name="")])
    assert one == other
    assert digests([a_line(100_01)]) != [one]
