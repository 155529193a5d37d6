"""Order numbers: public, exactly 13 characters, unique in the installation (docs/decisions/0027-order-numbers.md).

Our own are the merchant's prefix, a dash and random Crockford symbols. Prefixes are unique among merchants, so numbers
of two merchants never meet; within one merchant the table's unique key decides.
"""

from largesse.domain.orders.model import ORDER_NUMBER_MAX
from largesse.kernel.numbers import ALPHABET, fold_prefix, random_symbols

_PREFIX_MAX = 4


def new_order_number(prefix: str) -> str:
    """Return a fresh order number of the merchant with `prefix`: `GL-` and random symbols, 13 characters in all."""
    return f"{prefix}-{random_symbols(ORDER_NUMBER_MAX - len(prefix) - 1)}"


def folded_prefix_of_order(order_number: str) -> str | None:
    """Return the folded merchant prefix that `order_number` seems to carry; None when no merchant of ours made it.

    Case is not looked at, so that people cannot mistake a number brought from elsewhere for one of ours either.
    """
    prefix, dash, symbols = order_number.upper().partition("-")
    if not dash or len(order_number) != ORDER_NUMBER_MAX or not 1 <= len(prefix) <= _PREFIX_MAX or not prefix.isascii():
        return None
    if not prefix.isalnum() or any(symbol not in ALPHABET for symbol in symbols):
        return None
    return fold_prefix(prefix)
