"""BagIt 1.0 (RFC 8493): a payload, what it is, and a digest of every file."""

from __future__ import annotations

import re
from collections.abc import Mapping

from takeback.model.digest import sha256_of

DECLARATION = "bagit.txt"
INFO = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
PAYLOAD = "data/"

_DECLARED = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def bag(files: Mapping[str, bytes], *, info: Mapping[str, str], tags: Mapping[str, bytes]) -> dict[str, bytes]:
    """Every file of a bag by its path: the payload under `data/`, the tag files, the manifests.

    A ValueError names a path that would not be the same on every file system, or an info line that is not one line.
    """
    _check_paths((*files, *tags))
    payload = {PAYLOAD + path: content for path, content in files.items()}
    described = {
        DECLARATION: _DECLARED,
        INFO: _info(info, payload),
        MANIFEST: manifest(payload),
        **tags,
    }
    return {**payload, **described, TAG_MANIFEST: manifest(described)}


def manifest(files: Mapping[str, bytes]) -> bytes:
    """A line for each file, by path, as `sha256sum` writes and checks it."""
    return "".join(f"{sha256_of(content)}  {path}\n" for path, content in sorted(files.items())).encode()


def parse_manifest(content: bytes) -> dict[str, str]:
    """The digest of each path in a manifest; a ValueError names the line that is none."""
    found: dict[str, str] = {}
    for number, line in enumerate(content.decode("utf-8").split("\n")[:-1], 1):
        match = _LINE.fullmatch(line)
        if not match or match[2] in found:
            message = f"line {number} is no manifest line, or names a file twice: {line[:120]!r}"
            raise ValueError(message)
        found[match[2]] = match[1]
    if content and not content.endswith(b"\n"):
        message = "the last line is cut"
        raise ValueError(message)
    return found


def oxum(files: Mapping[str, bytes]) -> str:
    """The payload's size as BagIt writes it: octets, a full stop, the number of files."""
    return f"{sum(map(len, files.values()))}.{len(files)}"


def _info(info: Mapping[str, str], payload: Mapping[str, bytes]) -> bytes:
    lines = {**info, "Payload-Oxum": oxum(payload)}
    for label, value in lines.items():
        if not _LABEL.fullmatch(label) or not value.isprintable() or value != value.strip():
            message = f"not a line of {INFO} (a label, and a value on one line): {label!r}: {value!r}"
            raise ValueError(message)
    return "".join(f"{label}: {value}\n" for label, value in sorted(lines.items())).encode()


def _check_paths(paths: tuple[str, ...]) -> None:
    folded: set[str] = set()
    for path in paths:
        if not all(_NAME.fullmatch(part) for part in path.split("/")):
            message = f"not a path for a bundle (letters, digits, `.`, `_`, `-`, between slashes): {path!r}"
            raise ValueError(message)
        if path.lower() in folded:
            message = f"two paths of a bundle differ only in case: {path!r}"
            raise ValueError(message)
        folded.add(path.lower())
