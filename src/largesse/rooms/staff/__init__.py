"""Who works here and what they did: for now, the audit log."""

from largesse.rooms.staff.actions import REASON_LENGTH_MAX, ReasonInvalid, entries_about, record
from largesse.rooms.staff.model import Audited, AuditEntry

__all__ = ["REASON_LENGTH_MAX", "AuditEntry", "Audited", "ReasonInvalid", "entries_about", "record"]
