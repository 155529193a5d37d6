"""The trial balance of a day: what every account stands at when the day ends, and what moved it since another."""

from collections.abc import Iterable

import msgspec

from largesse.ledger import Account, Sum


class AccountSum(msgspec.Struct, frozen=True, kw_only=True):
    """One account in one currency, in its smallest unit; a debit balance is above zero."""

    currency: str
    account: Account
    opening: int
    debits: int
    credits: int

    @property
    def closing(self) -> int:
        """Return what it stands at in the end."""
        return self.opening + self.debits - self.credits


def balances(sums: Iterable[Sum]) -> list[AccountSum]:
    """Return every account that was ever used, by currency; debits and credits are those of the period."""
    found: dict[tuple[str, Account], list[int]] = {}
    for one in sums:
        for place, account, sign in ((1, one.debit, 1), (2, one.credit, -1)):
            if account is not None and one.sum:
                line = found.setdefault((one.currency, account), [0, 0, 0])
                line[0 if one.before else place] += one.sum * (sign if one.before else 1)
    order = {account: place for place, account in enumerate(Account)}
    return [
        AccountSum(currency=currency, account=account, opening=line[0], debits=line[1], credits=line[2])
        for (currency, account), line in sorted(found.items(), key=lambda item: (item[0][0], order[item[0][1]]))
    ]
