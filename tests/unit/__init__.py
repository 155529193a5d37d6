"""Tests of pure code, one file for each module."""
