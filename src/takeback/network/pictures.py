"""Pictures in four units that are never merged: posted, distinct files, near-duplicates, enrolled photographs (M5)."""

from __future__ import annotations

from collections.abc import Iterator

from takeback.model.measure import Measure
from takeback.model.media import MediaKind
from takeback.network.network import row_of
from takeback.network.sheet import Sheet

PICTURES = frozenset({MediaKind.PHOTO, MediaKind.IMAGE_FILE})
"""What counts as a picture: thumbnails belong to another file, stickers and animations are counted apart."""


def measure_pictures(sheet: Sheet) -> Iterator[Measure]:
    """Pictures posted, the files and clusters they are, and the enrolled photographs found in them."""
    yield _posted(sheet)
    yield from _files(sheet)
    yield _enrolled(sheet)
    yield from _others(sheet)


def _posted(sheet: Sheet) -> Measure:
    rows: list[str] = []
    absent = 0
    for post in sheet.network.posts:
        held = sum(media.kind in PICTURES for media in post.media)
        gone = sum(missing.kind in PICTURES for missing in post.missing)
        absent += gone
        rows.extend(f"{row_of(post)}/{number}" for number in range(held + gone))
    return sheet.count(
        "pictures.posted",
        "Pictures posted",
        len(rows),
        of=len(rows),
        unit="postings of pictures",
        rows=sheet.rows("postings", rows),
        method="photos and image files named by posts, each time they are named, also where the file is absent",
        caveat=f"The same picture posted again counts again. Of these, {absent:,} are named without their file.",
    )


def _files(sheet: Sheet) -> Iterator[Measure]:
    held = [media.sha256 for post in sheet.network.posts for media in post.media if media.kind in PICTURES]
    files = set(held)
    clusters = sheet.network.clusters
    hashed = [sha256 for sha256 in files if sha256 in clusters]
    yield sheet.count(
        "pictures.files",
        "Distinct picture files",
        len(files),
        of=len(held),
        unit="files",
        rows=sheet.rows("media", files),
        method="distinct SHA-256 among the pictures that the sources hold",
        caveat="The same picture saved again is another file.",
    )
    yield sheet.count(
        "pictures.clusters",
        "Distinct pictures, near-duplicates taken together",
        len({clusters[sha256] for sha256 in hashed}) if hashed else None,
        of=len(hashed),
        unit="clusters of near-duplicates",
        rows=sheet.rows("media", hashed),
        method="clusters by perceptual hash among the files that were fingerprinted",
        caveat="Sealed and unreadable files are not in it. Crops and mirrored copies may stand apart.",
    )


def _enrolled(sheet: Sheet) -> Measure:
    found = {original for originals in sheet.network.enrolled.values() for original in originals}
    searched = bool(sheet.network.clusters or found)
    return sheet.count(
        "pictures.enrolled",
        "Enrolled photographs found",
        len(found) if searched else None,
        of=len(sheet.network.enrolled),
        unit="enrolled photographs",
        rows=sheet.rows("media", sheet.network.enrolled),
        method="enrolled photographs with at least one finding; n is the media in which one was found",
        caveat="A photograph is not a person. Only what was enrolled can be found.",
    )


def _others(sheet: Sheet) -> Iterator[Measure]:
    for kind in (MediaKind.THUMBNAIL, MediaKind.STICKER, MediaKind.ANIMATION):
        rows = [
            f"{row_of(post)}/{number}"
            for post in sheet.network.posts
            for number, media in enumerate(post.media)
            if media.kind is kind
        ]
        if rows:
            yield sheet.count(
                f"pictures.kind.{kind.value}",
                f"Media of kind {kind.value}",
                len(rows),
                of=len(rows),
                unit="postings",
                rows=sheet.rows("postings", rows),
                method="media of this kind that the sources hold, each time a post names them",
                caveat="They are searched, and not counted as pictures posted.",
            )
