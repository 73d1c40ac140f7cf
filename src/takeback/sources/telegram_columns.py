"""From the places of values to the columns of posts, for all messages of a window at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from takeback.model.channel import PostKind
from takeback.sources.telegram_fields import SLOT, USED
from takeback.tables.posts import SCHEMA

_QUOTES = 2
_FIRST, _LAST = 946_684_800, 4_102_444_800
"""Times from 2000 up to 2099, in seconds since 1970."""

_KINDS = [PostKind.MESSAGE.value, PostKind.SERVICE.value, PostKind.UNSUPPORTED.value]
_NAMES_A_FILE = ("photo", "file", "thumbnail", "contact_vcard", "self_destruct_period_seconds")
FILE_FIELDS = (*_NAMES_A_FILE[:4], "media_type", "mime_type", _NAMES_A_FILE[4])
"""The fields that say which files a message names, and what they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the values of many messages stand in a buffer, see `takeback.kernels.json_messages.messages`."""

    buffer: npt.NDArray[np.uint8]
    marks: npt.NDArray[np.uint64]
    rows: npt.NDArray[np.int32]
    slow: npt.NDArray[np.uint8]
    spans: npt.NDArray[np.int32]
    kinds: npt.NDArray[np.uint8]
    details: npt.NDArray[np.int32]

    def of(self, name: str) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
        """Places and kinds of one field, each by row."""
        return self.spans[SLOT[name]], self.kinds[SLOT[name]]

    def said(self, names: tuple[str, ...], row: int) -> tuple[bytes | None, ...]:
        """What stands in these fields of one message, as it is written; None where nothing does."""
        slots = [SLOT[name] for name in names]
        return tuple(
            self.buffer[slice(*self.spans[slot, row])].tobytes() if self.kinds[slot, row] else None for slot in slots
        )

    def first_alike(self, names: tuple[str, ...], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """For each of these messages, one of them that says the same in these fields, by its place among them."""
        from takeback.kernels.json_messages import first_alike

        slots = [SLOT[name] for name in names]
        found: npt.NDArray[np.int64] = first_alike(self.buffer, self.spans[slots][:, rows], self.kinds[slots][:, rows])
        return found


class Sparse:
    """A column that holds something in few rows, and often the same."""

    def __init__(self, name: str) -> None:
        self._kind = SCHEMA.field(name).type
        self._values: list[object] = []

    def add(self, value: object) -> int:
        """Take a value; the number by which rows name it, -1 for an empty one."""
        if not value:
            return -1
        self._values.append(value)
        return len(self._values) - 1

    def column(self, rows: npt.NDArray[np.int64], numbers: npt.NDArray[np.int64], count: int) -> pa.Array:
        """The column of so many rows; null but in the rows that name a value."""
        if not self._values:
            return pa.nulls(count, self._kind)
        every = np.full(count, -1, np.int64)
        every[rows] = numbers
        return pa.array(self._values, self._kind).take(pa.array(every, mask=every < 0))


@lru_cache(maxsize=1)
def _expected() -> npt.NDArray[np.bool_]:
    """Which kinds of value each field may have here; all others are left to the slower reading."""
    from takeback.kernels import json_strict as kind

    none, texts = (kind.ABSENT, kind.NULL), (kind.PLAIN, kind.ESCAPED)
    allowed: dict[str, tuple[int, ...]] = dict.fromkeys(USED, (*none, *texts))
    allowed |= {
        "id": (kind.INTEGER,),
        "type": (kind.PLAIN,),
        "text": (*none, *texts, kind.LIST),
        "inline_bot_buttons": none,
        "reply_to_peer_id": none,
        "poll": (*none, kind.OBJECT),
    }
    allowed |= dict.fromkeys(("date", "edited"), (*none, kind.PLAIN))
    allowed |= dict.fromkeys(("date_unixtime", "edited_unixtime"), (*none, kind.PLAIN, kind.INTEGER))
    allowed |= dict.fromkeys(("from_id", "actor_id"), (*none, *texts, kind.INTEGER))
    allowed |= {"forwarded_from_id": (*none, kind.PLAIN, kind.INTEGER)}
    allowed |= dict.fromkeys(("reply_to_message_id", "self_destruct_period_seconds"), (*none, kind.INTEGER))
    allowed |= dict.fromkeys(("text_entities", "reactions"), (*none, kind.LIST))
    table = np.zeros((len(USED), 16), np.bool_)
    for name, kinds in allowed.items():
        table[SLOT[name], list(kinds)] = True
    return table


class Columns:
    """The columns of the messages of one window; ``slow`` marks, in the end, those that need the slower reading."""

    def __init__(self, places: Places) -> None:
        from takeback.kernels.json_messages import unexpected

        self._at = places
        self._count = places.slow.size
        self.slow = places.slow.copy()
        unexpected(places.kinds, _expected(), self.slow)
        self.ids, sound = self._numbers("id")
        self.slow |= sound == 0
        self._columns: dict[str, pa.Array] = {}
        self._authors()
        self._times()
        self._words()
        self._forwards()
        self._replies()
        self._reactions()
        self._details()

    def names_files(self) -> npt.NDArray[np.int64]:
        """The rows that name files."""
        from takeback.kernels.json_strict import NULL

        kinds = self._at.kinds[[SLOT[name] for name in _NAMES_A_FILE]]
        named = (kinds != 0) & (kinds != NULL)
        return np.flatnonzero(named.any(axis=0) & (self.slow == 0))

    def polls(self) -> npt.NDArray[np.int64]:
        """The rows that hold a poll."""
        from takeback.kernels.json_strict import OBJECT

        return np.flatnonzero((self._at.kinds[SLOT["poll"]] == OBJECT) & (self.slow == 0))

    def batch(self, channel: str, source: str, others: Mapping[str, pa.Array]) -> pa.RecordBatch:
        """All rows, the slow ones too, which hold nothing that counts."""
        count = self._count
        none = pa.nulls(count, pa.int64())
        false = pa.array(np.zeros(count, np.bool_))
        columns = {
            **self._columns,
            "channel": _word(np.zeros(count, np.int32), [channel]),
            "id": pa.array(self.ids),
            "kind": self._kinds(),
            "views": none,
            "forwards": none,
            **others,
            "flagged_minor": false,
            "source": pa.repeat(pa.scalar(source), count),
            "superseded": false,
        }
        return pa.RecordBatch.from_arrays([columns[field.name] for field in SCHEMA], schema=SCHEMA)

    def _numbers(self, name: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
        from takeback.kernels.json_text import numbers

        found: tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]] = numbers(self._at.buffer, *self._at.of(name))
        return found

    def _texts(self, spans: npt.NDArray[np.int32], kinds: npt.NDArray[np.uint8]) -> pa.Array:
        from takeback.kernels.json_text import texts

        offsets, content, valid = texts(self._at.buffer, spans, kinds)
        return _string(offsets, content, valid)

    def _kinds(self) -> pa.Array:
        spans, _ = self._at.of("type")
        message, service = self._all(spans, b"message"), self._all(spans, b"service")
        return _word(np.where(message, 0, np.where(service, 1, 2)).astype(np.int32), _KINDS)

    def _all(self, spans: npt.NDArray[np.int32], word: bytes) -> npt.NDArray[np.bool_]:
        """Which texts are this word, of rows that are not slow."""
        from takeback.kernels.json_text import equal_to

        found: npt.NDArray[np.bool_] = equal_to(self._at.buffer, spans, np.frombuffer(word, np.uint8), self.slow)
        return found

    def _authors(self) -> None:
        from takeback.kernels.json_strict import ABSENT, ESCAPED, INTEGER, NULL, PLAIN

        spans, kinds = self._at.of("author")
        for name in ("actor", "from"):
            other_spans, other_kinds = self._at.of(name)
            written = (other_kinds == PLAIN) | (other_kinds == ESCAPED)
            says = written & (other_spans[:, 1] - other_spans[:, 0] > _QUOTES)
            spans, kinds = np.where(says[:, None], other_spans, spans), np.where(says, other_kinds, kinds)
        self._columns["author"] = self._texts(spans, kinds)
        spans, kinds = self._at.of("from_id")
        other_spans, other_kinds = self._at.of("actor_id")
        none = (kinds == ABSENT) | (kinds == NULL)
        spans, kinds = np.where(none[:, None], other_spans, spans), np.where(none, other_kinds, kinds)
        self.slow |= (
            (kinds == INTEGER)
            & (spans[:, 1] - spans[:, 0] == len("-0"))
            & (self._at.buffer[np.minimum(spans[:, 0], self._at.buffer.size - 1)] == ord("-"))
        )  # "-0" is 0
        self._columns["author_id"] = self._texts(spans, kinds)
        self._columns["action"] = self._texts(*self._at.of("action"))

    def _times(self) -> None:
        from takeback.kernels.json_strict import ABSENT, NULL
        from takeback.kernels.json_text import NO_DATE, dates

        for column, local, unix in (("time", "date", "date_unixtime"), ("edited", "edited", "edited_unixtime")):
            seconds, sound = self._numbers(unix)
            kinds = self._at.kinds[SLOT[unix]]
            written = (kinds != ABSENT) & (kinds != NULL)
            known = (sound != 0) & (seconds >= _FIRST) & (seconds < _LAST)
            self.slow |= written & (sound == 0)
            local_kinds = self._at.kinds[SLOT[local]]
            dated = (local_kinds != ABSENT) & (local_kinds != NULL)
            days = dates(self._at.buffer, *self._at.of(local))
            fits = (days >= _FIRST) & (days < _LAST)
            self.slow |= ~known & dated & (days == NO_DATE)
            if column == "time":
                self.slow |= (written & ~known) | (~known & dated & ~fits)
                self._columns["zone_known"] = pa.array(known | ~fits)
            valid = known | fits
            self._columns[column] = pa.array(np.where(known, seconds, days), mask=~valid).cast(
                SCHEMA.field(column).type
            )

    def _words(self) -> None:
        from takeback.kernels.json_entities import listed, pieces, words

        text, entities = self._at.of("text"), self._at.of("text_entities")
        found, kinds = pieces(self._at.buffer, self._at.marks, *text, *entities, self.slow)
        offsets, content = words(self._at.buffer, *text, found, kinds)
        self._columns["text"] = _string(offsets, content, None)
        game = self._at.of("game_link")
        nothing = np.zeros_like(game[1])
        for column, last, mentions in (("links", game, False), ("mentions", (game[0], nothing), True)):
            rows, items, content = listed(self._at.buffer, found, kinds, *last, mentions)
            self._columns[column] = _list(rows, _string(items, content, None))

    def _forwards(self) -> None:
        from takeback.kernels.json_strict import ABSENT, NULL
        from takeback.kernels.json_text import origins

        names, ids = self._at.of("forwarded_from"), self._at.of("forwarded_from_id")
        prefix = np.frombuffer(b"telegram:", np.uint8)
        self._columns["forward_origin"] = _string(*origins(self._at.buffer, *ids, prefix, self.slow))
        self._columns["forward_name"] = self._texts(*names)
        forwarded = (names[1] != ABSENT) | ((ids[1] != ABSENT) & (ids[1] != NULL))
        self._columns["forwarded"] = pa.array(forwarded)

    def _replies(self) -> None:
        from takeback.kernels.json_strict import INTEGER

        for name in ("reply_to_message_id", "self_destruct_period_seconds"):
            numbers, sound = self._numbers(name)
            self.slow |= (self._at.kinds[SLOT[name]] == INTEGER) & (sound == 0)
            if name == "reply_to_message_id":
                self._columns["reply_to"] = pa.array(numbers, mask=sound == 0)

    def _reactions(self) -> None:
        from takeback.kernels.json_entities import reactions

        rows, labels, content, counts = reactions(self._at.buffer, self._at.marks, *self._at.of("reactions"), self.slow)
        kind = SCHEMA.field("reactions").type
        values = pa.StructArray.from_arrays(
            [_string(labels, content, None), pa.array(counts)], fields=list(kind.value_type)
        )
        self._columns["reactions"] = _list(rows, values)

    def _details(self) -> None:
        from takeback.kernels.json_strict import NULL, PLAIN
        from takeback.kernels.json_text import details, texts

        found = self._at.details[self._at.details[:, 5] != NULL]
        quoted = found[:, 1:3] + np.array([-1, 1], np.int32)
        offsets, names, _ = texts(self._at.buffer, quoted, np.full(found.shape[0], PLAIN, np.uint8))
        self.detail_names = _string(offsets, names, None)
        offsets, content = details(self._at.buffer, found, self.slow)
        kind = SCHEMA.field("details").type
        values = pa.StructArray.from_arrays(
            [self.detail_names, _string(offsets, content, None)], fields=list(kind.value_type)
        )
        self.detail_rows = found[:, 0]
        rows = np.searchsorted(found[:, 0], np.arange(self._count + 1)).astype(np.int32)
        self._columns["details"] = _list(rows, values)


def _string(
    offsets: npt.NDArray[np.int32], content: npt.NDArray[np.uint8], valid: npt.NDArray[np.uint8] | None
) -> pa.Array:
    bits = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
    buffers = [bits, pa.py_buffer(offsets), pa.py_buffer(content)]
    return pa.Array.from_buffers(pa.string(), offsets.size - 1, buffers)


def _list(rows: npt.NDArray[np.int32], values: pa.Array) -> pa.Array:
    """Lists, each null where it is empty."""
    bits = pa.py_buffer(np.packbits(rows[1:] > rows[:-1], bitorder="little"))
    kind = pa.list_(values.type)
    return pa.Array.from_buffers(kind, rows.size - 1, [bits, pa.py_buffer(rows)], children=[values])


def _word(codes: npt.NDArray[np.int32], words: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(words, pa.string()))
