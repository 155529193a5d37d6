"""From a field of a form to one of the values that it offers: what is none of them is refused, never read as one."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from largesse.kernel.errors import FieldError, InvalidInput
from largesse.ui import Voice, choose_one

CHOICE_UNKNOWN: Final = "choice.unknown"
Word = TypeVar("Word", bound=str)


class ChoiceUnknown(InvalidInput):
    """A field says something that its form does not offer, as forged and outdated forms do."""

    code = CHOICE_UNKNOWN
    message = "Choose one of those that are offered."

    def __init__(self, field: str) -> None:
        super().__init__(fields=[FieldError(field, self.code, self.message)])


def chosen(fields: Mapping[str, str], name: str, offered: Iterable[Word], *, usual: Word | None = None) -> Word:
    """Return the one of those `offered` that a field says; `usual` where the field is missing or empty.

    Raises:
        ChoiceUnknown: it says something else, or nothing where nothing is usual.
    """
    said = fields.get(name, "").strip()
    found = next((one for one in offered if one == said), None)
    if found is None and not said:
        found = usual
    if found is None:
        raise ChoiceUnknown(name)
    return found


def said_beside(wrong: InvalidInput, told: Mapping[str, str], voice: Voice) -> dict[str, str]:
    """Return what is said beside each field that is refused: by its field or its code from `told`, else as it comes."""
    return {
        fault.field: choose_one(voice)
        if fault.code == CHOICE_UNKNOWN
        else told.get(fault.code, told.get(fault.field, fault.message))
        for fault in wrong.fields
    }
