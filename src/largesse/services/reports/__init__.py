"""Reports: what the books say of a period, made of the sums of the journal alone."""

from largesse.services.reports.balances import AccountSum, balances
from largesse.services.reports.books import PeriodInvalid, ReportPeriod, Told, read_sums, read_taxes
from largesse.services.reports.liability import LiabilityColumn, RollForward, column_of, roll_forward
