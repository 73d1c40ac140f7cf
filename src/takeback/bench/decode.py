"""The decoder on hostile files: none may kill its worker without a reason, hang it, or go without a typed outcome."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from takeback.bench.photographs import album, pixels_of
from takeback.bench.result import BenchResult, Figure
from takeback.errors import DecodeRefused, UnusableInput
from takeback.matching.calibration import clopper_pearson
from takeback.model.channel import Post, PostKind
from takeback.model.digest import sha256_of
from takeback.model.media import DecodeReason, Media, MediaKind, Place
from takeback.signals.decode import Decoder, Limits
from takeback.signals.gate import clear

MUTATIONS = 5000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
LONG_SIDE = 160
_GENERATOR = "make_hostile.py"
_GENERATOR_SECONDS = 300
_GRACE_SECONDS = 1.0
_CUT_SHARE = 0.3
_HOW_TO_GET = "set TAKEBACK_DATA to a folder that holds hostile/ (reference data, stored beside the project)"


@dataclass(slots=True)
class Tally:
    """What became of the files so far."""

    outcomes: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    hung: int = 0
    slowest: float = 0.0
    seconds: float = 0.0
    whole: int = 0
    wrongly_refused: int = 0

    @property
    def total(self) -> int:
        """How many files there were."""
        return self.files.total()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostileFile:
    """One file: where it comes from, its bytes, and whether every decoder should read it."""

    origin: str
    content: bytes
    whole: bool = False


def bench(*, size: int | None, photos: Path | None, seed: int = 2020) -> BenchResult:
    """Decode every stored hostile file, every file of the generator beside them, and seeded mutations of a photograph.

    ``size`` takes that many of the stored ones, evenly spread, leaves the generator out and makes that many mutations.
    """
    stored = _stored_folder()
    limits = Limits()
    tally = Tally()
    absent = {} if stored is not None else {"stored hostile files": _HOW_TO_GET}
    with tempfile.TemporaryDirectory() as folder, Decoder(limits) as decoder:
        for each in _files(stored, Path(folder), size=size):
            attempt(each, decoder, limits, tally)
        for each in _mutations(size or MUTATIONS, _photograph(photos, Path(folder), decoder), seed):
            attempt(each, decoder, limits, tally)
        figures = figures_of(tally, decoder.peak_bytes)
        sandbox = str(decoder.sandbox)
    return BenchResult(bench="decode", seed=seed, n=tally.total, figures=figures, absent=absent, note=sandbox)


def figures_of(tally: Tally, peak_bytes: int) -> dict[str, Figure]:
    """The figures; the counts that must be zero with their exact intervals."""
    total = tally.total
    killed = tally.outcomes[DecodeReason.WORKER_KILLED.value]
    counts = {"killed": killed, "hung": tally.hung, "untyped": tally.outcomes["untyped"]}
    figures = {"files": Figure(value=total, unit="files", n=total)}
    for origin in ("stored", "generated", "mutated"):
        figures[f"files_{origin}"] = Figure(value=tally.files[origin], unit="files", n=total)
    for name, count in counts.items():
        low, high = clopper_pearson(count, total)
        figures[name] = Figure(value=count, unit="files", n=total, low=low * total, high=high * total)
    for reason in (DecodeReason.TOO_SLOW, DecodeReason.OUT_OF_MEMORY):
        figures[reason.value] = Figure(value=tally.outcomes[reason.value], unit="files", n=total)
    figures["decoded"] = Figure(value=tally.outcomes["decoded"], unit="files", n=total)
    figures["wrongly_refused"] = Figure(value=tally.wrongly_refused, unit="files", n=tally.whole)
    figures["peak_rss_mb"] = Figure(value=round(peak_bytes / 1e6, 1), unit="MB", n=total)
    figures["slowest_s"] = Figure(value=round(tally.slowest, 2), unit="s", n=total)
    figures["ms_per_file"] = Figure(value=round(1000 * tally.seconds / max(1, total), 2), unit="ms", n=total)
    return figures


def attempt(file: HostileFile, decoder: Decoder, limits: Limits, tally: Tally) -> None:
    """Decode one file and note what became of it."""
    tally.files[file.origin] += 1
    content = file.content
    place = Place(source="hostile", path=f"{file.origin}/{tally.total}")
    media = Media(sha256=sha256_of(content), size=len(content), place=place, kind=MediaKind.IMAGE_FILE)
    cleared = clear([Post(channel="hostile", id=1, kind=PostKind.FILE, time=None, media=(media,))]).cleared[0]
    begin = time.perf_counter()
    try:
        decoder.decode(cleared, content)
        outcome = "decoded"
    except DecodeRefused as refusal:
        outcome = refusal.reason
    except Exception:  # noqa: BLE001  # an outcome without a type is what this bench counts
        outcome = "untyped"
    seconds = time.perf_counter() - begin
    tally.outcomes[outcome] += 1
    tally.whole += file.whole
    tally.wrongly_refused += file.whole and outcome not in {"decoded", DecodeReason.TOO_THIN.value}
    tally.hung += seconds > limits.wall_seconds + _GRACE_SECONDS
    tally.slowest = max(tally.slowest, seconds)
    tally.seconds += seconds


def _stored_folder() -> Path | None:
    """The reference data's hostile files, where they are."""
    named = os.environ.get("TAKEBACK_DATA")
    data = Path(named) if named else Path(__file__).resolve().parents[4] / "shared" / "data"
    return data / "hostile" if (data / "hostile").is_dir() else None


def _files(stored: Path | None, folder: Path, *, size: int | None) -> Iterator[HostileFile]:
    """The stored files, and those that the generator beside them makes."""
    if stored is None:
        return
    rows = _manifest(stored)
    step = 1 if size is None else max(1, len(rows) // size)
    for path, _ in rows[::step][:size]:
        yield HostileFile(origin="stored", content=path.read_bytes())
    generator = stored / _GENERATOR
    if size is not None or not generator.is_file():
        return
    made = folder / "made"
    finished = subprocess.run(  # noqa: S603  # our own interpreter on the reference data's own script
        [sys.executable, "-I", str(generator), str(made)],
        capture_output=True,
        check=False,
        timeout=_GENERATOR_SECONDS,
    )
    if finished.returncode != 0:
        raise UnusableInput(f"the generator of hostile files failed: {generator} ({finished.stderr[-300:]!r})")
    for path, whole in _manifest(made):
        yield HostileFile(origin="generated", content=path.read_bytes(), whole=whole)


def _manifest(folder: Path) -> list[tuple[Path, bool]]:
    """The files that a manifest lists, and whether it says that each is whole and of a format that we read."""
    rows = [json.loads(line) for line in (folder / "MANIFEST.jsonl").read_text(encoding="utf-8").splitlines()]
    return [
        (folder / row["path"], row.get("expect") == "ok" and not _foreign(str(row["path"])))
        for row in sorted(rows, key=lambda row: str(row["path"]))
    ]


def _foreign(path: str) -> bool:
    """Whether a generated file is of a format that is not read, by the name that its generator gives it."""
    name = Path(path).name
    return name.startswith(("ico_", "jp2_", "ppm_")) or name.endswith((".jp2", ".ico", ".ppm"))


def _photograph(photos: Path | None, folder: Path, decoder: Decoder) -> Image.Image:
    """The first photograph that can be read, small."""
    for path in album(photos, folder / "shipped").files:
        pixels = pixels_of(path, decoder, long_side=LONG_SIDE)
        if pixels is not None:
            return Image.fromarray(pixels)
    raise UnusableInput("no photograph that can be decoded (give a folder of some with --photos)")


def _mutations(count: int, photograph: Image.Image, seed: int) -> Iterator[HostileFile]:
    """The photograph in each format, damaged at random: bytes changed, cut off, doubled, or spliced in from another."""
    generator = np.random.default_rng(seed)
    whole = []
    for kind in FORMATS:
        written = io.BytesIO()
        photograph.save(written, kind)
        whole.append(written.getvalue())
    for number in range(count):
        other = whole[int(generator.integers(len(whole)))]
        yield HostileFile(origin="mutated", content=mutate(whole[number % len(whole)], other, generator))


def mutate(content: bytes, other: bytes, generator: np.random.Generator) -> bytes:
    """``content`` with one to eight kinds of damage, drawn from ``generator``; never empty."""
    damaged = bytearray(content)
    for _ in range(int(generator.integers(1, 9))):
        at = int(generator.integers(len(damaged)))
        near_the_head = int(generator.integers(min(len(damaged), 600)))
        length = int(generator.integers(1, 65))
        match int(generator.integers(6)):
            case 0:
                damaged[at] ^= 1 << int(generator.integers(8))
            case 1:
                damaged[near_the_head] = int(generator.choice([0, 1, 0x7F, 0x80, 0xFE, 0xFF]))
            case 2:
                damaged[near_the_head : near_the_head + 4] = generator.bytes(4)
            case 3:
                damaged[at:at] = damaged[at : at + length]
            case 4:
                damaged[at + 1 : at + 1 + length] = other[at : at + length]
            case _ if generator.random() < _CUT_SHARE:
                del damaged[at + 1 :]
            case _:
                del damaged[at + 1 : at + 1 + length]
    return bytes(damaged)
