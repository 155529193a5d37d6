"""What any HTTP interface may refuse before it knows what is asked for."""

from largesse.kernel.errors import FieldError, Forbidden, InvalidInput, LargesseError, NotFound, Unavailable


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


class RequestCutOff(InvalidInput):
    """A request ended before it was whole; mostly nobody is there any more to read this."""

    code = "request.cut_off"
    message = "The request ended before it was whole. Send it again."


class HttpsRequired(Forbidden):
    """A proxy of ours was asked over plain http, where keys, tokens and numbers can be read on the way."""

    code = "https.required"
    message = "Use https. What you just sent over plain http could be read on the way: replace its key and password."


class ParametersInvalid(InvalidInput):
    """The query string or a header cannot be understood."""

    code = "parameters.invalid"
    message = "Some parameters cannot be understood. Correct those listed and send it again."


class UnsupportedMediaType(InvalidInput):
    """Nothing here reads the Content-Type of a request."""

    code = "media_type.unsupported"
    message = "Send the body as application/xml or application/json, in UTF-8, and say which one in Content-Type."


class NotAcceptable(InvalidInput):
    """Nothing here writes what the Accept header asks for."""

    code = "media_type.not_acceptable"
    message = (
        "The answer can be application/xml or application/json. Ask for one of them in Accept, or leave the header out."
    )


class BodyEncoded(UnsupportedMediaType):
    """A body is compressed, or encoded in another way that nothing here undoes."""

    code = "content_encoding.unsupported"

    def __init__(self, content_encoding: str) -> None:
        named = "".join(char for char in content_encoding[:40] if char.isascii() and char.isprintable())
        super().__init__(
            f"Content-Encoding: {named} is not read here. Send the body as it is, without a Content-Encoding."
        )


class TooManyRequests(Unavailable):
    """A rate limit is used up; `retry_after_s` is when the one that was hit has room again."""

    code = "throttled"
    message = "There were too many attempts. Wait for the time that Retry-After names, then try again."


def refuse_encoded(content_encoding: str | None) -> None:
    """Let a body pass that is sent as it is, going by the value of its Content-Encoding header.

    Raises:
        BodyEncoded: it would have to be decoded first (RFC 9110 §8.4).
    """
    named = [coding.strip().lower() for coding in (content_encoding or "").split(",")]
    if any(coding not in {"", "identity"} for coding in named):
        raise BodyEncoded(content_encoding or "")


def parameter_invalid(name: str, code: str, message: str) -> ParametersInvalid:
    """Return the error about one parameter or header."""
    return ParametersInvalid(fields=[FieldError(name, code, message)])
