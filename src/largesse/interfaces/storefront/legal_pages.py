"""`/{slug}/legal/{kind}`: a text that the law asks for, in the reader's language where there is one in it."""

from collections.abc import Sequence
from typing import Final

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from largesse.domain.legal_texts import LegalKind
from largesse.interfaces.storefront.storefront import Storefront
from largesse.web.request import AnyRequest
from largesse.web.responses import see_other

_KINDS: Final = {kind.value: kind for kind in LegalKind}


def legal_routes(front: Storefront) -> Sequence[ControllerRouterHandler]:
    """Return the route of the texts."""

    @get("/{slug:str}/legal/{kind:str}", include_in_schema=False)
    async def read(slug: FromPath[str], kind: FromPath[str], request: AnyRequest) -> Response[str] | Response[bytes]:
        """Show a text, or lead to where it stands."""
        shop = await front.shop(slug)
        voice = front.voice(request, shop)
        wanted = _KINDS.get(kind)
        found = shop.texts.read_in(voice.language, wanted) if wanted else None
        here = f"{shop.path}/legal/{kind}" if wanted else shop.path
        if found is None:
            return front.page("gone.html", request, {}, shop=shop, status=404, here=shop.path)
        if found.link:
            return see_other(found.link)
        values: dict[str, object] = {"kind": found.kind.value, "text": found.text, "language": found.language}
        return front.page(
            "legal.html", request, values | {"basket": await front.basket(shop, request)}, shop=shop, here=here
        )

    return [read]
