"""Tests of counter."""
