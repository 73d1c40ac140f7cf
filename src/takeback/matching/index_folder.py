"""The folder of an index: its segments, and a manifest that is swapped whole."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec

from takeback.errors import UnusableInput

MANIFEST = "manifest.json"
VERSION = 1


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """One segment by its file, its checksum, and the photographs in it that were withdrawn."""

    file: str
    sha256: str
    photographs: int
    withdrawn: tuple[int, ...] = ()


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Which segments the index consists of, and the vocabulary that they were made with."""

    version: int
    vocabulary: str
    segments: tuple[Stored, ...]


def segment_name(sha256: str) -> str:
    """The file name of a segment with this checksum."""
    return f"segment-{sha256[:16]}.postings"


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put the manifest in place of the old one, whole or not at all."""
    body = msgspec.json.encode(manifest)
    partial = folder / (MANIFEST + ".partial")
    with partial.open("wb") as file:
        file.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / MANIFEST)


def read_manifest(folder: Path, vocabulary: str) -> Manifest:
    """The manifest of this folder; an UnusableInput says why it cannot be used."""
    place = folder / MANIFEST
    try:
        content = place.read_bytes()
    except OSError as error:
        raise UnusableInput(f"no index of photographs here: {folder} (enrol its packs first)") from error
    stated, _, body = content.partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != stated:
        raise UnusableInput(f"the index's manifest is damaged: {place} (enrol its packs again)")
    try:
        manifest = msgspec.json.decode(body, type=Manifest)
    except msgspec.DecodeError as error:
        raise UnusableInput(f"the index's manifest says something else: {place} (enrol its packs again)") from error
    if manifest.version != VERSION or manifest.vocabulary != vocabulary:
        raise UnusableInput(f"an index of another version or vocabulary: {place} (enrol its packs again)")
    return manifest


def remove_others(folder: Path, manifest: Manifest) -> None:
    """Delete the segments that no manifest names any more."""
    named = {each.file for each in manifest.segments}
    for path in folder.glob("segment-*"):
        if path.name not in named:
            path.unlink(missing_ok=True)
