"""The PDQ signal of python-threatexchange, hashed from pictures that are decoded in the sandbox."""

from __future__ import annotations

import os
import threading
from functools import lru_cache

from threatexchange.signal_type.pdq.signal import PdqSignal as TheirPdqSignal

from takeback.errors import DecodeRefused
from takeback.model.channel import Post, PostKind
from takeback.model.clearing import Cleared
from takeback.model.digest import sha256_of
from takeback.model.media import Media, MediaKind, Place
from takeback.signals.decode import Decoder
from takeback.signals.gate import clear
from takeback.signals.pdq import PdqHasher
from takeback.threatexchange.index import PdqIndex

_LOCK = threading.Lock()


class PdqSignal(TheirPdqSignal):  # type: ignore[misc]  # mypy is told not to follow their package
    """A drop-in for their ``PdqSignal``, under the same name: the same hashes, another index, a guarded decoder."""

    @classmethod
    def get_name(cls) -> str:
        """The name of their signal: whoever lists this class in its place keeps what is stored under it."""
        return "pdq"

    @classmethod
    def get_index_cls(cls) -> type[PdqIndex[object]]:
        """Our index."""
        return PdqIndex

    @classmethod
    def hash_from_bytes(cls, bytes_: bytes) -> str:
        """64 hexadecimal digits, or nothing where there is too little to see; a ValueError where it is no picture.

        Pixels are taken as they are stored, as theirs are; what is transparent lies on white.
        """
        with _LOCK:
            try:
                pixels = _decoder_of(os.getpid()).decode(_cleared(bytes_), bytes_, as_stored=True).array
            except DecodeRefused as error:
                raise ValueError(str(error)) from error
        signal = PdqHasher().hash_pixels(pixels)
        return signal.hex if signal.quality >= cls.QUALITY_THRESHOLD else ""


class NamedPdqSignal(PdqSignal):
    """The same beside theirs: their command line wants every signal to have a name of its own."""

    @classmethod
    def get_name(cls) -> str:
        """Another name than theirs."""
        return "takeback_pdq"


@lru_cache
def _decoder_of(process: int) -> Decoder:
    """The decoder of this process: one that was forked does not use its parent's."""
    del process
    return Decoder()


def _cleared(content: bytes) -> Cleared[Media]:
    """The bytes as media of a post of which nothing else is known; the gate sees no flag and no words."""
    media = Media(
        sha256=sha256_of(content),
        size=len(content),
        place=Place(source="threatexchange", path="picture"),
        kind=MediaKind.IMAGE_FILE,
    )
    return clear([Post(channel="threatexchange", id=1, kind=PostKind.FILE, time=None, media=(media,))]).cleared[0]
