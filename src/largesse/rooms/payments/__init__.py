"""Payments: what was charged for a checkout, and how it went."""
