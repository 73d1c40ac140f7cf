"""Pictures in four units that are never merged: posted, distinct files, near-duplicates, enrolled (M5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from takeback.model.digest import Sha256
from takeback.model.measure import Measure
from takeback.model.media import MediaKind
from takeback.network.part import PICTURES, Part
from takeback.network.sheet import Sheet, size
from takeback.network.tally import Tally, binary, digests_in

_OTHERS = (MediaKind.THUMBNAIL, MediaKind.STICKER, MediaKind.ANIMATION)


def gather_pictures(part: Part, tally: Tally) -> None:
    """Which pictures posts name, and which files the source holds."""
    posted = np.flatnonzero(part.pictures)
    if len(posted):
        many = part.pictures[posted]
        places = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
        tally.add_rows(
            ("pictures", "posted"), part.channel, np.column_stack((part.ids[np.repeat(posted, many)], places))
        )
    tally.numbers["pictures", "absent"] += int(part.missing.among("kind", PICTURES).sum())
    if not len(part.media):
        return
    import pyarrow as pa

    held = part.media.among("kind", PICTURES)
    for name, chosen in (("picture", held), ("other", ~held)):
        tally.counts["files", name, part.channel].add(binary(part.media.field("sha256").filter(pa.array(chosen))))
    rows = np.column_stack((part.ids[part.media.parents], part.media.places))
    for kind in _OTHERS:
        tally.add_rows(("pictures", "kind", kind.value), part.channel, rows[part.media.among("kind", [kind])])


def measure_pictures(sheet: Sheet) -> Iterator[Measure]:
    """Pictures posted, the files and clusters they are, the enrolled photographs and persons found in them."""
    yield _posted(sheet)
    yield from _files(sheet)
    yield from _enrolled(sheet)
    yield from _others(sheet)


def _posted(sheet: Sheet) -> Measure:
    rows = sheet.noted("pictures", "posted")
    absent = sheet.number("pictures", "absent")
    return sheet.count(
        "pictures.posted",
        "Pictures posted",
        size(rows),
        of=size(rows),
        unit="postings of pictures",
        rows=sheet.post_rows(rows, "postings"),
        method="photos and image files named by posts, each time they are named, also where the file is absent",
        caveat=f"The same picture posted again counts again. Of these, {absent:,} are named without their file.",
    )


def _files(sheet: Sheet) -> Iterator[Measure]:
    held = [counts for key, counts in sheet.tally.counts.items() if key[:2] == ("files", "picture")]
    rows = sheet.ordered_rows("media", digests_in(held))
    clusters = sheet.network.clusters
    hashed = [Sha256(text) for text in digests_in(held) if text in clusters] if clusters else []
    yield sheet.count(
        "pictures.files",
        "Distinct picture files",
        rows.count,
        of=sum(int(each.table().column("count").to_numpy().sum()) for each in held),
        unit="files",
        rows=rows,
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
        caveat=_CLUSTERED if hashed else _UNHASHED if rows.count else _NO_FILES,
    )


_CLUSTERED = "Sealed and unreadable files are not in it. Crops and mirrored copies may stand apart."
_UNHASHED = "Not measured: no picture was decoded, as only `takeback investigate` does; run it, and measure again."
_NO_FILES = "Not measured: the sources hold no picture file, only posts that name pictures."


def _enrolled(sheet: Sheet) -> Iterator[Measure]:
    enrolled: Mapping[Sha256, tuple[str, ...]] = sheet.network.enrolled
    found = {original for originals in enrolled.values() for original in originals}
    persons = {sheet.network.persons[original] for original in found if original in sheet.network.persons}
    searched = bool(sheet.network.clusters or found)
    rows = sheet.rows("media", enrolled)
    yield sheet.count(
        "pictures.enrolled",
        "Enrolled photographs found",
        len(found) if searched else None,
        of=len(enrolled),
        unit="enrolled photographs",
        rows=rows,
        method="enrolled photographs with at least one finding; n is the media in which one was found",
        caveat="A photograph is not a person. Only what was enrolled can be found.",
    )
    yield sheet.count(
        "pictures.persons",
        "Enrolled persons found",
        len(persons) if searched else None,
        of=len(enrolled),
        unit="enrolled persons",
        rows=rows,
        method="persons of whom at least one enrolled photograph has a finding; n as for photographs",
        caveat="Only who enrolled can be found: it is no count of all who are targeted.",
    )


def _others(sheet: Sheet) -> Iterator[Measure]:
    for kind in _OTHERS:
        rows = sheet.noted("pictures", "kind", kind.value)
        if rows:
            yield sheet.count(
                f"pictures.kind.{kind.value}",
                f"Media of kind {kind.value}",
                size(rows),
                of=size(rows),
                unit="postings",
                rows=sheet.post_rows(rows, "postings"),
                method="media of this kind that the sources hold, each time a post names them",
                caveat="They are searched, and not counted as pictures posted.",
            )
