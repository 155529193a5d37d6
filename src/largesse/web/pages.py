"""A page as an answer: rendered for who reads it, with the headers that let nothing in.

Interfaces use it like this:

    return page(templates, "storefront/redeem.html", request, {"certificate": view}, brand=brand)
"""

import gzip
from collections.abc import Mapping
from functools import cached_property

from litestar import MediaType, Response

from largesse.ui import DEFAULT_BRAND, Brand, Templates, Visit
from largesse.web.headers import security_headers
from largesse.web.negotiation import reads_gzip
from largesse.web.preferences import visit_of
from largesse.web.request import AnyRequest

_PACKING = 6


class PackedPage(Response[str]):
    """A page that is sent compressed. What is shown again is not compressed again."""

    def render(self, *_: object) -> bytes:
        """Return what is sent."""
        return self._packed

    @cached_property
    def _packed(self) -> bytes:
        return gzip.compress(self.content.encode(), _PACKING, mtime=0)

    def again(self) -> "PackedPage":
        """Return the same page for another request."""
        answer = PackedPage(self.content, headers=self.headers, media_type=MediaType.HTML)
        answer.__dict__["_packed"] = self._packed
        return answer


def page(
    templates: Templates,
    template: str,
    request: AnyRequest,
    values: Mapping[str, object] | None = None,
    *,
    brand: Brand = DEFAULT_BRAND,
    demo: bool = False,
    status_code: int = 200,
    form_targets: tuple[str, ...] = (),
    keep: bool = False,
    worker: bool = False,
    visit: Visit | None = None,
    headers: Mapping[str, str] | None = None,
    packed: bool = False,
    framed_by: str = "",
) -> Response[str]:
    """Return the page `template` with the security headers; `values` are what the template names.

    `form_targets`, `keep`, `worker` and `framed_by` are those of `security_headers`. `visit` replaces what the request
    says; `headers` are sent besides. A page is compressed where it is `packed` and the browser reads that: none that
    shows a secret beside what an address said (BREACH).
    """
    seen_by = visit or visit_of(request)
    is_packed = packed and reads_gzip(request)
    return (PackedPage if is_packed else Response)(
        templates.render(template, visit=seen_by, brand=brand, demo=demo, **(values or {})),
        status_code=status_code,
        media_type=MediaType.HTML,
        headers={
            **security_headers(
                form_targets=form_targets, https=templates.https, keep=keep, worker=worker, framed_by=framed_by
            ),
            "Content-Language": seen_by.language,
            "Vary": f"Accept-Language, Cookie{', Accept-Encoding' if packed else ''}",
            **({"Content-Encoding": "gzip"} if is_packed else {}),
            **(headers or {}),
        },
    )
