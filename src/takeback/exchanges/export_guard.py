"""What may leave: no perceptual hash that would block an enrolled photograph of its own.

An altered picture can lie within the matching threshold of the photograph that it was made from. Whoever receives the
perceptual hash of such a picture, and matches as everybody does, would block the photograph too: the person's own
picture. Then only the cryptographic hash goes out, which matches those bytes alone. Where those bytes are the
photograph itself, or may be, nothing goes out: of a photograph its SHA-256 is kept and no MD5, so that an MD5 leaves
only beside a SHA-256 that is none of theirs, or a perceptual hash that is near none of theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from takeback.model.bank import DISTANCE, HarmHash
from takeback.model.digest import Sha256
from takeback.model.signal import HASH_WORDS

MARGIN = 16
"""How far the hash of one picture moves: upstream's implementations differ by 2 to 12 bits on one picture, and its own
tests allow 16. Unrelated pictures are about 128 bits apart, so that the margin costs little."""
GUARDED = DISTANCE + MARGIN
_AT_ONCE = 4096

Words = npt.NDArray[np.uint64]


class Withheld(StrEnum):
    """Why a hash does not go out, or not all of it."""

    ENROLLED = "enrolled"
    NEAR_ENROLLED = "near_enrolled"
    MD5_ALONE = "md5_alone"
    NOT_CHECKED = "not_checked"

    @property
    def message(self) -> str:
        """For whoever exports."""
        if self is Withheld.ENROLLED:
            return "which are those of an enrolled photograph itself: nothing of it goes out, whatever brought it here"
        if self is Withheld.NEAR_ENROLLED:
            return (
                f"within {GUARDED} bits of an enrolled photograph: its perceptual hash would block that photograph "
                "too, so at most cryptographic hashes go out"
            )
        if self is Withheld.MD5_ALONE:
            return (
                "an MD5 that may be that of an enrolled photograph, of which only the SHA-256 is kept: it does not go "
                "out (add the SHA-256 or the PDQ of the image to the bank)"
            )
        return (
            "compared with no enrolled photographs: nothing goes out "
            "(name the cases with --case, or say --no-enrolled if none are kept)"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """What may leave of a hash, and why not all of it; None where nothing is left."""

    hash: HarmHash | None
    withheld: Withheld | None = None


Guard = Callable[[Sequence[HarmHash]], tuple[Guarded, ...]]


def guarded_for_export(
    hashes: Sequence[HarmHash], protected: Words, *, files: Collection[Sha256] = ()
) -> tuple[Guarded, ...]:
    """What may leave of each hash, beside enrolled photographs given by the words (N, 4) of all their 8 forms.

    ``files``: the SHA-256 of the photographs themselves, of which nothing leaves. The answer says how many and which
    records, never which photograph or how close.
    """
    near = np.zeros(len(hashes), np.bool_)
    place = [number for number, hash in enumerate(hashes) for _ in _words(hash)]
    words = np.array([each for hash in hashes for each in _words(hash)], np.uint64).reshape(-1, HASH_WORDS)
    near[np.array(place, np.int64)[near_any(words, protected)]] = True
    return tuple(
        _guarded(hash, near=withheld, itself=hash.sha256 is not None and hash.sha256 in files)
        for hash, withheld in zip(hashes, near.tolist(), strict=True)
    )


def _guarded(hash: HarmHash, *, near: bool, itself: bool) -> Guarded:
    if itself:
        return Guarded(hash=None, withheld=Withheld.ENROLLED)
    if hash.signal is None and hash.sha256 is None:
        return Guarded(hash=None, withheld=Withheld.MD5_ALONE)
    return _without_signal(hash, Withheld.NEAR_ENROLLED) if near else Guarded(hash=hash)


def unguarded(hashes: Sequence[HarmHash]) -> tuple[Guarded, ...]:
    """Everything may leave: whoever exports said that no enrolled photographs are kept."""
    return tuple(Guarded(hash=hash) for hash in hashes)


def nothing_unchecked(hashes: Sequence[HarmHash]) -> tuple[Guarded, ...]:
    """Nothing leaves where nothing was compared: a SHA-256 too may be that of an enrolled photograph itself."""
    return tuple(Guarded(hash=None, withheld=Withheld.NOT_CHECKED) for _ in hashes)


def near_any(words: Words, protected: Words, *, distance: int = GUARDED) -> npt.NDArray[np.bool_]:
    """Whether each row (N, 4) is within a distance of any protected row (M, 4)."""
    from takeback.kernels.hamming import within

    near = np.zeros(len(words), np.bool_)
    for start in range(0, len(words), _AT_ONCE):
        query, _, _ = within(protected, words[start : start + _AT_ONCE], distance)
        near[start + query] = True
    return near


def _words(hash: HarmHash) -> tuple[tuple[int, int, int, int], ...]:
    return tuple(each.words for each in hash.forms or (() if hash.signal is None else (hash.signal,)))


def _without_signal(hash: HarmHash, why: Withheld) -> Guarded:
    """What is left without the perceptual hash; an MD5 alone may be the photograph's own."""
    if hash.sha256 is None:
        return Guarded(hash=None, withheld=why)
    return Guarded(hash=replace(hash, signal=None, quality=None, forms=()), withheld=why)
