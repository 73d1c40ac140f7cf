"""Material with a known truth: an export of pictures, some made from held-out photographs, some posted twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import numpy as np

from takeback.bench.photographs import LONG_SIDE, Album, Pixels, pixels_of, shuffled
from takeback.crypto.keyfile import HumanKey
from takeback.crypto.signing import SigningKey
from takeback.errors import UnusableInput
from takeback.evidence.consent import countersign, sign, template
from takeback.jobs.enrol import photograph_digests
from takeback.matching.hamming_index import HammingIndex
from takeback.model.consent import Region
from takeback.model.digest import Sha256, sha256_of
from takeback.signals.decode import Decoder
from takeback.signals.pdq import PdqHasher
from takeback.simulate import edits
from takeback.simulate.edits import Edited

ENROLLED = 40
"""Photographs that are enrolled, where there are three times as many."""
SHARE_DERIVATIVES = 0.02
SHARE_REPOSTS = 0.20
_FEWEST = 9
_SHORT_SIDE = 480
_SAME_BITS = 60
_BEGIN = datetime(2020, 6, 1, 12, 0, tzinfo=UTC)
_SIGNED = datetime(2026, 8, 1, 8, 0, tzinfo=UTC)
_ANSWERS = {
    "person": '"person-1"',
    "obtained_how": '"made up for a measurement"',
    "obtained_by": '"made up"',
    "obtained_on": '"2026-08-01"',
    "expires_on": '"never"',
    "language": '"en"',
    "contact": '"made up"',
    "wish": '"tell"',
    "under_18": '"no"',
    "taken_by": '"made up"',
    "person_region": '"not marked"',
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """An export on disk, the photographs to enrol, and the truth of what was made from what.

    ``planted`` holds pairs of a media's SHA-256 and that of the photograph it was made from; ``sources`` says of every
    media which photograph it was made from, by file name.
    """

    export: Path
    enrolled: tuple[Path, ...]
    planted: frozenset[tuple[Sha256, Sha256]]
    sources: Mapping[Sha256, str]
    posts: int

    @property
    def unrelated(self) -> int:
        """How many distinct photographs the pictures that were not planted come from."""
        planted = {media for media, _ in self.planted}
        return len({source for media, source in self.sources.items() if media not in planted})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    content: bytes
    source: str
    original: Sha256 | None = None


def make_material(folder: Path, photographs: Album, size: int, rng: np.random.Generator) -> Material:
    """An export of ``size`` media: 2 % made from held-out photographs, 20 % reposts of the same bytes, the rest not.

    Every picture is a JPEG of 1280 pixels on its long side, or was made from one.
    """
    if len(photographs.files) < _FEWEST:
        raise UnusableInput(f"too few photographs: {len(photographs.files)} (at least {_FEWEST} are needed)")
    with Decoder() as decoder:
        reposts = round(size * SHARE_REPOSTS)
        derivatives = max(1, round(size * SHARE_DERIVATIVES))
        unrelated = max(1, size - reposts - derivatives)
        enrolled, others = _held_out(shuffled(photographs.files, rng), decoder, unrelated)
        made = list(_derivatives(enrolled, others, decoder, rng, derivatives))
        made += _unrelated(others, decoder, rng, unrelated)
    posted = made + [made[int(each)] for each in rng.integers(0, len(made), size=reposts)]
    _write_export(folder, [posted[int(each)] for each in rng.permutation(len(posted))])
    return Material(
        export=folder,
        enrolled=enrolled,
        planted=frozenset((sha256_of(each.content), each.original) for each in made if each.original is not None),
        sources={sha256_of(each.content): each.source for each in made},
        posts=len(posted),
    )


def signed_consent(paths: Sequence[Path]) -> str:
    """The consent of a made-up person for these photographs, signed by two made-up keys."""
    lines = []
    for line in template(photograph_digests(paths)).splitlines():
        name, blank, _ = line.partition(' = ""')
        lines.append(f"{name} = {_ANSWERS.get(name, 'true')}" if blank else line)
    one, other = (HumanKey(name=name, signing=SigningKey.new()) for name in ("made up A", "made up B"))
    return countersign(sign("\n".join(lines) + "\n", one, time=_SIGNED), other, time=_SIGNED)


def composite(pixels: Pixels, texture: Pixels, rng: np.random.Generator) -> Edited:
    """A picture with a region replaced, cropped, scaled, half of the time marked or captioned, and recompressed."""
    across, down = (float(each) for each in rng.uniform(0.3, 0.55, size=2))
    left, top = float(rng.uniform(0.1, 0.9 - across)), float(rng.uniform(0.1, 0.9 - down))
    box = Region(left=left, top=top, right=left + across, bottom=top + down)
    edited = edits.replace_region(edits.untouched(pixels), texture, box, rng)
    edges = [float(each) for each in rng.uniform(0.0, 0.12, size=4)]
    edited = edits.crop(edited, Region(left=edges[0], top=edges[1], right=1 - edges[2], bottom=1 - edges[3]))
    edited = edits.scale(edited, int(rng.integers(640, LONG_SIDE + 1)))
    mark = int(rng.integers(4))
    if mark == 0:
        edited = edits.watermark(edited, "MADE UP")
    elif mark == 1:
        edited = edits.caption_bar(edited, "made up for a measurement")
    return edits.recompress(edited, int(rng.integers(40, 85)))


def _held_out(files: Sequence[Path], decoder: Decoder, needed: int) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """The photographs to enrol, and up to ``needed`` others, none of which looks the same as one of them."""
    wanted = min(ENROLLED, len(files) // 3)
    hasher = PdqHasher()
    enrolled: list[Path] = []
    rest: list[Path] = []
    index = HammingIndex.build(np.empty((0, 4), dtype=np.uint64))
    for path in files:
        pixels = pixels_of(path, decoder) if len(enrolled) < wanted else None
        if pixels is None or min(pixels.shape[:2]) < _SHORT_SIDE or _known(index, hasher, pixels):
            rest.append(path)
            continue
        forms = np.array([form.words for form in hasher.dihedral(pixels)], dtype=np.uint64)
        index.add([len(enrolled)] * len(forms), forms)
        enrolled.append(path)
    others: list[Path] = []
    for path in rest:
        pixels = pixels_of(path, decoder, long_side=512) if len(others) < needed else None
        if pixels is not None and not _known(index, hasher, pixels):
            others.append(path)
    if not enrolled or not others:
        raise UnusableInput("too few photographs that can be decoded and are larger than 480 pixels (add some)")
    return tuple(enrolled), tuple(others)


def _known(index: HammingIndex, hasher: PdqHasher, pixels: Pixels) -> bool:
    """Whether a picture looks the same as one in the index, turned or mirrored or not."""
    words = np.array([hasher.hash_pixels(pixels).words], dtype=np.uint64)
    return len(index.search(words, distance=_SAME_BITS)) > 0


def _derivatives(
    enrolled: Sequence[Path], others: Sequence[Path], decoder: Decoder, rng: np.random.Generator, wanted: int
) -> Iterator[_Made]:
    for number in range(wanted):
        path = enrolled[number % len(enrolled)]
        pixels, texture = _pixels(path, decoder), _pixels(others[int(rng.integers(len(others)))], decoder)
        edited = composite(pixels, texture, rng)
        content = edits.encode_jpeg(edited.pixels, int(rng.integers(60, 90)))
        yield _Made(content=content, source=path.name, original=sha256_of(path.read_bytes()))


def _unrelated(others: Sequence[Path], decoder: Decoder, rng: np.random.Generator, wanted: int) -> Iterator[_Made]:
    """Each photograph once; further rounds take a part of it with a region replaced by another's texture."""
    left = wanted
    for round_number in count():
        for path in others:
            if not left:
                return
            pixels = _pixels(path, decoder)
            if round_number:
                pixels = composite(pixels, _pixels(others[int(rng.integers(len(others)))], decoder), rng).pixels
            scaled = edits.scale(edits.untouched(pixels), LONG_SIDE)
            content = edits.encode_jpeg(scaled.pixels, int(rng.integers(70, 92)))
            yield _Made(content=content, source=path.name)
            left -= 1


def _pixels(path: Path, decoder: Decoder) -> Pixels:
    pixels = pixels_of(path, decoder)
    assert pixels is not None  # it was decoded a moment ago, when it was chosen
    return pixels


def _write_export(folder: Path, posted: Sequence[_Made]) -> None:
    """The pictures as one channel of a Telegram Desktop export."""
    (folder / "photos").mkdir(parents=True)
    rows = []
    for number, each in enumerate(posted, start=1):
        time = _BEGIN + timedelta(minutes=7 * number)
        name = f"photos/photo_{number}@{time:%d-%m-%Y_%H-%M-%S}.jpg"
        (folder / name).write_bytes(each.content)
        rows.append(
            {
                "id": number,
                "type": "message",
                "date": f"{time:%Y-%m-%dT%H:%M:%S}",
                "date_unixtime": str(int(time.timestamp())),
                "from": "Made-up channel",
                "from_id": "channel1000000001",
                "photo": name,
                "text": "",
                "text_entities": [],
            }
        )
    chat = {"name": "Made-up channel", "type": "public_channel", "id": 1000000001, "messages": rows}
    (folder / "result.json").write_text(json.dumps(chat, indent=1), encoding="utf-8")
