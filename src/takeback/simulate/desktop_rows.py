"""Messages of a network of a given shape as Telegram Desktop writes them, many at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from takeback.simulate.export import entities_of
from takeback.simulate.phrases import Phrases
from takeback.simulate.posting import Block
from takeback.simulate.shape import ChannelShape
from takeback.simulate.texts import spans

_LOCAL = 3 * 3600
_EDITED_AFTER = 240
ABSENT = "(File not included. Change data exporting settings to download.)"
FIRST_NUMBER = 1_800_000_001
_FIRST_USER = 7_000_000_000
_USERS_A_CHANNEL = 10_000_000
_ROW_DEPTH = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How JSON is laid out: as Telegram Desktop does where ``native``, without line breaks otherwise."""

    native: bool = True

    @property
    def comma(self) -> str:
        """Between two fields of a message."""
        return ",\n" + " " * _ROW_DEPTH if self.native else ", "

    @property
    def opening(self) -> str:
        """The beginning of a message."""
        return "\n     {\n" + " " * _ROW_DEPTH if self.native else "{"

    @property
    def closing(self) -> str:
        """The end of a message."""
        return "\n     }" if self.native else "}"

    def field(self, name: str, value: object) -> str:
        """One field with its value."""
        return f"{json.dumps(name)}: {self.value(value)}"

    def value(self, value: object) -> str:
        """A value at the depth of a field."""
        if not self.native:
            return json.dumps(value, ensure_ascii=False)
        return json.dumps(value, ensure_ascii=False, indent=1).replace("\n", "\n" + " " * _ROW_DEPTH)


class DesktopRows:
    """Writes the messages of one channel; ``photo`` gives the path of a picture's file, or None for a placeholder."""

    def __init__(
        self,
        place: int,
        channels: tuple[ChannelShape, ...],
        phrases: Phrases,
        photo: Callable[[int], str | None],
        layout: Layout,
    ) -> None:
        self._layout = layout
        self._place = place
        self._photo = photo
        self._comma = layout.comma
        self._tails = [self._text(each.text) for each in phrases]
        self._forwards = [self._forward(number, each.name) for number, each in enumerate(channels)]
        own = layout.field("from", channels[place].name)
        self._from = f"{own}{self._comma}{layout.field('from_id', f'channel{FIRST_NUMBER + place}')}{self._comma}"
        self._absent = self._picture(ABSENT)

    def rows(self, block: Block) -> Iterator[str]:
        """Each message of a block, without what stands between messages."""
        comma, layout = self._comma, self._layout
        opening, closing = layout.opening, layout.closing
        columns = (
            block.id.tolist(),
            block.time.tolist(),
            _local(block.time),
            block.phrase.tolist(),
            block.author.tolist(),
            block.forward.tolist(),
            block.picture.tolist(),
            block.edited.tolist(),
        )
        for id, time, local, phrase, author, forward, picture, edited in zip(*columns, strict=True):
            yield (
                f'{opening}"id": {id}{comma}"type": "message"{comma}"date": "{local}"{comma}'
                f'"date_unixtime": "{time}"{comma}'
                f"{self._edited(time) if edited else ''}"
                f"{self._from if author < 0 else self._member(author)}"
                f"{self._forwards[forward][id & 1] if forward >= 0 else ''}"
                f"{self._shown(id) if picture else ''}"
                f"{self._tails[phrase]}{closing}"
            )

    def row(self, id: int, time: int, more: Mapping[str, object], *, kind: str = "message") -> str:
        """A message that is none of many: the one that made the channel, a poll."""
        local = _local(np.array([time], np.int64))[0]
        head = {"id": id, "type": kind, "date": local, "date_unixtime": str(time)}
        fields = [self._layout.field(name, value) for name, value in {**head, **more}.items()]
        return f"{self._layout.opening}{self._comma.join(fields)}{self._layout.closing}"

    def _text(self, text: str) -> str:
        return self._comma.join(self._layout.field(name, value) for name, value in entities_of(spans(text)).items())

    def _forward(self, number: int, name: str) -> tuple[str, str]:
        """By name alone, and with the number: versions of Telegram Desktop differ in it."""
        named = f"{self._layout.field('forwarded_from', name)}{self._comma}"
        numbered = self._layout.field("forwarded_from_id", f"channel{FIRST_NUMBER + number}")
        return named, f"{named}{numbered}{self._comma}"

    def _member(self, author: int) -> str:
        number = _FIRST_USER + self._place * _USERS_A_CHANNEL + author
        return f'"from": "Member {author + 1}"{self._comma}"from_id": "user{number}"{self._comma}'

    def _edited(self, time: int) -> str:
        later = time + _EDITED_AFTER
        local = _local(np.array([later], np.int64))[0]
        return f'"edited": "{local}"{self._comma}"edited_unixtime": "{later}"{self._comma}'

    def _shown(self, id: int) -> str:
        named = self._photo(id)
        return self._absent if named is None else self._picture(named)

    def _picture(self, named: str) -> str:
        fields = {"photo": named, "photo_file_size": 81_220, "width": 800, "height": 600}
        return "".join(f"{self._layout.field(name, value)}{self._comma}" for name, value in fields.items())


def _local(time: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> list[str]:
    """Times as the exporting computer writes them, without saying its zone."""
    written: list[str] = np.datetime_as_string((time + _LOCAL).astype("datetime64[s]")).tolist()
    return written
