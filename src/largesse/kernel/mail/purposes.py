"""What a mail that is due is for, before it is known which family of mails it belongs to."""

from typing import Final

import msgspec


class _Purpose(msgspec.Struct, frozen=True):
    purpose: str = ""


_DECODER: Final = msgspec.json.Decoder(_Purpose)


def purpose_in(payload: str) -> str:
    """Return the purpose that was frozen with a mail, "" where none was.

    Raises:
        msgspec.DecodeError: the payload is none of a mail.
    """
    return _DECODER.decode(payload).purpose
