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
    cryptographic_only,
    guarded_for_export,
    near_any,
    unguarded,
)
from takeback.model.bank import HarmHash
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


def test_what_has_no_perceptual_hash_goes_out_as_it_is() -> None:
    alone = HarmHash.of(md5=MD5)
    assert guarded_for_export([alone], away(0)) == cryptographic_only([alone]) == (Guarded(hash=alone),)


def test_without_enrolled_photographs_in_sight_no_perceptual_hash_goes_out_unless_somebody_says_so() -> None:
    [held] = cryptographic_only([HASH])
    assert held.withheld is Withheld.NOT_CHECKED
    assert "--case" in held.withheld.message
    assert held.hash == HarmHash.of(sha256=SHA256, md5=MD5)
    assert unguarded([HASH]) == (Guarded(hash=HASH),)


@pytest.mark.parametrize("turned", range(8))
def test_a_picture_in_any_orientation_is_held_against_all_forms_of_the_photograph(turned: int) -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (16, 16, 3), dtype=np.uint8).repeat(20, 0).repeat(24, 1)
    forms = PdqHasher().dihedral(pixels)
    protected = np.array([each.words for each in forms], np.uint64)
    [held] = guarded_for_export([HarmHash.of(pdq=forms[turned].hex, md5=MD5)], protected)
    assert held.withheld is Withheld.NEAR_ENROLLED


def test_each_orientation_that_a_bank_holds_is_compared() -> None:
    forms = tuple(f"{each:01x}" * 64 for each in range(8))
    hash = HarmHash.of(pdq=forms[0], md5=MD5, forms=forms)
    protected = np.array([Signal.from_hex(forms[5], quality=80).words], np.uint64)
    [held] = guarded_for_export([hash], protected)
    assert held.hash == HarmHash.of(md5=MD5)


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
