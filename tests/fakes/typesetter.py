"""A typesetter that sets nothing: for services and interfaces that only need to know what was asked for."""

from largesse.domain.catalog.certificate_face import CertificateFace, Paper


class PlainTypesetter:
    """Answer with a few honest bytes and keep what was asked. Conforms to `domain.catalog.typesetter.Typesetter`."""

    def __init__(self) -> None:
        self.set: list[tuple[CertificateFace, Paper]] = []
        self.previewed: list[CertificateFace] = []

    async def typeset(self, face: CertificateFace, paper: Paper) -> bytes:
        """Return bytes that begin like a PDF."""
        self.set.append((face, paper))
        return f"%PDF-1.7\n% {face.design} on {paper}\n%%EOF\n".encode()

    async def preview_svg(self, face: CertificateFace) -> bytes:
        """Return an empty SVG of the right proportions."""
        self.previewed.append(face)
        return b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 210 148"/>'
