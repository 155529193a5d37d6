"""Exports: data sets streamed out as files."""
