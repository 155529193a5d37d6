"""What is refused because the caller had seen something else."""

from largesse.kernel.errors import Conflict


class CertificateMovedOn(Conflict):
    """Something happened to a certificate since the caller looked at it, who said that nothing may have."""

    code = "certificate.changed"
    message = "The certificate has changed since you read it. Read it again, and ask for what you want then."
