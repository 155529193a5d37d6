"""What partners do: be admitted, order on account."""

from largesse.services.partners.admission import Admission, Admitted, find_credentials, issue_token
from largesse.services.partners.dependencies import PartnerDependencies
from largesse.services.partners.details import change_details
from largesse.services.partners.judging import law_warnings, refuse_unlawful
from largesse.services.partners.ordering import OrderRequest, order_on_account, try_order
from largesse.services.partners.placing import AccountOrders, OperationReused, PlacedOnAccount
