"""`is_test`: whether an order is only tried.

It is read from one place, the query string, under one name. Unknown fields are passed over elsewhere in this API; a
misplaced `is_test` is not, because passing it over would register an order that was meant as a trial.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from largesse.kernel.normal_form import nfkc
from largesse.web.errors import parameter_invalid

NAME: Final = "is_test"

_TRUTH: Final = {"true": True, "false": False}
_NAMES_REMEMBERED: Final = 1024
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# At the start of a word: `is_test[]`, `isTest`, `giftCertificate.is-test` and `amp;is_test`, but not `this_test`.
_MEANT: Final = re.compile(r"(?<![a-z0-9])is[^a-z0-9]*test")


def read_is_test(query: Sequence[tuple[str, str]], elsewhere: Iterable[str]) -> bool:
    """Return whether an order is only tried. `elsewhere` are the names of headers and of what stands in the body.

    Raises:
        ParametersInvalid: the parameter is repeated or neither `true` nor `false` in any case, or something of its name
            stands anywhere else.
    """
    if any(map(means_is_test, elsewhere)) or any(
        means_is_test(value) or (name != NAME and means_is_test(name)) for name, value in query
    ):
        message = "is_test is read as a parameter of the query string alone: ?is_test=true. Nothing was registered."
        raise parameter_invalid(NAME, "is_test.misplaced", message)
    given = [value for name, value in query if name == NAME]
    if not given:
        return False
    if len(given) > 1 or given[0].lower() not in _TRUTH:
        raise parameter_invalid(NAME, "is_test.invalid", "Write is_test=true or is_test=false, once.")
    return _TRUTH[given[0].lower()]


@lru_cache(_NAMES_REMEMBERED)
def means_is_test(text: str) -> bool:
    """Return whether a text names `is_test` in whatever spelling: other case, other separators, brackets around it."""
    return _MEANT.search(_HUMP.sub("_", nfkc(text)).casefold()) is not None
