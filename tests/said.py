"""Searching what was written: bytes of a folder, words of a document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

LAW = ("is an intimate image content report", "is intimate image content")
"""The law's own name of a report, and a statement that a named person confirms: takeback says neither of its own."""


def everything_in(folder: Path) -> bytes:
    """Every byte of every file under a folder, and every name."""
    found = sorted(folder.rglob("*"))
    return b"\n".join(
        [
            *(str(each.relative_to(folder)).encode() for each in found),
            *(each.read_bytes() for each in found if each.is_file()),
        ]
    )


def words_of(path: Path) -> str:
    """What a reader sees of a document: the text of a PDF, or the file itself."""
    if path.suffix == ".pdf":
        from pypdf import PdfReader

        return "\n".join(page.extract_text() for page in PdfReader(path).pages)
    return path.read_text(encoding="utf-8", errors="replace")


def said_in(folder: Path) -> Iterator[tuple[str, str]]:
    """The name and the words of every document under a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), words_of(path)


def without_the_law(said: str) -> str:
    """The words of a document without those of a law."""
    plain = " ".join(said.split())
    for words in LAW:
        plain = plain.replace(words, "")
    return plain
