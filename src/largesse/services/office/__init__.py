"""What the office reads: lists of what there is, and how far each is exported."""

from largesse.services.office.deliveries import (
    DELIVERIES,
    EndpointLoad,
    EndpointTold,
    deliveries_to_export,
    loads_of,
    told_of,
)
from largesse.services.office.dependencies import OfficeDependencies, StoryDependencies
from largesse.services.office.leaving import KnownCertificate, NumbersRenewed, known_to, renew_numbers
from largesse.services.office.lists import (
    API_REQUESTS,
    AUDIT,
    CERTIFICATES,
    INVOICES,
    ORDERS,
    PARTNERS,
    Listed,
    OrderBuyer,
    api_requests_to_export,
    audit_to_export,
    buyers_of,
    certificates_to_export,
    endings_of,
    export_list,
    invoices_to_export,
    orders_of_partner,
    orders_to_export,
    partners_to_export,
    read_list,
)
from largesse.services.office.rehearsing import RefundPreview, preview_refund
from largesse.services.office.searching import Hits, Jump, close_search, hits_of, jump_to, open_search
from largesse.services.office.stories import (
    CertificateStory,
    MailTold,
    OrderStory,
    ReloadWaiting,
    StoryNames,
    certificate_story,
    names_in,
    order_story,
    person_id_of,
)
from largesse.services.office.today import (
    DayFigures,
    TodayFigures,
    WorkLists,
    figures_of,
    second_person_lists,
    work_lists,
)
