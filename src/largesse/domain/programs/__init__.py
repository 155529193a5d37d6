"""Merchants' own programs: the keys that they sign in to the REST API with, and what each key may do."""

from largesse.domain.programs.actions import (
    KEYS_MAX,
    ROTATION_LONGEST,
    KeyWanted,
    make_key,
    revoke_key,
    rotate_key,
)
from largesse.domain.programs.calls import (
    CALLS_KEPT,
    CallUnknown,
    ProgramCall,
    calls_of,
    find_call,
    forget_calls,
    merchants_with_keys,
    write_calls,
)
from largesse.domain.programs.errors import (
    ProgramDenied,
    ProgramKeyEnded,
    ProgramKeyInvalid,
    ProgramKeyKnown,
    ProgramKeysMany,
    ProgramKeyUnknown,
    RequestClaimed,
    ScopeMissing,
)
from largesse.domain.programs.model import GUARDED, KeyScope, ProgramKey, digest_of_key, looks_like_key
from largesse.domain.programs.requests import (
    CLAIM_GOOD_FOR,
    REQUESTS_KEPT,
    ProgramAnswers,
    RequestClaim,
    answer_request,
    claim_request,
    forget_requests,
    merchants_with_old_requests,
    release_request,
    resource_of_request,
)
from largesse.domain.programs.store import (
    admit,
    find_key,
    keys_of,
    last_use,
    note_use,
    revoke_keys_of,
    route_of,
    share_use,
)
