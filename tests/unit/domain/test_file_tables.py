"""Small tables as files, read by other programs than the one that wrote them."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

from openpyxl import load_workbook

from largesse.domain.exports import FileTable, table_as_csv, table_as_xlsx

MADE_AT = datetime(2026, 11, 30, 9, tzinfo=UTC)
TABLE = FileTable(
    name="Sales: all/of [it]",
    headings=("Day", "At", "What", "Count", "Paid", "Yen"),
    rows=[
        [
            date(2026, 11, 22),
            datetime.fromisoformat("2026-11-22T15:04:05"),
            "=1+1",
            3,
            Decimal("-110.50"),
            Decimal(1200),
        ],
        [None, None, "Bar", 0, Decimal("0.00"), None],
    ],
    notes=("Sales", "Corner Spa, November 2026"),
)


def _told(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def test_a_workbook_has_real_days_and_numbers_and_formulas_stay_texts() -> None:
    sheet = load_workbook(io.BytesIO(table_as_xlsx(TABLE, made_at=MADE_AT))).worksheets[0]
    rows = [[_told(cell.value) for cell in row] for row in sheet.iter_rows()]
    assert [row[0] for row in rows[:2]] == ["Sales", "Corner Spa, November 2026"]
    assert rows[3] == ["Day", "At", "What", "Count", "Paid", "Yen"]
    assert rows[4] == ["2026-11-22T00:00:00", "2026-11-22T15:04:05", "=1+1", 3, -110.5, 1200]
    assert rows[5][2:5] == ["Bar", 0, 0]
    assert sheet.cell(5, 3).data_type == "s"
    assert (sheet.cell(5, 5).number_format, sheet.cell(5, 6).number_format) == ("#,##0.00", "#,##0")
    assert sheet.freeze_panes == "A5"


def test_the_same_table_gives_the_same_bytes() -> None:
    assert table_as_xlsx(TABLE, made_at=MADE_AT) == table_as_xlsx(TABLE, made_at=MADE_AT)


def test_csv_is_read_back_and_formulas_are_guarded() -> None:
    rows = list(csv.reader(io.StringIO(table_as_csv(TABLE).decode())))
    assert rows == [
        ["Day", "At", "What", "Count", "Paid", "Yen"],
        ["2026-11-22", "2026-11-22 15:04:05", "'=1+1", "3", "-110.50", "1200"],
        ["", "", "Bar", "0", "0.00", ""],
    ]
