"""The port of whoever can print a certificate: the domains and services ask, an adapter does it."""

from typing import Final, Protocol

from largesse.domain.catalog.certificate_face import CertificateFace, Design, Paper

PICTURE_BYTES_MAX: Final = 40_000


class Typesetter(Protocol):
    """Make pages of certificates, off the event loop."""

    async def typeset(self, face: CertificateFace, paper: Paper) -> bytes:
        """Return the certificate as a PDF of exactly one page. The same face gives the same bytes."""

    async def picture_png(self, face: CertificateFace) -> bytes:
        """Return the same page as a PNG of at most `PICTURE_BYTES_MAX`, for mail programs."""

    async def preview_svg(self, face: CertificateFace) -> bytes:
        """Return the very page that `typeset` makes for A5, as an SVG of 210 by 148 mm."""

    async def thumbnail_svg(self, design: Design, accent: str) -> bytes:
        """Return a design in the colours of `accent`, with nothing written on it, as a small SVG of 210 by 148 mm."""
