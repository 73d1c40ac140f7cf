"""What a file is, by what its post, its name and its first bytes say; nothing is decoded."""

from __future__ import annotations

from pathlib import PurePosixPath

from takeback.model.media import MediaKind

_IMAGES = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif"}
)
_VIDEOS = frozenset({".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v", ".3gp", ".tgs"})
_AUDIO = frozenset({".ogg", ".oga", ".opus", ".mp3", ".m4a", ".wav", ".flac", ".aac"})
_NOT_RASTER = frozenset({"image/svg+xml"})
_BRANDS = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis"})


def kind_of(name: str, *, mime: str | None = None, media_type: str | None = None) -> MediaKind:
    """What a post or a file name says that a file is.

    A moving picture in a video or vector file is a `VIDEO`, whatever the post calls it: no decoder here opens it, so
    it is counted as not searched. A GIF or WebP animation stays an `ANIMATION`, whose first frame is tried.
    """
    plain = _plain_kind(name, mime)
    match media_type:
        case "sticker":
            return MediaKind.VIDEO if plain is MediaKind.VIDEO else MediaKind.STICKER
        case "animation":
            return MediaKind.VIDEO if plain is MediaKind.VIDEO else MediaKind.ANIMATION
        case "video_file" | "video_message":
            return MediaKind.VIDEO
        case "voice_message" | "audio_file":
            return MediaKind.AUDIO
        case _:
            return plain


def looks_like_picture(head: bytes) -> bool:
    """Whether the first bytes are those of a raster picture, whatever its name says."""
    return (
        head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*"))
        or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
        or (head[4:8] == b"ftyp" and head[8:12] in _BRANDS)
    )


def _plain_kind(name: str, mime: str | None) -> MediaKind:
    suffix = PurePosixPath(name).suffix.lower()
    family = (mime or "").split("/", 1)[0]
    if mime in _NOT_RASTER:
        return MediaKind.DOCUMENT
    if suffix in _VIDEOS or family == "video":
        return MediaKind.VIDEO
    if suffix in _IMAGES or family == "image":
        return MediaKind.IMAGE_FILE
    if suffix in _AUDIO or family == "audio":
        return MediaKind.AUDIO
    return MediaKind.DOCUMENT
