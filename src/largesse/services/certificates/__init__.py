"""What staff and holders do with certificates that stand."""

from largesse.services.certificates.adjustments import adjust, block, extend, reload, unblock
from largesse.services.certificates.dependencies import CertificateDependencies
from largesse.services.certificates.expiry import expire_certificates, release_expired_holds, tell_expiring
from largesse.services.certificates.holds import capture_hold, place_hold, release_hold
from largesse.services.certificates.lookup import Located, Sample, locate, locate_id, look_up
from largesse.services.certificates.redemption import redeem, reverse
from largesse.services.certificates.requests import Place, Request, operation_id, said_of
from largesse.services.certificates.revealing import reveal
from largesse.services.certificates.transfers import Reissued, merge, reissue

__all__ = [
    "CertificateDependencies",
    "Located",
    "Place",
    "Reissued",
    "Request",
    "Sample",
    "adjust",
    "block",
    "capture_hold",
    "expire_certificates",
    "extend",
    "locate",
    "locate_id",
    "look_up",
    "merge",
    "operation_id",
    "place_hold",
    "redeem",
    "reissue",
    "release_expired_holds",
    "release_hold",
    "reload",
    "reveal",
    "reverse",
    "said_of",
    "tell_expiring",
    "unblock",
]
