"""What can go wrong with certificate numbers. No message repeats a number."""

from largesse.kernel.errors import NotFound


class CertificateUnknown(NotFound):
    """No certificate has that number or id."""

    code = "certificate.unknown"
    message = "There is no certificate of that number. Check it against the certificate and type it again."
