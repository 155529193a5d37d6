"""The first run: a token that opens it once, and what the operator notes of the installation.

The token carries 128 bits and is typed, or comes in a fragment, which browsers send to nobody. Its hash is kept in the
database, so that any web process knows it.
"""

from largesse.domain.setup.errors import SetupClosed, SetupTokenRefused
from largesse.domain.setup.store import (
    BACKUP,
    BACKUP_FAILED,
    BACKUP_GOOD_FOR,
    TOKEN_GOOD_FOR,
    TOKEN_LENGTH,
    BackupTrouble,
    backup_trouble,
    counts,
    make_token,
    note,
    noted_at,
    spend_token,
)
