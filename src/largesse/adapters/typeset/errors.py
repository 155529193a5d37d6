"""What can keep a certificate from being typeset.

LargesseError
└── TypesettingFailed        certificate.typeset.failed
"""

from largesse.kernel.errors import LargesseError


class TypesettingFailed(LargesseError):
    """The page could not be made. What typst said is only the cause: it may quote the page."""

    code = "certificate.typeset.failed"
    message = (
        "The certificate could not be typeset. "
        "If the merchant's logo was changed lately, upload it again as a PNG or JPEG."
    )
