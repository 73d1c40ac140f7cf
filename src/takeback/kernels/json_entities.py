"""What lies inside of messages: the pieces of their texts, their links, their reactions."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from takeback.kernels.json_machine import uncounted
from takeback.kernels.json_marks import next_mark
from takeback.kernels.json_strict import (
    ABSENT,
    INTEGER,
    LIST,
    NULL,
    PLAIN,
    after_text,
    after_value,
)
from takeback.kernels.json_text import is_text, is_word, put_value

IN_TEXT, IN_ENTITIES = range(2)
"""Where a piece stands: in the field ``text``, or in ``text_entities``."""

WORDS, TEXT_LINK, LINK, MENTION = range(4)
"""What a piece is."""

_QUOTE, _COMMA, _CLOSE_LIST, _OPEN, _CLOSE = 0x22, 0x2C, 0x5D, 0x7B, 0x7D
_CUSTOM = b"custom:"
_DIGITS = 18


@uncounted
def _class_of(buffer: npt.NDArray[np.uint8], start: int, stop: int) -> int:
    if is_word(buffer, start, stop, b"text_link"):
        return TEXT_LINK
    if is_word(buffer, start, stop, b"link"):
        return LINK
    if is_word(buffer, start, stop, b"mention") or is_word(buffer, start, stop, b"mention_name"):
        return MENTION
    return WORDS


@uncounted
def _after(buffer: npt.NDArray[np.uint8], marks: npt.NDArray[np.uint64], at: int) -> int:
    """The position of the next member or element, or of what closes, in sound JSON."""
    at = next_mark(marks, at)
    return next_mark(marks, at + 1) if buffer[at] == _COMMA else at


@uncounted
def _entity(
    buffer: npt.NDArray[np.uint8],
    marks: npt.NDArray[np.uint64],
    at: int,
    piece: npt.NDArray[np.int32],
    kinds: npt.NDArray[np.uint8],
) -> int:
    """The position after the object at ``at``, read into a piece; -1 where it is not of the known shape."""
    at = next_mark(marks, at + 1)
    while buffer[at] != _CLOSE:
        start = at + 1
        at, escaped = after_text(buffer, marks, start)
        if escaped != PLAIN:
            return -1
        stop = at - 1
        begin = next_mark(marks, next_mark(marks, at) + 1)
        at, kind = after_value(buffer, marks, begin)
        if is_word(buffer, start, stop, b"text"):
            if not is_text(kind):
                return -1
            piece[3], piece[4], kinds[0] = begin, at, kind
        elif is_word(buffer, start, stop, b"type"):
            if kind != PLAIN:
                return -1
            piece[2] = _class_of(buffer, begin + 1, at - 1)
        elif is_word(buffer, start, stop, b"href"):
            if not (is_text(kind) or kind == NULL):
                return -1
            piece[5], piece[6], kinds[1] = begin, at, kind
        at = _after(buffer, marks, at)
    return at + 1


@uncounted
def _pieces_of(
    buffer: npt.NDArray[np.uint8],
    marks: npt.NDArray[np.uint64],
    at: int,
    row: int,
    where: int,
    pieces: npt.NDArray[np.int32],
    kinds: npt.NDArray[np.uint8],
    count: int,
) -> int:
    """How many pieces there are after those of one list; -1 where the list is not of the known shape."""
    at = next_mark(marks, at + 1)
    while buffer[at] != _CLOSE_LIST:
        for slot in range(7):
            pieces[count, slot] = 0
        pieces[count, 0], pieces[count, 1] = row, where
        kinds[count, 0] = kinds[count, 1] = ABSENT
        if buffer[at] == _OPEN:
            at = _entity(buffer, marks, at, pieces[count], kinds[count])
            if at < 0:
                return -1
        elif buffer[at] == _QUOTE and where == IN_TEXT:
            begin = at
            at, kind = after_text(buffer, marks, at + 1)
            pieces[count, 3], pieces[count, 4], kinds[count, 0] = begin, at, kind
        else:
            return -1
        count += 1
        at = _after(buffer, marks, at)
    return count


@uncounted
def _room(spans: npt.NDArray[np.int32], kinds: npt.NDArray[np.uint8]) -> int:
    """How many pieces the lists of many rows can hold at most."""
    room = 0
    for row in range(kinds.size):
        if kinds[row] == LIST:
            room += (spans[row, 1] - spans[row, 0]) // 3 + 1
    return room


@uncounted
def _every_piece(
    buffer: npt.NDArray[np.uint8],
    marks: npt.NDArray[np.uint64],
    text_spans: npt.NDArray[np.int32],
    text_kinds: npt.NDArray[np.uint8],
    entity_spans: npt.NDArray[np.int32],
    entity_kinds: npt.NDArray[np.uint8],
    slow: npt.NDArray[np.uint8],
    out: npt.NDArray[np.int32],
    kinds: npt.NDArray[np.uint8],
) -> int:
    count = 0
    for row in range(slow.size):
        first = count
        if text_kinds[row] == LIST and not slow[row]:
            count = _pieces_of(buffer, marks, text_spans[row, 0], row, IN_TEXT, out, kinds, count)
        if count >= 0 and entity_kinds[row] == LIST and not slow[row]:
            count = _pieces_of(buffer, marks, entity_spans[row, 0], row, IN_ENTITIES, out, kinds, count)
        if count < 0:
            slow[row] = 1
            count = first
    return count


@numba.njit(cache=True)
def pieces(
    buffer: npt.NDArray[np.uint8],
    marks: npt.NDArray[np.uint64],
    text_spans: npt.NDArray[np.int32],
    text_kinds: npt.NDArray[np.uint8],
    entity_spans: npt.NDArray[np.int32],
    entity_kinds: npt.NDArray[np.uint8],
    slow: npt.NDArray[np.uint8],
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """The pieces of the texts of many messages, by row, those of ``text`` first.

    Parameters:
        marks: of ``buffer``, see `takeback.kernels.json_marks.mark`.
        text_spans, text_kinds, entity_spans, entity_kinds: (R, 2) int32 and (R,) uint8, values in sound JSON.
        slow: (R,) uint8; set where a list is not of the known shape.

    Returns:
        (P, 7) int32: row, where, class, text from and to, link from and to; (P, 2) uint8: kinds of text and link.
    """
    room = 8 + _room(text_spans, text_kinds) + _room(entity_spans, entity_kinds)
    out = np.empty((room, 7), np.int32)
    out_kinds = np.empty((room, 2), np.uint8)
    count = _every_piece(buffer, marks, text_spans, text_kinds, entity_spans, entity_kinds, slow, out, out_kinds)
    return out[:count], out_kinds[:count]


@numba.njit(cache=True)
def words(
    buffer: npt.NDArray[np.uint8],
    text_spans: npt.NDArray[np.int32],
    text_kinds: npt.NDArray[np.uint8],
    found: npt.NDArray[np.int32],
    kinds: npt.NDArray[np.uint8],
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """The whole text of each message: of ``text``, or where that says nothing, of ``text_entities``."""
    total = 0
    for row in range(text_kinds.size):
        total += text_spans[row, 1] - text_spans[row, 0] if is_text(text_kinds[row]) else 0
    for each in range(found.shape[0]):
        total += found[each, 4] - found[each, 3]
    out = np.empty(total, np.uint8)
    offsets = np.zeros(text_kinds.size + 1, np.int32)
    at, piece = 0, 0
    for row in range(text_kinds.size):
        start = at
        if is_text(text_kinds[row]):
            at = put_value(buffer, text_spans[row, 0], text_spans[row, 1], text_kinds[row], out, at)
        for where in (IN_TEXT, IN_ENTITIES):
            said = at > start
            while piece < found.shape[0] and found[piece, 0] == row and found[piece, 1] == where:
                if (where == IN_TEXT or not said) and kinds[piece, 0] != ABSENT:
                    at = put_value(buffer, found[piece, 3], found[piece, 4], kinds[piece, 0], out, at)
                piece += 1
        offsets[row + 1] = at
    return offsets, out[:at]


@uncounted
def _kept(out: npt.NDArray[np.uint8], items: npt.NDArray[np.int32], first: int, count: int, at: int) -> bool:
    """Whether the text just written, from the end of the last item to ``at``, is new to its row and not empty."""
    start = items[count]
    if at == start:
        return False
    for item in range(first, count):
        length = items[item + 1] - items[item]
        if length == at - start:
            equal = True
            for place in range(length):
                if out[items[item] + place] != out[start + place]:
                    equal = False
                    break
            if equal:
                return False
    return True


@numba.njit(cache=True)
def listed(
    buffer: npt.NDArray[np.uint8],
    found: npt.NDArray[np.int32],
    kinds: npt.NDArray[np.uint8],
    last_spans: npt.NDArray[np.int32],
    last_kinds: npt.NDArray[np.uint8],
    mentions: bool,  # noqa: FBT001  # Numba has no keyword-only arguments
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """The links (or mentions) of each message, each once, in order; a link of ``last_spans`` comes after the others.

    Returns:
        Offsets of rows into items (R + 1,), of items into bytes (I + 1,), and the bytes.
    """
    total = 0
    for each in range(found.shape[0]):
        total += found[each, 4] - found[each, 3] + found[each, 6] - found[each, 5]
    for row in range(last_kinds.size):
        total += last_spans[row, 1] - last_spans[row, 0] if is_text(last_kinds[row]) else 0
    out = np.empty(total, np.uint8)
    rows = np.zeros(last_kinds.size + 1, np.int32)
    items = np.zeros(found.shape[0] + last_kinds.size + 1, np.int32)
    count, piece = 0, 0
    for row in range(last_kinds.size):
        first = count
        while piece < found.shape[0] and found[piece, 0] == row:
            kind = found[piece, 2]
            side = 1 if kind == TEXT_LINK else 0
            wanted = kind == MENTION if mentions else (kind == TEXT_LINK or kind == LINK)
            if wanted and is_text(kinds[piece, side]):
                start, stop = found[piece, 3 + 2 * side], found[piece, 4 + 2 * side]
                at = put_value(buffer, start, stop, kinds[piece, side], out, items[count])
                if _kept(out, items, first, count, at):
                    count += 1
                    items[count] = at
            piece += 1
        if is_text(last_kinds[row]):
            at = put_value(buffer, last_spans[row, 0], last_spans[row, 1], last_kinds[row], out, items[count])
            if _kept(out, items, first, count, at):
                count += 1
                items[count] = at
        rows[row + 1] = count
    return rows, items[: count + 1], out[: items[count]]


@uncounted
def _count(buffer: npt.NDArray[np.uint8], start: int, stop: int, kind: int) -> tuple[int, bool]:
    """A count that is written as a number, or as digits in a text."""
    if kind == PLAIN:
        start, stop = start + 1, stop - 1
    elif kind != INTEGER:
        return 0, False
    negative = kind == INTEGER and buffer[start] == 0x2D
    first = start + 1 if negative else start
    if not 0 < stop - first <= _DIGITS:
        return 0, False
    found = 0
    for place in range(first, stop):
        digit = int(buffer[place]) - 0x30
        if not 0 <= digit <= 9:
            return 0, False
        found = found * 10 + digit
    return -found if negative else found, True


@uncounted
def _reaction(
    buffer: npt.NDArray[np.uint8],
    marks: npt.NDArray[np.uint64],
    at: int,
    spans: npt.NDArray[np.int32],
    kinds: npt.NDArray[np.uint8],
) -> int:
    """The position after a reaction, with the places of its type, count, emoji and document; -1 where it is none."""
    for slot in range(4):
        kinds[slot] = ABSENT
    if buffer[at] != _OPEN:
        return -1
    at = next_mark(marks, at + 1)
    while buffer[at] != _CLOSE:
        start = at + 1
        at, escaped = after_text(buffer, marks, start)
        if escaped != PLAIN:
            return -1
        stop = at - 1
        begin = next_mark(marks, next_mark(marks, at) + 1)
        at, kind = after_value(buffer, marks, begin)
        for slot, name in enumerate((b"type", b"count", b"emoji", b"document_id")):
            if is_word(buffer, start, stop, name):
                spans[slot, 0], spans[slot, 1], kinds[slot] = begin, at, kind
        at = _after(buffer, marks, at)
    if not (is_text(kinds[0]) or kinds[0] == ABSENT) or not (
        kinds[1] == ABSENT or kinds[1] == PLAIN or kinds[1] == INTEGER
    ):
        return -1
    if not (is_text(kinds[2]) or kinds[2] == ABSENT or kinds[2] == NULL) or not (
        is_text(kinds[3]) or kinds[3] == ABSENT or kinds[3] == NULL
    ):
        return -1
    return at + 1


@uncounted
def _put_label(
    buffer: npt.NDArray[np.uint8],
    spans: npt.NDArray[np.int32],
    kinds: npt.NDArray[np.uint8],
    out: npt.NDArray[np.uint8],
    at: int,
) -> int:
    for slot in (2, 3, 0):
        if is_text(kinds[slot]) and spans[slot, 1] - spans[slot, 0] > 2:
            if slot == 3:
                for place in range(len(_CUSTOM)):
                    out[at + place] = _CUSTOM[place]
                at += len(_CUSTOM)
            return put_value(buffer, spans[slot, 0], spans[slot, 1], kinds[slot], out, at)
    return at


@numba.njit(cache=True)
def reactions(
    buffer: npt.NDArray[np.uint8],
    marks: npt.NDArray[np.uint64],
    spans: npt.NDArray[np.int32],
    kinds: npt.NDArray[np.uint8],
    slow: npt.NDArray[np.uint8],
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """The reactions to each message; ``slow`` is set where they are not of the known shape.

    Returns:
        Offsets of rows into reactions (R + 1,), of labels into bytes (I + 1,), the bytes, and the counts (I,).
    """
    total = 0
    for row in range(kinds.size):
        total += spans[row, 1] - spans[row, 0] if kinds[row] == LIST else 0
    room = total // 3 + kinds.size + 1
    out = np.empty(4 * total + 8, np.uint8)
    rows, labels = np.zeros(kinds.size + 1, np.int32), np.zeros(room + 1, np.int32)
    amounts = np.zeros(room, np.int64)
    part_spans, part_kinds = np.zeros((4, 2), np.int32), np.zeros(4, np.uint8)
    count = 0
    for row in range(kinds.size):
        if kinds[row] == LIST and not slow[row]:
            first = count
            at = next_mark(marks, spans[row, 0] + 1)
            while buffer[at] != _CLOSE_LIST:
                at = _reaction(buffer, marks, at, part_spans, part_kinds)
                amount, sound = 0, part_kinds[1] == ABSENT
                if at > 0 and not sound:
                    amount, sound = _count(buffer, part_spans[1, 0], part_spans[1, 1], part_kinds[1])
                if at < 0 or not sound:
                    slow[row] = 1
                    count = first
                    break
                amounts[count] = amount
                labels[count + 1] = _put_label(buffer, part_spans, part_kinds, out, labels[count])
                count += 1
                at = _after(buffer, marks, at)
        rows[row + 1] = count
    return rows, labels[: count + 1], out[: labels[count]], amounts[:count]
