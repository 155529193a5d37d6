"""What was typed on a form, kept for its person on its device: until somebody approves it, or the device is unlocked.

It may hold a certificate's number that was scanned, so it is sealed, and opens for that person on that device alone.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec

from largesse.kernel.sealing import Keyring, Sealed, SecretUnreadable

FORM_BYTES_MAX: Final = 24 * 1024
FIELDS_MAX: Final = 100
_ENCODER: Final = msgspec.json.Encoder()


class KeptForm(msgspec.Struct, frozen=True, kw_only=True):
    """A form as it was sent: where to, and what was typed. `template` is the address with names for its parts."""

    path: str
    template: str
    params: Mapping[str, str] = {}
    fields: Mapping[str, str] = {}

    def __repr__(self) -> str:
        """Leave out what was typed: it may be a bearer secret."""
        return f"KeptForm({self.template!r})"


_DECODER: Final = msgspec.json.Decoder(KeptForm)


class FormOwner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose a form is: a person's, on a device or on none."""

    merchant_id: UUID
    person_id: UUID
    device_id: UUID | None = None

    @property
    def context(self) -> bytes:
        """Return what a sealed form opens with alone."""
        device = self.device_id.bytes if self.device_id else b"-"
        return b"till-form:" + self.merchant_id.bytes + self.person_id.bytes + device


def seal_form(keyring: Keyring, form: KeptForm, owner: FormOwner) -> Sealed | None:
    """Return a form as it is kept; None of one that is too long to be."""
    text = _ENCODER.encode(form)
    if len(text) > FORM_BYTES_MAX or len(form.fields) > FIELDS_MAX:
        return None
    return keyring.seal(text.decode(), context=owner.context)


def open_form(keyring: Keyring, sealed: Sealed | None, owner: FormOwner) -> KeptForm | None:
    """Return what was kept; None where there is nothing, or it is somebody else's, or its key is retired."""
    if sealed is None:
        return None
    try:
        return _DECODER.decode(keyring.open(sealed, context=owner.context))
    except (SecretUnreadable, msgspec.DecodeError):
        return None
