"""Merchants: who sells certificates, and by which settings."""
