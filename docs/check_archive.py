"""Check an archive of `books archive` without Largesse (docs/howto/seals.md): python3 check_archive.py ARCHIVE [HASH]

What its SHA256SUMS names is unchanged, its journal.csv says what the sealed rows say, and check_seal.py, beside this
file, checks those, with HASH from the mail.
"""

import csv
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path


def need(*, true, otherwise):
    if not true:
        sys.exit(f"This does not check: {otherwise}.")


def same(lines, table):  # spreadsheets are kept from formulas by an apostrophe
    names = next(table)
    next(lines)
    for line in lines:
        row = ["" if one is None else str(one).replace("'", "") for one in map(json.loads(line).get, names)]
        need(true=row == [one.replace("'", "") for one in next(table, [])], otherwise="journal.csv says something else")
    need(true=next(table, None) is None, otherwise="journal.csv has rows that are not sealed")


def main(path, hashes):
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        for line in archive.read("SHA256SUMS").decode().splitlines():
            found = hashlib.file_digest(archive.open(line[66:]), "sha256").hexdigest()
            need(true=found == line[:64], otherwise=f"{line[66:]} is not what its hash was made of")
        texts = [io.TextIOWrapper(archive.open(name), "utf-8", newline="") for name in ("sealed.jsonl", "journal.csv")]
        same(texts[0], csv.reader(texts[1]))
        sealed = archive.extract("sealed.jsonl", folder)
        checker = Path(__file__).with_name("check_seal.py")
        return subprocess.run([sys.executable, checker, sealed, *hashes], check=False).returncode


try:
    sys.exit(main(sys.argv[1], sys.argv[2:3]))
except (zipfile.BadZipFile, LookupError, OSError, ValueError, StopIteration) as fault:
    need(true=False, otherwise=f"the archive is damaged ({type(fault).__name__}: {fault})")
