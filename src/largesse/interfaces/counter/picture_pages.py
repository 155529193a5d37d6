"""`/counter/{slug}/frame` and `/photo`: a certificate is looked at instead of typed. No picture is kept."""

import base64
import binascii
from collections.abc import Sequence
from typing import Final

import msgspec
from litestar import MediaType, Response
from litestar.handlers import HTTPRouteHandler

from largesse.interfaces.counter.bill_pages import POSTED, BillPages
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.front import CounterAnswer, CounterFront
from largesse.ledger import EntryMode
from largesse.services.counter import FRAME_BYTES_MAX, PHOTO_BYTES_MAX, PictureUnfit, read_picture

COUNTER: Final = "/counter/{slug:str}"
_AROUND_BYTES: Final = 16 * 1024
"""What a form has besides its photograph."""


class SeenFrame(msgspec.Struct, frozen=True):
    """What a frame of a camera holds: the text of a code, "" where none is seen."""

    text: str


class PicturePages:
    """Answer what is seen in a picture."""

    def __init__(self, front: CounterFront, bills: BillPages) -> None:
        self._front = front
        self._bills = bills

    async def frame(self, caller: CounterCaller) -> CounterAnswer:
        """Return the text of the code in one frame, for the script that looks through the camera."""
        try:
            content = base64.b64decode(caller.fields.get("frame", ""), altchars=b"-_", validate=True)
            text = await read_picture(content, most=FRAME_BYTES_MAX)
        except (PictureUnfit, binascii.Error, ValueError):
            return self._seen("", status=422)
        return self._seen(text or "")

    async def photo(self, caller: CounterCaller) -> CounterAnswer:
        """Return the answer to the certificate on a photograph."""
        voice = self._front.voice(caller)
        try:
            text = await read_picture(caller.content)
        except PictureUnfit:
            words = voice.t(
                "That is no photograph that can be read. Send a JPEG, PNG or WebP of at most 8 MB, or type the number."
            )
            return await self._bills.unread(caller, words)
        if text is None:
            words = voice.t(
                "No code is seen on the photograph. Lay the certificate flat, in good light, and hold the phone right"
                " above it so that the square code fills half of the picture; or type the number."
            )
            return await self._bills.unread(caller, words)
        return await self._bills.answer(caller, text, EntryMode.CAMERA)

    def _seen(self, text: str, *, status: int = 200) -> CounterAnswer:
        content = msgspec.json.encode(SeenFrame(text)).decode()
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(content, status_code=status, media_type=MediaType.JSON, headers=headers)


def picture_routes(front: CounterFront, bills: BillPages) -> Sequence[HTTPRouteHandler]:
    """Return the routes of pictures."""
    pages = PicturePages(front, bills)
    most = PHOTO_BYTES_MAX + _AROUND_BYTES
    return [
        front.route("POST", f"{COUNTER}/frame", POSTED, pages.frame),
        front.route("POST", f"{COUNTER}/photo", POSTED, pages.photo, file="photo", body_bytes_max=most),
    ]
