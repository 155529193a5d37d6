"""Forms that bring a file along (`multipart/form-data`): their fields as any form's, and the first file."""

import asyncio
import io
from collections.abc import Mapping
from email.message import Message
from typing import Final

import msgspec
from multipart import MultipartError, MultipartParser

from largesse.web.forms import FIELDS_MAX, read_form
from largesse.web.negotiation import media_type_of
from largesse.web.request import AnyRequest

_MULTIPART: Final = "multipart/form-data"
_FIELD_BYTES_MAX: Final = 16 * 1024
_NAME_MAX: Final = 200


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file that somebody chose: what they call it, and what is in it."""

    name: str
    content: bytes

    def __repr__(self) -> str:
        """Leave the content out: it may be full of numbers."""
        return f"Upload({len(self.content)} bytes)"


async def read_posted(request: AnyRequest) -> tuple[Mapping[str, str], Upload | None]:
    """Return the fields of a posted form, and the file that came with it. The route bounds its size."""
    stated = request.headers.get("content-type", "")
    if media_type_of(stated) != _MULTIPART:
        return await read_form(request), None
    body = await request.body()
    return await asyncio.to_thread(_read, body, _boundary(stated))


def _boundary(stated: str) -> str:
    header = Message()
    header["content-type"] = stated
    return str(header.get_param("boundary", ""))


def _read(body: bytes, boundary: str) -> tuple[Mapping[str, str], Upload | None]:
    """Return what is in a body; nothing of one that is broken, as of a form that is none."""
    fields, upload = dict[str, str](), None
    size = len(body) + 1  # all of it stands in the memory already, and none of it goes to the disk
    parser = MultipartParser(
        io.BytesIO(body), boundary, strict=True, part_limit=FIELDS_MAX, spool_limit=size, memory_limit=size
    )
    try:
        for part in parser:
            if part.filename is not None:
                if upload is None and (part.filename or part.size):
                    name = part.filename.replace("\\", "/").rpartition("/")[2]
                    upload = Upload(name=name[:_NAME_MAX], content=part.raw)
            elif part.size <= _FIELD_BYTES_MAX:
                fields.setdefault(part.name, part.raw.decode("utf-8", errors="replace"))
    except (MultipartError, ValueError):
        return {}, None
    return fields, upload
