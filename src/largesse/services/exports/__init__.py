"""Datasets written to a file."""

from largesse.services.exports.dependencies import ExportDependencies
from largesse.services.exports.exporting import DatasetName, DateOf, ExportLayout, ExportRequest, export, read_moment
