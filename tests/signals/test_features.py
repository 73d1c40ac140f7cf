"""Local features: spread, in a fixed order, in a mirror, in a file, and when a picture has none to speak of."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.pictures import texture
from takeback.errors import PackError
from takeback.model.signal import Features
from takeback.signals.features import COARSE, FEWEST, FEWEST_POSTED, extract, mirrored, pack, searchable, unpack


def features_of(pixels: npt.NDArray[np.uint8], **more: int) -> Features:
    return extract(pixels, full_width=pixels.shape[1], full_height=pixels.shape[0], **more)


def test_features_lie_in_the_picture_and_are_root_sift() -> None:
    features = features_of(texture(400, 600))
    assert 200 < len(features) <= 400
    assert features.descriptors.shape == (len(features), 128)
    assert (features.frames[:, 0] > -1).all()
    assert (features.frames[:, 0] < 600).all()
    assert (features.frames[:, 2] > 0).all()
    squares = (features.descriptors.astype(float) ** 2).sum(axis=1)
    np.testing.assert_allclose(squares, 512**2, rtol=0.1)


def test_the_same_picture_gives_the_same_features() -> None:
    first, second = features_of(texture(300, 500)), features_of(texture(300, 500))
    np.testing.assert_array_equal(first.frames, second.frames)
    np.testing.assert_array_equal(first.descriptors, second.descriptors)


def as_before(pixels: npt.NDArray[np.uint8], limit: int) -> Features:
    """The best features as OpenCV finds and describes all of them, as it was done for packs that are there."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    keypoints, raw = cv2.SIFT_create().detectAndCompute(grey, None)
    rows = np.array([(*each.pt, each.size, np.deg2rad(each.angle) % (2 * np.pi)) for each in keypoints])
    response = [each.response for each in keypoints]
    cells = np.floor(rows[:, 0] * 8 / pixels.shape[1]) + 8 * np.floor(rows[:, 1] * 8 / pixels.shape[0])
    ranks, ranked = np.zeros(64, int), []
    for number in np.lexsort((rows[:, 3], rows[:, 2], rows[:, 0], rows[:, 1], np.negative(response))):
        ranked.append((ranks[int(cells[number])], len(ranked), number))
        ranks[int(cells[number])] += 1
    chosen = [number for _, _, number in sorted(ranked)[:limit]]
    shares = raw[chosen] / raw[chosen].sum(axis=1, keepdims=True, dtype=np.float64)
    return Features(
        frames=rows[chosen].astype(np.float32),
        descriptors=np.rint(512 * np.sqrt(shares)).clip(0, 255).astype(np.uint8),
        width=pixels.shape[1],
        height=pixels.shape[0],
    )


@pytest.mark.parametrize("blur", [0.0, 0.8, 3.0])
@pytest.mark.parametrize("limit", [7, 100, 400, 5000])
def test_features_are_those_of_packs_that_are_there(blur: float, limit: int) -> None:
    pixels = texture(300, 500)
    if blur:
        pixels = cv2.GaussianBlur(pixels, (0, 0), blur)
    features, before = features_of(pixels, limit=limit), as_before(pixels, limit)
    assert abs(len(features) - len(before)) <= 0.01 * len(before)
    away = np.abs(features.frames[:, None, :3] - before.frames[None, :, :3]).max(axis=2)
    away += np.abs(np.exp(1j * features.frames[:, None, 3]) - np.exp(1j * before.frames[None, :, 3]))
    assert (away.min(axis=1) < 0.02).mean() > 0.985
    unit, unit_before = (
        each.descriptors / np.linalg.norm(each.descriptors.astype(float), axis=1, keepdims=True)
        for each in (features, before)
    )
    alike = (unit * unit_before[away.argmin(axis=1)]).sum(axis=1)
    assert (alike > 0.999).mean() > 0.985


def test_features_are_spread_over_the_picture() -> None:
    pixels = texture(512, 512)
    pixels[:, 256:] = (pixels[:, 256:].astype(int) // 2 + 60).astype(np.uint8)
    features = features_of(pixels, limit=64)
    right = (features.frames[:, 0] > 256).mean()
    assert 0.3 < right < 0.7


def test_fewer_features_are_the_best_of_more() -> None:
    many, few = features_of(texture(300, 500), limit=200), features_of(texture(300, 500), limit=50)
    np.testing.assert_array_equal(many.frames[:50], few.frames)


def test_more_coarse_features_come_after_those_kept_anyway() -> None:
    pixels = cv2.resize(texture(300, 500), (640, 384), interpolation=cv2.INTER_CUBIC)
    plain, more = features_of(pixels, limit=100), features_of(pixels, limit=100, coarse=30)
    np.testing.assert_array_equal(more.frames[:100], plain.frames)
    assert 100 < len(more) <= 130
    assert (more.frames[100:, 2] >= COARSE).all()


def test_frames_are_in_pixels_of_the_full_picture() -> None:
    pixels = texture(300, 500)
    once = features_of(pixels)
    twice = extract(pixels, full_width=1000, full_height=600)
    np.testing.assert_allclose(twice.frames[:, 0], once.frames[:, 0] * 2 + 0.5, atol=1e-3)
    np.testing.assert_allclose(twice.frames[:, 2], once.frames[:, 2] * 2, rtol=1e-5)
    assert (twice.width, twice.height) == (1000, 600)


def test_a_long_picture_is_reduced_first() -> None:
    pixels = texture(800, 1200)
    reduced = cv2.resize(pixels, (640, 427), interpolation=cv2.INTER_AREA)
    one = extract(pixels, full_width=1200, full_height=800)
    other = extract(reduced, full_width=1200, full_height=800)
    np.testing.assert_array_equal(one.descriptors, other.descriptors)


def test_mirrored_features_are_those_of_the_mirrored_picture() -> None:
    pixels = texture(400, 600)
    predicted = mirrored(features_of(pixels, limit=2000))
    real = features_of(np.ascontiguousarray(pixels[:, ::-1]), limit=2000)
    found, alike = 0, []
    for frame, descriptor in zip(predicted.frames, predicted.descriptors, strict=True):
        place = np.abs(real.frames[:, :2] - frame[:2]).max(axis=1)
        angle = np.abs(np.angle(np.exp(1j * (real.frames[:, 3] - frame[3]))))
        near = (place < 1) & (angle < 0.1) & (np.abs(np.log(real.frames[:, 2] / frame[2])) < 0.1)
        if near.any():
            found += 1
            other = real.descriptors[near][0].astype(float)
            alike.append(other @ descriptor / np.linalg.norm(other) / np.linalg.norm(descriptor.astype(float)))
    assert found > 0.75 * len(predicted)
    assert np.median(alike) > 0.98


def test_a_mirror_in_a_mirror_is_the_picture() -> None:
    features = features_of(texture(300, 400))
    again = mirrored(mirrored(features))
    np.testing.assert_array_equal(again.descriptors, features.descriptors)
    np.testing.assert_allclose(again.frames[:, :3], features.frames[:, :3], atol=1e-3)


def made_up(count: int, seed: int) -> Features:
    generator = np.random.default_rng(seed)
    return Features(
        frames=generator.uniform(0, 500, (count, 4)).astype(np.float32),
        descriptors=generator.integers(0, 256, (count, 128), dtype=np.uint8),
        width=640,
        height=480,
    )


@given(count=st.integers(0, 50), seed=st.integers(0, 1000))
def test_packed_features_come_back_as_they_were(count: int, seed: int) -> None:
    features = made_up(count, seed)
    again = unpack(pack(features))
    np.testing.assert_array_equal(again.frames, features.frames)
    np.testing.assert_array_equal(again.descriptors, features.descriptors)
    assert (again.width, again.height) == (640, 480)


@settings(max_examples=60)
@given(at=st.integers(0, 10**6), flip=st.integers(1, 255))
def test_any_changed_byte_is_found(at: int, flip: int) -> None:
    content = bytearray(pack(made_up(5, 1)))
    content[at % len(content)] ^= flip
    with pytest.raises(PackError):
        unpack(bytes(content))


@given(keep=st.integers(0, 700), more=st.binary(max_size=3))
def test_cut_or_lengthened_features_are_refused(keep: int, more: bytes) -> None:
    content = pack(made_up(5, 1))
    damaged = content[:keep] if keep < len(content) else content + more + b"x"
    with pytest.raises(PackError):
        unpack(damaged)


def test_a_newer_version_is_named() -> None:
    content = bytearray(pack(made_up(2, 1)))
    content[12] = 9
    with pytest.raises(PackError, match="version 9"):
        unpack(bytes(content))


def test_an_ordinary_picture_is_searchable() -> None:
    pixels = texture(480, 640)
    assert searchable(features_of(pixels), pixels) is None


def reason(pixels: npt.NDArray[np.uint8]) -> str:
    return searchable(features_of(pixels), pixels) or "searchable"


def test_what_cannot_be_searched_says_why() -> None:
    gradient = np.repeat(np.tile(np.linspace(0, 255, 640).astype(np.uint8), (480, 1))[:, :, None], 3, axis=2)
    tiles = np.kron(np.indices((24, 32)).sum(axis=0) % 2, np.ones((20, 20))).astype(np.uint8) * 255
    pattern = np.repeat(tiles[:, :, None], 3, axis=2)
    corner = np.full((480, 640, 3), 200, dtype=np.uint8)
    corner[:60, :80] = texture(60, 80)
    assert reason(texture(100, 640)).startswith("too small")
    assert reason(np.full((480, 640, 3), 120, dtype=np.uint8)).startswith("blank")
    assert reason(gradient).startswith("too few features")
    assert "all alike" in reason(pattern)
    assert reason(corner) != "searchable"


def some_of(features: Features, count: int) -> Features:
    numbers = np.linspace(0, len(features) - 1, count).astype(int)
    return replace(features, frames=features.frames[numbers], descriptors=features.descriptors[numbers])


def test_a_posted_picture_needs_fewer_features_than_a_photograph_that_is_enrolled() -> None:
    pixels = texture(480, 640)
    features = features_of(pixels)
    assert searchable(some_of(features, FEWEST), pixels) is None
    assert (searchable(some_of(features, FEWEST - 1), pixels) or "").startswith("too few features: 14, fewer than 15")
    assert searchable(some_of(features, FEWEST_POSTED), pixels, fewest=FEWEST_POSTED) is None
    fewer = searchable(some_of(features, FEWEST_POSTED - 1), pixels, fewest=FEWEST_POSTED)
    assert (fewer or "").startswith("too few features: 7, fewer than 8")


def page(height: int = 600, width: int = 800) -> npt.NDArray[np.uint8]:
    drawn = np.full((height, width, 3), 250, dtype=np.uint8)
    rng = np.random.default_rng(4)
    for line in range(40, height, 28):
        words = "".join(chr(97 + int(letter)) for letter in rng.integers(0, 26, 44))
        cv2.putText(drawn, words, (20, line), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (20, 20, 20), 2, cv2.LINE_AA)
    return drawn


def after_jpeg(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 75])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def test_text_and_templates_are_no_photographs() -> None:
    template = np.full((600, 800, 3), (230, 235, 230), dtype=np.uint8)
    for number in range(7):
        left, top = (30, 380)[number % 2], 20 + 80 * number
        cv2.rectangle(template, (left, top), (left + 380, top + 60), (255, 255, 255), -1)
        cv2.putText(template, "a message", (left + 10, top + 40), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 0, 0), 2)
    for pixels in (page(), after_jpeg(page()), template, after_jpeg(template)):
        assert reason(pixels).startswith("text or a template")


def test_a_photograph_on_a_plain_ground_is_searchable() -> None:
    pixels = np.full((600, 800, 3), 250, dtype=np.uint8)
    pixels[150:450, 200:600] = texture(300, 400)
    assert reason(pixels) == "searchable"
    posted = page()
    posted[300:560, 250:600] = texture(260, 350)
    assert reason(posted) == "searchable"


def test_a_blank_picture_has_no_features() -> None:
    features = features_of(np.zeros((200, 200, 3), dtype=np.uint8))
    assert len(features) == 0 < FEWEST
    assert len(mirrored(features)) == 0
    assert len(unpack(pack(features))) == 0
