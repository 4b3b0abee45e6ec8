#!/usr/bin/env python3
"""Fetch the few browser packages we serve ourselves and write them, with their licences, below static/.

Run it after changing a version below, and commit what it writes. Neither installing nor running Gatehouse
needs it: it is the only thing here that needs npm, and npm alone decides where packages come from.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static"
VENDOR = STATIC / "vendor"
SPRITE = STATIC / "img" / "icons.svg"


@dataclass(frozen=True)
class Package:
    """One npm package: which version, the folder it goes to, and which of its files are served."""

    name: str
    version: str
    folder: str
    files: tuple[str, ...] = ()
    licence: str = "LICENSE"


HTMX = Package("htmx.org", "2.0.11", "htmx", ("dist/htmx.min.js",))
UPLOT = Package("uplot", "1.6.32", "uplot", ("dist/uPlot.iife.min.js", "dist/uPlot.min.css"))
# Without its styles and its workers, which need more of a page's content security policy: docs/widget.md.
ALTCHA = Package("altcha", "3.2.2", "altcha", ("dist/external/altcha.min.js",), licence="LICENSE.txt")
LUCIDE = Package("lucide-static", "1.62.0", "lucide")

ICONS = """
activity arrow-left arrow-right ban book-open bot building-2 calendar check chevron-down chevron-left
chevron-right chevrons-up-down circle-alert circle-check circle-x clock code coins copy download ellipsis
external-link eye file-text gauge globe history info key-round keyboard layout-dashboard link lock log-out
mail menu monitor moon network palette pencil plus power rotate-cw scroll-text search settings share-2
shield-check sun terminal trash-2 triangle-alert user-plus user-round users x
"""

# Our own mark: a gate in its arch. It lives in the sprite so that it takes the colour of its surroundings.
MARK = '<path d="M4 21V11a8 8 0 0 1 16 0v10"/><path d="M9 21v-9a3 3 0 0 1 6 0v9"/>'


def unpack(package: Package, into: Path) -> Path:
    """Download a package with `npm pack` and return the folder of its extracted files."""
    into.mkdir()
    packed = subprocess.run(
        ["npm", "pack", "--silent", "--ignore-scripts", f"{package.name}@{package.version}"],
        cwd=into,
        check=True,
        capture_output=True,
        text=True,
    )
    with tarfile.open(into / packed.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(into, filter="data")
    return into / "package"


def serve(package: Package, source: Path) -> list[str]:
    """Copy a package's licence and served files to static/vendor, and return its rows of the README table."""
    folder = VENDOR / package.folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "LICENSE").write_bytes((source / package.licence).read_bytes())
    written = []
    for name in package.files:
        target = folder / Path(name).name
        target.write_bytes((source / name).read_bytes())
        written.append(target)
    if package is LUCIDE:
        write_sprite(source / "icons")
        written.append(SPRITE)
    licence = json.loads((source / "package.json").read_text())["license"]
    return [
        f"| {package.name} | {package.version} | {licence} | `{target.relative_to(STATIC)}` "
        f"| `{hashlib.sha256(target.read_bytes()).hexdigest()}` |"
        for target in written
    ]


def write_sprite(icons: Path) -> None:
    """Gather the chosen icons, and our mark, as the symbols of one SVG file."""
    symbols = [symbol("gatehouse", MARK)]
    for name in ICONS.split():
        text = (icons / f"{name}.svg").read_text()
        found = re.search(r"<svg[^>]*>(.*)</svg>", text, re.DOTALL)
        if not found:
            raise SystemExit(f"{name}.svg is not the SVG we expect")
        symbols.append(symbol(name, re.sub(r"\s+", " ", found[1]).replace("> <", "><").strip()))
    SPRITE.parent.mkdir(parents=True, exist_ok=True)
    SPRITE.write_text(
        f"<!-- Lucide icons {LUCIDE.version}, ISC; made by scripts/vendor.py -->\n"
        '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    )


def symbol(name: str, shapes: str) -> str:
    """One icon as a symbol; its stroke follows the text colour of the page."""
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        f'stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
    )


def main() -> None:
    """Fetch everything and write the table of what was fetched."""
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for package in (HTMX, UPLOT, ALTCHA, LUCIDE):
            rows += serve(package, unpack(package, Path(scratch) / package.folder))
    (VENDOR / "README.md").write_text(
        "# Third-party files\n\n"
        "Written by `scripts/vendor.py`; do not edit. Each licence lies in its package's folder.\n\n"
        "| package | version | licence | file below `static/` | sha256 |\n"
        "|---|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )


if __name__ == "__main__":
    main()
