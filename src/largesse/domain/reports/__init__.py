"""Reports on paper: what a printed report says, and the port of whoever can print it."""

from largesse.domain.reports.printing import PrintedColumn, PrintedReport, ReportPrinter
