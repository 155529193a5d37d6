"""The port of whoever can print a certificate: the domains and services ask, an adapter does it."""

from typing import Protocol

from largesse.domain.catalog.certificate_face import CertificateFace, Paper


class Typesetter(Protocol):
    """Make pages of certificates, off the event loop."""

    async def typeset(self, face: CertificateFace, paper: Paper) -> bytes:
        """Return the certificate as a PDF of exactly one page. The same face gives the same bytes."""

    async def preview_svg(self, face: CertificateFace) -> bytes:
        """Return the very page that `typeset` makes for A5, as an SVG of 210 by 148 mm."""
