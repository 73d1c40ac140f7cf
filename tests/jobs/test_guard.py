from __future__ import annotations

import cv2
import numpy as np

from takeback.bench.overlays import corner_name
from takeback.jobs.fingerprint import Fingerprinted
from takeback.jobs.guard import Corpus, guard
from takeback.model.digest import sha256_of
from takeback.signals.features import extract, pack
from takeback.signals.pdq import PdqHasher


class Folder:
    """A run's folder in memory, that counts what is read."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.reads = 0

    def get(self, name: str) -> bytes | None:
        self.reads += 1
        return self.blobs.get(name)

    def put(self, name: str, content: bytes) -> None:
        self.blobs[name] = content


def picture(seed: int, width: int, height: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (height // 12, width // 12, 3)).astype(np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def run_of(pictures: list[np.ndarray]) -> tuple[Folder, list[Fingerprinted]]:
    folder, fingerprints = Folder(), []
    for pixels in pictures:
        height, width = pixels.shape[:2]
        signal = PdqHasher().hash_pixels(pixels)
        sha256 = sha256_of(pixels.tobytes())
        folder.blobs[sha256] = pack(extract(pixels, full_width=width, full_height=height))
        fingerprints.append(
            Fingerprinted(sha256=sha256, width=width, height=height, hash=signal.hex, quality=signal.quality)
        )
    return folder, fingerprints


def marked(count: int) -> list[np.ndarray]:
    sizes = [(640, 480), (500, 640), (720, 400), (560, 560), (480, 640)]
    return [corner_name(picture(each, *sizes[each % 5]), picture(0, 64, 64), 0) for each in range(count)]


def test_a_mark_in_the_corner_of_pictures_of_many_sizes_is_found_once_a_run() -> None:
    run, fingerprints = run_of(marked(5))
    first = guard(run, fingerprints, name="overlays")  # type: ignore[arg-type]  # what it needs of a run
    assert [each.pictures for each in first.overlays] == [5]
    run.reads = 0
    again = guard(run, fingerprints, name="overlays")  # type: ignore[arg-type]  # as above
    assert again.digest == first.digest
    assert run.reads == 1


def test_another_picture_is_another_corpus_with_other_overlays() -> None:
    pictures = marked(5)
    fewer, more = run_of(pictures[:4]), run_of(pictures)
    first = guard(fewer[0], fewer[1], name="overlays")  # type: ignore[arg-type]  # as above
    second = guard(more[0], more[1], name="overlays")  # type: ignore[arg-type]  # as above
    assert first.digest != second.digest


def test_pictures_are_read_when_they_are_asked_for_and_lost_ones_are_empty() -> None:
    folder, fingerprints = run_of(marked(3))
    corpus = Corpus(folder, fingerprints, ())  # type: ignore[arg-type]  # as above
    assert folder.reads == 0
    assert len(corpus[1].features) > 0
    assert folder.reads == 1
    folder.blobs.clear()
    assert len(corpus[-1].features) == 0
    assert [each.sha256 for each in corpus[:2]] == [each.sha256 for each in fingerprints[:2]]
