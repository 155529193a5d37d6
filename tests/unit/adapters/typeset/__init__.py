"""Tests of typeset."""
