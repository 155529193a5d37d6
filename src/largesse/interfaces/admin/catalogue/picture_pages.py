"""`/admin/{slug}/catalogue/pictures`: upload pictures, cut a part out of one, remove what is shown nowhere."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.domain import catalog
from largesse.domain.catalog import ALT_MAX, UPLOAD_BYTES_MAX, Crop, HungPicture, Picture, PictureRefused
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.catalogue.wording import picture_refusal, refusal_sentence
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.errors import LargesseError
from largesse.services import catalog as services
from largesse.ui import Voice
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id, whole_number
from largesse.web.responses import see_other

PATH: Final = "/admin/{slug:str}/catalogue/pictures"
HERE: Final = "/admin/{slug}/catalogue"
_SIDES: Final = (("left", 0), ("top", 0), ("right", 100), ("bottom", 100))
_THUMB: Final = 320


class GalleryPages:
    """Answer about pictures."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return all pictures."""
        return await self._page(caller)

    async def add(self, caller: Caller) -> Answer:
        """Keep an upload, and lead to where a part of it can be cut out."""
        merchant, voice, upload = caller.merchant, self._front.voice(caller), caller.upload
        assert merchant is not None
        if upload is None or not upload.content:
            return await self._page(caller, errors={"file": voice.t("Choose a file.")}, status=422)
        alt = caller.fields.get("alt", "")[: ALT_MAX + 1].strip()
        try:
            kept = await services.add_picture(self._deps, merchant, upload.content, alt=alt, now=self._deps.clock.now())
        except PictureRefused as refused:
            field = "alt" if refused.fields else "file"
            return await self._page(caller, errors={field: picture_refusal(refused, voice)}, status=422)
        return see_other(f"{HERE.format(slug=merchant.slug)}/pictures/{kept.picture_id}")

    async def one(self, caller: Caller) -> Answer:
        """Return the page that cuts a part out of a picture."""
        return await self._crop_page(caller, await self._known(caller))

    async def crop(self, caller: Caller) -> Answer:
        """Keep a part of a picture as a picture of its own."""
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        known = await self._known(caller)
        sides = {name: whole_number(caller.fields.get(name, "").strip()) for name, _ in _SIDES}
        try:
            crop = Crop(**{name: usual if sides[name] is None else sides[name] or 0 for name, usual in _SIDES})
            part = await services.crop_picture(self._deps, merchant, known.picture_id, crop, now=self._deps.clock.now())
        except PictureRefused as refused:
            return await self._crop_page(caller, known, errors={"left": picture_refusal(refused, voice)}, status=422)
        return see_other(f"{HERE.format(slug=merchant.slug)}/pictures?new={part.picture_id}#new")

    async def remove(self, caller: Caller) -> Answer:
        """Delete a picture that is shown nowhere."""
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        try:
            async with self._deps.database.transaction() as connection:
                await services.remove_picture(
                    connection, merchant, _id_in(caller), actor=caller.manager.actor, now=self._deps.clock.now()
                )
        except LargesseError as refused:
            return await self._page(caller, problem=refusal_sentence(refused, voice), status=409)
        return see_other(f"{HERE.format(slug=merchant.slug)}/pictures")

    async def _known(self, caller: Caller) -> Picture:
        merchant, wanted = caller.merchant, _id_in(caller)
        assert merchant is not None
        async with self._deps.database.connection() as connection:
            found = await catalog.pictures_of(connection, merchant.merchant_id, [wanted])
        if wanted not in found:
            raise PageUnknown
        return found[wanted]

    async def _page(
        self, caller: Caller, *, errors: Mapping[str, str] | None = None, problem: str = "", status: int = 200
    ) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, home = self._front.voice(caller), HERE.format(slug=merchant.slug)
        async with self._deps.database.connection() as connection:
            found = await catalog.list_pictures(connection, merchant.merchant_id)
        new = caller.request.query_params.get("new", "")
        values = {
            "home": home,
            "here": f"{home}/pictures",
            "pictures": [{**_view(one, voice), "is_new": str(one.picture.picture_id) == new} for one in found],
            "errors": dict(errors or {}),
            "alt": caller.fields.get("alt", "")[:ALT_MAX],
            "problem": problem,
            "edits": may(authority.role, Act.CATALOGUE_EDIT),
        }
        return await self._front.page(caller, "catalogue/pictures.html", values, status=status, here=f"{home}/pictures")

    async def _crop_page(
        self, caller: Caller, known: Picture, *, errors: Mapping[str, str] | None = None, status: int = 200
    ) -> Answer:
        merchant = caller.merchant
        assert merchant is not None
        voice, home = self._front.voice(caller), HERE.format(slug=merchant.slug)
        trail = [(voice.t("Today"), f"/admin/{merchant.slug}"), (voice.t("Pictures"), f"{home}/pictures")]
        values = {
            "trail": [*trail, (voice.t("Crop"), "")],
            "home": home,
            "here": f"{home}/pictures/{known.picture_id}",
            "src": _address(known, known.widths[-1]),
            "picture": known,
            "sides": {name: caller.fields.get(name, str(usual))[:3] for name, usual in _SIDES},
            "errors": dict(errors or {}),
        }
        return await self._front.page(caller, "catalogue/crop.html", values, status=status, here=f"{home}/pictures")


def _view(one: HungPicture, voice: Voice) -> dict[str, object]:
    what = one.picture
    where = [*one.offerings, *([voice.t("the logo")] if one.is_logo else [])]
    return {
        "id": str(what.picture_id),
        "src": _address(what, next((width for width in what.widths if width >= _THUMB), what.widths[-1])),
        "alt": what.alt,
        "width": what.width,
        "height": what.height,
        "size": f"{what.width} × {what.height}",
        "where": voice.t("Shown with: {where}", where=voice.listing(where)) if where else voice.t("Shown nowhere"),
        "free": not where,
    }


def _address(picture: Picture, width: int) -> str:
    """Return where the shop serves a picture."""
    return f"/pictures/{picture.merchant_id}/{picture.picture_id}/{width}.webp"


def _id_in(caller: Caller) -> UUID:
    found = an_id(str(caller.request.path_params["picture_id"]))
    if found is None:
        raise PageUnknown
    return found


def picture_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of pictures."""
    pages = GalleryPages(front)
    reads, edits = for_act(Act.CATALOGUE_READ), for_act(Act.CATALOGUE_EDIT)
    one = f"{PATH}/{{picture_id:str}}"
    return [
        front.route("GET", PATH, reads, pages.show),
        front.route("POST", PATH, edits, pages.add, body_max=UPLOAD_BYTES_MAX + 64 * 1024),
        front.route("GET", one, edits, pages.one),
        front.route("POST", one, edits, pages.crop),
        front.route("POST", f"{one}/remove", edits, pages.remove),
    ]
