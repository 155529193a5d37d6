"""Reports that somebody is reminded of by mail, day by day, week by week or month by month."""

from largesse.domain.report_mails.errors import ReportMailInvalid, ReportMailUnknown
from largesse.domain.report_mails.model import MAILED_AT_HOUR, MAILS_MAX, MailEvery, ReportMail, next_after, period_of
from largesse.domain.report_mails.store import (
    delete_mail,
    insert_mail,
    list_mails,
    lock_due_mail,
    merchants_with_due_mails,
    put_off,
    stop_mails_of,
)
