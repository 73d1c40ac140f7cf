from __future__ import annotations

import numpy as np
import pytest

from takeback.kernels.checksum import xxh64

MASK = 2**64 - 1
P = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63)


def turned(word: int, bits: int) -> int:
    return ((word << bits) | (word >> (64 - bits))) & MASK


def plain(content: bytes) -> int:
    """XXH64 with seed 0, read off its specification, for whole stripes of 32 bytes."""
    lanes = [(P[0] + P[1]) & MASK, P[1], 0, -P[0] & MASK]
    for at in range(0, len(content), 32):
        for lane in range(4):
            word = int.from_bytes(content[at + 8 * lane : at + 8 * lane + 8], "little")
            lanes[lane] = turned((lanes[lane] + word * P[1]) & MASK, 31) * P[0] & MASK
    found = sum(turned(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18), strict=True)) & MASK
    for lane in lanes:
        found = ((found ^ turned(lane * P[1] & MASK, 31) * P[0] & MASK) * P[0] + P[3]) & MASK
    found = (found + len(content)) & MASK
    found = (found ^ found >> 33) * P[1] & MASK
    found = (found ^ found >> 29) * P[2] & MASK
    return found ^ found >> 32


@pytest.mark.parametrize("stripes", [1, 2, 3, 128])
def test_the_checksum_is_the_one_that_the_specification_describes(stripes: int) -> None:
    content = np.random.default_rng(stripes).bytes(32 * stripes)
    assert int(xxh64(np.frombuffer(content, np.uint64))) == plain(content)


def test_zeros_have_the_checksum_that_the_reference_implementation_gives() -> None:
    assert int(xxh64(np.zeros(4, np.uint64))) == plain(bytes(32)) == 0xF6E9BE5D70632CF5


def test_every_flipped_bit_is_seen() -> None:
    words = np.random.default_rng(0).integers(0, 2**64, 32, dtype=np.uint64)
    whole = xxh64(words)
    for bit in range(64 * 32):
        words[bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
        assert xxh64(words) != whole
        words[bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
