"""Datasets written to a file."""

from largesse.services.exports.dependencies import ExportDependencies
from largesse.services.exports.exporting import DatasetName, DateOf, ExportRequest, Layout, export, read_moment

__all__ = [
    "DatasetName",
    "DateOf",
    "ExportDependencies",
    "ExportRequest",
    "Layout",
    "export",
    "read_moment",
]
