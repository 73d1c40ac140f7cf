"""What a worker's reply shows: nothing, where no honest worker would say so."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from takeback.signals.decode_shown import CannotBe, Shown
from takeback.signals.decode_wire import Reply

RGB = Reply(width=5, height=3, columns=5, rows=3)
LUMA = Reply(width=10, height=6, columns=5, rows=3, scale=2)
PLACE = memoryview(bytearray(range(64)))


def shown(reply: Reply, payload: bytes = b"", *, room: memoryview | None = PLACE, **told: object) -> Shown:
    reply = msgspec.structs.replace(reply, **told)
    return Shown(reply=reply, payload=memoryview(payload), room=room, max_pixels=15)


def test_a_payload_has_three_bytes_a_pixel_and_a_room_four() -> None:
    assert shown(RGB, bytes(45)).rgb().shape == (3, 5, 3)
    assert shown(RGB, in_room=True).rgb().shape == (3, 5, 4)
    pixels = shown(RGB, in_room=True).pixels().array
    np.testing.assert_array_equal(pixels, np.arange(60).reshape(3, 5, 4)[:, :, :3])
    assert shown(LUMA, bytes(15)).luma().array.shape == (3, 5)
    np.testing.assert_array_equal(shown(LUMA, in_room=True).own_luma().array, np.arange(15).reshape(3, 5))


def test_what_is_lent_shows_the_room_and_what_is_kept_does_not() -> None:
    place = memoryview(bytearray(64))
    lent, kept = shown(RGB, in_room=True, room=place).rgb(), shown(RGB, in_room=True, room=place).pixels().array
    plane, own = (
        shown(LUMA, in_room=True, room=place).luma().array,
        shown(LUMA, in_room=True, room=place).own_luma().array,
    )
    place[:] = bytes([7]) * 64
    assert (lent.min(), plane.min(), kept.max(), own.max()) == (7, 7, 0, 0)
    assert not any(each.flags.writeable for each in (lent, kept, plane, own))


@pytest.mark.parametrize(
    "told",
    [
        {"rows": 0},
        {"rows": -3},
        {"rows": -3, "columns": -5},
        {"columns": 6},
        {"rows": 4, "columns": 4},  # more than a picture may have
        {"rows": 1 << 40, "columns": 1 << 40},
    ],
)
@pytest.mark.parametrize("in_room", [False, True])
def test_sizes_that_cannot_be_show_nothing(told: dict[str, int], *, in_room: bool) -> None:
    with pytest.raises(CannotBe):
        shown(RGB, b"" if in_room else bytes(45), in_room=in_room, **told).rgb()


def test_pixels_beyond_the_room_show_nothing() -> None:
    assert shown(RGB, in_room=True, room=PLACE[:60]).rgb().size == 60
    with pytest.raises(CannotBe):
        shown(RGB, in_room=True, room=PLACE[:59]).rgb()


def test_pixels_in_a_room_that_is_not_shared_show_nothing() -> None:
    with pytest.raises(CannotBe):
        shown(RGB, bytes(45), in_room=True, room=None).rgb()


@pytest.mark.parametrize("told", [{"scale": 3}, {"scale": 0}, {"top": 2}, {"left": -1}, {"height": 9}, {"width": 4}])
@pytest.mark.parametrize("in_room", [False, True])
def test_cells_that_cannot_be_show_nothing(told: dict[str, int], *, in_room: bool) -> None:
    with pytest.raises(CannotBe):
        shown(LUMA, b"" if in_room else bytes(15), in_room=in_room, **told).luma()
