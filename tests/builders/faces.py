"""Builders of certificate faces: an ordinary birthday present, changed where a test cares."""

from datetime import date
from typing import Any, Final

from largesse.domain.catalog.certificate_face import CertificateFace, Design
from largesse.domain.catalog.face_words import good_through_sentence, words_for

NUMBER: Final = "GL7K2M9QXR4T8WHB3C"
REDEEM_URL: Final = f"https://gifts.example.com/gifts/redeem.html?code={NUMBER}"
TERMS: Final = (
    "Not redeemable for cash except where the law requires it. Lost certificates can be replaced while their value "
    "is unspent. Please book at least a day ahead."
)


def a_face(locale: str = "en", **changed: Any) -> CertificateFace:
    """Return a face in which every part has something to say."""
    values: dict[str, Any] = {
        "merchant_name": "Willow & Tide Spa",
        "design": Design.BOTANICAL,
        "to": "Ada",
        "sender": "Grace and the whole crew",
        "message": "Happy birthday, dear Ada! Take the whole afternoon and turn off the telephone.",
        "amount": "$110.00",
        "gratuity": "$20.00",
        "description": "1 hr Massage",
        "number": "GL-7K2M-9QXR-4T8W-HB3C",
        "barcode_text": NUMBER,
        "redeem_url": REDEEM_URL,
        "good_through": good_through_sentence(date(2027, 11, 21), locale),
        "how_to_use": words_for(locale).default_how_to_use,
        "terms": TERMS,
        "locale": locale,
    }
    return CertificateFace(**(values | changed))
