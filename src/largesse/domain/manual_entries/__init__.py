"""Entries between accounts that are no certificate's: asked for by one person, and agreed to by another."""

from largesse.domain.manual_entries.errors import EntryInvalid, EntryNeedsSecond, EntryNotWaiting
from largesse.domain.manual_entries.model import ENTRY_LAPSES_AFTER, EntryState, ManualEntry
from largesse.domain.manual_entries.store import decide_entry, insert_entry, list_entries, lock_entry
