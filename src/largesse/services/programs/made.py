"""A key that was just made."""

import msgspec

from largesse.domain.programs import ProgramKey


class MadeKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that was just made, and its text, which is shown once."""

    key: ProgramKey
    text: str

    def __repr__(self) -> str:
        """Leave the text out: it opens what the key opens."""
        return f"MadeKey(key_id={self.key.key_id})"
