"""A made-up export of any size, with planted damage and the truth about it; its texts speak of bots and prices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

Value = str | int | bool | None | list["Value"] | dict[str, "Value"]
Row = dict[str, Value]

_WORDS = (
    "the photo bot answers in a minute, write to it",
    "a picture pack of ten, 300 rub a month, pay by card",
    "новый бот, пишите сюда, оплата картой",
    "price list: one picture 2 $, ten pictures 15 $",
    "invite three readers and get one picture without a mark",
    'she said "hello" and left\nsee you tomorrow',
    "the archive has moved, the new channel stands below",
    "подписывайтесь на запасной канал",
)
_ABSENT = "(File not included. Change data exporting settings to download.)"
_START = 1_560_000_000


class Plant(StrEnum):
    """A kind of damage that Telegram Desktop is known to write, or that is beyond repair."""

    ESCAPE = "escape"
    SEPARATOR = "separator"
    DOCUMENT = "document"
    CONTROL = "control"
    BEYOND = "beyond"


PLANTS = tuple(Plant)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written: complete messages, those that were damaged and can be mended, and those beyond repair."""

    messages: int
    damaged: int
    beyond: int
    cut: bool
    bytes: int


def write_export(
    path: Path, *, messages: int, seed: int, indent: int | None = 1, every: int = 0, cut: bool = False
) -> Written:
    """Write one chat; every so many messages one is damaged, each kind in turn; ``cut`` ends amid a last message."""
    rng = np.random.default_rng(seed)
    damaged = beyond = 0
    separator, start, stop = ("", "", "") if indent is None else (" ", "\n  ", "\n ")
    colon = f":{separator}"
    with path.open("wb") as file:
        head = (
            f'"name"{colon}"Picture Garden","type"{colon}"public_supergroup","id"{colon}1234567890,"messages"{colon}['
        )
        file.write(("{" + head).encode())
        for number, text in enumerate(_texts(rng, messages, indent)):
            content = text.encode()
            if every and number % every == every - 1:
                plant = PLANTS[(number // every) % len(PLANTS)]
                content = planted(content, plant)
                beyond += plant is Plant.BEYOND
                damaged += plant is not Plant.BEYOND
            file.write((b"," if number else b"") + start.encode() + content)
        if cut:
            file.write(b"," + start.encode() + b'{"id": 999999999, "type": "message", "text": "it ends he')
        else:
            file.write(stop.encode() + b"]}")
        size = file.tell()
    return Written(messages=messages - beyond, damaged=damaged, beyond=beyond, cut=cut, bytes=size)


def planted(content: bytes, plant: Plant) -> bytes:
    """A message with one kind of damage at its end."""
    match plant:
        case Plant.ESCAPE:
            more = b'"note": "a \\x1b b"'
        case Plant.SEPARATOR:
            more = b'"note": "a \\u2028\x80\xa8 b"'
        case Plant.DOCUMENT:
            more = b'"note": [{"type": "custom_emoji", "text": "x", "document_id": video_files/sticker (2).webm}]'
        case Plant.CONTROL:
            more = b'"note": "a \x01\x1f b"'
        case _:
            return content.replace(b'"id":', b'"number":', 1)
    return content[: content.rindex(b"}")] + b", " + more + b"}"


def _texts(rng: np.random.Generator, count: int, indent: int | None) -> Iterator[str]:
    encoder = json.JSONEncoder(ensure_ascii=False, indent=indent, separators=None if indent else (",", ":"))
    block = 1000
    for first in range(0, count, block):
        draws = rng.random((block, 12))
        for place in range(min(block, count - first)):
            yield encoder.encode(row(first + place + 1, draws[place].tolist()))


def row(number: int, draws: list[float]) -> Row:
    """One message in the order of Telegram Desktop; the draws, each in [0, 1), decide what it holds."""
    time = _START + number * 97
    made: Row = {"id": number, "type": "message", "date": _local(time), "date_unixtime": str(time)}
    if draws[0] < 0.003:
        return {"id": number, "type": "unsupported"}
    person = f"user{7_000_000_000 + int(draws[1] * 5000)}"
    if draws[0] < 0.03:
        service: Row = {"actor": "Reader", "actor_id": person, "action": "join_group_by_link", "inviter": "Reader 1"}
        return {**made, "type": "service", **service, "text": "", "text_entities": []}
    if draws[2] < 0.1:
        made |= {"edited": _local(time + 60), "edited_unixtime": str(time + 60)}
    made |= {"from": f"Reader {int(draws[1] * 5000)}", "from_id": person}
    if draws[3] < 0.1:
        made["forwarded_from"] = f"Channel {int(draws[4] * 300)}"
    if draws[5] < 0.1 and number > 1:
        made["reply_to_message_id"] = number - 1
    made |= _media(draws[6])
    made |= _poll(draws[7]) | _text(draws[8], draws[9], number)
    if draws[10] < 0.15:
        made["reactions"] = [{"type": "emoji", "count": 1 + int(draws[11] * 40), "emoji": "👍"}]
    return made


def _local(time: int) -> str:
    return str(np.datetime64(time + 10_800, "s"))


def _media(draw: float) -> Row:
    if draw < 0.2:
        return {"photo": _ABSENT, "photo_file_size": 81_220, "width": 800, "height": 600}
    if draw < 0.25:
        return {"file": _ABSENT, "file_name": "clip.mp4", "file_size": 240_000, "media_type": "video_file",
                "mime_type": "video/mp4", "duration_seconds": 9, "width": 640, "height": 426}  # fmt: skip
    return {}


def _poll(draw: float) -> Row:
    if draw >= 0.005:
        return {}
    answers: list[Value] = [{"text": text, "voters": 10, "chosen": False} for text in ("yes", "no")]
    return {"poll": {"question": "Another bot?", "closed": False, "total_voters": 20, "answers": answers}}


def _text(draw: float, other: float, number: int) -> Row:
    said = _WORDS[int(other * len(_WORDS))]
    if draw >= 0.15:
        return {"text": said, "text_entities": [{"type": "plain", "text": said}]}
    links: list[Value] = [{"type": "link", "text": f"https://host{number % 50}.example/join/{number}"},
                          {"type": "mention", "text": f"@photo_bot_{number % 20}"}]  # fmt: skip
    mixed: list[Value] = [f"{said} ", *links]
    entities: list[Value] = [{"type": "plain", "text": f"{said} "}, *links]
    return {"text": mixed, "text_entities": entities}
