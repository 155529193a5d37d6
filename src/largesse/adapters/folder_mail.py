"""Put mail into a folder instead of sending it: what a demonstration does, which must never write to strangers."""

import asyncio
import hashlib
from pathlib import Path

from largesse.outbox import Parcel, ReceiverAnswer


class FolderMail:
    """Write each message as a file `.eml`, to be opened with any mail program. Conforms to `outbox.Sender`.

    The folder is readable by its owner only: certificates have numbers, worthless ones too.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, parcel: Parcel) -> ReceiverAnswer:
        """Write one message; the same message is written once."""
        name = hashlib.sha256(parcel.body).hexdigest()[:20] + ".eml"
        try:
            await asyncio.to_thread(self._write, name, parcel.body)
        except OSError as error:
            return ReceiverAnswer(error=f"The mail could not be written to {self._folder}: {error.strerror}.")
        return ReceiverAnswer(status_code=250, body=f"Kept as {name}; a demonstration sends no mail.".encode())

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._folder / name).write_bytes(content)
