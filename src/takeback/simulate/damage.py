"""Damage as exports of Telegram Desktop carry it, planted into messages, with what a repair must give back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

_TEXT = re.compile(rb'"text"\s*:\s*"')
_ENTITIES = re.compile(rb'"text_entities"\s*:\s*\[(\s*)(\]?)')
_ID = re.compile(rb'"id"\s*:\s*-?\d+')
_STICKERS = (b"video_files/sticker (2).webm", b"stickers/sticker.webp", b"video_files/sticker.webm")
_CONTROLS = bytes(code for code in range(1, 32) if code not in b"\t\n\r")


class DamageKind(StrEnum):
    r"""A way in which an export is not JSON.

    ``ESCAPE``: a control character written as ``\x0b``. ``SEPARATOR``: U+2028 or U+2029 as a sound escape with two
    stray bytes behind it. ``UNQUOTED``: the path of a custom emoji without its quotes. ``CONTROL``: a raw control byte
    in a text. ``CUT``: the file ends within the message. ``BEYOND``: the number of the message is gone.
    """

    ESCAPE = "escape"
    SEPARATOR = "separator"
    UNQUOTED = "unquoted"
    CONTROL = "control"
    CUT = "cut"
    BEYOND = "beyond"


REPAIRABLE = (DamageKind.ESCAPE, DamageKind.SEPARATOR, DamageKind.UNQUOTED, DamageKind.CONTROL)
"""What can be undone without a guess, byte by byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedMessage:
    """One message object after damage, and the sound JSON that a repair must equal; None where it is beyond repair.

    After a `CUT` nothing may follow: whoever writes the file stops there, without its closing brackets.
    """

    content: bytes
    kind: DamageKind
    repaired: bytes | None


def damage_message(content: bytes, kind: DamageKind, rng: np.random.Generator) -> DamagedMessage:
    """Plants one damage into a message object in JSON, however it is indented.

    Args:
        content: one whole message object with an ``id``; text is damaged where it has a ``text``, as all but
            unsupported messages do.
        kind: which damage.
        rng: where and with which byte.

    Raises:
        ValueError: The message has no place for damage of this kind.
    """
    match kind:
        case DamageKind.ESCAPE | DamageKind.SEPARATOR | DamageKind.CONTROL:
            return _in_text(content, kind, rng)
        case DamageKind.UNQUOTED:
            return _unquoted(content, rng)
        case DamageKind.CUT:
            at = int(rng.integers(1, len(content)))
            return DamagedMessage(content=content[:at], kind=kind, repaired=None)
        case DamageKind.BEYOND:
            broken = _ID.sub(b'"id": ?', content, count=1)
            if broken == content:
                raise ValueError("the message has no id")
            return DamagedMessage(content=broken, kind=kind, repaired=None)


def _in_text(content: bytes, kind: DamageKind, rng: np.random.Generator) -> DamagedMessage:
    """A character put before a text: as damage, and as the escape that means the same."""
    places = [match.end() for match in _TEXT.finditer(content)]
    if not places:
        raise ValueError("the message has no text")
    at = places[int(rng.integers(len(places)))]
    if kind is DamageKind.SEPARATOR:
        last = int(rng.integers(2))
        escape = b"\\u2028" if last == 0 else b"\\u2029"
        broken = escape + (b"\x80\xa8" if last == 0 else b"\x80\xa9")
    else:
        code = _CONTROLS[int(rng.integers(len(_CONTROLS)))]
        escape = b"\\u%04x" % code
        broken = b"\\x%02x" % code if kind is DamageKind.ESCAPE else bytes([code])
    return DamagedMessage(
        content=content[:at] + broken + content[at:], kind=kind, repaired=content[:at] + escape + content[at:]
    )


def _unquoted(content: bytes, rng: np.random.Generator) -> DamagedMessage:
    """A custom emoji at the head of the entities, as version 4.1 wrote it."""
    path = _STICKERS[int(rng.integers(len(_STICKERS)))]
    found = _ENTITIES.search(content)
    if found is None:
        raise ValueError("the message has no list of entities")
    space, end = found[1], found[2]
    rest = content[found.end() - len(end) :]

    def put(written: bytes) -> bytes:
        emoji = b'{%s"type": "custom_emoji",%s"text": "\xf0\x9f\x98\xae",%s"document_id": %s%s}'
        emoji %= (space, space, space, written, space)
        return content[: found.end() - len(end)] + emoji + (space if end else b"," + space) + rest

    return DamagedMessage(content=put(path), kind=DamageKind.UNQUOTED, repaired=put(b'"' + path + b'"'))
