"""What can go wrong with web sites that show a gift form.

InvalidInput
└── InvalidEmbedOrigin        no origin that could show it, or one too many
NotFound
└── EmbedOriginUnknown        it is not on the list
"""

from largesse.kernel.errors import InvalidInput, NotFound


class InvalidEmbedOrigin(InvalidInput):
    """Refuse a web site that cannot be put on the list."""

    code = "embed_origin.refused"
    message = "This web site cannot be put on the list. Correct what is named and try again."


class EmbedOriginUnknown(NotFound):
    """The web site is not on the list."""

    code = "embed_origin.unknown"
    message = "This web site is not on the list. Write it as the list does."
