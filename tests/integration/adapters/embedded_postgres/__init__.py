"""Tests of the embedded PostgreSQL, with real servers that sync to disk."""
