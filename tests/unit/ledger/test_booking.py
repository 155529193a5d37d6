"""What was decided is put into the books: times, place, chain and memo, seen from outside of whoever decided it."""

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from largesse.adapters.keyring import FixedKeyring
from largesse.kernel.errors import LargesseError
from largesse.kernel.sealing import Keyring
from largesse.kernel.where import BooksSale, Where
from largesse.ledger import Block, Books, Certificate, Command, Entry, Extend, Redeem, Reload
from largesse.ledger.accounts import Account
from largesse.ledger.batch import Batch, Key
from largesse.ledger.booking import Asked, Memo
from largesse.ledger.bundles import Bundle, bundle_of
from largesse.ledger.chain import FORMAT, genesis, memo_hash, row_hash
from largesse.ledger.commands import EntryMode
from largesse.ledger.errors import ClaimRefused, MemoRefused, OperationConflict
from largesse.ledger.fingerprints import Fingerprints
from largesse.ledger.model import Outcome
from tests.builders.book import CARD, OTHER, about
from tests.builders.ledger import EXPIRES_AT, KEYRING, MERCHANT, NOW, a_where, issue, redeem, the_books

SALT = bytes(range(16))
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
BAR = Where(
    merchant_id=MERCHANT,
    location_id=UUID(int=0xB1),
    legal_entity_id=UUID(int=0xE1),
    country="NZ",
    time_zone="Pacific/Auckland",
    cut_off_hour=6,
    books_sale=BooksSale.TILL,
    default_rate=None,
)


class Desk:
    """Books commands one batch after another, by books that a test may change in between."""

    def __init__(self, keyring: Keyring = KEYRING) -> None:
        self.books = the_books(NOW)
        self.keyring = keyring
        self.certificates: dict[Key, Certificate] = {}
        self.known: dict[Key, list[Entry]] = {}
        self.memos: list[Memo] = []
        self.journal: list[Entry] = []

    def ask(self, one: Command | Bundle, salt: bytes = SALT) -> Outcome | tuple[Outcome, ...] | LargesseError:
        batch = Batch(
            books={MERCHANT: self.books},
            fingerprints=Fingerprints(self.keyring),
            certificates=self.certificates,
            known=self.known,
            holds={},
            redemptions={},
            expiries={},
        )
        outcome = batch.settle_all(one, salt) if isinstance(one, Bundle) else batch.settle(Asked(one, salt))
        for certificate in [*batch.opened(), *batch.changed()]:
            self.certificates[MERCHANT, certificate.certificate_id] = certificate
        for entry in batch.entries:
            self.known.setdefault((MERCHANT, entry.operation_id), []).append(entry)
        self.journal += batch.entries
        self.memos += batch.memos()
        return outcome

    def write(self, one: Command | Bundle) -> list[Entry]:
        """Return the rows of what must be accepted."""
        before = len(self.journal)
        outcome = self.ask(one)
        assert not isinstance(outcome, LargesseError), outcome.code
        return self.journal[before:]

    def standing(self, certificate_id: UUID = CARD) -> Certificate:
        return self.certificates[MERCHANT, certificate_id]


@pytest.fixture
def desk() -> Desk:
    """With one certificate that is good for ever."""
    desk = Desk()
    desk.write(issue(certificate_id=CARD, gratuity=500, expires_at=None))
    return desk


def spend(value: int = 1, *, claimed_at: datetime | None = None, where: Where | None = None) -> Redeem:
    return replace(redeem(CARD, value), claimed_at=claimed_at, where=where)


def at(clock: datetime, *, sealed_through: datetime | None = None, open_from: datetime | None = None) -> Books:
    return replace(the_books(clock), sealed_through=sealed_through, open_from=open_from)


def test_what_names_no_place_happens_at_home_and_what_names_one_there(desk: Desk) -> None:
    [home] = desk.write(spend())
    sold, there = desk.write(spend(where=BAR))  # the lot stands in the books of the home's entity, which owes that one
    assert (home.location_id, home.legal_entity_id, home.books_sale) == (
        a_where().location_id,
        a_where().legal_entity_id,
        BooksSale.LARGESSE,
    )
    assert (sold.location_id, sold.legal_entity_id) == (BAR.location_id, a_where().legal_entity_id)
    assert (there.location_id, there.legal_entity_id, there.books_sale) == (
        BAR.location_id,
        BAR.legal_entity_id,
        BooksSale.TILL,
    )
    # 15:00 UTC on November 22 is 10:00 of the day in New York, and 04:00 of the next in Auckland: before it begins.
    assert [str(home.booked_on), str(there.booked_on)] == ["2026-11-22", "2026-11-22"]
    desk.books = at(NOW + 2 * HOUR)
    [later, _] = desk.write(spend(where=BAR))
    assert str(later.booked_on) == "2026-11-23"


def test_a_row_tells_what_the_command_says_of_itself(desk: Desk) -> None:
    device = uuid4()
    said = replace(spend(), device_id=device, entry_mode=EntryMode.SCANNED, reason="lunch")
    [row] = desk.write(said)
    assert (row.device_id, row.entry_mode, row.reason, row.hash_format) == (device, "scanned", "lunch", FORMAT)
    [bare] = desk.write(spend())
    assert (bare.device_id, bare.entry_mode, bare.reason) == (None, None, None)


def test_rows_of_a_certificate_are_chained_from_its_genesis_through_all_of_its_operations(desk: Desk) -> None:
    desk.write(replace(redeem(CARD, 100, 10), memo="lunch"))
    desk.write(issue(certificate_id=OTHER, gratuity=5))
    desk.write(spend())
    for certificate_id in (CARD, OTHER):
        head = genesis(MERCHANT, certificate_id)
        for row in desk.journal:
            if row.subject_id == certificate_id:
                head = row_hash(head, row)
                assert row.hash == head
        assert desk.standing(certificate_id).head == head


def test_a_bundle_chains_on_and_its_rows_share_one_memo_where_they_say_the_same(desk: Desk) -> None:
    shared = [replace(redeem(CARD, 10 + n), operation_id=UUID(int=7), memo="one bill") for n in range(3)]
    other = replace(redeem(CARD, 99), operation_id=UUID(int=7), memo="another")
    silent = replace(redeem(CARD, 98), operation_id=UUID(int=7))
    rows = desk.write(bundle_of([*shared, other, silent]))
    bill, another = memo_hash(SALT, "one bill"), memo_hash(SALT, "another")
    assert [row.memo_hash for row in rows] == [bill, bill, bill, another, None]
    assert desk.memos == [
        Memo(merchant_id=MERCHANT, operation_id=UUID(int=7), memo_hash=hashed, salt=SALT, memo=memo)
        for hashed, memo in ((bill, "one bill"), (another, "another"))
    ]
    head = genesis(MERCHANT, CARD)
    for row in desk.journal:
        head = row_hash(head, row)
        assert row.hash == head


def test_a_refused_bundle_leaves_no_memo(desk: Desk) -> None:
    fine, too_much = (replace(redeem(CARD, value), operation_id=UUID(int=7), memo="x") for value in (1, 10**6))
    refused = desk.ask(bundle_of([fine, too_much]))
    assert isinstance(refused, LargesseError)
    assert (refused.code, refused.index, desk.memos) == ("certificate.balance.insufficient", 1, [])


def test_a_memo_may_be_erased_and_the_request_still_be_known(desk: Desk) -> None:
    """The row keeps the fingerprint of what was asked, in which the memo took part."""
    said = replace(spend(), memo="Ada Lovelace")
    desk.write(said)
    key = MERCHANT, said.operation_id
    desk.known[key] = [replace(row, memo=None) for row in desk.known[key]]
    again = desk.ask(said)
    assert isinstance(again, Outcome)
    assert again.replayed
    assert isinstance(desk.ask(replace(said, memo="Ada")), OperationConflict)


def test_a_memo_has_its_limit_and_only_what_every_event_carries(desk: Desk) -> None:
    desk.write(replace(spend(), memo="é" * 500))
    assert isinstance(desk.ask(replace(spend(), memo="e" * 501)), MemoRefused)
    assert isinstance(desk.ask(replace(spend(), memo="a\x00b")), MemoRefused)


def test_a_claim_before_the_first_row_is_when_a_certificate_began(desk: Desk) -> None:
    began = NOW - 30 * HOUR
    [row] = desk.write(replace(issue(certificate_id=OTHER), claimed_at=began))
    assert (row.claimed_at, row.effective_at, row.recorded_at) == (began, began, NOW)
    assert str(row.booked_on) == "2026-11-21"
    stands = desk.standing(OTHER)
    assert (stands.effective_at, stands.recorded_at) == (began, NOW)
    desk.books = at(NOW + HOUR)
    [earlier] = desk.write(replace(redeem(OTHER, 1), claimed_at=began - HOUR))
    assert (earlier.claimed_at, earlier.effective_at, earlier.recorded_at) == (began - HOUR, began, NOW + HOUR)


def test_a_claim_counts_between_the_row_before_it_and_now(desk: Desk) -> None:
    desk.books = at(NOW + 3 * HOUR)
    [row] = desk.write(spend(claimed_at=NOW + HOUR))
    assert (row.effective_at, row.recorded_at) == (NOW + HOUR, NOW + 3 * HOUR)
    assert isinstance(desk.ask(spend(claimed_at=NOW + 3 * HOUR + TICK)), ClaimRefused)
    [just] = desk.write(spend(claimed_at=NOW + 3 * HOUR))
    assert just.effective_at == NOW + 3 * HOUR
    [older] = desk.write(spend(claimed_at=NOW))
    assert older.effective_at == NOW + 3 * HOUR


def test_nothing_takes_effect_in_what_is_closed(desk: Desk) -> None:
    desk.books = at(NOW + HOUR, open_from=NOW + HOUR - TICK)
    [row] = desk.write(spend(claimed_at=NOW))
    assert (row.claimed_at, row.effective_at, row.recorded_at) == (NOW, NOW + HOUR - TICK, NOW + HOUR)
    desk.books = at(NOW + HOUR, open_from=NOW + 2 * HOUR)
    [next_row] = desk.write(spend())
    assert (next_row.effective_at, next_row.recorded_at) == (NOW + 2 * HOUR, NOW + HOUR)


def test_nothing_is_recorded_at_or_before_what_is_sealed_also_by_a_clock_that_was_set_back(desk: Desk) -> None:
    desk.books = at(NOW, sealed_through=NOW)
    [row] = desk.write(spend())
    assert (row.recorded_at, row.effective_at) == (NOW + TICK, NOW + TICK)
    desk.books = at(NOW + HOUR, sealed_through=NOW)
    [later] = desk.write(spend())
    assert later.recorded_at == NOW + HOUR
    desk.books = at(NOW + 2 * TICK)
    [back] = desk.write(spend())
    assert (back.recorded_at, back.effective_at) == (NOW + HOUR, NOW + HOUR)


def test_rules_judge_by_the_moment_of_the_books(desk: Desk) -> None:
    """Expiry comes with the seal, not with the clock that was set back before it."""
    desk.write(issue(certificate_id=OTHER))
    desk.books = at(NOW, sealed_through=EXPIRES_AT - TICK)
    refused = desk.ask(redeem(OTHER, 1))
    assert isinstance(refused, LargesseError)
    assert refused.code == "certificate.expired"
    desk.books = at(NOW, sealed_through=EXPIRES_AT - 2 * TICK)
    desk.write(redeem(OTHER, 1))


def test_every_row_of_an_operation_has_the_same_times(desk: Desk) -> None:
    desk.books = at(NOW + HOUR)
    rows = desk.write(replace(redeem(CARD, 1, 1), claimed_at=NOW + TICK))
    assert len(rows) == 2
    assert {(row.recorded_at, row.effective_at, row.claimed_at) for row in rows} == {
        (NOW + HOUR, NOW + TICK, NOW + TICK)
    }


def test_rows_without_money_are_booked_too(desk: Desk) -> None:
    [blocked] = desk.write(Block(**about(1), where=BAR, memo="lost"))
    assert (blocked.location_id, blocked.recorded_at) == (BAR.location_id, NOW)
    assert desk.standing().head == blocked.hash
    refused = desk.ask(Extend(**about(2), good_through=None, expires_at=None))
    assert isinstance(refused, LargesseError)
    desk.ask(Reload(**about(3), value=1, funding=Account.GATEWAY_CLEARING))
    assert desk.standing().head == blocked.hash


def a_row() -> Entry:
    return Desk().write(issue(value=1))[0]


def test_fingerprints_name_the_key_in_use_and_are_compared_by_the_one_that_made_them() -> None:
    old, new = b"0" * 32, b"1" * 32
    first, second, third = (Fingerprints(FixedKeyring(keys)) for keys in ([old], [new, old], [new]))
    asked, other = bytes(16), bytes(15) + b"\x01"
    key_id, kept = first.made(asked)
    signing = FixedKeyring([old]).signing_keys("ledger.fingerprint")[0]
    assert key_id == hashlib.sha256(b"largesse/key-id" + signing).hexdigest()[:12]
    assert kept == hmac.new(signing, asked, "sha256").digest()[:16]
    assert kept != asked
    assert second.made(asked) != (key_id, kept)
    assert second.made(asked) == third.made(asked)
    row = replace(a_row(), fingerprint=kept, fingerprint_key=key_id)
    assert first.same(row, asked)
    assert second.same(row, asked)
    assert not third.same(row, asked)
    assert not second.same(row, other)
    # A row that names another key than the one that made it was not written so.
    assert not second.same(replace(row, fingerprint_key=second.made(asked)[0]), asked)


def test_a_row_from_before_fingerprints_were_keyed_is_compared_as_it_stands() -> None:
    plain = replace(a_row(), fingerprint=bytes(16), fingerprint_key=None)
    known = Fingerprints(KEYRING)
    assert known.same(plain, bytes(16))
    assert not known.same(plain, bytes(15) + b"\x01")
