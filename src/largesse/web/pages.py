"""A page as an answer: rendered for who reads it, with the headers that let nothing in.

Interfaces use it like this:

    return page(templates, "storefront/redeem.html", request, {"certificate": view}, brand=brand)
"""

from collections.abc import Mapping

from litestar import MediaType, Response

from largesse.ui import DEFAULT_BRAND, Brand, Templates, Visit
from largesse.web.headers import security_headers
from largesse.web.preferences import visit_of
from largesse.web.request import AnyRequest


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
) -> Response[str]:
    """Return the page `template` with the security headers; `values` are what the template names.

    `form_targets`, `keep` and `worker` are those of `security_headers`. `visit` replaces what the request says;
    `headers` are sent besides.
    """
    seen_by = visit or visit_of(request)
    return Response(
        templates.render(template, visit=seen_by, brand=brand, demo=demo, **(values or {})),
        status_code=status_code,
        media_type=MediaType.HTML,
        headers={
            **security_headers(form_targets=form_targets, https=templates.https, keep=keep, worker=worker),
            "Content-Language": seen_by.language,
            "Vary": "Accept-Language, Cookie",
            **(headers or {}),
        },
    )
