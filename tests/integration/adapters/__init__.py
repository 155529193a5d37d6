"""Tests of the adapters against the real things."""
