"""Do what one person may within limits, and with a second person beyond them, who is there or elsewhere."""

from pathlib import Path

from largesse.services.approvals.asking import (
    AskedFor,
    ask_or_do,
    change_limit,
    change_own_limit,
    count_approved,
    forget_counted,
    may_alone,
    refuse_own_of,
)
from largesse.services.approvals.deciding import approve, refuse
from largesse.services.approvals.dependencies import ApprovalDependencies, TillApprovalDependencies
from largesse.services.approvals.from_tills import (
    TillAsked,
    approve_at_till,
    ask_from_afar,
    decide_from_afar,
    granted,
)
from largesse.services.approvals.other_person import AskedBy, demand_other
from largesse.services.approvals.owner_words import owner_sentence, written_account, written_instructions
from largesse.services.approvals.refusals import refusal_words
from largesse.services.approvals.wording import act_name, request_sentence, till_sentence

FOLDER = Path(__file__).parent  # its part of the look: locale/
