"""What partners do: be admitted, order on account."""

from largesse.services.partners.admission import Admission, Admitted, find_credentials, issue_token
from largesse.services.partners.dependencies import PartnerDependencies
from largesse.services.partners.details import change_details
from largesse.services.partners.judging import law_warnings, refuse_unlawful
from largesse.services.partners.managing import (
    AccessDependencies,
    MadeOnce,
    PartnerWanted,
    add_partner,
    add_user,
    change_partner,
    end_tokens,
    let_user,
    make_key,
    make_token,
    renew_password,
    revoke_key,
    set_state,
)
from largesse.services.partners.ordering import (
    OrderRequest,
    operation_of_key,
    order_on_account,
    sell_on_account,
    try_order,
)
from largesse.services.partners.placing import (
    AccountOrders,
    OperationReused,
    PlacedOnAccount,
    Placement,
    contact_of,
    month_of,
    place,
)
