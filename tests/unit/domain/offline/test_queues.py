"""The rows of a queue: read strictly, and chained without gaps; what devices are lent; what may be allowed."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.offline import (
    MAC_BYTES,
    Enrolment,
    OfflineRules,
    OfflineRulesInvalid,
    QueueRowInvalid,
    SignedRow,
    carries_on,
    check_rules,
    genesis_of,
    hash_of,
    lent_to,
    read_row,
    written,
)
from largesse.services.offline.chaining import missing_runs
from largesse.services.offline.recognising import read_as

MERCHANT, QUEUE = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
MAC = written(bytes(range(MAC_BYTES)))


def a_body(**given: Any) -> str:
    """What a device writes."""
    values = {
        "version": 1,
        "enrolment": str(QUEUE),
        "number": 1,
        "carriesOn": written(genesis_of(QUEUE)),
        "operation": str(UUID(int=3)),
        "at": 1_795_359_600_000,
        "position": "token",
        "who": str(UUID(int=4)),
        "currency": "USD",
        "parts": [[MAC, "HB3C", 5_000, 0]],
        "came": "scanned",
        "reference": "Table 4",
        "sent": False,
    }
    return json.dumps(values | given)


def read(body: str) -> Any:
    """The row that a body says."""
    return read_row(SignedRow(body=body, signature=""))


def test_a_row_is_read_as_the_device_wrote_it() -> None:
    row = read(a_body())
    assert (row.number, row.asked, row.claimed_at, row.parts[0].mac_bytes) == (1, 5_000, NOW, bytes(range(MAC_BYTES)))


@pytest.mark.parametrize(
    "given",
    [
        {"version": 2},
        {"number": 0},
        {"number": 2**31},
        {"at": 2**53},
        {"at": -1},
        {"currency": "usd"},
        {"currency": "USDX"},
        {"parts": []},
        {"parts": [[MAC, "HB3C", 0, 0]]},
        {"parts": [[MAC, "HB3C", -1, 5]]},
        {"parts": [[MAC, "HB3C", 2**53, 0]]},
        {"parts": [[MAC[:-1], "HB3C", 1, 0]]},
        {"parts": [[MAC, "HB3C", 1, 0]] * 2},
        {"parts": [[MAC, "", 1, 0]]},
        {"who": "nobody"},
        {"reference": "x" * 201},
        {"operation": 7},
    ],
)
def test_what_no_device_writes_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(QueueRowInvalid):
        read(a_body(**given))


@given(st.text(max_size=300))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(QueueRowInvalid):
        read(text)


@given(st.integers(2, 12), st.data())
def test_a_row_that_is_left_out_changed_or_moved_breaks_the_chain(count: int, data: st.DataObject) -> None:
    bodies, before = list[str](), genesis_of(QUEUE)
    for number in range(1, count + 1):
        bodies.append(a_body(number=number, carriesOn=written(before), operation=str(UUID(int=number))))
        before = hash_of(bodies[-1])

    def holds(chain: list[str]) -> bool:
        last = genesis_of(QUEUE)
        for number, body in enumerate(chain, start=1):
            row = read(body)
            if row.number != number or not carries_on(row, last):
                return False
            last = hash_of(body)
        return True

    assert holds(bodies)
    place = data.draw(st.integers(0, count - 2))
    assert not holds(bodies[:place] + bodies[place + 1 :])
    assert not holds([*bodies[:place], bodies[place].replace("Table 4", "Table 5"), *bodies[place + 1 :]])
    assert not holds([*bodies[:place], bodies[place + 1], bodies[place], *bodies[place + 2 :]])


@given(st.sets(st.integers(1, 40)), st.integers(1, 10), st.integers(11, 40))
def test_the_runs_that_are_missing_are_all_that_is_missing(have: set[int], first: int, until: int) -> None:
    runs = missing_runs(first, until, have)
    named = [number for start, end in runs for number in range(start, end + 1)]
    assert named == [number for number in range(first, until) if number not in have]
    assert all(end + 1 < start for (_, end), (start, _) in itertools.pairwise(runs))


def test_a_run_of_two_billion_is_told_at_once() -> None:
    assert missing_runs(1, 2**31, {5}) == [(1, 4), (6, 2**31 - 1)]


def _enrolment(place: int, lent: int, *, hours: int = 1) -> Enrolment:
    return Enrolment(
        merchant_id=MERCHANT,
        enrolment_id=UUID(int=place),
        device_id=UUID(int=place),
        enrolled_at=NOW,
        public_key=b"",
        last_hash=b"",
        lent=lent,
        lent_until=NOW + timedelta(hours=hours),
    )


@given(
    st.integers(1, 1_000_000),
    st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.integers(-30, 30)), max_size=40),
)
def test_however_devices_come_and_go_no_more_is_lent_than_is_allowed(
    over_all: int, story: list[tuple[int, bool, int]]
) -> None:
    rules = OfflineRules(
        merchant_id=MERCHANT, allowed=True, per_certificate=1, per_device_day=over_all, over_all=over_all
    )
    standing, working, now = dict[UUID, Enrolment](), set[UUID](), NOW
    for place, comes, hours in story:
        who = UUID(int=place)
        now += timedelta(hours=max(0, hours) / 10)
        (working.add if comes else working.discard)(who)
        if comes:
            lent = lent_to(rules, who, list(standing.values()), working=working, taken_today=0, now=now)
            standing[who] = _enrolment(place, lent)
            standing[who] = Enrolment(
                **{name: getattr(standing[who], name) for name in Enrolment.__struct_fields__}
                | {"lent_until": now + timedelta(hours=24)}
            )
        assert sum(one.lends(now) for one in standing.values()) <= over_all


def test_a_device_is_lent_its_share_less_what_it_took_today() -> None:
    rules = OfflineRules(merchant_id=MERCHANT, allowed=True, per_certificate=50, per_device_day=300, over_all=1_000)
    both = [UUID(int=1), UUID(int=2)]
    assert lent_to(rules, both[0], [], working=both, taken_today=0, now=NOW) == 300
    assert lent_to(rules, both[0], [], working=both, taken_today=100, now=NOW) == 200
    assert lent_to(rules, both[0], [_enrolment(2, 900)], working=both, taken_today=0, now=NOW) == 100
    assert lent_to(rules, both[0], [_enrolment(2, 900, hours=0)], working=both, taken_today=0, now=NOW) == 300
    assert lent_to(rules, both[0], [], working=both, taken_today=400, now=NOW) == 0


@pytest.mark.parametrize(
    "given, fields",
    [
        ({"per_certificate": 0}, ["per_certificate"]),
        ({"hours_max": 0}, ["hours_max"]),
        ({"hours_max": 73}, ["hours_max"]),
        ({"over_all": 10**18}, ["over_all"]),
        ({"per_certificate": 300}, ["per_device_day"]),
        ({"per_device_day": 5_000}, ["per_device_day"]),
    ],
)
def test_what_cannot_be_allowed_is_told_beside_its_field(given: dict[str, int], fields: list[str]) -> None:
    values: dict[str, Any] = {"per_certificate": 50, "per_device_day": 200, "over_all": 1_000} | given
    with pytest.raises(OfflineRulesInvalid) as refused:
        check_rules(OfflineRules(merchant_id=MERCHANT, allowed=True, **values))
    assert [one.field for one in refused.value.fields] == fields


def test_nothing_needs_to_be_allowed() -> None:
    check_rules(OfflineRules(merchant_id=MERCHANT))
    assert OfflineRules(merchant_id=MERCHANT, over_all=7).most_lost == 0


@pytest.mark.parametrize("symbols", ["1JHO", "0O0O", "ABCD", "l1"])
def test_last_symbols_are_looked_for_however_they_may_be_written(symbols: str) -> None:
    found = read_as(symbols)
    assert symbols.upper() in found
    assert len(set(found)) == len(found) <= 81
    assert {one.translate(str.maketrans("OIL", "011")) for one in found} == {
        symbols.upper().translate(str.maketrans("OIL", "011"))
    }
