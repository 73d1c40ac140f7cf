"""The second pass: the messages of one chat as columns, window by window, with the damage in its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from takeback.model.channel import BEFORE_ALL_POSTS, Damage, MarkedRow, Post
from takeback.model.media import Media
from takeback.signals.age_words import age_words
from takeback.sources.telegram_columns import FILE_FIELDS, Columns, Places, Sparse
from takeback.sources.telegram_fields import DETAILS, USED, name_table
from takeback.sources.telegram_posts import Files, NamedFile, details_of, named_files, poll_of, post_of
from takeback.sources.telegram_repair import Repair, repaired
from takeback.sources.telegram_rest import Rest, rest_of
from takeback.sources.telegram_schema import AGAIN, decode_message, reason_of
from takeback.sources.window import LARGEST, Window
from takeback.tables.posts import batch_of, media_row, missing_row, poll_row

_ROWS = 12_008
_HEAD = re.compile(rb'\{\s*"id"\s*:\s*-?\d+\s*,\s*"type"\s*:\s*"(?:message|service|unsupported)"')
_CHAT = re.compile(rb'"messages"\s*:\s*\[')
_ANOTHER_CHAT = (
    "another chat begins inside of it, because its end is missing: nothing behind it was read as of this chat"
)
_BLANKS = b" \t\r\n,"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some messages of one chat: posts as columns, and each damage with the number of posts of the piece before it."""

    batch: pa.RecordBatch
    damage: tuple[tuple[int, Damage], ...] = ()


@dataclass(slots=True, kw_only=True)
class Tally:
    """How many messages were there, and what became of them; parsed, repaired and rejected add up to present."""

    present: int = 0
    parsed: int = 0
    repaired: int = 0
    rejected: int = 0
    repairs: Counter[tuple[str, Repair]] = field(default_factory=Counter)
    first: dict[tuple[str, Repair], str] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)

    def mend(self, chat: str, place: str, repairs: tuple[Repair, ...]) -> None:
        """Count a message that was mended."""
        self.repaired += 1
        for each in repairs:
            self.repairs[chat, each] += 1
            self.first.setdefault((chat, each), place)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slow:
    """What became of one message that was read by itself."""

    posts: tuple[Post, ...] = ()
    damage: tuple[Damage, ...] = ()
    resume: int | None = None
    ends: bool = False


class Rows:
    """Reads the messages of one chat from a window that stands inside of their list."""

    def __init__(self, window: Window, *, channel: str, chat: str, source: str, files: Files, tally: Tally) -> None:
        self._window = window
        self._channel = channel
        self._chat = chat
        self._source = source
        self._files = files
        self._tally = tally
        self._ended = False
        self._last = BEFORE_ALL_POSTS
        self._number = 0
        self._marks = np.zeros(0, np.uint64)
        width = len(USED)
        self._rows = np.empty((_ROWS, 2), np.int32)
        self._slow = np.empty(_ROWS, np.uint8)
        self._spans = np.zeros((width, _ROWS, 2), np.int32)
        self._kinds = np.empty((width, _ROWS), np.uint8)
        self._details = np.empty((4 * _ROWS, 6), np.int32)

    def pieces(self) -> Iterator[Piece]:
        """Every message of the list, or the damage in its place."""
        from takeback.kernels.json_messages import CLOSED, DETAILS, ENDED, FULL, ROWS, messages

        window, names, counts = self._window, name_table(), np.zeros(3, np.int64)
        self._mark()
        while True:
            stop = messages(
                *(window.buffer, self._marks, window.at, window.end),
                *(names.table, names.names, names.bounds, names.slots, len(USED)),
                *(self._rows, self._slow, self._spans, self._kinds, self._details, counts),
            )
            rows = int(counts[ROWS])
            window.at = stop
            if rows:
                yield self._piece(rows, int(counts[DETAILS]))
                if self._ended:
                    return
                if window.at != stop:  # it goes on behind a part that was given up
                    self._mark()
                    continue
            if counts[ENDED] == CLOSED:
                return
            if counts[ENDED] == FULL:
                continue
            if window.more():
                self._mark()
                continue
            rest = self._give_up()
            if rest is None:
                return
            yield rest
            if self._ended:
                return

    def _mark(self) -> None:
        """Mark what stands in the window."""
        from takeback.kernels.json_marks import mark, room

        window = self._window
        if self._marks.size != room(window.buffer.size):
            self._marks = np.zeros(room(window.buffer.size), np.uint64)
        mark(window.buffer, window.at, window.end, self._marks)

    def _piece(self, count: int, details: int) -> Piece:
        places = Places(
            buffer=self._window.buffer,
            marks=self._marks,
            rows=self._rows[:count],
            slow=self._slow[:count],
            spans=self._spans[:, :count],
            kinds=self._kinds[:, :count],
            details=self._details[:details],
        )
        columns = Columns(places)
        polls = self._polls(columns, places)
        slow: dict[int, _Slow] = {}
        for row in np.flatnonzero(columns.slow).tolist():
            self._see_last(columns, row)
            slow[row] = self._one(self._window.content(*places.rows[row].tolist()), row)
            resume = slow[row].resume
            if resume is not None or slow[row].ends:
                count, self._ended = row + 1, slow[row].ends
                columns.slow[count:] = 1
                self._window.at = int(places.rows[row, 0]) + (resume or 0)
                break
        self._see_last(columns, count)
        fast = np.flatnonzero(columns.slow[:count] == 0)
        self._tally.present += count
        self._tally.parsed += fast.size
        self._count_unknown(columns, count)
        piece = self._joined(columns, places, polls, fast, slow)
        self._number += count
        return piece

    def _see_last(self, columns: Columns, row: int) -> None:
        """Remember the number of the message before this row, where it was read at once with others."""
        if row and not columns.slow[row - 1]:
            self._last = int(columns.ids[row - 1])

    def _place(self, row: int) -> str:
        return f"{self._chat}, message {self._number + row + 1}"

    def _one(self, raw: bytes, row: int) -> _Slow:
        """One message by itself: as it is, or mended."""
        place = self._place(row)
        repairs: tuple[Repair, ...] = ()
        try:
            message = decode_message(msgspec.Raw(raw))
            sound = raw
            details = details_of(raw)
        except (ValueError, RecursionError):
            mended = repaired(raw)
            sound, repairs = mended.content, mended.repairs
            try:
                message = decode_message(msgspec.Raw(sound))
                details = details_of(sound)
            except (ValueError, RecursionError) as error:
                return self._rejected(raw, sound, place, error)
        self._last = message.id
        where = f"{place} (id {message.id})"
        if repairs:
            self._tally.mend(self._chat, where, repairs)
        else:
            self._tally.parsed += 1
        self._tally.unknown.update({each.name for each in details} - DETAILS)
        found = list(post_of(message, channel=self._channel, place=where, files=self._files, details=details))
        return _Slow(
            posts=tuple(each for each in found if isinstance(each, Post)),
            damage=tuple(each for each in found if isinstance(each, Damage)),
        )

    def _rejected(self, raw: bytes, sound: bytes, place: str, error: ValueError | RecursionError) -> _Slow:
        """A message beyond repair; where it is no JSON and another message begins inside of it, that one comes next."""
        self._tally.rejected += 1
        rest = rest_of(msgspec.Raw(sound))
        head = None if rest is not None else _HEAD.search(raw, 1)
        marked = _marked(rest, self._channel, self._last)
        reason = f"the message cannot be read: {reason_of(error)}"
        if head is not None and _CHAT.search(raw, 0, head.start()):
            reason, remedy = f"the message cannot be read: {_ANOTHER_CHAT}", AGAIN
            return _Slow(damage=(Damage(place=place, reason=reason, remedy=remedy, marked=marked),), ends=True)
        damage = Damage(place=place, reason=reason, remedy=AGAIN, marked=marked)
        return _Slow(damage=(damage,), resume=None if head is None else head.start())

    def _give_up(self) -> Piece | None:
        """What stands at the end of the bytes and is no whole message: cut off, or too large to be looked at."""
        window = self._window
        raw = window.content(window.at, window.end)
        if not raw.strip(_BLANKS):
            window.at = window.end
            return None
        self._tally.present += 1
        self._tally.rejected += 1
        head = _HEAD.search(raw, 1)
        window.at = window.end if head is None else window.at + head.start()
        reason = "the file is cut off in this message" if window.ended else f"it is longer than {LARGEST:,} bytes"
        if head is not None:
            reason = "the message cannot be read: its end is missing"
            if _CHAT.search(raw, 0, head.start()):
                window.at, self._ended = window.end, True
                reason = f"the message cannot be read: {_ANOTHER_CHAT}"
        place = f"{self._place(0)} (byte {window.offset + window.end - len(raw):,})"
        self._number += 1
        damage = Damage(place=place, reason=reason, remedy=AGAIN, marked=_marked(None, self._channel, self._last))
        return Piece(batch=batch_of((), self._source), damage=((0, damage),))

    def _count_unknown(self, columns: Columns, count: int) -> None:
        names, rows = columns.detail_names, columns.detail_rows
        if not len(names):
            return
        counted = (columns.slow[rows] == 0) & (rows < count)
        for each in names.filter(pa.array(counted)).value_counts().to_pylist():
            if each["values"] not in DETAILS:
                self._tally.unknown[each["values"]] += each["counts"]

    def _joined(
        self, columns: Columns, places: Places, polls: pa.Array, fast: npt.NDArray[np.int64], slow: dict[int, _Slow]
    ) -> Piece:
        """The posts of both readings in their order, and the damage where it belongs."""
        damage: list[tuple[int, Damage]] = [(row, each) for row, found in slow.items() for each in found.damage]
        sparse = {"poll": polls, **self._media(columns, places, damage)}
        batch = columns.batch(self._channel, self._source, sparse)
        order = fast
        if slow:
            batch = batch.take(pa.array(fast))
            others = [(row, post) for row, found in slow.items() for post in found.posts]
            if others:
                rest = batch_of((post for _, post in others), self._source)
                whole = pa.Table.from_batches([batch, rest]).unify_dictionaries().combine_chunks()
                rows = np.concatenate((fast, np.array([row for row, _ in others], np.int64)))
                order = np.sort(rows)
                (batch,) = whole.take(pa.array(np.argsort(rows, kind="stable"))).to_batches() or (batch,)
        damage.sort(key=lambda each: each[0])
        before = np.searchsorted(order, [row for row, _ in damage])
        return Piece(batch=batch, damage=tuple((int(at), each) for at, (_, each) in zip(before, damage, strict=True)))

    def _media(self, columns: Columns, places: Places, damage: list[tuple[int, Damage]]) -> dict[str, pa.Array]:
        """The columns of files that are there, and of those that are not; the same words are looked at once."""
        rows = columns.names_files()
        alike = places.first_alike(FILE_FIELDS, rows)
        media, missing = Sparse("media"), Sparse("missing")
        numbers = np.full((2, rows.size), -1, np.int64)
        for place in np.flatnonzero(alike == np.arange(rows.size)).tolist():
            row = int(rows[place])
            there, gone, broken = self._look(
                places.said(FILE_FIELDS, row), f"{self._place(row)} (id {columns.ids[row]})"
            )
            damage.extend((row, each) for each in broken)
            for other in np.flatnonzero(alike == place)[1:].tolist() if broken else ():
                damage.extend((int(rows[other]), replace(each, place=self._place(int(rows[other])))) for each in broken)
            numbers[:, place] = media.add(there), missing.add(gone)
        numbers = numbers[:, alike]
        count = places.slow.size
        return {"media": media.column(rows, numbers[0], count), "missing": missing.column(rows, numbers[1], count)}

    def _look(
        self, said: tuple[bytes | None, ...], place: str
    ) -> tuple[list[dict[str, object]], list[dict[str, object]], list[Damage]]:
        """The files that a message names: those that are there, those that are not, and the damage that this is."""
        there: list[dict[str, object]] = []
        gone: list[dict[str, object]] = []
        broken: list[Damage] = []
        for file in _named(said):
            found, damage = self._files.look(file, place)
            broken += [damage] if damage else []
            if isinstance(found, Media):
                there.append(media_row(found))
            else:
                gone.append(missing_row(found))
        return there, gone, broken

    def _polls(self, columns: Columns, places: Places) -> pa.Array:
        """The column of polls; one that is not of the known shape sends its message to the slower reading."""
        rows = columns.polls()
        polls, numbers = Sparse("poll"), np.full(rows.size, -1, np.int64)
        for place, row in enumerate(rows.tolist()):
            (raw,) = places.said(("poll",), row)
            try:
                numbers[place] = polls.add(poll_row(poll_of(raw or b"")))
            except (ValueError, RecursionError):
                columns.slow[row] = 1
        return polls.column(rows, numbers, places.slow.size)


def _named(said: tuple[bytes | None, ...]) -> Iterator[NamedFile]:
    texts = [None if raw is None or raw[:1] != b'"' else msgspec.json.decode(raw, type=str) for raw in said]
    photo, file, thumbnail, vcard, media_type, mime, _ = texts
    destructs = said[-1] != b"null" and bool((said[-1] or b"").strip(b"-0"))
    yield from named_files(
        photo=photo,
        file=file,
        thumbnail=thumbnail,
        vcard=vcard,
        media_type=media_type,
        mime=mime,
        destructs=destructs,
    )


def _marked(rest: Rest | None, channel: str, last: int) -> MarkedRow | None:
    """Where a message stood that cannot be read, if it says or may say that somebody is a minor."""
    words = age_words()
    if rest is not None and not any(words.found_in(text) for text in rest.texts):
        return None
    return MarkedRow(channel=channel, after=last, reply_to=None if rest is None else rest.reply_to)
