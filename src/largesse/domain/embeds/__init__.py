"""Which other web sites may show a merchant's gift form in a frame, and what was handed over from there."""

from largesse.domain.embeds.errors import EmbedOriginUnknown, InvalidEmbedOrigin
from largesse.domain.embeds.model import ORIGINS_MAX, read_origin
from largesse.domain.embeds.store import add_origin, origins_of, remove_origin, spend_handover
