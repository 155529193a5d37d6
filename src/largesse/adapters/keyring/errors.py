"""What can be wrong with a keyring. No message ever carries a key."""

from largesse.kernel.errors import Forbidden, InvalidInput, LargesseError, Unavailable


class KeyringInvalid(InvalidInput):
    """Keys cannot be read."""

    code = "keyring.invalid"
    message = (
        "LARGESSE_KEYS cannot be read. Give one or more keys of 32 bytes in base64, separated by commas, the one that "
        "seals first. "
        "`python -c 'import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())'` makes one."
    )


class KeyringExposed(Forbidden):
    """Others on this machine can read the keys."""

    code = "keyring.exposed"


class KeyringLost(LargesseError):
    """The database holds secrets, and the keys that open them are not there."""

    code = "keyring.lost"
    message = (
        "The database holds sealed secrets, and the keys that open them are not there. Restore keys.json from a "
        "backup, or name the LARGESSE_HOME or the LARGESSE_KEYS that belong to this database. No new keys were made: "
        "with them, no certificate could be found any more."
    )


class KeyringMissing(Unavailable):
    """The file that held the keys is gone or cannot be read."""

    code = "keyring.missing"
