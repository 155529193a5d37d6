"""What a PDF says of the invoice inside: the metadata that Factur-X 1.0 and ZUGFeRD 2 ask for.

typst attaches the file and writes PDF/A-3, and has no words for metadata of somebody's own. They are put into the
packet that it wrote, uncompressed as PDF/A asks; what lies behind moves by as much, and the table of offsets with it.
"""

import re
from typing import Final

from largesse.adapters.typeset.errors import TypesettingFailed

FILE_NAME: Final = "factur-x.xml"
_SPACE: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_FACTS: Final = (
    ("DocumentFileName", FILE_NAME, "name of the embedded XML invoice file"),
    ("DocumentType", "INVOICE", "INVOICE, for credit notes as well"),
    ("Version", "1.0", "version of the XML schema"),
    ("ConformanceLevel", "EN 16931", "profile of the XML invoice"),
)
_METADATA: Final = re.compile(rb"<</Length (\d+)/Type/Metadata/Subtype/XML>>\nstream\n")
_SCHEMAS: Final = b"<pdfaExtension:schemas><rdf:Bag>"
_END: Final = b"</rdf:RDF>"
_TABLE: Final = re.compile(rb"startxref\n(\d+)\n%%EOF\s*\Z")
_ROW: Final = re.compile(rb"(\d{10}) (\d{5}) n", re.ASCII)


def described(pdf: bytes) -> bytes:
    """Return a PDF of typst's with what it says of the invoice inside.

    Raises:
        TypesettingFailed: typst wrote it in another way than this knows.
    """
    found, table = _METADATA.search(pdf), _TABLE.search(pdf)
    if found is None or table is None:
        raise TypesettingFailed
    start, length = found.end(), int(found[1])
    packet = pdf[start : start + length]
    if packet.count(_SCHEMAS) != 1 or packet.count(_END) != 1:
        raise TypesettingFailed
    packet = packet.replace(_SCHEMAS, _SCHEMAS + _schema()).replace(_END, _facts() + _END)
    head = found[0].replace(found[1], str(len(packet)).encode(), 1)
    offset = int(table[1])
    grown = len(head) - len(found[0]) + len(packet) - length

    def moved(row: re.Match[bytes]) -> bytes:
        place = int(row[1])
        return b"%010d %s n" % (place + grown if place > found.start() else place, row[2])

    rows = _ROW.sub(moved, pdf[offset : table.start()])
    return b"".join(
        (
            pdf[: found.start()],
            head,
            packet,
            pdf[start + length : offset],
            rows,
            b"startxref\n%d\n%%%%EOF" % (offset + grown),
        )
    )


def _schema() -> bytes:
    """Return what PDF/A asks to be told of names that it does not know."""
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{what}</pdfaProperty:description>"
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        f"<pdfaProperty:valueType>Text</pdfaProperty:valueType></rdf:li>"
        for name, _, what in _FACTS
    )
    return (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{_SPACE}</pdfaSchema:namespaceURI>"
        "<pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    ).encode()


def _facts() -> bytes:
    told = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, value, _ in _FACTS)
    return f'<rdf:Description rdf:about="" xmlns:fx="{_SPACE}">{told}</rdf:Description>'.encode()
