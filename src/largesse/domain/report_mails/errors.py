"""Why a mail of a report is refused."""

from largesse.kernel.errors import InvalidInput, NotFound


class ReportMailInvalid(InvalidInput):
    """What was typed is no mail of a report: which one, or how often; or there are too many already."""

    code = "report.mail.invalid"
    message = "This cannot be mailed as asked. Correct what is listed."


class ReportMailUnknown(NotFound):
    """Nobody of that name is mailed that."""

    code = "report.mail.unknown"
    message = "There is no such mail. `largesse report mails` shows them."
