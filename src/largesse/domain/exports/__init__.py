"""Exports: datasets that other domains declare, written in formats that other programs read."""

from largesse.domain.exports.formats import FileFormat, Progress, Sink
from largesse.domain.exports.sheets import write_xlsx
from largesse.domain.exports.tables import FileTable, FileValue, table_as_csv, table_as_xlsx
from largesse.domain.exports.text import write_csv, write_jsonl
