"""The layouts of other systems' files, read once from `presets.toml`, and which of them a header is of."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from largesse.kernel.errors import NotFound
from largesse.kernel.normal_form import nfkc

PLAIN: Final = "plain"
_BETWEEN: Final = re.compile(r"[\s_\-]+")


class CardColumn(StrEnum):
    """What a column of a file means to us. The words are stored, and never renamed."""

    NUMBER = "number"
    ALIAS = "alias"
    BALANCE = "balance"
    GRATUITY = "gratuity"
    CURRENCY = "currency"
    ISSUED = "issued"
    EXPIRES = "expires"
    VALID_FROM = "valid_from"
    STATUS = "status"
    TEST = "test"
    EMAIL = "email"
    NAME = "name"
    LANGUAGE = "language"


class AmountForm(StrEnum):
    """How amounts are written."""

    DECIMAL = "decimal"
    MINOR = "minor"


class LastDay(StrEnum):
    """What a day of expiry means: the last good one, or the first on which the card no longer counts."""

    INCLUDED = "included"
    EXCLUDED = "excluded"


class Preset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the files of one system are laid out; `docs` for what the words mean stand at the top of `presets.toml`."""

    name: str
    note: str
    needs: tuple[str, ...]
    marks: tuple[str, ...] = ()
    columns: dict[CardColumn, tuple[str, ...]]
    amounts: AmountForm = AmountForm.DECIMAL
    last_day: LastDay | None = None
    inactive: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    headerless: bool = False
    order: tuple[CardColumn, ...] = ()
    only: bool = False
    refuse: str = ""


class PresetUnknown(NotFound):
    """There is no such preset."""

    code = "import.preset.unknown"
    message = "There is no preset of that name. `largesse import presets` lists them."


@cache
def presets() -> Mapping[str, Preset]:
    """Return the presets by their name in commands, in the order of the file."""
    content = files(__package__).joinpath("presets.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(content), dict[str, Preset])


def find_preset(name: str) -> Preset:
    """Return the preset of a name.

    Raises:
        PresetUnknown: there is none.
    """
    found = presets().get(name)
    if found is None:
        raise PresetUnknown
    return found


def heading(text: str) -> str:
    """Return the name of a column in the form in which names are compared."""
    return _BETWEEN.sub(" ", nfkc(text[:200])).strip().casefold()


def placed(preset: Preset, header: Sequence[str]) -> dict[CardColumn, int]:
    """Return where a header has the columns that a preset knows; of two names that it has, the first of the preset."""
    if preset.headerless:
        return {column: place for place, column in enumerate(preset.order)}
    at = {heading(name): place for place, name in reversed(list(enumerate(header)))}
    found = dict[CardColumn, int]()
    for column, names in preset.columns.items():
        place = next((at[key] for name in names if (key := heading(name)) in at), None)
        if place is not None and place not in found.values():
            found[column] = place
    return found


def detect(header: Sequence[str]) -> str | None:
    """Return the preset that a header is of, None where it is of none: most of its marks, then most of its columns."""
    names = {heading(name) for name in header} - {""}
    best, best_score = None, (0, 0)
    for key, preset in presets().items():
        needed = {heading(name) for name in preset.needs}
        if not needed or not needed <= names or (preset.only and names != needed):
            continue
        marks = len({heading(name) for name in preset.marks} & names) + (2 if preset.only else 0)
        score = (marks, len(placed(preset, header)))
        if marks and score > best_score:
            best, best_score = key, score
    return best
