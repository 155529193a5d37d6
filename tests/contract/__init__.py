"""Tests that hold Largesse to the letter of other people's interfaces."""
