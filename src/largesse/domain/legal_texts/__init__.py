"""What the law wants a merchant's pages to say, in the merchant's own words or by a link, in versions."""

from largesse.domain.legal_texts.errors import InvalidLegalText, LegalTextChanged
from largesse.domain.legal_texts.model import (
    LINK_MAX,
    TEXT_MAX,
    LegalKind,
    LegalText,
    LegalTextDraft,
    LegalTexts,
)
from largesse.domain.legal_texts.store import legal_texts_of, write_legal_text
