"""The REST API: the merchant's own programs."""
