"""Tests named for what a person does, from end to end."""
