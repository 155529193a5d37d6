"""Partners: organisations that order on account, their agreements, users, keys and tokens."""

from largesse.domain.partners.actions import (
    agreement_of,
    change_agreement,
    change_partner,
    create_key,
    create_partner,
    create_user,
    find_access,
    find_credentials,
    find_partner,
    find_user,
    forget_expired_tokens,
    issue_token,
    merchants_with_expired_tokens,
    put_terms,
    remove_terms,
    revoke_key,
)
from largesse.domain.partners.checks import faults_of_password, read_terms
from largesse.domain.partners.credit import CreditBook, refusal, refusal_of_partial
from largesse.domain.partners.errors import (
    AccessDenied,
    AgreementDisabled,
    AgreementSuspended,
    CreditExhausted,
    KeyUnknown,
    OrderInvalid,
    PartnerInvalid,
    PartnerTaken,
    PartnerUnknown,
    UserTaken,
)
from largesse.domain.partners.model import (
    Access,
    Agreement,
    AgreementChange,
    AgreementPurpose,
    Credentials,
    Invoicing,
    Key,
    OtherRefcodes,
    Partner,
    PartnerChange,
    PartnerUser,
    Terms,
)
from largesse.domain.partners.orders import REFCODE_MAX, THIRD_PARTY_IDENTIFIER_MAX, Contact, OrderWanted, PartialOrder
from largesse.domain.partners.secrets import digest_of_key, digest_of_token
from largesse.domain.partners.store import (
    agreements,
    disable_user,
    enable_user,
    erase_person,
    keys,
    list_partners,
    lock_agreements,
    lock_free_agreements,
    set_password,
    use_credit,
    users,
)
from largesse.domain.partners.views import buyers
