"""Media: bytes seen in a post, known by their SHA-256 and their place; never copied."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from takeback.model.digest import Sha256


class MediaKind(StrEnum):
    """What a post says that a file is."""

    PHOTO = "photo"
    IMAGE_FILE = "image_file"
    THUMBNAIL = "thumbnail"
    STICKER = "sticker"
    ANIMATION = "animation"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"

    @property
    def searchable(self) -> bool:
        """Whether the decoder is asked to open it; the others are counted as "not searched"."""
        return self in _SEARCHABLE


_SEARCHABLE = frozenset(
    {
        MediaKind.PHOTO,
        MediaKind.IMAGE_FILE,
        MediaKind.THUMBNAIL,
        MediaKind.STICKER,
        MediaKind.ANIMATION,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """Where bytes lie in the investigator's own material: a source and a POSIX path inside it."""

    source: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Bytes seen in a post; ``size`` in bytes. The bytes stay where they are."""

    sha256: Sha256
    size: int
    place: Place
    kind: MediaKind


class Absence(StrEnum):
    """Why a source names a file that it does not hold."""

    NOT_INCLUDED = "not_included"
    TOO_LARGE = "too_large"
    UNAVAILABLE = "unavailable"
    FILE_MISSING = "file_missing"
    SELF_DESTRUCTED = "self_destructed"
    OUTSIDE_SOURCE = "outside_source"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingMedia:
    """A file that a post names and the source does not hold, and why."""

    kind: MediaKind
    absence: Absence
    named: str


class DecodeReason(StrEnum):
    """Why the decoder refused a picture; each is a typed outcome, never a guess."""

    EMPTY = "empty"
    NOT_A_PICTURE = "not_a_picture"
    FORMAT_NOT_READ = "format_not_read"
    TOO_MANY_BYTES = "too_many_bytes"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_THIN = "too_thin"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    TOO_SLOW = "too_slow"
    WORKER_KILLED = "worker_killed"
    OUT_OF_MEMORY = "out_of_memory"
