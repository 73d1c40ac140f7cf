from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeback.model.consent import Region
from takeback.model.finding import Conclusion
from takeback.simulate import edits
from takeback.simulate.collection import Pixels, decode

BOX = Region(left=0.25, top=0.25, right=0.75, bottom=0.75)


def picture(height: int = 120, width: int = 200, seed: int = 1) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, size=(height, width, 3), dtype=np.uint8)


def replaced(seed: int = 3) -> edits.Edited:
    return edits.replace_region(edits.untouched(picture()), picture(seed=2), BOX, np.random.default_rng(seed))


def test_only_the_box_is_replaced() -> None:
    changed = (replaced().pixels != picture()).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert (rows.min() >= 30, rows.max() < 90, columns.min() >= 50, columns.max() < 150) == (True,) * 4
    assert changed[35:85, 55:145].mean() > 0.95


def test_a_replaced_region_is_a_derivative_and_everything_else_a_copy() -> None:
    start = edits.untouched(picture())
    assert replaced().conclusion is Conclusion.DERIVATIVE
    others = [
        edits.crop(start, BOX),
        edits.mirror(start),
        edits.scale(start, 90),
        edits.watermark(start, "MARK"),
        edits.caption_bar(start, "words"),
        edits.recompress(start, 40),
        edits.screenshot(start, "title"),
    ]
    assert {each.conclusion for each in others} == {Conclusion.COPY}


def test_the_texture_is_enlarged_where_it_is_smaller_than_the_box() -> None:
    small = np.full((4, 4, 3), 7, dtype=np.uint8)
    done = edits.replace_region(edits.untouched(picture()), small, BOX, np.random.default_rng(0))
    assert (done.pixels[60, 100] == 7).all()


def test_a_texture_much_smaller_than_its_box_still_fills_the_middle() -> None:
    box = Region(left=0.0, top=0.4, right=1.0, bottom=0.6)
    done = edits.replace_region(
        edits.untouched(picture()), np.full((9, 3, 3), 7, dtype=np.uint8), box, np.random.default_rng(0)
    )
    assert (done.pixels[60, 100] == 7).all()


def test_a_region_is_replaced_before_the_picture_is_moved() -> None:
    moved = edits.mirror(edits.untouched(picture()))
    with pytest.raises(ValueError, match="first in a chain"):
        edits.replace_region(moved, picture(), BOX, np.random.default_rng(0))


def test_a_mirrored_picture_says_so_and_twice_is_none() -> None:
    once = edits.mirror(replaced())
    assert once.mirrored
    assert (once.pixels == replaced().pixels[:, ::-1]).all()
    assert not edits.mirror(once).mirrored


def test_shares_say_what_survives_a_crop() -> None:
    half = edits.crop(replaced(), Region(left=0.0, top=0.0, right=0.5, bottom=1.0))
    assert half.pixels.shape == (120, 100, 3)
    assert half.share_altered == pytest.approx(0.125)
    assert half.share_surviving == pytest.approx(0.375)


def test_a_crop_after_mirroring_is_told_in_the_originals_own_shares() -> None:
    left_of_mirrored = edits.crop(edits.mirror(replaced()), Region(left=0.0, top=0.0, right=0.25, bottom=1.0))
    assert left_of_mirrored.kept == Region(left=0.75, top=0.0, right=1.0, bottom=1.0)
    assert left_of_mirrored.share_altered == 0.0


@given(
    left=st.floats(0.0, 0.4), right=st.floats(0.6, 1.0), top=st.floats(0.0, 0.4), bottom=st.floats(0.6, 1.0),
    again=st.booleans(), mirrored=st.booleans(),
)  # fmt: skip
def test_altered_and_surviving_shares_add_up_to_what_is_kept(
    left: float, right: float, top: float, bottom: float, *, again: bool, mirrored: bool
) -> None:
    box = Region(left=left, top=top, right=right, bottom=bottom)
    start = edits.Edited(pixels=np.zeros((50, 50, 3), dtype=np.uint8), altered=BOX)
    done = edits.crop(edits.mirror(start) if mirrored else start, box)
    done = edits.crop(done, box) if again else done
    kept = (done.kept.right - done.kept.left) * (done.kept.bottom - done.kept.top)
    assert done.share_altered + done.share_surviving == pytest.approx(kept)
    assert 0.0 <= done.share_altered <= 0.25 + 1e-9


def test_a_watermark_is_thin_and_lies_over_the_whole_picture() -> None:
    grey = np.full((400, 600, 3), 90, dtype=np.uint8)
    marked = edits.watermark(edits.untouched(grey), "PICTURE GARDEN").pixels
    changed = (marked != grey).any(axis=2)
    assert 0.01 < changed.mean() < 0.25
    quarters = [
        changed[rows, columns] for rows in (slice(200), slice(200, None)) for columns in (slice(300), slice(300, None))
    ]
    assert all(quarter.any() for quarter in quarters)
    assert int(marked.max()) < 190


def test_a_screenshot_shows_the_whole_picture_inside_a_phone() -> None:
    shot = edits.screenshot(edits.untouched(np.full((300, 400, 3), (250, 0, 0), dtype=np.uint8)), "title").pixels
    assert shot.shape == (1000, 600, 3)
    red = (shot[:, :, 0] > 240) & (shot[:, :, 1] < 20)
    rows, columns = np.nonzero(red)
    assert (columns.max() - columns.min() + 1, rows.max() - rows.min() + 1) == (540, 405)
    assert not red[rows.min(), columns.min()]


def test_a_caption_stands_below_the_picture() -> None:
    done = edits.caption_bar(edits.untouched(picture()), "words").pixels
    assert (done[:120] == picture()).all()
    assert done.shape[0] > 140


@pytest.mark.parametrize("encode", [lambda pixels: edits.encode_jpeg(pixels, 80), edits.encode_png])
def test_the_same_pixels_give_the_same_bytes(encode: object) -> None:
    assert callable(encode)
    assert encode(picture()) == encode(picture())


def test_png_keeps_every_pixel_and_jpeg_does_not() -> None:
    assert (decode(edits.encode_png(picture())) == picture()).all()
    assert (decode(edits.encode_jpeg(picture(), 40)) != picture()).any()


def test_the_same_generator_state_gives_the_same_edit() -> None:
    assert (replaced(5).pixels == replaced(5).pixels).all()
    assert (replaced(5).pixels != replaced(6).pixels).any()


def test_scaling_keeps_the_proportions() -> None:
    assert edits.scale(edits.untouched(picture()), 100).pixels.shape == (60, 100, 3)
