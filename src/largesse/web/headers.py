"""The headers that every page is sent with: nothing runs, loads or frames it but what this site serves.

Sources: CSP Level 3, Trusted Types, OWASP Secure Headers.
"""


def security_headers(
    *,
    form_targets: tuple[str, ...] = (),
    https: bool = True,
    keep: bool = False,
    worker: bool = False,
    framed_by: str = "",
) -> dict[str, str]:
    """Return the headers of a page.

    `form_targets` are origins that a form may lead to besides this site (a payment page that we redirect to). `https`
    adds HSTS. `keep` lets the browser keep the page; by default it does not, for pages tell of money and of people.
    `worker` is for pages of the counter: a worker of this site, whose one address a policy of that name lets through.
    `framed_by` is the one origin whose pages may show it in a frame; by default none may.
    """
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "form-action": " ".join(("'self'", *form_targets)),
        "base-uri": "'none'",
        "frame-ancestors": framed_by or "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "largesse-worker" if worker else "'none'",
    }
    if worker:
        policy["worker-src"] = "'self'"
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",  # an address may hold a certificate's number
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cache-Control": "private, no-cache" if keep else "no-store",
    }
    if framed_by:
        del headers["X-Frame-Options"]  # it knows no origins
    return headers | ({"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if https else {})
