"""Catalogue: what is on sale, and how it looks."""
