"""Reports: what the books say of a period, made of the sums of the journal and of the rows behind them alone."""

from pathlib import Path

from largesse.services.reports.answering import FigureAsked, FigureRows, answer, daily, figure_of, figure_rows
from largesse.services.reports.asking import (
    BY_DAY,
    BY_MONTH,
    OF_PARTNERS,
    Each,
    QuestionInvalid,
    ReportName,
    ReportQuestion,
    month_after,
    read_month,
    read_question,
    written,
)
from largesse.services.reports.balances import AccountSum, balances
from largesse.services.reports.based import TaxesInBase, taxes_in_base
from largesse.services.reports.book_words import account_name, kind_name
from largesse.services.reports.books import PeriodInvalid, ReportPeriod, Told, read_sums, read_taxes
from largesse.services.reports.breakage_words import method_name
from largesse.services.reports.breaking import reckoned
from largesse.services.reports.definitions import FIGURED
from largesse.services.reports.dependencies import ReportDependencies
from largesse.services.reports.drawers import OpenDay, open_days
from largesse.services.reports.filing import ReportFile, ReportFormat, as_file
from largesse.services.reports.liability import LiabilityColumn, RollForward, column_of, roll_forward
from largesse.services.reports.looking import DEVICE_ACTS, EXCEPTIONS
from largesse.services.reports.showing import (
    Names,
    ShownColumn,
    ShownTable,
    cell_text,
    columns_with_something,
    name_of,
    names_of,
    sentence_of,
    shown,
)
from largesse.services.reports.slicing import of_days
from largesse.services.reports.statements import PAGE, StatementPart
from largesse.services.reports.tables import CellKind, ReportColumn, ReportLine, ReportTable, Value
from largesse.services.reports.wording import (
    class_name,
    column_title,
    fault_words,
    nothing_of,
    rate_text,
    tax_name,
    title_of,
    told_by,
)

FOLDER = Path(__file__).parent  # its part of the look: locale/
