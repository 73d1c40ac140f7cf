"""PDQ from JPEG bytes: pictures a second of each mode, and how many bits it lies from the reference.

Time is processor time of this process and of the decoder's locked-in one together, so it holds what the guard costs:
the SHA-256 of the bytes, their way to the other process and that of the pixels back, and the checks. ``unguarded`` is
the same work in this process alone. A worker serves 100 pictures; what its start costs is a figure of its own and in
no other. The peer decodes and hashes in this process without any guard.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from takeback.bench.photographs import album, shuffled
from takeback.bench.result import BenchResult, Figure
from takeback.errors import UnusableInput
from takeback.model.clearing import Cleared
from takeback.model.consent import Under18
from takeback.model.digest import sha256_of
from takeback.model.media import Media, MediaKind, Place
from takeback.model.signal import PdqMode, Signal
from takeback.signals import decode_picture
from takeback.signals.decode import Decoder, Limits
from takeback.signals.decode_canvas import Canvas
from takeback.signals.decode_room import PIXEL_BYTES
from takeback.signals.decode_shown import Shown
from takeback.signals.gate import clear_photograph
from takeback.signals.pdq import CELLS, PdqHasher

PICTURES = 60
MEGAPIXELS = 3.0
_FOUND = (2.0, 6.0)
"""Megapixels of a photograph that is taken as it is; others are enlarged or reduced to `MEGAPIXELS`."""
_GRAIN = 4.0
_QUALITY = 92
_RESAMPLES = 1000
_STARTS = 5
_PEER = "pdqhash"
_HOW_TO_GET = "python -m pip install pdqhash (needs a compiler)"

Reference = Callable[[npt.NDArray[np.uint8]], Signal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A JPEG of about 3 megapixels, and whether it is as its camera made it."""

    content: bytes
    media: Cleared[Media]
    found: bool


@dataclass(slots=True)
class Trial:
    """What one way of hashing cost on each picture, in seconds, and how many bits off it was."""

    seconds: list[float] = field(default_factory=list)
    bits: list[int] = field(default_factory=list)


def bench(*, size: int | None, photos: Path | None, seed: int = 2020) -> BenchResult:
    """Hash ``size`` JPEGs (60 unless said otherwise) in every mode and by the peer, picture by picture in turn."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        chosen = album(photos, Path(folder) / "shipped")
        pictures = tuple(material(shuffled(chosen.files, rng), size or PICTURES, rng))
    if not pictures:
        raise UnusableInput("no photograph that can be decoded (give a folder of some with --photos)")
    reference = _reference()
    trials = measure(pictures, reference)
    figures = dict(figures_of(trials, pictures, rng)) | {"worker_start_ms": start_cost()}
    found = sum(each.found for each in pictures)
    note = f"{chosen.origin}: {found} JPEGs as they are, {len(pictures) - found} made {MEGAPIXELS:g} megapixels large"
    if reference is None:
        absent = {_PEER: _HOW_TO_GET}
        return BenchResult(bench="pdq", seed=seed, n=len(pictures), figures=figures, absent=absent, note=note)
    peer = _rate(trials[_PEER].seconds, rng)
    ratios = {f"images_per_s_{mode}_vs_pdqhash": _ratio(figures[f"images_per_s_{mode}"], peer) for mode in PdqMode}
    peers = {_PEER: {"images_per_s": peer}}
    return BenchResult(bench="pdq", seed=seed, n=len(pictures), figures=figures, peers=peers, ratios=ratios, note=note)


def material(files: Sequence[Path], count: int, rng: np.random.Generator) -> Iterator[Picture]:
    """So many JPEGs of about 3 megapixels: photographs of that size as they are, then others brought to it."""
    others: list[Path] = []
    left = count
    for path in files:
        if left and _is_found(path):
            left -= 1
            yield _picture(path.read_bytes(), found=True)
        else:
            others.append(path)
    for path in others[:left]:
        yield _picture(_remade(path, rng), found=False)


def measure(pictures: Sequence[Picture], reference: Reference | None) -> dict[str, Trial]:
    """Every way of hashing on every picture; the ways take turns, so that load falls on all of them alike."""
    trials: dict[str, Trial] = {}
    with Decoder() as decoder:
        ways = dict(_ways(decoder, memoryview(bytearray(PIXEL_BYTES)), reference))
        for name, way in ways.items():
            trials[name] = Trial()
            way(pictures[0])  # compiles, starts the worker, fills the caches
        for number, picture in enumerate(pictures):
            signals: dict[str, Signal] = {}
            order = list(ways)
            for name in order[number % len(order) :] + order[: number % len(order)]:
                worker, before = decoder.worker_id, _worker_seconds(decoder) + time.process_time()
                signals[name] = ways[name](picture)
                spent = time.process_time() + _worker_seconds(decoder) - before
                if worker == decoder.worker_id:  # else a fresh worker took over, and the difference means nothing
                    trials[name].seconds.append(spent)
            truth = _truth(picture, signals.pop(_PEER, None), reference)
            if truth is not None:
                for name, signal in signals.items():
                    trials[name].bits.append(signal.distance(truth))
    return trials


def _truth(picture: Picture, peers: Signal | None, reference: Reference | None) -> Signal | None:
    """The signal of the reference for the picture as it is shown: the peer's own, unless a viewer turns the picture."""
    if reference is None or peers is None:
        return None
    return reference(_as_shown(picture.content)) if _is_turned(picture.content) else peers


def _ways(
    decoder: Decoder, room: memoryview, reference: Reference | None
) -> Iterator[tuple[str, Callable[[Picture], Signal]]]:
    """Each mode behind the guard, the same without it, and the peer."""
    for mode in PdqMode:
        hasher = PdqHasher(mode=mode)
        yield mode.value, lambda picture, hasher=hasher: hasher.hash_cleared(decoder, picture.media, picture.content)  # type: ignore[misc]  # mypy cannot infer a default of a lambda
        yield f"unguarded_{mode}", lambda picture, hasher=hasher: unguarded(hasher, picture.content, room)  # type: ignore[misc]  # as above
    if reference is not None:
        yield _PEER, lambda picture: _peer(picture.content, reference)


def unguarded(hasher: PdqHasher, content: bytes, room: memoryview) -> Signal:
    """What the mode does behind the guard, with the picture opened in this very process."""
    canvas, limits = Canvas(room), Limits()
    exact, cells = hasher.mode is PdqMode.EXACT, CELLS if hasher.mode is PdqMode.BULK else None
    if exact:
        reply, still = decode_picture.decode(content, None, limits, canvas=canvas)
    else:
        reply, still = decode_picture.decode_luma(content, cells, limits, canvas=canvas)
    if not canvas.hold(still):
        raise UnusableInput(f"a picture of {still.width} x {still.height} is too large for this bench")
    reply = msgspec.structs.replace(reply, in_room=True)
    shown = Shown(reply=reply, payload=memoryview(b""), room=room, max_pixels=limits.max_pixels)
    return hasher.hash_lent(shown.rgb()) if exact else hasher.hash_luma(shown.luma())


def _peer(content: bytes, reference: Reference) -> Signal:
    """What users of the reference do: all pixels by Pillow, then pdqhash. It ignores how a picture is turned."""
    with Image.open(io.BytesIO(content)) as image:
        return reference(np.asarray(image.convert("RGB")))


def _is_turned(content: bytes) -> bool:
    """Whether a viewer turns or flips the picture."""
    with Image.open(io.BytesIO(content)) as image:
        return decode_picture.orientation_of(image) != 1


def _as_shown(content: bytes) -> npt.NDArray[np.uint8]:
    """All pixels by Pillow, turned as a viewer shows them."""
    with Image.open(io.BytesIO(content)) as image:
        return np.ascontiguousarray(ImageOps.exif_transpose(image).convert("RGB"))


def _reference() -> Reference | None:
    """The reference implementation, where it is installed."""
    try:
        import pdqhash
    except ImportError:
        return None

    def compute(rgb: npt.NDArray[np.uint8]) -> Signal:
        vector, quality = pdqhash.compute(rgb)
        digits = np.packbits(np.asarray(vector, dtype=np.uint8)).tobytes().hex()
        return Signal.from_hex(digits, quality=int(quality))

    return compute


def figures_of(
    trials: dict[str, Trial], pictures: Sequence[Picture], rng: np.random.Generator
) -> Iterator[tuple[str, Figure]]:
    """The figures of every mode, each with its n and a bootstrap interval over the pictures."""
    count = len(pictures)
    for mode in PdqMode:
        guarded, unguarded = trials[mode], trials[f"unguarded_{mode}"]
        yield f"images_per_s_{mode}", _rate(guarded.seconds, rng)
        yield f"unguarded_images_per_s_{mode}", _rate(unguarded.seconds, rng)
        both = np.mean(guarded.seconds) - np.mean(unguarded.seconds)
        yield f"guard_ms_{mode}", Figure(value=round(1000 * float(both), 2), unit="ms/picture", n=count)
        bits = guarded.bits
        mean = float(np.mean(bits)) if bits else None
        low, high = _interval(bits, rng) if bits else (None, None)
        yield f"bits_mean_{mode}", Figure(value=mean, unit="bits", n=len(bits), low=low, high=high)
        yield f"bits_max_{mode}", Figure(value=max(bits, default=None), unit="bits", n=len(bits))
    sizes = [len(each.content) for each in pictures]
    yield "megabytes_mean", Figure(value=round(float(np.mean(sizes)) / 1e6, 3), unit="MB", n=count)


def start_cost() -> Figure:
    """Processor time of a worker until it takes its first picture."""
    seconds = []
    for _ in range(_STARTS):
        with Decoder() as decoder:
            before = time.process_time()
            _ = decoder.sandbox
            seconds.append(time.process_time() - before + _worker_seconds(decoder))
    low, high = min(seconds), max(seconds)
    value = round(1000 * float(np.median(seconds)), 1)
    return Figure(value=value, unit="ms", n=_STARTS, low=1000 * low, high=1000 * high)


def _rate(seconds: Sequence[float], rng: np.random.Generator) -> Figure:
    """Pictures a second of processor time on one core."""
    if not seconds:
        return Figure(value=None, unit="pictures/s", n=0)
    low, high = _interval(seconds, rng)
    value = 1 / float(np.mean(seconds))
    return Figure(value=round(value, 2), unit="pictures/s", n=len(seconds), low=1 / high, high=1 / max(low, 1e-9))


def _interval(values: Sequence[float], rng: np.random.Generator) -> tuple[float, float]:
    """A bootstrap interval of 95 % for the mean."""
    drawn = rng.choice(np.asarray(values, dtype=float), (_RESAMPLES, len(values))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def _ratio(ours: Figure, theirs: Figure) -> float:
    return float(ours.value or 0) / float(theirs.value or 1)


def _worker_seconds(decoder: Decoder) -> float:
    """Processor time that the decoder's own process has used; 0 where the platform does not tell."""
    if decoder.worker_id is None:
        return 0.0
    try:
        return int(Path(f"/proc/{decoder.worker_id}/schedstat").read_bytes().split()[0]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def _is_found(path: Path) -> bool:
    """Whether a file is a JPEG of about the size that the figures are for; reads its header only."""
    try:
        with Image.open(path) as image:
            megapixels = image.width * image.height / 1e6
            return image.format in {"JPEG", "MPO"} and _FOUND[0] <= megapixels <= _FOUND[1]
    except (OSError, Image.DecompressionBombError):
        return False


def _remade(path: Path, rng: np.random.Generator) -> bytes:
    """A photograph brought to 3 megapixels, with the grain that enlarging loses, as a JPEG."""
    with Image.open(path) as image:
        factor = (MEGAPIXELS * 1e6 / (image.width * image.height)) ** 0.5
        size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
        pixels = np.asarray(image.convert("RGB").resize(size, Image.Resampling.LANCZOS)).astype(np.float32)
    pixels += rng.normal(0, _GRAIN, (*pixels.shape[:2], 1)).astype(np.float32)
    written = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()


def _picture(content: bytes, *, found: bool) -> Picture:
    place = Place(source="bench", path=f"{sha256_of(content)[:12]}.jpg")
    media = Media(sha256=sha256_of(content), size=len(content), place=place, kind=MediaKind.PHOTO)
    return Picture(content=content, media=clear_photograph(media, Under18.NO), found=found)
