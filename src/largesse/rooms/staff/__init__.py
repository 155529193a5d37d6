"""Who works here and what they did: for now, the audit log."""

from largesse.rooms.staff.actions import ReasonInvalid, entries_about, record
from largesse.rooms.staff.model import Audited, AuditEntry

__all__ = ["AuditEntry", "Audited", "ReasonInvalid", "entries_about", "record"]
