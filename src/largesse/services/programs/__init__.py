"""Merchants' own programs: make their keys, let them in, and keep the sandboxes that they are tried in."""

from largesse.services.programs.admission import Gate, Program
from largesse.services.programs.call_log import CallLog, forget_calls
from largesse.services.programs.dependencies import ProgramDependencies
from largesse.services.programs.keys import SCOPE_ACTS, list_keys, make_key, may_have, revoke_key, rotate_key
from largesse.services.programs.made import MadeKey
from largesse.services.programs.once import answer_once, forget_requests
from largesse.services.programs.sandboxes import (
    SANDBOX_GOOD_FOR,
    SandboxesFull,
    open_anonymous,
    purge_sandboxes,
    sandbox_for,
)
