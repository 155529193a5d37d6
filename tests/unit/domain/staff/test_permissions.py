"""The table of role x act, cell by cell against what the design says, and what is asked besides a role."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.staff import (
    RULES,
    Act,
    ActRefused,
    Authority,
    ClosedAfterRecovery,
    Role,
    StepUpNeeded,
    acts_of,
    demand,
    has_stepped_up,
    may,
    may_manage,
)

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)

# Who may, as the design puts it in words; each line is checked for all five roles.
WORDS = {
    # "clerk: counter only", "manager: all daily work", "bookkeeper: no redemption", "developer: no money", "owner: all"
    # who works at the counter sets a PIN for it
    "owner manager clerk": ["counter.use", "pin.set_own"],
    # everybody whose work is not the counter alone
    "owner manager bookkeeper developer": ["office.open", "deliveries.read"],
    # "bookkeeper: reads all", and a developer reads nothing but deliveries
    "owner manager bookkeeper": [
        "figures.read", "orders.read", "certificates.read", "payments.read", "partners.read", "catalogue.read",
        "reports.read", "settings.read", "staff.read", "audit.read", "exports.run",
        "exports.people",
        # whoever stands at the drawer, and whoever keeps the books, say what they paid
        "payments.by_hand",
    ],
    # "manager: all daily work, refunds, adjustments up to a limit, staff below him"
    "owner manager": [
        "orders.sell", "gifts.send_again", "certificates.block", "catalogue.edit", "partners.edit", "partners.trust",
        "settings.edit",
        "locations.edit", "orders.refund", "certificates.adjust", "certificates.void", "gifts.correct_recipient",
        "certificates.reissue", "certificates.merge", "certificates.move", "certificates.refund_into",
        "certificates.issue_unpaid", "certificates.reload_unpaid", "certificates.extend", "certificates.unblock",
        "certificates.activate", "imports.run", "approvals.decide", "numbers.reveal", "devices.edit", "offline.settle",
        "staff.invite", "staff.change",
    ],
    # "developer: endpoints, API keys, delivery log"
    "owner manager developer": ["deliveries.resend"],
    "owner developer": ["endpoints.edit", "keys.read", "keys.test"],
    # "bookkeeper: reports, month close, invoices, payments"
    "owner bookkeeper": [
        "invoices.write", "invoices.write_off", "payments.book", "ledger.enter", "ledger.close", "books.map",
        "books.export",
    ],
    # "a new endpoint waits for an owner's word", "a live API key is made by an owner", "limits, payment accounts and
    # roles are an owner's"
    "owner": [
        "endpoints.admit", "keys.live", "numbers.export", "limits.edit", "law.choose", "payment_accounts.edit",
        "networks.edit", "owners.word", "shop.close",
    ],
}  # fmt: skip
ALLOWED = {Act(act): frozenset(map(Role, roles.split())) for roles, acts in WORDS.items() for act in acts}

# "Step-up … go with": the list of the design.
STEPS_UP = {
    "numbers.reveal", "numbers.export", "certificates.adjust", "certificates.void", "orders.refund", "staff.invite",
    "staff.change", "keys.test", "keys.live", "payment_accounts.edit", "ledger.close", "gifts.correct_recipient",
    "certificates.reissue", "certificates.merge", "certificates.move", "certificates.refund_into",
    "certificates.issue_unpaid", "certificates.reload_unpaid", "certificates.extend", "certificates.unblock",
    "certificates.activate", "imports.run", "devices.edit", "limits.edit", "law.choose", "endpoints.edit",
    "endpoints.admit", "ledger.enter", "approvals.decide", "networks.edit", "owners.word", "shop.close",
    # who is exported is as much as who is read, of many
    "exports.people",
    # terms, users and their passwords are money that others order with
    "partners.trust",
    # what a till took without a line and is missing is charged or written off
    "offline.settle",
    # what a partner owes is given up
    "invoices.write_off",
    # money leaves a drawer or the bank
    "payments.by_hand",
    # what leaves for the bookkeeper leaves once
    "books.export",
    # "set by the person herself": on `/staff` after a step-up
    "pin.set_own",
}  # fmt: skip
# "For 24 hours after any recovery, payment accounts, keys, roles, limits and number exports are closed".
CLOSED = {
    "payment_accounts.edit", "keys.test", "keys.live", "staff.invite", "staff.change", "limits.edit", "numbers.export",
    "owners.word", "shop.close",
}  # fmt: skip

FRESH = {"stepped_up_at": NOW - timedelta(minutes=1)}


def test_the_words_speak_of_every_act_once() -> None:
    assert sorted(ALLOWED) == sorted(Act) == sorted(RULES)
    assert sum(map(len, WORDS.values())) == len(Act)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", Act)
def test_a_cell_of_the_table_says_what_the_design_says(act: Act, role: Role) -> None:
    allowed = role in ALLOWED[act]
    assert may(role, act) is allowed
    assert (act in acts_of(role)) is allowed
    authority = Authority(role=role, **FRESH)
    if allowed:
        demand(authority, act, now=NOW)
    else:
        with pytest.raises(ActRefused) as refused:
            demand(authority, act, now=NOW)
        assert (refused.value.code, refused.value.act) == ("staff.not_allowed", act.value)


@pytest.mark.parametrize("act", Act)
def test_an_act_asks_for_a_step_up_where_the_design_does(act: Act) -> None:
    assert RULES[act].step_up is (act.value in STEPS_UP)
    for role in ALLOWED[act]:
        if act.value in STEPS_UP:
            with pytest.raises(StepUpNeeded) as refused:
                demand(Authority(role=role), act, now=NOW)
            assert refused.value.code == "staff.step_up_needed"
        else:
            demand(Authority(role=role), act, now=NOW)


@pytest.mark.parametrize("act", Act)
def test_some_acts_are_closed_for_a_day_after_a_recovery(act: Act) -> None:
    assert RULES[act].closed_after_recovery is (act.value in CLOSED)
    for role in ALLOWED[act]:
        just, long_ago = NOW - timedelta(hours=23, minutes=59), NOW - timedelta(hours=24)
        demand(Authority(role=role, recovered_at=long_ago, **FRESH), act, now=NOW)
        if act.value in CLOSED:
            with pytest.raises(ClosedAfterRecovery) as refused:
                demand(Authority(role=role, recovered_at=just, **FRESH), act, now=NOW)
            assert refused.value.code == "staff.closed_after_recovery"
        else:
            demand(Authority(role=role, recovered_at=just, **FRESH), act, now=NOW)


@given(seconds=st.integers(-3600, 3600))
def test_a_step_up_counts_for_five_minutes_and_never_from_the_future(seconds: int) -> None:
    authority = Authority(role=Role.OWNER, stepped_up_at=NOW - timedelta(seconds=seconds))
    assert has_stepped_up(authority, now=NOW) is (0 <= seconds < 300)


def test_somebody_who_may_not_is_not_asked_to_step_up_first() -> None:
    with pytest.raises(ActRefused):
        demand(Authority(role=Role.CLERK), Act.REFUND, now=NOW)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("other", Role)
def test_owners_manage_everybody_and_managers_clerks_only(role: Role, other: Role) -> None:
    assert may_manage(role, other) is (role is Role.OWNER or (role is Role.MANAGER and other is Role.CLERK))
