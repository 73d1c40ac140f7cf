"""PDQ signals: of pixels, in 8 orientations, of photographs that a caller answers for."""

from __future__ import annotations

import doctest
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from signals.pictures import cleared, encoded, texture
from takeback.errors import DecodeRefused, PhotographRefused, SourceError
from takeback.model.consent import Under18
from takeback.model.signal import PdqMode, Signal
from takeback.protocols import Hasher
from takeback.signals import pdq
from takeback.signals.decode import Decoder
from takeback.signals.pdq import PdqHasher


def test_example_runs() -> None:
    assert doctest.testmod(pdq).failed == 0


def test_hasher_is_a_hasher() -> None:
    assert isinstance(PdqHasher(), Hasher)


def test_signal_is_the_reference_hash() -> None:
    pdqhash = pytest.importorskip("pdqhash", reason="the reference needs a compiler; its figures are in the data")
    rgb = texture(300, 400)
    vector, quality = pdqhash.compute(rgb)
    digits = f"{int(''.join(str(bit) for bit in vector), 2):064x}"
    signal = PdqHasher().hash_pixels(rgb)
    assert (signal.hex, signal.quality) == (digits, quality)


def test_grey_and_turned_memory_are_taken() -> None:
    grey = texture(90, 120)[:, :, 0]
    assert PdqHasher().hash(grey) == PdqHasher().hash_pixels(np.stack([grey] * 3, axis=2))
    rgb = texture(90, 120)
    assert PdqHasher().hash_pixels(rgb[::2, ::2]) == PdqHasher().hash_pixels(rgb[::2, ::2].copy())


def test_first_dihedral_form_is_the_picture_itself() -> None:
    rgb = texture(200, 320)
    forms = PdqHasher().dihedral(rgb)
    assert len(forms) == 8
    assert forms[0] == PdqHasher().hash_pixels(rgb)
    assert len({form.hex for form in forms}) == 8


def test_a_sliver_has_no_hash() -> None:
    sliver = np.zeros((4, 100, 3), dtype=np.uint8)
    assert PdqHasher().hash_pixels(sliver).quality == 0
    assert len(PdqHasher().dihedral(sliver)) == 8


def test_a_blank_picture_has_quality_zero() -> None:
    assert PdqHasher().hash_pixels(np.full((80, 80, 3), 200, dtype=np.uint8)).quality == 0


@pytest.mark.parametrize("shape", [(10, 10), (10, 10, 4)])
def test_wrong_pixels_are_named(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="uint8 RGB"):
        PdqHasher().hash_pixels(np.zeros(shape, dtype=np.uint8))


def test_many_photographs_become_columns(tmp_path: Path) -> None:
    for name, seed in (("a.png", 1), ("b.png", 2)):
        (tmp_path / name).write_bytes(encoded(Image.fromarray(texture(100, 140, seed=seed)), "PNG"))
    batch = PdqHasher().hash_many([tmp_path / "a.png", tmp_path / "b.png"], under_18=Under18.NO)
    assert len(batch) == 2
    assert batch.words.shape == (2, 4)
    assert tuple(int(word) for word in batch.words[1]) == PdqHasher().hash(texture(100, 140, seed=2)).words


@pytest.mark.parametrize("under_18", [Under18.YES, Under18.UNKNOWN])
def test_photographs_of_minors_are_not_hashed(tmp_path: Path, under_18: Under18) -> None:
    (tmp_path / "a.png").write_bytes(encoded(Image.fromarray(texture(50, 50)), "PNG"))
    with pytest.raises(PhotographRefused, match="Take It Down"):
        PdqHasher().hash_many([tmp_path / "a.png"], under_18=under_18)


def test_what_is_no_photograph_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"words")
    with pytest.raises(DecodeRefused, match=r"a\.txt"):
        PdqHasher().hash_many([tmp_path / "a.txt"], under_18=Under18.NO)
    with pytest.raises(SourceError, match=r"b\.jpg"):
        PdqHasher().hash_many([tmp_path / "b.jpg"], under_18=Under18.NO)


# --- modes ---


def jpeg(height: int, width: int, *, seed: int = 7, **options: object) -> bytes:
    return encoded(Image.fromarray(texture(height, width, seed=seed)), "JPEG", quality=90, **options)


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as running:
        yield running


def of(decoder: Decoder, content: bytes, mode: PdqMode) -> Signal:
    return PdqHasher(mode=mode).hash_cleared(decoder, cleared(content), content)


@pytest.mark.parametrize(("mode", "bits"), [(PdqMode.EXACT, 0), (PdqMode.LUMA, 2), (PdqMode.BULK, 4)])
def test_each_mode_is_as_near_to_the_reference_as_it_says(decoder: Decoder, mode: PdqMode, bits: int) -> None:
    content = jpeg(1100, 1500)
    with Image.open(io.BytesIO(content)) as image:
        reference = PdqHasher().hash_pixels(np.asarray(image.convert("RGB")))
    signal = of(decoder, content, mode)
    assert signal.distance(reference) <= bits
    assert signal.quality == reference.quality


@pytest.mark.parametrize("mode", [PdqMode.LUMA, PdqMode.BULK])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_hashed_as_a_viewer_shows_it(decoder: Decoder, mode: PdqMode, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = jpeg(1101, 1502, exif=exif)  # neither side is a multiple of 4: the last cells are not whole
    with Image.open(io.BytesIO(content)) as image:
        reference = PdqHasher().hash_pixels(np.asarray(ImageOps.exif_transpose(image).convert("RGB")))
    assert of(decoder, content, mode).distance(reference) <= 4


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF", "BMP"])
@pytest.mark.parametrize("mode", PdqMode)
def test_every_mode_takes_every_format(decoder: Decoder, kind: str, mode: PdqMode) -> None:
    content = encoded(Image.fromarray(texture(1040, 1040)), kind)
    assert of(decoder, content, mode).distance(of(decoder, content, PdqMode.EXACT)) <= 2


def test_a_mode_is_named_in_what_it_makes(tmp_path: Path) -> None:
    content = jpeg(100, 140)
    (tmp_path / "a.jpg").write_bytes(content)
    hasher = PdqHasher(mode="bulk")
    batch = hasher.hash_many([tmp_path / "a.jpg"], under_18=Under18.NO)
    assert (batch.mode, hasher.version, PdqHasher().version) == (PdqMode.BULK, "pdq-1-bulk", "pdq-1")
    assert batch.md5 == (hashlib.md5(content).hexdigest(),)
    with pytest.raises(ValueError, match="fast"):
        PdqHasher(mode="fast")


def test_pixels_in_another_mode_are_hashed_by_their_luma() -> None:
    rgb = texture(300, 400)
    assert PdqHasher(mode=PdqMode.LUMA).hash(rgb).distance(PdqHasher().hash(rgb)) <= 2
    assert PdqHasher(mode=PdqMode.LUMA).hash(np.zeros((4, 100, 3), dtype=np.uint8)).quality == 0
