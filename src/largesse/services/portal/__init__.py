"""The partner's own side: who acts for it, and what they do in the portal."""

from largesse.services.portal.account import (
    OwnStanding,
    own_invoice,
    own_payments,
    own_standings,
    own_statement,
)
from largesse.services.portal.asking import AgreementAsked, answer_asking, ask_for_agreement, ask_for_change
from largesse.services.portal.caring import OwnOrder, cancel_order, own_order, search_orders, send_order_again
from largesse.services.portal.dependencies import PortalDependencies
from largesse.services.portal.errors import OrderUsed
from largesse.services.portal.keys import OwnKeysLimited, OwnKeysRefused, make_own_key, revoke_own_key, token_of_own_key
from largesse.services.portal.limits import set_approval, set_limit, spender_of
from largesse.services.portal.numbers import number_rows, numbers_of
from largesse.services.portal.ordering import (
    AT_ONCE,
    decide_batch,
    find_batch,
    go_on_with_batch,
    order_batch,
    take_back_batch,
    waiting_batches,
    withdraw_batch,
)
from largesse.services.portal.people import (
    InvitedToPartner,
    accept_signed_in,
    accept_with_new_sign_in,
    change_person,
    end_person,
    find_person,
    invite_person,
    look_at_invitation,
    people_of,
    withdraw_person,
)
from largesse.services.portal.placing import place_all, place_due, place_some
from largesse.services.portal.reading import COLUMNS, LINES_MAX, BatchRead, PortalOrderAsked, read_batch
from largesse.services.portal.standing import ActsFor, acts_for, demand_of, note_refusal
