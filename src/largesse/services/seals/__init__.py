"""Seals of journals: made every night, told to the merchant, and exported for whoever checks them."""

from largesse.services.seals.dependencies import SealDependencies
from largesse.services.seals.exporting import export_sealed, sealed_line, sealed_text
from largesse.services.seals.sealing import newest_seal, seal, seal_due
