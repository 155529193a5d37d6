"""What legal entities of one merchant owe each other follows from what was used where, and adds up to nothing."""

from collections import Counter
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from largesse.kernel.errors import LargesseError
from largesse.kernel.where import BooksSale
from largesse.ledger import Account, Kind, Leg, Reverse
from tests.builders.book import about
from tests.builders.ledger import NOW, a_where, issue, redeem
from tests.fakes.ledger import MemoryLedger

_SHOPS = [
    replace(a_where(), location_id=UUID(int=80 + number), legal_entity_id=UUID(int=90 + number)) for number in range(3)
]


def test_what_a_bundle_used_at_two_places_is_undone_at_each() -> None:
    """One certificate pays at the shop that sold it and at another, on one bill: both have less by what was theirs."""
    ledger, card = MemoryLedger(), UUID(int=1)
    here, there = _SHOPS[0], replace(_SHOPS[1], books_sale=BooksSale.TILL)
    ledger.post([replace(issue(value=4_000, certificate_id=card), where=here)], now=NOW)
    spent = redeem(card, 300)
    ledger.post_all([replace(spent, where=here), replace(spent, value=700, where=there)], now=NOW)
    said = about(1, card) | {"operation_id": uuid4(), "where": here}
    [gone] = ledger.post([Reverse(**said, redemption_id=spent.operation_id)], now=NOW)
    assert not isinstance(gone, LargesseError)
    assert (gone.value, gone.balance) == (1_000, 4_000)
    rows = [row for row in ledger.journal if row.kind in {Kind.REDEEM, Kind.REVERSE}]
    used, undone = (
        [(row.debit, row.credit, row.amount, row.location_id, row.legal_entity_id, row.books_sale) for row in some]
        for some in (rows[: len(rows) // 2], rows[len(rows) // 2 :])
    )
    assert undone == [(credit, debit, *rest) for debit, credit, *rest in used]
    assert {row.location_id for row in rows} == {here.location_id, there.location_id}


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.lists(st.integers(0, 2), min_size=1, max_size=3),
            st.integers(0, 400),
            st.integers(0, 40),
            st.booleans(),
        ),
        min_size=1,
        max_size=25,
    )
)
def test_what_entities_owe_each_other_is_what_was_used_of_the_other(
    steps: list[tuple[int, list[int], int, int, bool]],
) -> None:
    """Three shops sell a certificate each, a tenth off; all are spent everywhere, in bundles, and some is undone."""
    ledger, owed, earned = MemoryLedger(), Counter[UUID](), Counter[UUID]()
    for number, shop in enumerate(_SHOPS):
        sale = issue(value=4_000, gratuity=500, discount=400, certificate_id=UUID(int=number), operation_id=uuid4())
        ledger.post([replace(sale, where=shop)], now=NOW)
    for card, places, value, gratuity, undone in steps:
        command = redeem(UUID(int=card), value, gratuity)
        outcome = ledger.post_all([replace(command, where=_SHOPS[at]) for at in places], now=NOW)
        if isinstance(outcome, LargesseError):
            continue
        if undone:
            said = about(1, UUID(int=card)) | {"operation_id": uuid4(), "where": _SHOPS[2]}
            [gone] = ledger.post([Reverse(**said, redemption_id=command.operation_id)], now=NOW)
            assert not isinstance(gone, LargesseError)
            continue
        for at in places:
            seller, user = _SHOPS[card].legal_entity_id, _SHOPS[at].legal_entity_id
            if seller != user:
                owed[seller] -= value + gratuity
                owed[user] += value + gratuity
            earned[user] += value + gratuity
    between, revenue = Counter[UUID](), Counter[UUID]()
    for row in ledger.journal:
        assert row.legal_entity_id is not None
        sides = (row.debit is Account.BETWEEN_ENTITIES) - (row.credit is Account.BETWEEN_ENTITIES)
        between[row.legal_entity_id] += sides * (row.amount or 0)
        for account, sign in ((row.credit, 1), (row.debit, -1)):
            if account in {Account.REDEEMED, Account.GRATUITIES_PAYABLE} and row.leg is not Leg.DISCOUNT:
                revenue[row.legal_entity_id] += sign * (row.amount or 0)
    assert {key: left for key, left in between.items() if left} == {key: left for key, left in owed.items() if left}
    assert {key: left for key, left in revenue.items() if left} == {key: left for key, left in earned.items() if left}
