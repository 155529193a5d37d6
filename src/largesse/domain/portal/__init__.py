"""The partner's own side of an agreement: who acts for a partner, what each role may do, and what they order."""

from largesse.domain.portal.askings import (
    ASKINGS_A_DAY,
    ASKINGS_MAX,
    ORGANISATION_MAX,
    QUESTION_MAX,
    PartnerAsking,
    answer_asking,
    count_askings,
    count_askings_of,
    erase_askings,
    find_asking,
    forget_askings,
    insert_asking,
    lock_asking,
    open_askings,
)
from largesse.domain.portal.batch_store import (
    batch_lines,
    batches_placing,
    earliest_last_day,
    find_batch,
    insert_batch,
    insert_batch_lines,
    latest_batches,
    lock_batch,
    merchants_placing,
    put_batch,
    put_batch_orders,
    take_numbers,
)
from largesse.domain.portal.batches import BatchDelivery, BatchLine, PortalBatch, PortalBatchState
from largesse.domain.portal.errors import (
    AlreadyPartnerMember,
    BatchKnown,
    BatchLapsed,
    BatchNotOpen,
    BatchOwn,
    NumbersTaken,
    PartnerAskingAnswered,
    PartnerAskingInvalid,
    PartnerAskingKnown,
    PartnerAskingOften,
    PartnerAskingsFull,
    PartnerAskingUnknown,
    PartnerInvitationUnknown,
    PartnerMemberUnknown,
    PortalBatchInvalid,
    PortalBatchUnknown,
)
from largesse.domain.portal.people import INVITATION_GOOD_FOR, PartnerInvitation, PartnerMember
from largesse.domain.portal.roles import PARTNER_RULES, PartnerAct, PartnerRole, PartnerRule, partner_may
from largesse.domain.portal.store import (
    accept_invitation,
    end_member,
    insert_invitation,
    insert_member,
    invitation_of,
    members_of_partner,
    members_of_person,
    open_invitations,
    set_member_role,
    withdraw_invitations,
)
