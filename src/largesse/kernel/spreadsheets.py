"""What spreadsheets leave in place of a value that they took for something else."""

import re
from typing import Final

# Errors of formulas in the languages of ours, and columns too narrow.
_DAMAGE: Final = re.compile(
    r"#[¡¿]?(?:REF|VALUE|NAME|NUM|NULL|DIV/0|SPILL|CALC|FIELD|BUSY|BLOCKED|CONNECT|UNKNOWN|BEZUG|WERT|ZAHL|NULO|VALOR|NOMBRE"
    r"|VALEUR|NOM|NOMBRE|NUL|ÜBERLAUF)[!?]|#N/[AD]|#NV|#GETTING_DATA|#{3,}|Err:[0-9]{3}"
)
# A long number in scientific notation, or a number that was taken for a date.
_NUMBER_DAMAGE: Final = re.compile(
    r"-?[0-9](?:[.,][0-9]+)?[Ee][+-][0-9]{1,3}"
    r"|(?:[0-9]{1,2}-)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-[0-9]{2,4}"
    r"|[0-9]{1,2}-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
)


def is_damaged(text: str, *, number: bool) -> bool:
    """Return whether a spreadsheet has put something of its own into a cell, which holds a `number` or any text."""
    return bool(_DAMAGE.fullmatch(text) or (number and _NUMBER_DAMAGE.fullmatch(text)))
