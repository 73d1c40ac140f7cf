from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.hash_lists import MD5, SHA256
from takeback.errors import HarmRule
from takeback.exchanges.export_guard import (
    GUARDED,
    Guarded,
    Withheld,
    guarded_for_export,
    near_any,
    nothing_unchecked,
    unguarded,
)
from takeback.model.bank import HarmHash
from takeback.model.digest import Sha256
from takeback.model.signal import Signal
from takeback.signals.pdq import PdqHasher

HASH = HarmHash.of(pdq="0" * 64, quality=80, sha256=SHA256, md5=MD5)
BARE = HarmHash.of(pdq="0" * 64)


def away(bits: int) -> npt.NDArray[np.uint64]:
    """One protected hash, so many bits from zero."""
    number = (1 << bits) - 1
    return np.array([[(number >> shift) & (2**64 - 1) for shift in (192, 128, 64, 0)]], np.uint64)


def test_within_threshold_and_margin_only_the_cryptographic_hashes_go_out() -> None:
    assert GUARDED == 31 + 16
    [held] = guarded_for_export([HASH], away(GUARDED))
    assert held == Guarded(hash=HarmHash.of(sha256=SHA256, md5=MD5), withheld=Withheld.NEAR_ENROLLED)
    assert "would block that photograph" in Withheld.NEAR_ENROLLED.message
    assert guarded_for_export([HASH], away(GUARDED + 1)) == (Guarded(hash=HASH),)


def test_nothing_is_left_of_a_hash_that_is_perceptual_alone() -> None:
    assert guarded_for_export([BARE], away(0)) == (Guarded(hash=None, withheld=Withheld.NEAR_ENROLLED),)


def test_a_sha256_that_is_none_of_theirs_goes_out_with_its_md5() -> None:
    bytes_alone = HarmHash.of(sha256=SHA256, md5=MD5)
    assert guarded_for_export([bytes_alone], away(0)) == (Guarded(hash=bytes_alone),)
    assert guarded_for_export([bytes_alone], away(0), files={Sha256(SHA256)})[0].hash is None


def test_an_md5_goes_out_only_beside_what_says_that_it_is_no_enrolled_photographs() -> None:
    alone, near, far = HarmHash.of(md5=MD5), HarmHash.of(pdq="0" * 64, md5=MD5), HarmHash.of(pdq="f" * 64, md5=MD5)
    assert guarded_for_export([alone, near, far], away(0)) == (
        Guarded(hash=None, withheld=Withheld.MD5_ALONE),
        Guarded(hash=None, withheld=Withheld.NEAR_ENROLLED),
        Guarded(hash=far),
    )
    assert "SHA-256" in Withheld.MD5_ALONE.message


@pytest.mark.parametrize("hash", [HASH, BARE, HarmHash.of(sha256=SHA256), HarmHash.of(md5=MD5)])
def test_without_enrolled_photographs_in_sight_nothing_goes_out_unless_somebody_says_so(hash: HarmHash) -> None:
    [held] = nothing_unchecked([hash])
    assert held == Guarded(hash=None, withheld=Withheld.NOT_CHECKED)
    assert "--case" in Withheld.NOT_CHECKED.message
    assert unguarded([hash]) == (Guarded(hash=hash),)


@pytest.mark.parametrize("turned", range(8))
def test_a_picture_in_any_orientation_is_held_against_all_forms_of_the_photograph(turned: int) -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (16, 16, 3), dtype=np.uint8).repeat(20, 0).repeat(24, 1)
    forms = PdqHasher().dihedral(pixels)
    protected = np.array([each.words for each in forms], np.uint64)
    [held] = guarded_for_export([HarmHash.of(pdq=forms[turned].hex, md5=MD5)], protected)
    assert held.withheld is Withheld.NEAR_ENROLLED


def test_each_orientation_that_a_bank_holds_is_compared() -> None:
    forms = tuple(f"{each:01x}" * 64 for each in range(8))
    hash = HarmHash.of(pdq=forms[0], sha256=SHA256, forms=forms)
    protected = np.array([Signal.from_hex(forms[5], quality=80).words], np.uint64)
    [held] = guarded_for_export([hash], protected)
    assert held.hash == HarmHash.of(sha256=SHA256)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 40), st.integers(0, 6), st.integers(0, 2**32 - 1))
def test_near_any_is_what_a_plain_reading_says(rows: int, protected: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    held = draw.integers(0, 2**64, (protected, 4), dtype=np.uint64)
    words = draw.integers(0, 2**64, (rows, 4), dtype=np.uint64)
    for row in range(0, rows if protected else 0, 2):
        words[row] = held[row % protected]
        words[row, 0] ^= np.uint64((1 << int(draw.integers(0, 60))) - 1)
    plain = [any(np.bitwise_count(mine ^ other).sum() <= GUARDED for other in held) for mine in words]
    assert near_any(words, held).tolist() == plain


def test_a_signal_of_an_enrolled_photograph_makes_no_harm_hash_whatever_the_type_checker_was_told() -> None:
    enrolled = Signal.from_hex("0" * 64, quality=80)
    with pytest.raises(HarmRule, match="no signal of an enrolled photograph"):
        HarmHash(signal=enrolled)  # type: ignore[arg-type]  # this is the test: mypy refuses it, and so does the type
