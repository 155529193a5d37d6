"""Tests of Largesse."""
