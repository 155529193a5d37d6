"""The REST door: the merchant's own programs."""
