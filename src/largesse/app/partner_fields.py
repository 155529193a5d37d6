"""The table of the partner API's fields in its how-to, made from the message types: `make docs` writes it.

python -m largesse.app.partner_fields docs/howto/partner-api.md
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from largesse.interfaces.partner_api import messages

BEGIN = "<!-- fields: made by `make docs` -->"
END = "<!-- end of fields -->"

_MESSAGES: tuple[tuple[str, type[msgspec.Struct]], ...] = (
    ("`auth_request`, asking for a token", messages.AuthRequest),
    ("`user` in it", messages.User),
    ("`auth_response`", messages.AuthResponse),
    ("`giftCertificate`, an order", messages.GiftCertificate),
    ("`giftCertificate_detail`, its answer", messages.OrderedCertificate),
    ("`giftCertificate_detail`, asked for by number", messages.CertificateDetail),
    ("`error_response`", messages.ErrorResponse),
)
Schema = Mapping[str, Any]


def tables() -> str:
    """Return a table for each message, as Markdown."""
    _, schemas = msgspec.json.schema_components([kind for _, kind in _MESSAGES], ref_template="{name}")
    return "\n\n".join(_table(title, schemas[kind.__name__]) for title, kind in _MESSAGES) + "\n"


def with_tables(page: str) -> str:
    """Return a page with today's tables between its two marks."""
    before, _, rest = page.partition(f"{BEGIN}\n")
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"


def _table(title: str, schema: Schema) -> str:
    required = schema.get("required", ())
    rows = [
        "| field | given | type | meaning | example |",
        "|---|---|---|---|---|",
        *(
            f"| `{name}` | {'always' if name in required else 'optional'} | {_type(field)} | {_meaning(field)} "
            f"| {_example(field)} |"
            for name, field in schema["properties"].items()
        ),
    ]
    return "\n".join([f"**{title}**", "", *rows])


def _variants(field: Schema) -> Iterator[Schema]:
    yield field
    yield from (variant for variant in field.get("anyOf", ()) if variant.get("type") != "null")


def _type(field: Schema) -> str:
    kinds = [_kind(variant) for variant in _variants(field) if "type" in variant or "$ref" in variant]
    return " or ".join(dict.fromkeys(kinds))


def _kind(variant: Schema) -> str:
    if "$ref" in variant:
        return "object"
    kind = {"string": "text", "integer": "number", "array": "list"}.get(variant["type"], str(variant["type"]))
    least, most = variant.get("minLength"), variant.get("maxLength")
    if most is not None:
        return f"{kind} of {least} to {most}" if least else f"{kind} of at most {most}"
    return f"{kind} above {variant['exclusiveMinimum']}" if "exclusiveMinimum" in variant else kind


def _meaning(field: Schema) -> str:
    return next((str(variant["description"]) for variant in _variants(field) if "description" in variant), "")


def _example(field: Schema) -> str:
    found = next((variant["examples"][0] for variant in _variants(field) if "examples" in variant), None)
    return "" if found is None else f"`{found if isinstance(found, str) else msgspec.json.encode(found).decode()}`"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")
