"""The visual vocabulary: which word a descriptor is, and its 128-bit signature inside the word."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from takeback.errors import UnusableInput

FILE = "vocabulary.bin"
SHA256 = "f71206587dc03f9e3b883a7d3065f4e9960b5f3d828709f13b8582e9c12ab510"
"""Of the file that ships with this version; any other is refused."""

LENGTH = 128
HALF = LENGTH // 2
SAME = 24
"""Features of one word and one picture whose signatures differ by so few bits look the same."""
SEVERAL = 4
"""A feature with so many others that look the same has no vote: a lattice agrees with every lattice."""
_MAGIC = b"tb-vocabulary\n"
_COUNTS = struct.Struct("<HHH")
_VERSION = 1
_TURN = 256
"""The rotation is kept in whole numbers, so many for a length of 1."""
_STEP = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assigned:
    """The nearest words of descriptors: ``words`` (N, K) int32, nearest first, ``signatures`` (N, K, 2) uint64."""

    words: npt.NDArray[np.int32]
    signatures: npt.NDArray[np.uint64]

    @property
    def repeated(self) -> npt.NDArray[np.bool_]:
        """Which of a picture's features (N,) are a repeated pattern's."""
        from takeback.kernels.retrieval import repeated

        first = np.ascontiguousarray(self.signatures[:, 0])
        return np.asarray(repeated(np.ascontiguousarray(self.words[:, 0]), first, SAME, SEVERAL), np.bool_)

    def only(self, chosen: npt.NDArray[np.intp]) -> Assigned:
        """Of some of the descriptors."""
        return Assigned(words=self.words[chosen], signatures=self.signatures[chosen])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vocabulary:
    """Words in two levels, closed under mirroring: the mirrored form of word w is word (w + n / 2) mod n.

    ``rotation`` (128, 128) takes a descriptor to 64 numbers that a mirror keeps and 64 whose sign it changes, so that
    a mirrored descriptor's word is the mirrored word and its signature the same with `mirror_mask` flipped.
    ``cells`` (C, 128) and ``words`` (C * S, 128), S to each cell, are of the one half; the other half is theirs in
    the mirror. All numbers are whole, words even and rotated descriptors odd: sums are exact in any order, and no
    signature bit hangs on a tie. A word's centre is also the threshold of its signatures.
    """

    rotation: npt.NDArray[np.float32]
    cells: npt.NDArray[np.float32]
    words: npt.NDArray[np.float32]
    digest: str
    _squares: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_squares", (_squares(self.cells), _squares(self.words)))

    def __len__(self) -> int:
        return 2 * len(self.words)

    @property
    def mirror_mask(self) -> npt.NDArray[np.uint64]:
        """Which bits of a signature (2,) a mirror flips: the second 64."""
        return np.array([0, ~np.uint64(0)], np.uint64)

    def mirrored(self, assigned: Assigned) -> Assigned:
        """The words and signatures of the same descriptors in a mirror."""
        half = len(self.words)
        return Assigned(
            words=((assigned.words + half) % (2 * half)).astype(np.int32),
            signatures=assigned.signatures ^ self.mirror_mask,
        )

    def assign(self, descriptors: npt.NDArray[np.uint8], *, nearest: int, cells: int) -> Assigned:
        """The ``nearest`` words of each descriptor (N, 128), looked for in its so many nearest cells."""
        from takeback.kernels.retrieval import nearest_words, signatures

        turned = rotated(descriptors, self.rotation)
        words = nearest_words(turned, self.cells, self.words, self._squares, cells, nearest)
        return Assigned(words=words, signatures=signatures(turned, self.words, words))


def _squares(centres: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The squares of their lengths (N,)."""
    return np.asarray(np.square(centres).sum(axis=1), np.float32)


def rotated(descriptors: npt.NDArray[np.uint8], rotation: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Descriptors (N, 128) in the vocabulary's own directions: odd whole numbers, of a length of about 256."""
    products = descriptors.astype(np.float32) @ rotation.T  # below 2**24: exact, whatever the order
    return np.asarray(2 * np.floor(products / (_TURN * _STEP)) + 1, np.float32)


def written(rotation: npt.NDArray[np.float32], cells: npt.NDArray[np.float32], words: npt.NDArray[np.float32]) -> bytes:
    """A vocabulary as bytes: counts, the rotation as int16, the halves of cells and words as int8."""
    counts = _COUNTS.pack(_VERSION, len(cells), len(words) // len(cells))
    halves = [(each / 2).astype(np.int8).tobytes() for each in (cells, words)]
    return _MAGIC + counts + rotation.astype("<i2").tobytes() + b"".join(halves)


def read(content: bytes, *, expected: str) -> Vocabulary:
    """The vocabulary in these bytes; an UnusableInput says that they are not the expected ones."""
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected:
        raise UnusableInput(
            f"{FILE} is not the vocabulary of this version: its SHA-256 is {digest} (install takeback again)"
        )
    start = len(_MAGIC) + _COUNTS.size
    _, cells, each = _COUNTS.unpack(content[len(_MAGIC) : start])
    rotation = np.frombuffer(content, "<i2", LENGTH * LENGTH, start).reshape(LENGTH, LENGTH)
    start += rotation.nbytes
    table = np.frombuffer(content, np.int8, (cells + cells * each) * LENGTH, start).reshape(-1, LENGTH)
    whole = table.astype(np.float32) * 2
    return Vocabulary(
        rotation=rotation.astype(np.float32),
        cells=np.ascontiguousarray(whole[:cells]),
        words=np.ascontiguousarray(whole[cells:]),
        digest=digest,
    )


@lru_cache(maxsize=1)
def shipped() -> Vocabulary:
    """The vocabulary that ships with this version."""
    return read(resources.files("takeback.matching").joinpath(FILE).read_bytes(), expected=SHA256)
