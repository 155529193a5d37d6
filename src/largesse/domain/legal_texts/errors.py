"""What can go wrong with the texts that the law asks for.

InvalidInput
└── InvalidLegalText          neither a text nor a link that pages can show
Conflict
└── LegalTextChanged          somebody else has written it meanwhile
"""

from largesse.kernel.errors import Conflict, InvalidInput


class InvalidLegalText(InvalidInput):
    """Refuse a text that cannot stand, naming every field that is wrong."""

    code = "legal_text.invalid"
    message = "This text cannot be saved as it is. Correct the fields listed and try again."


class LegalTextChanged(Conflict):
    """There is a newer version than the one that was seen."""

    code = "legal_text.changed"
    message = "Somebody else has written this text meanwhile. Look at it, and write yours once more."
