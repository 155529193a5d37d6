"""The proof of an import for the accountant: what was outstanding before, what came, what was outstanding after."""

from collections.abc import Mapping
from datetime import datetime

from largesse.domain.imports import Import
from largesse.domain.merchants import Merchant
from largesse.domain.reports import PrintedColumn, PrintedReport
from largesse.interfaces.admin.imports.view import import_view
from largesse.ui import Voice


def proof_of(
    one: Import, merchant: Merchant, voice: Voice, names: Mapping[str, str], *, now: datetime
) -> PrintedReport:
    """Return the proof as it is printed; no number stands in it. `names` are those of people."""
    view = import_view(one, merchant, voice, names, now=now)
    cut_over = one.terms.cut_over
    moment = voice.moment(cut_over, zone=merchant.zone) if cut_over else view.badge
    return PrintedReport(
        language=voice.language,
        paper=merchant.paper,
        merchant=merchant.name,
        title=voice.t("Proof of an import"),
        about=voice.t(
            "Certificates of another system, brought over as of {moment}: {file}", moment=moment, file=one.file_name
        ),
        columns=(
            PrintedColumn(title=voice.t("Currency and class"), numeric=False),
            PrintedColumn(title=voice.t("Before"), numeric=True),
            PrintedColumn(title=voice.t("Imported"), numeric=True),
            PrintedColumn(title=voice.t("After"), numeric=True),
        ),
        rows=tuple((line.name, line.before, line.imported, line.after) for line in view.lines),
        notes=(
            *(f"{name}: {value}" for name, value in view.facts),
            *view.left_out,
            voice.t("State: {state}", state=view.badge),
            voice.t("SHA-256 of the file: {digest}", digest=one.file_digest.hex()),
            voice.t("The rows stand in the journal as issues from opening balances."),
        ),
        page_words=voice.t("Page {page} of {pages}"),
    )
