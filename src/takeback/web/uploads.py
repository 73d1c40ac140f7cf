"""What is done with an uploaded picture: the minors' gate, the sandboxed decoder, hashes; nothing is kept of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from takeback.errors import DecodeRefused
from takeback.model.bank import BankHash
from takeback.model.channel import Post, PostKind
from takeback.model.consent import Under18
from takeback.model.digest import Sha256, sha256_of
from takeback.model.media import Media, MediaKind, Place
from takeback.model.signal import LOW_QUALITY, Signal
from takeback.signals.decode import Decoder
from takeback.signals.gate import clear
from takeback.signals.pdq import PdqHasher
from takeback.web.problem import Problem, Reason


class UploadRule(StrEnum):
    """Whether pictures are taken, and who says that none of them is of somebody under 18."""

    OFF = "off"
    STATED = "stated"
    ASSERTED = "asserted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Bytes that a client sent, the words that came with them, and what it said about the age of who is shown."""

    content: bytes
    name: str
    words: str
    under_18: Under18 | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashes:
    """What a picture is known by, ``forms`` in its 8 orientations.

    Where a bank holds its very bytes there are no forms, and ``held`` is what the bank has of it.
    """

    sha256: Sha256
    md5: str
    forms: tuple[Signal, ...] = ()
    held: BankHash | None = None

    @property
    def signal(self) -> Signal | None:
        """The perceptual hash as the picture is; None where nothing was decoded."""
        return self.forms[0] if self.forms else None

    @property
    def pdq(self) -> str | None:
        """The perceptual hash in digits, from the pixels or from the bank that holds these bytes."""
        found = self.signal or (None if self.held is None else self.held.signal)
        return None if found is None else found.hex

    @property
    def quality(self) -> int | None:
        """That of the perceptual hash; None where it is not known."""
        return self.held.quality if self.held is not None else self.signal.quality if self.signal is not None else None

    @property
    def low_quality(self) -> bool:
        """Whether the perceptual hash says too little to be matched on its own."""
        return self.quality is not None and self.quality < LOW_QUALITY


_OFF = (
    "this service takes no pictures (hash at your side and send the hash; the operator can allow uploads: `--uploads`)"
)
_ROUTES = (
    "not decoded, and nothing of it is kept but a keyed digest in the trail: what may show somebody under 18 goes to "
    "NCMEC (report.cybertip.org), the IWF or the INHOPE hotline of the country (report.iwf.org.uk, inhope.org), or the "
    "police"
)
_UNSAID = "say whether anybody in the picture may be under 18: the field under_18 is no, yes or unknown"


class Uploads:
    """Hashes uploaded pictures, one at a time; what the gate does not clear is never opened.

    ``known`` gives what a bank has of these very bytes, if one has them: they are then an exact match, and not opened.
    """

    def __init__(self, rule: UploadRule, decoder: Decoder) -> None:
        self._rule = rule
        self._decoder = decoder
        self._hasher = PdqHasher()

    def allow(self) -> None:
        """A `Problem` where this service takes no pictures."""
        if self._rule is UploadRule.OFF:
            raise Problem(403, Reason.UPLOADS_OFF, _OFF)

    def hash(self, upload: Upload, *, known: Callable[[Sha256, str], BankHash | None]) -> Hashes:
        """The hashes of the picture, or a `Problem` with the reason why there are none."""
        self.allow()
        stated = upload.under_18
        if stated is None:
            if self._rule is not UploadRule.ASSERTED:
                raise Problem(422, Reason.UNDER_18, _UNSAID)
            stated = Under18.NO
        sha256 = sha256_of(upload.content)
        md5 = hashlib.md5(upload.content, usedforsecurity=False).hexdigest()
        media = Media(
            sha256=sha256,
            size=len(upload.content),
            place=Place(source="upload", path=upload.name),
            kind=MediaKind.IMAGE_FILE,
        )
        post = Post(
            channel="upload",
            id=1,
            kind=PostKind.MESSAGE,
            time=None,
            text=upload.words,
            media=(media,),
            flagged_minor=stated is not Under18.NO,
        )
        gate = clear([post])
        if not gate.cleared:
            raise Problem(422, Reason.SEALED, _ROUTES)
        held = known(sha256, md5)
        if held is not None:
            return Hashes(sha256=sha256, md5=md5, held=held)
        try:
            pixels = self._decoder.decode(gate.cleared[0], upload.content)
        except DecodeRefused as error:
            raise Problem(422, Reason.NOT_DECODED, str(error)) from error
        return Hashes(sha256=sha256, md5=md5, forms=self._hasher.dihedral(pixels.array))
