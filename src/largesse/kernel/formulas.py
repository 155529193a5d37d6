"""Cells that no spreadsheet runs as formulas, and the way back.

What begins like a formula gets an apostrophe in front, which reading takes off again. So does what follows the end of a
cell as another setting of the spreadsheet sees it.
"""

import re

# What spreadsheets take for the start of a formula, or skip before one: OWASP "CSV Injection", with the full-width
# forms that some of them fold.
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
CELL_ENDS = ";\t\r\n"
"""What ends a cell for a spreadsheet that is set to another separator than the comma, or passes over the quotes."""
_GUARD = "'"
_SIGNS = re.escape("".join(start for start in FORMULA_STARTS if start not in CELL_ENDS))
_BEFORE = f"((?:\\A|(?<=[{CELL_ENDS}])) *)"
_FORMULA = re.compile(f"{_BEFORE}({_GUARD}*)(?=[{_SIGNS}])")
_GUARDED_FORMULA = re.compile(f"{_BEFORE}{_GUARD}({_GUARD}*)(?=[{_SIGNS}])")
_BREAK_FIRST = re.compile(f"\\A({_GUARD}*)(?=[\t\r\n])")
_GUARDED_BREAK_FIRST = re.compile(f"\\A{_GUARD}({_GUARD}*)(?=[\t\r\n])")


def guard(text: str) -> str:
    """Return `text` as a cell that no spreadsheet runs, nor any part of it behind `;`, a tab or a line break."""
    return _BREAK_FIRST.sub(rf"{_GUARD}\1", _FORMULA.sub(rf"\1{_GUARD}\2", text))


def unguard(cell: str) -> str:
    """Return the text that `guard` made `cell` of."""
    if _GUARD not in cell:
        return cell
    return _GUARDED_BREAK_FIRST.sub(r"\1", _GUARDED_FORMULA.sub(r"\1\2", cell))
