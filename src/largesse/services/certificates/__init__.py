"""What staff and holders do with certificates that stand."""

from largesse.services.certificates.adjustments import adjust, block, extend, reload, unblock
from largesse.services.certificates.dependencies import CertificateDependencies, SpotDependencies
from largesse.services.certificates.expiry import expire_certificates, release_expired_holds, tell_expiring
from largesse.services.certificates.following import lock_followed, successor_of, with_predecessors
from largesse.services.certificates.holds import capture_hold, place_hold, release_hold
from largesse.services.certificates.issuing import (
    CertificatesIssued,
    IssuedNow,
    IssuePlan,
    IssueWanted,
    issue,
    issue_all,
    issue_each,
    tax_faults,
)
from largesse.services.certificates.lapsed import Unclaimed, unclaimed
from largesse.services.certificates.lookup import Located, Sample, locate, locate_id, look_up, merchant_of_number
from largesse.services.certificates.paying_out import cash_out, hand_over, may_cash_out
from largesse.services.certificates.preparing import Prepared, SaleTaxInvalid, activate, prepare
from largesse.services.certificates.presents import (
    less_of_bonus,
    presents_of,
    share_of_bonus,
    take_presents_back,
)
from largesse.services.certificates.redemption import redeem, redeem_by_number, reverse
from largesse.services.certificates.reinstatement import reinstate, reinstate_all
from largesse.services.certificates.requests import AT_HOME, Place, Request, Said, Spot, operation_id, said_of
from largesse.services.certificates.revealing import reveal
from largesse.services.certificates.spots import spot_of, submit_at
from largesse.services.certificates.tenders import (
    Payer,
    Tender,
    TenderRefused,
    bank_account_of,
    drawer_of,
    funding_of,
    known_spot,
)
from largesse.services.certificates.timekeeping import Reading as ClockReading
from largesse.services.certificates.timekeeping import accept_clock, check_clock, read_clocks
from largesse.services.certificates.transfers import Reissued, ReissueOfPool, merge, reissue, reissue_within
