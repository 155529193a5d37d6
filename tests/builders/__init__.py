"""Makers of valid things to test with, one module for each room."""
