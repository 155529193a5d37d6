"""What any HTTP interface may refuse before it knows what is asked for."""

from largesse.kernel.errors import FieldError, InvalidInput, LargesseError, NotFound, Unavailable


class PageUnknown(NotFound):
    """Nothing stands at an address."""

    code = "page.not_found"
    message = "There is nothing at this address. Check it against the documentation."


class MethodRefused(LargesseError):
    """An address does not take a method; `allow` lists those that it takes."""

    code = "method.not_allowed"
    message = "This address does not take that method. The Allow header says which it takes."

    def __init__(self, allow: str) -> None:
        super().__init__()
        self.allow = allow


class ParametersInvalid(InvalidInput):
    """The query string or a header cannot be understood."""

    code = "parameters.invalid"
    message = "Some parameters cannot be understood. Correct those listed and send it again."


class TooManyRequests(Unavailable):
    """A rate limit is used up; `retry_after_s` is when the one that was hit has room again."""

    code = "throttled"
    message = "There were too many attempts. Wait for the time that Retry-After names, then try again."


def parameter_invalid(name: str, code: str, message: str) -> ParametersInvalid:
    """Return the error about one parameter or header."""
    return ParametersInvalid(fields=[FieldError(name, code, message)])
