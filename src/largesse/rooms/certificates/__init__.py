"""Certificates: their secret numbers, and the way from a number to a balance."""
