"""The typefaces of a certificate, and where they come from (docs/howto/designs.md).

Latin, Greek and Cyrillic come with Python packages, so they are there on every machine: Source Serif, Source Sans and
Hanken Grotesk (SIL Open Font License), and Libertinus Serif and DejaVu Sans Mono inside typst. Every other script, and
emoji, come from Noto as the system packages it (Debian: fonts-noto-core, fonts-noto-cjk, fonts-noto-color-emoji). Only
these folders are read, never whatever else a machine has: the same certificate must look the same on two servers.
"""

import importlib.util
import os
from functools import lru_cache
from pathlib import Path
from typing import Final

import typst

FOLDERS_VARIABLE: Final = "LARGESSE_FONT_FOLDERS"
_PACKAGES: Final = ("font_source_serif_pro", "font_source_sans_pro", "font_hanken_grotesk")
_NOTO_FOLDERS: Final = (
    "/usr/share/fonts/truetype/noto",
    "/usr/share/fonts/opentype/noto",
    "/usr/share/fonts/noto",
    "/usr/share/fonts/noto-cjk",
    "/usr/share/fonts/google-noto",
)
EMOJI: Final = "Noto Color Emoji"
LAST_RESORT: Final = "DejaVu Sans Mono"

# For each script the face that stands well beside a book serif; typst passes over those that are not installed.
_SCRIPTS: Final = (
    "Noto Serif", "Noto Sans", "Noto Naskh Arabic", "Noto Serif Hebrew", "Noto Serif Devanagari", "Noto Serif Bengali",
    "Noto Serif Tamil", "Noto Serif Telugu", "Noto Serif Kannada", "Noto Serif Malayalam", "Noto Serif Gujarati",
    "Noto Serif Gurmukhi", "Noto Serif Sinhala", "Noto Serif Thai", "Noto Serif Lao", "Noto Serif Khmer",
    "Noto Serif Myanmar", "Noto Serif Tibetan", "Noto Serif Georgian", "Noto Serif Armenian", "Noto Serif Ethiopic",
    "Noto Sans Symbols", "Noto Sans Symbols2", "Noto Sans Math",
)  # fmt: skip


class Shelf:
    """The faces that are here: loaded once, shared by every compiler of the process.

    `folders` are where scripts beyond Latin, Greek and Cyrillic are looked for; by default those of the system's Noto
    packages and of the variable LARGESSE_FONT_FOLDERS (separated like PATH).
    """

    def __init__(self, folders: list[Path] | None = None) -> None:
        wanted = system_folders() if folders is None else folders
        self.fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=True,
            font_paths=[str(folder) for folder in (*_package_folders(), *wanted)],
        )
        self.families = frozenset(self.fonts.families())

    @property
    def has_emoji(self) -> bool:
        """Return whether coloured emoji can be printed."""
        return EMOJI in self.families

    @property
    def has_cjk(self) -> bool:
        """Return whether Chinese, Japanese and Korean can be printed."""
        return "Noto Serif CJK SC" in self.families

    def after(self, family: str, region: str) -> list[str]:
        """Return `family` and, behind it, every face that may stand in for it. `region` is that of `cjk_region`."""
        wanted = (family, *_SCRIPTS[:2], f"Noto Serif CJK {region}", "Noto Serif CJK SC", *_SCRIPTS[2:], LAST_RESORT)
        return [name for name in dict.fromkeys(wanted) if name in self.families]


@lru_cache(maxsize=1)
def default_shelf() -> Shelf:
    """Return the shelf of this machine."""
    return Shelf()


def system_folders() -> list[Path]:
    """Return the folders of this machine that hold Noto, those named by the operator first."""
    named = [part for part in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep) if part]
    return [folder for folder in map(Path, (*named, *_NOTO_FOLDERS)) if folder.is_dir()]


def _package_folders() -> list[Path]:
    folders = []
    for package in _PACKAGES:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            folders.append(Path(spec.origin).parent / "files")
    return folders
