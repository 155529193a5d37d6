"""Why bytes cannot be read.

WireError                one body, one reason; the codes are the same for every encoding
├── TooLarge             more bytes than the limit
├── BadEncoding          not UTF-8, or it says that it is something else
├── Malformed            not well-formed
├── ForbiddenMarkup      XML with a document type declaration
├── UnsupportedText      characters that not every encoding can carry: NUL, other controls, unpaired surrogates
├── TooDeep              nested deeper than any message of ours
└── Repeated             the same name twice, so that nobody can tell which one is meant
"""

from largesse.kernel.errors import InvalidInput


class WireError(InvalidInput):
    """A body cannot be read."""

    code = "wire.unreadable"


class TooLarge(WireError):
    """A body has more bytes than the limit."""

    code = "wire.too_large"

    def __init__(self, size_max: int) -> None:
        super().__init__(f"The body may have at most {size_max} bytes. Send less.")


class BadEncoding(WireError):
    """A body is not UTF-8."""

    code = "wire.encoding"
    message = "The body must be UTF-8, and must not declare another encoding."


class Malformed(WireError):
    """A body is not well-formed."""

    code = "wire.malformed"
    message = "The body is not well-formed. Check it with a validator and send it again."


class ForbiddenMarkup(WireError):
    """An XML body has a document type declaration, which is where entities and outside files come from."""

    code = "wire.doctype"
    message = "The XML must not have a document type declaration (<!DOCTYPE …>). Remove it and write the values out."


class UnsupportedText(WireError):
    """A text holds characters that cannot be carried."""

    code = "wire.characters"
    message = (
        "The body holds a NUL, another control character or half of a surrogate pair. Remove it and send it again."
    )


class TooDeep(WireError):
    """A body is nested too deeply."""

    code = "wire.too_deep"
    message = "The body is nested too deeply. Send the message as it is documented."


class Repeated(WireError):
    """One name stands twice in one object or element."""

    code = "wire.repeated"
    message = "A field stands in the body twice. Send each field once."
