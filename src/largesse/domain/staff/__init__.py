"""Who works here and what they did: for now, the audit log."""

from largesse.domain.staff.actions import REASON_LENGTH_MAX, ReasonInvalid, record
from largesse.domain.staff.model import Audited
from largesse.domain.staff.store import entries_about
