"""Brings the photographs that a table in docs/figures/ lists, as the campaign measured on them, into a folder.

Usage: python scripts/bring_photographs.py TABLE FOLDER GIT_DIRECTORY...

TABLE is a list such as docs/figures/derivative-photographs.tsv. Each GIT_DIRECTORY is a clone that you made
(`git clone --bare https://github.com/OWNER/NAME`), whatever it is called. A photograph whose digest differs is left
out. Each is turned as its EXIF says, made 1280 pixels long at most, and written to
FOLDER/<collection>/<first 16 digits of its SHA-256>.jpg; one that needs neither stays as it is.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

LONG_SIDE = 1280
QUALITY = 92
_UPRIGHT = (None, 0, 1)


def main(arguments: list[str]) -> int:
    """Bring every photograph of the table that a clone holds; 0 where none is missing."""
    parser = argparse.ArgumentParser(description="Brings the photographs that a table lists into a folder.")
    parser.add_argument("table", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("clones", type=Path, nargs="+", metavar="GIT_DIRECTORY")
    chosen = parser.parse_args(arguments)
    with chosen.table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    left = {row["sha256"]: row for row in rows}
    for clone in chosen.clones:
        for row, content in contents(clone, list(left.values())):
            digest = hashlib.sha256(content).hexdigest()
            if digest != row["sha256"]:
                continue
            written = chosen.folder / row["collection"] / f"{digest[:16]}.jpg"
            written.parent.mkdir(parents=True, exist_ok=True)
            written.write_bytes(prepared(content))
            del left[digest]
    for row in left.values():
        print(f"not brought: {row['repository']} {row['commit']} {row['path']}", file=sys.stderr)
    print(f"{len(rows) - len(left)} of {len(rows)} photographs brought", file=sys.stderr)
    return 1 if left else 0


def contents(clone: Path, rows: list[dict[str, str]]) -> Iterator[tuple[dict[str, str], bytes]]:
    """Each row with the bytes that this clone holds for it; rows that it does not hold are passed over."""
    with subprocess.Popen(  # noqa: S603  # git with fixed arguments
        ["git", "-C", str(clone), "cat-file", "--batch"],  # noqa: S607  # git is where the path says
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as git:
        assert git.stdin is not None
        assert git.stdout is not None
        for row in rows:
            git.stdin.write(f"{row['commit']}:{row['path']}\n".encode())
            git.stdin.flush()
            answer = git.stdout.readline().split()
            if answer[-1:] and answer[-2:-1] == [b"blob"]:
                yield row, git.stdout.read(int(answer[-1]) + 1)[:-1]
        git.stdin.close()


def prepared(content: bytes) -> bytes:
    """The file that is measured on: upright, RGB, at most LONG_SIDE pixels long, JPEG."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(content)) as picture:
        upright = picture.getexif().get(0x0112) in _UPRIGHT
        if picture.format == "JPEG" and picture.mode == "RGB" and upright and max(picture.size) <= LONG_SIDE:
            return content
        turned = ImageOps.exif_transpose(picture).convert("RGB")
        turned.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        turned.save(out, "JPEG", quality=QUALITY)
        return out.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
