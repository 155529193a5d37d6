"""Bring certificates over from other systems: rehearsed, then all of them or none, and taken back as a whole."""

from largesse.services.imports.dependencies import ImportDependencies
from largesse.services.imports.duty import forget_staged, run_due
from largesse.services.imports.examining import answer, column_name, find_import, stage
from largesse.services.imports.reversing import reverse, take_back
from largesse.services.imports.running import confirm, run
