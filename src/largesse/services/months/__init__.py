"""Months are closed by two persons, sealed, and printed as they were ever after."""

from pathlib import Path

from largesse.services.months.breaking import BreakageDue, breakage_due
from largesse.services.months.checking import MonthFinding, check_month, ledger_differences, month_end
from largesse.services.months.closing import approve_month, reopen_month, request_month
from largesse.services.months.dependencies import MonthDependencies
from largesse.services.months.difference_words import difference_words
from largesse.services.months.printing import PRINTED, month_question

FOLDER = Path(__file__).parent  # its part of the look: locale/
