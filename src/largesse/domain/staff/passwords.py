"""Which passwords are good enough: long, and none of those that are tried first.

`common_passwords.txt` has the words that long common passwords are made of. A password is common when nothing is left
of it but one or two of them (in any case, with digits for letters, with digits and signs around them), when it repeats
a few characters, or when it runs along the keyboard or the alphabet. Whoever strings four words together passes.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final

from largesse.domain.staff.errors import PasswordUnfit
from largesse.kernel.errors import FieldError
from largesse.kernel.normal_form import nfkc

LENGTH_MIN: Final = 12
LENGTH_MAX: Final = 256
DISTINCT_MIN: Final = 5
WORDS_MAX: Final = 2
_REST_MIN: Final = 4
_FIELD: Final = "password"
# What people write for letters, each sign read as the letter it is mostly meant for.
_LEET: Final = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_RUNS: Final = tuple(
    run + run[::-1]
    for run in (
        "abcdefghijklmnopqrstuvwxyz" * 2,
        "01234567890" * 3,
        "1234567890" * 3,
        "qwertyuiopasdfghjklzxcvbnm",
        "qwertzuiopasdfghjklyxcvbnm",
        "azertyuiopqsdfghjklmwxcvbn",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
        "q1w2e3r4t5y6u7i8o9p0",
    )
)


def check_password(password: str, *, known: tuple[str, ...] = ()) -> None:
    """Let a password pass that is good enough. `known` is what a stranger knows of the person: address and name.

    Raises:
        PasswordUnfit: it is not, and the field says why.
    """
    fault = _fault(password, known)
    if fault is not None:
        code, advice = fault
        raise PasswordUnfit(advice, fields=[FieldError(_FIELD, code, advice)])


def _fault(password: str, known: tuple[str, ...]) -> tuple[str, str] | None:
    if len(password) < LENGTH_MIN:
        return "staff.password.too_short", f"Use at least {LENGTH_MIN} characters. Several words are fine."
    if len(password) > LENGTH_MAX:
        return "staff.password.too_long", f"Use at most {LENGTH_MAX} characters."
    if is_common(password):
        return "staff.password.common", "This is one of the passwords that are tried first. Choose another."
    plain = _plain(nfkc(password).casefold())
    if any(_is_most_of(one, plain) for one in _parts(known)):
        return "staff.password.personal", "This holds little more than your name or address. Choose another."
    return None


def is_common(password: str) -> bool:
    """Return whether a password is among those that are tried first."""
    folded = nfkc(password).casefold()
    letters = "".join(folded.split())
    if len(set(letters)) < DISTINCT_MIN or _repeats(letters) or any(letters in run for run in _RUNS):
        return True
    return any(_is_of_words(form, WORDS_MAX) for form in _forms(letters))


def _forms(letters: str) -> Iterator[str]:
    """Yield what may be meant: bare, and with letters for the digits within; without what stands around it."""
    bare = letters.strip("".join(set(letters) - set("abcdefghijklmnopqrstuvwxyz")))
    for form in (letters, bare, letters.translate(_LEET), bare.translate(_LEET)):
        yield form
        yield "".join(one for one in form if one.isalpha())


def _is_of_words(text: str, most: int) -> bool:
    """Return whether a text is made of so many of the words at most, and has any."""
    if text in _words():
        return True
    return most > 1 and any(
        text[:place] in _words() and _is_of_words(text[place:], most - 1) for place in range(3, len(text) - 2)
    )


def _repeats(text: str) -> bool:
    """Return whether a text is one shorter text again and again."""
    return text in (text + text)[1:-1]


def _parts(known: tuple[str, ...]) -> Iterator[str]:
    for one in known:
        folded = nfkc(one).casefold()
        yield _plain(folded)
        yield from folded.replace("@", " ").replace(".", " ").split()


def _is_most_of(part: str, plain: str) -> bool:
    return len(part) >= _REST_MIN and part in plain and len(plain) - len(part) <= _REST_MIN


def _plain(text: str) -> str:
    return "".join(one for one in text if one.isalnum())


@cache
def _words() -> frozenset[str]:
    text = files(__package__).joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
