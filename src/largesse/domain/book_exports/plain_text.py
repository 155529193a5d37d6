"""Plain text accounting: beancount's and hledger's journals, in accounts below Assets, Liabilities and so on."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from largesse.domain.book_exports.lines import BookHead, BookLine, Piece
from largesse.domain.book_exports.model import MappedAccount
from largesse.ledger import Account

_ROOTS: Final = ("Assets", "Liabilities", "Equity", "Income", "Expenses")
_ASSETS: Final = frozenset(
    {
        Account.GATEWAY_CLEARING, Account.CASH, Account.TERMINAL, Account.TENDER_CLEARING,
        Account.PARTNER_RECEIVABLE, Account.BANK, Account.BANK_CLEARING, Account.CASH_IN_TRANSIT, Account.SUNDRY,
        Account.TILLS, Account.DISPUTED, Account.EXCHANGE, Account.BETWEEN_ENTITIES,
    }
)  # fmt: skip
_LIABILITIES: Final = frozenset(
    {
        Account.CERTIFICATES_OUTSTANDING, Account.PROMOTIONAL_OUTSTANDING, Account.DISCOUNT_ON_OUTSTANDING,
        Account.TAX_ON_OUTSTANDING, Account.BREAKAGE_ESTIMATED, Account.PARTNER_CREDIT, Account.TAX_PAYABLE,
        Account.GRATUITIES_PAYABLE, Account.UNCLAIMED_PROPERTY, Account.REFUNDS, Account.TRANSFERS,
    }
)  # fmt: skip
_EQUITY: Final = frozenset({Account.OPENING_BALANCES, Account.PROMOTIONS_GRANTED})
_INCOME: Final = frozenset({Account.REDEEMED, Account.BREAKAGE, Account.BREAKAGE_OF_GRATUITIES})
_WHOLE: Final = re.compile(rf"(?:{'|'.join(_ROOTS)})(?::[A-Z0-9][A-Za-z0-9-]*)+")
_OPENED: Final = "1970-01-01"


def root_of(account: Account) -> str:
    """Return which of the five roots an account of the ledger stands below."""
    for root, accounts in zip(_ROOTS, (_ASSETS, _LIABILITIES, _EQUITY, _INCOME), strict=False):
        if account in accounts:
            return root
    return "Expenses"


def account_names(lines: Sequence[MappedAccount]) -> dict[str, str]:
    """Return the name of each code: itself where it is one already, otherwise made of code and name, each its own.

    The root of a code is that of the first account, in the ledger's order, that is mapped to it.
    """
    order = list(Account)
    found, taken = dict[str, str](), set[str]()
    for line in sorted(lines, key=lambda one: order.index(one.account)):
        if line.code in found:
            continue
        name = wanted = line.code if _WHOLE.fullmatch(line.code) else f"{root_of(line.account)}:{_part(line)}"
        count = 1
        while name in taken:
            count += 1
            name = f"{wanted}-{count}"
        taken.add(name)
        found[line.code] = name
    return found


class BeancountWriter:
    """The transactions of a set, the accounts that it opens, and a file that includes both."""

    def __init__(self, head: BookHead) -> None:
        self._head = head
        self._names = account_names(head.lines)
        self._used = set[str]()
        self._begun = False

    def add(self, lines: Iterable[BookLine]) -> Iterator[Piece]:
        """Write the next lines."""
        yield from self._begin()
        for line in lines:
            if line.moves:
                yield Piece(f"{self._head.name}.beancount", self._transaction(line).encode())

    def end(self) -> Iterator[Piece]:
        """Write what opens the accounts that were used, and the file that includes both."""
        yield from self._begin()
        opens = [f"{_OPENED} open {name} {self._head.currency.code}\n" for name in sorted(self._used)]
        yield Piece("accounts.beancount", "".join([_only_once("accounts"), *opens]).encode())
        yield Piece(
            f"main-{self._head.set_number}.beancount",
            f'include "accounts.beancount"\ninclude "{self._head.name}.beancount"\n'.encode(),
        )

    def _begin(self) -> Iterator[Piece]:
        if not self._begun:
            self._begun = True
            yield Piece(f"{self._head.name}.beancount", f"; {_about(self._head)}\n".encode())

    def _transaction(self, line: BookLine) -> str:
        code, amount = self._head.currency.code, self._head.plain(line.amount)
        debit, credit = (self._names[side.code] for side in (line.debit, line.credit))
        self._used |= {debit, credit}
        facts = [f'largesse_set: "{self._head.set_number}"', f"largesse_line: {line.number}", f"rows: {line.rows}"]
        facts += [f"late_for: {line.late_for}"] if line.late_for else []
        facts += [f'location: "{_escaped(line.location)}"'] if line.location else []
        told = "".join(f"  {fact}\n" for fact in facts)
        return (
            f'\n{line.day} * "{_escaped(line.text)}"\n{told}  {debit}  {amount} {code}\n  {credit}  -{amount} {code}\n'
        )


class HledgerWriter:
    """The transactions of a set in one journal."""

    def __init__(self, head: BookHead) -> None:
        self._head = head
        self._names = account_names(head.lines)
        self._begun = False

    def add(self, lines: Iterable[BookLine]) -> Iterator[Piece]:
        """Write the next lines."""
        yield from self._begin()
        for line in lines:
            if line.moves:
                yield Piece(f"{self._head.name}.journal", self._transaction(line).encode())

    def end(self) -> Iterator[Piece]:
        """Write the beginning of a set whose lines move nothing."""
        yield from self._begin()

    def _begin(self) -> Iterator[Piece]:
        if not self._begun:
            self._begun = True
            accounts = "".join(f"account {name}\n" for name in sorted(set(self._names.values())))
            commodity = f"commodity {self._head.currency.code} {_shape(self._head.currency.exponent)}\n"
            text = f"; {_about(self._head)}\ndecimal-mark .\n{commodity}{accounts}"
            yield Piece(f"{self._head.name}.journal", text.encode())

    def _transaction(self, line: BookLine) -> str:
        code, amount = self._head.currency.code, self._head.plain(line.amount)
        debit, credit = (self._names[side.code] for side in (line.debit, line.credit))
        tags = f"set:{self._head.set_number}, line:{line.number}, rows:{line.rows}"
        tags += f", late_for:{line.late_for}" if line.late_for else ""
        return (
            f"\n{line.day} * {_description(line.text)}  ; {tags}\n"
            f"    {debit}  {code} {amount}\n    {credit}  {code} -{amount}\n"
        )


def _shape(decimals: int) -> str:
    """Return how hledger is shown what an amount looks like; it wants the mark also where no decimals follow."""
    return f"1000.{'0' * decimals}"


def _about(head: BookHead) -> str:
    again = f", repeat {head.repeat}" if head.repeat else ""
    return f"{_description(head.merchant)}, export {head.set_number}{again}, {head.first_day} to {head.last_day}"


def _only_once(what: str) -> str:
    return f"; Keep these {what} in your own ledger: a second file that opens one again is refused.\n"


def _part(line: MappedAccount) -> str:
    words = re.findall(r"[A-Za-z0-9]+", f"{line.code} {line.name}")
    return "-".join(word[:1].upper() + word[1:] for word in words) or "X"


def _escaped(text: str) -> str:
    """Return a text as it may stand between quotes, on one line."""
    return " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')


def _description(text: str) -> str:
    """Return a text as a description of hledger's: on one line, without what begins a comment, a tag or a note."""
    plain = " ".join(text.split())
    for sign in ";|:":
        plain = plain.replace(sign, ",")
    return plain.lstrip("(*!=") or "Largesse"
