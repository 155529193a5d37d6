"""Second factors that are typed: codes of an authenticator (TOTP, RFC 6238), and recovery codes for when it is lost.

A code of the authenticator counts for its half minute and the ones beside it, for clocks differ, and once: the step it
belongs to is kept, and none up to it counts again. A recovery code carries 80 random bits, so that a plain hash of it
can be kept.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Final
from uuid import UUID

import pyotp

from largesse.kernel.numbers import fold_symbols, random_symbols
from largesse.kernel.sealing import Keyring, Sealed

STEP_S: Final = 30
STEPS_BESIDE: Final = 1
CODE_DIGITS: Final = 6
RECOVERY_CODES: Final = 10
RECOVERY_LENGTH: Final = 16
_GROUP: Final = 4
_ISSUER: Final = "Largesse"


def new_totp_secret() -> str:
    """Return a fresh secret for an authenticator: 160 bits in base 32."""
    return pyotp.random_base32()


def totp_uri(secret: str, email: str) -> str:
    """Return what the QR code holds that an authenticator reads."""
    return pyotp.TOTP(secret, interval=STEP_S, digits=CODE_DIGITS).provisioning_uri(name=email, issuer_name=_ISSUER)


def step_of_code(secret: str, code: str, *, now: datetime) -> int | None:
    """Return the half minute since 1970 that a code belongs to, None where it belongs to none around `now`."""
    typed = "".join(code.split())
    if len(typed) != CODE_DIGITS or not typed.isascii() or not typed.isdigit():
        return None
    current = int(now.timestamp()) // STEP_S
    totp = pyotp.TOTP(secret, interval=STEP_S, digits=CODE_DIGITS)
    steps = range(max(current - STEPS_BESIDE, 0), current + STEPS_BESIDE + 1)
    matching = [step for step in steps if hmac.compare_digest(totp.generate_otp(step), typed)]  # all of them, always
    return max(matching, default=None)


def totp_context(person_id: UUID) -> bytes:
    """Return what the sealed secret of an authenticator is bound to: its person."""
    return b"totp" + person_id.bytes


def seal_totp(keyring: Keyring, person_id: UUID, secret: str) -> Sealed:
    """Return the secret of an authenticator as it is kept."""
    return keyring.seal(secret, context=totp_context(person_id))


def open_totp(keyring: Keyring, person_id: UUID, sealed: Sealed) -> str:
    """Return the secret of an authenticator in clear.

    Raises:
        SecretUnreadable: the keyring does not belong to this database.
    """
    return keyring.open(sealed, context=totp_context(person_id))


def new_recovery_codes() -> tuple[str, ...]:
    """Return ten fresh codes as people read them: `7K2M-QXR4-19TD-0VEB`."""
    return tuple(_grouped(random_symbols(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES))


def digest_of_recovery_code(person_id: UUID, code: str) -> bytes | None:
    """Return what a recovery code is found by, however it was typed; None for what cannot be one."""
    folded = fold_symbols(code)
    if len(folded) != RECOVERY_LENGTH:
        return None
    return hashlib.sha256(b"recovery" + person_id.bytes + folded.encode()).digest()


def _grouped(symbols: str) -> str:
    return "-".join(symbols[place : place + _GROUP] for place in range(0, len(symbols), _GROUP))
