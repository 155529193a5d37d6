"""Datasets written to a file."""

from largesse.services.exports.exporting import DatasetName, ExportRequest, export

__all__ = ["DatasetName", "ExportRequest", "export"]
