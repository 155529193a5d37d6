"""What the time limits of the database add up to, as they are written."""

from largesse.db import database, group_commit, hosts, queue, session

ANSWERED_S_MAX = 10.0
"""Whoever asks is answered within this many seconds, as operators are told (docs/howto/run-at-scale.md)."""


def test_whoever_asks_a_database_that_hangs_is_answered_in_time() -> None:
    goodbye = session.ROLLBACK_TIMEOUT_S + session.CLOSE_TIMEOUT_S
    assert database.ACQUIRE_TIMEOUT_S <= hosts.ONLY_HOST_TIMEOUT_S
    assert database.ACQUIRE_TIMEOUT_S + database.STATEMENT_TIMEOUT_S <= ANSWERED_S_MAX
    assert database.STATEMENT_TIMEOUT_S + goodbye + database.RELEASE_TIMEOUT_S <= ANSWERED_S_MAX
    assert database.DEADLINE_S + session.ROLLBACK_TIMEOUT_S <= ANSWERED_S_MAX


def test_of_two_hosts_the_second_is_reached_before_a_session_is_given_up() -> None:
    assert hosts.HOST_TIMEOUT_S < database.ACQUIRE_TIMEOUT_S
    gone = database.STATEMENT_TIMEOUT_S + session.ROLLBACK_TIMEOUT_S + session.CLOSE_TIMEOUT_S
    assert gone + hosts.HOST_TIMEOUT_S < database.DEADLINE_S


def test_an_item_that_takes_too_long_is_found_in_the_time_of_its_callers() -> None:
    """The largest batch is halved until the item is alone; the sessions of each given-up half are ended too."""
    way, left, takes = group_commit._Way(limit_s=group_commit.BATCH_S), group_commit.BATCH_MAX, group_commit.BATCH_S
    while left > 1:
        way, left = way.halved(), -(-left // 2)
        takes += way.limit_s
    assert takes < queue.DEADLINE_S - queue.TURN_S_MIN
