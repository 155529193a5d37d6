"""Datasets written to a file."""

from largesse.services.exports.dependencies import ExportDependencies
from largesse.services.exports.exporting import DatasetName, ExportRequest, export

__all__ = [
    "DatasetName",
    "ExportDependencies",
    "ExportRequest",
    "export",
]
