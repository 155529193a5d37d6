"""How batches are filled: nobody is forgotten, nobody takes it all, and the order of arrival holds in each lane."""

from collections import Counter, deque

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from largesse.db.lanes import MerchantLanes

BATCH_MAX = 64
SHARE = BATCH_MAX // 2


class Entry(msgspec.Struct, frozen=True):
    """An item as the lanes see it."""

    merchant: int
    weight: int = 1
    bulk: bool = False
    number: int = 0


_ARRIVALS = st.lists(
    st.builds(
        Entry,
        merchant=st.integers(0, 5),
        weight=st.one_of(st.just(1), st.integers(1, 2 * BATCH_MAX)),
        bulk=st.booleans(),
    ),
    max_size=200,
)


def numbered(entries: list[Entry]) -> list[Entry]:
    return [msgspec.structs.replace(entry, number=number) for number, entry in enumerate(entries)]


def lanes_of(entries: list[Entry], *, one_merchant: bool = False) -> MerchantLanes[Entry]:
    lanes = MerchantLanes[Entry](batch_max=BATCH_MAX, one_merchant=one_merchant)
    for entry in entries:
        lanes.add(entry)
    return lanes


def emptied(lanes: MerchantLanes[Entry]) -> list[list[Entry]]:
    batches = []
    while len(lanes):
        batches.append(lanes.take())
        assert batches[-1], "an empty batch while something waits"
    return batches


def weight(entries: list[Entry]) -> int:
    return sum(entry.weight for entry in entries)


@given(arrivals=_ARRIVALS, one_merchant=st.booleans())
def test_everything_that_waits_has_its_turn_once_and_in_the_order_of_its_lane(
    arrivals: list[Entry], *, one_merchant: bool
) -> None:
    entries = numbered(arrivals)
    lanes = lanes_of(entries, one_merchant=one_merchant)
    taken = [entry for batch in emptied(lanes) for entry in batch]
    assert sorted(taken, key=lambda entry: entry.number) == entries
    for merchant in range(6):
        for bulk in (False, True):
            own = [entry.number for entry in taken if (entry.merchant, entry.bulk) == (merchant, bulk)]
            assert own == sorted(own)
    assert lanes.interactive == lanes.merchants == 0


@given(arrivals=_ARRIVALS)
@example([Entry(merchant) for merchant in range(4)] * 15 + [Entry(5, weight=8, bulk=True)] * 3)
def test_a_merchant_and_bulk_get_at_most_half_of_a_batch_while_others_wait(arrivals: list[Entry]) -> None:
    lanes = lanes_of(arrivals)
    left = Counter(arrivals)
    while len(lanes):
        merchants = {entry.merchant for entry in left}
        interactive = any(not entry.bulk for entry in left)
        batch = lanes.take()
        left -= Counter(batch)
        if len(batch) == 1:  # one that is heavy has a batch for itself
            continue
        assert weight(batch) <= BATCH_MAX
        if len(merchants) > 1:
            for merchant in merchants:
                assert weight([entry for entry in batch if entry.merchant == merchant]) <= SHARE
        if interactive:
            assert weight([entry for entry in batch if entry.bulk]) <= SHARE


@given(arrivals=_ARRIVALS)
def test_what_is_waited_for_is_told(arrivals: list[Entry]) -> None:
    lanes = lanes_of(arrivals)
    left = Counter(arrivals)
    while True:
        assert len(lanes) == left.total()
        assert lanes.interactive == sum(count for entry, count in left.items() if not entry.bulk)
        assert lanes.merchants == len({entry.merchant for entry in left})
        for merchant in range(6):
            own = sum(entry.weight * count for entry, count in left.items() if entry.merchant == merchant)
            assert lanes.weight_of(merchant) == own
        if not left:
            break
        left -= Counter(lanes.take())


@given(arrivals=_ARRIVALS)
def test_a_batch_of_one_merchant_holds_no_other(arrivals: list[Entry]) -> None:
    for batch in emptied(lanes_of(arrivals, one_merchant=True)):
        assert len({entry.merchant for entry in batch}) == 1


@given(floods=st.integers(1, 40), heavy=st.booleans(), one_merchant=st.booleans())
def test_a_merchant_that_comes_into_floods_of_others_is_served_within_a_round(
    floods: int, *, heavy: bool, one_merchant: bool
) -> None:
    flood = [Entry(merchant, 40 if heavy else 1) for merchant in range(floods) for _ in range(100)]
    lanes = lanes_of(flood, one_merchant=one_merchant)
    lanes.add(Entry(99))
    waits = 0
    while all(entry.merchant != 99 for entry in lanes.take()):
        waits += 1
    assert waits <= (2 * floods if one_merchant or heavy else 0)


@pytest.mark.parametrize("one_merchant", [False, True])
def test_bulk_goes_on_however_much_is_asked_at_tills(*, one_merchant: bool) -> None:
    lanes = lanes_of([Entry(1, bulk=True)] * 50, one_merchant=one_merchant)
    bulk_left = 50
    for _ in range(60):
        while lanes.interactive < 3 * BATCH_MAX:
            for merchant in range(1, 4):
                lanes.add(Entry(merchant))
        bulk_left -= sum(entry.bulk for entry in lanes.take())
    assert bulk_left == 0


def test_a_few_tills_meet_little_of_an_import() -> None:
    """A batch grows with what is done in bulk beside tills, so bulk has as much of it as they, or a little."""
    lanes = MerchantLanes[Entry](batch_max=500)
    for _ in range(1_000):
        lanes.add(Entry(1, bulk=True))
    lanes.add(Entry(1))
    assert weight(lanes.take()) <= 20
    assert weight(lanes.take()) == 125
    for _ in range(100):
        lanes.add(Entry(1))
    assert weight(lanes.take()) == 200


def test_an_item_too_heavy_for_its_share_has_the_next_batch_for_itself() -> None:
    heavy = Entry(1, 1_000)
    lanes = lanes_of([heavy, Entry(1, number=2), Entry(2), heavy, Entry(2)])
    assert lanes.take() == [Entry(2), Entry(2)]
    assert lanes.take() == [heavy]
    assert lanes.take() == [Entry(1, number=2)]
    assert lanes.take() == [heavy]


def test_merchants_take_turns() -> None:
    lanes = MerchantLanes[Entry](batch_max=6)
    order = deque([1, 1, 1, 1, 2, 2, 3])
    for merchant in order:
        lanes.add(Entry(merchant))
    assert [entry.merchant for entry in lanes.take()] == [1, 2, 3, 1, 2, 1]
    assert [entry.merchant for entry in lanes.take()] == [1]
