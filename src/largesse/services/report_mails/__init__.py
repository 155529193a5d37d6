"""Mails that remind people of reports: a link, never the figures, for what has ended by then."""

from largesse.services.report_mails.mailing import MAILED, mail_report, send_due, stop_report
