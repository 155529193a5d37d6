"""A certificate on a roll says what its sheet says."""

import pytest

from largesse.domain.catalog import words_for
from largesse.services.counter_sales.printing import receipt_of
from tests.builders.faces import a_face


@pytest.mark.parametrize("stamp, told", [("", ""), ("COPY", "COPY")])
def test_a_receipt_says_all_that_the_sheet_says(stamp: str, told: str) -> None:
    face = a_face()
    receipt = receipt_of(face, stamp=stamp)
    lines = [line.words for group in receipt.groups for line in group.lines]
    assert (receipt.number, receipt.code, receipt.stamp) == (face.number, face.redeem_url, told)
    assert receipt.groups[0].lines[0].amount == face.amount
    assert face.good_through in receipt.notes
    assert f"{words_for(face.locale).to}: {face.to}" in lines
    assert face.number not in repr(receipt)
