"""The kernels that read JSON agree with slow, plain readings of the same bytes."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from takeback.kernels.json_entities import listed, pieces, reactions, words
from takeback.kernels.json_marks import mark, next_mark, room
from takeback.kernels.json_messages import ABSENT, CLOSED, DETAILS, ENDED, MORE, ROWS, first_alike, messages, unexpected
from takeback.kernels.json_scan import COUNT, elements, heads, value
from takeback.kernels.json_strict import BROKEN, LIST, PLAIN, any_value
from takeback.kernels.json_text import NO_DATE, dates, details, equal_to, numbers, origins, texts
from takeback.sources.telegram_fields import SLOT, USED, name_table

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
TOKENS = st.sampled_from(
    [*'{}[]",:\\ \n\t\x01', "1", "-", "0", ".5", "e9", "true", "null", "\\u00e9", "\\ud800", "a", "é"]
)


def as_array(content: str | bytes) -> np.ndarray:
    return np.frombuffer(content.encode() if isinstance(content, str) else content, np.uint8).copy()


def marks_of(content: np.ndarray, start: int = 0) -> np.ndarray:
    """The marks of all bytes from ``start`` on."""
    marks = np.zeros(room(content.size), np.uint64)
    mark(content, start, content.size, marks)
    return marks


def marked(content: bytes) -> list[int]:
    """Which bytes are marked."""
    marks = marks_of(as_array(content))
    return np.flatnonzero(np.unpackbits(marks.view(np.uint8), bitorder="little")).tolist()


def plainly_marked(content: bytes) -> list[int]:
    """The same, byte by byte."""
    found, at, inside, scalar = [], 0, False, False
    while at < len(content):
        byte = content[at : at + 1]
        step = 1
        if inside:
            if byte in b'"\\' or byte < b" ":
                found.append(at)
            inside = byte != b'"'
        elif byte in b'"{}[]:,':
            found.append(at)
            inside = byte == b'"'
            scalar = False
        elif byte in b" \n\r\t":
            scalar = False
        else:
            found += [] if scalar else [at]
            scalar = True
        if byte == b"\\" and inside:
            step = 2
            if content[at + 1 : at + 2] >= b"\x80":
                step = 1
            elif b"" < content[at + 1 : at + 2] < b" ":
                found.append(at + 1)
        at += step
    at = 0
    while at < len(content):
        width = next((each for each in range(1, 5) if is_character(content[at : at + each])), 0)
        found += [] if width else [at]
        at += width or 1
    return [*sorted(set(found)), len(content)]


def is_character(content: bytes) -> bool:
    try:
        return len(content.decode()) == 1
    except UnicodeDecodeError:
        return False


def strictly(content: bytes) -> tuple[int, int]:
    """The end and the kind of the value that begins these bytes, in a list that ends behind them."""
    buffer = as_array(content + b"]")
    return any_value(buffer, marks_of(buffer), 0, buffer.size)


def plainly_sound(content: str) -> bool:
    """Whether one value of strict JSON stands there, by the standard library; half characters are none."""
    try:
        found = json.loads(content, parse_constant=refuse)
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, UnicodeEncodeError):
        return False
    return True


def refuse(word: str) -> None:
    """No number of strict JSON is `NaN` or `Infinity`; in a text these are letters like others."""
    raise ValueError(word)


@settings(max_examples=80, deadline=None)
@given(st.lists(VALUES, max_size=5), st.sampled_from([None, 1, 4]), st.integers(1, 40))
def test_elements_are_counted_in_pieces_of_any_size(items: list[object], indent: int | None, size: int) -> None:
    content = as_array(json.dumps(items, indent=indent) + ", 7")
    state, at, whole = np.zeros(4, np.int64), 1, False
    for stop in range(1 + size, content.size + size, size):
        at, whole = elements(content, at, min(stop, content.size), state)
        if whole:
            break
    assert (state[COUNT], whole) == (len(items), True)
    assert content[:at].tobytes() == json.dumps(items, indent=indent).encode()


@settings(max_examples=60, deadline=None)
@given(VALUES, st.integers(1, 20))
def test_a_value_ends_where_it_ends(item: object, size: int) -> None:
    text = json.dumps(item)
    content = as_array(text + ",")
    state, at, whole = np.zeros(4, np.int64), 0, False
    for stop in range(size, content.size + size, size):
        at, whole = value(content, at, min(stop, content.size), state)
        if whole:
            break
    assert whole
    assert content[:at].tobytes().decode() == text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(['{"id": 1, "type": "message"', '{ "id" :-2,\n"type":"service"', "{", '{"id": 1', "x"]))
)
def test_beginnings_of_messages_are_those_of_an_expression(parts: list[str]) -> None:
    text = "".join(parts) + " "
    plain = re.findall(r'\{\s*"id"\s*:\s*-?\d+\s*,\s*"type"\s*:\s*"(?:message|service|unsupported)"', text)
    count, sure = heads(as_array(text + "."), 0, len(text) + 1)
    assert (count, sure) == (len(plain), len(text) + 1)


BYTES = st.sampled_from(
    [*(bytes([each]) for each in b'"\\{}[]:, \n\x01\x80\xc3\xe2\xf0'), "é".encode(), "€".encode(), b"abc"]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(BYTES, max_size=60).map(b"".join), st.integers(0, 70))
def test_what_is_marked_is_what_a_plain_reading_looks_at(content: bytes, blanks: int) -> None:
    assert marked(b" " * blanks + content) == plainly_marked(b" " * blanks + content)


@settings(max_examples=60, deadline=None)
@given(st.lists(BYTES, max_size=40).map(b"".join), st.integers(0, 130))
def test_marks_begin_anew_at_any_byte_and_leave_those_before_it(content: bytes, start: int) -> None:
    buffer = as_array(b'{"' * 65 + content)
    marks = marks_of(buffer)
    before, after = marks.copy(), marks_of(buffer[start:])
    mark(buffer, start, buffer.size, marks)
    at, every = 0, []
    while at <= buffer.size:
        at = next_mark(marks, at) + 1
        every.append(at - 1)
    kept = np.flatnonzero(np.unpackbits(before.view(np.uint8), bitorder="little")[:start]).tolist()
    again = np.flatnonzero(np.unpackbits(after.view(np.uint8), bitorder="little")) + start
    assert every == [*kept, *again.tolist()]


@settings(max_examples=300, deadline=None)
@given(st.lists(TOKENS, max_size=8).map("".join) | VALUES.map(json.dumps))
@example('{"NaN": null}')
@example('["-Infinity", 1]')
@example("[-Infinity]")
def test_what_is_strict_is_what_the_standard_library_reads(content: str) -> None:
    padded = content.strip(" \n\t")
    at, _ = strictly(padded.encode())
    assert (at == len(padded.encode())) == plainly_sound(padded)


@pytest.mark.parametrize("content", [b'"\xc0\xaf"', b'"\xed\xa0\x80"', b'"\xf5\x80\x80\x80"', b'"\xe2\x82"', b'"\x80"'])
def test_bytes_that_are_no_utf8_are_not_sound(content: bytes) -> None:
    assert strictly(content)[0] == BROKEN


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=6), max_size=6), st.booleans())
def test_texts_are_what_the_standard_library_reads(items: list[str], plain: bool) -> None:  # noqa: FBT001  # drawn
    written = [json.dumps(each, ensure_ascii=plain) for each in items]
    bounds = np.cumsum([0, *(len(each.encode("utf-8", "surrogatepass")) for each in written)])
    kinds = np.array([strictly(each.encode())[1] for each in written], np.uint8)
    spans = np.stack([bounds[:-1], bounds[1:]], axis=1).astype(np.int32).reshape(-1, 2)
    offsets, content, valid = texts(as_array("".join(written)), spans, kinds)
    found = [content[start:stop].tobytes().decode() for start, stop in pairwise(offsets)]
    assert found == items
    assert valid.all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)) | st.just(None), max_size=4))  # noqa: DTZ001  # UTC below
def test_dates_are_those_of_the_calendar(times: list[datetime | None]) -> None:
    written = ["x" * 19 if each is None else f"{each:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") for each in times]
    spans = np.array([[21 * place, 21 * place + 21] for place in range(len(times))], np.int32).reshape(-1, 2)
    found = dates(as_array("".join(f'"{each}"' for each in written)), spans, np.full(len(times), PLAIN, np.uint8))
    expected = [
        NO_DATE if each is None else int((each.replace(microsecond=0, tzinfo=UTC) - EPOCH).total_seconds())
        for each in times
    ]
    assert found.tolist() == expected


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["2023-02-29T00:00:00", "2024-13-01T00:00:00", "2024-01-01 00:00:00", "2024-01-01T24:00:00"]
)
def test_days_that_are_in_no_calendar_are_none(written: str) -> None:
    spans = np.array([[0, 21]], np.int32)
    assert dates(as_array(f'"{written}"'), spans, np.full(1, PLAIN, np.uint8)).tolist() == [NO_DATE]


@pytest.mark.parametrize(
    ("written", "number"), [("12", 12), ('"12"', 12), ("-5", -5), ('"1_0"', None), ("9" * 19, None)]
)
def test_numbers_are_whole_and_of_18_digits_at_most(written: str, number: int | None) -> None:
    content = as_array(written + "]")
    kind = strictly(written.encode())[1]
    found, valid = numbers(content, np.array([[0, len(written)]], np.int32), np.array([kind], np.uint8))
    assert (int(found[0]) if valid[0] else None) == number


def test_messages_are_read_up_to_the_last_whole_one() -> None:
    content = as_array('{"id": 1, "type": "message", "new": [1]}, 17, {"id": 2, "id": 3}, {"id": 4, "ty')
    names, counts = name_table(), np.zeros(3, np.int64)
    rows, slow = np.zeros((9, 2), np.int32), np.zeros(9, np.uint8)
    spans, kinds = np.zeros((len(USED), 9, 2), np.int32), np.zeros((len(USED), 9), np.uint8)
    found = np.zeros((9, 6), np.int32)
    at = messages(
        *(content, marks_of(content), 0, content.size),
        *(names.table, names.names, names.bounds, names.slots, len(USED)),
        *(rows, slow, spans, kinds, found, counts),
    )
    assert (counts[ROWS], counts[DETAILS], counts[ENDED]) == (3, 1, MORE)
    assert content[at:].tobytes() == b'{"id": 4, "ty'
    assert slow[:3].tolist() == [0, 1, 1]
    assert kinds[SLOT["author"], 0] == ABSENT
    start, stop = spans[SLOT["type"], 0]
    assert content[start:stop].tobytes() == b'"message"'
    assert content[found[0, 1] : found[0, 2]].tobytes() == b"new"
    assert details(content, found[:1], slow)[1].tobytes() == b"[1]"
    assert messages(
        *(as_array(" ]"), marks_of(as_array(" ]")), 0, 2),
        *(names.table, names.names, names.bounds, names.slots, len(USED)),
        *(rows, slow, spans, kinds, found, counts),
    ) == 2  # fmt: skip
    assert counts[ENDED] == CLOSED


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 4), st.integers(0, 9), st.integers(0, 2**32 - 1))
def test_a_value_of_a_kind_that_its_field_does_not_have_makes_its_row_slow(fields: int, rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 10, (fields, rows), np.uint8)
    expected = rng.random((fields, 16)) < 0.7
    slow = (rng.random(rows) < 0.2).astype(np.uint8)
    plain = [bool(slow[row]) or any(not expected[s, kinds[s, row]] for s in range(fields)) for row in range(rows)]
    unexpected(kinds, expected, slow)
    assert slow.tolist() == plain


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["message", "service", "messagf", "nessage", "", "messages"]), max_size=6), st.data())
def test_values_that_are_a_word_are_found_and_no_others(said: list[str], data: st.DataObject) -> None:
    slow = np.array(data.draw(st.lists(st.booleans(), min_size=len(said), max_size=len(said))), np.uint8)
    stops = np.cumsum([len(each) + 2 for each in said]).astype(np.int32)
    spans = np.array([[stop - len(each) - 2, stop] for stop, each in zip(stops, said, strict=True)], np.int32)
    content = as_array("".join(f'"{each}"' for each in said))
    found = equal_to(content, spans.reshape(-1, 2), as_array("message"), slow)
    assert found.tolist() == [each == "message" and not left for each, left in zip(said, slow, strict=True)]


def test_rows_that_are_written_the_same_are_found_and_no_others() -> None:
    content = as_array("aabbaa")
    spans = np.array([[[0, 2], [2, 4], [4, 6], [0, 1]]], np.int32)
    kinds = np.full((1, 4), PLAIN, np.uint8)
    assert first_alike(content, spans, kinds).tolist() == [0, 1, 0, 3]


ENTITIES = [
    {"type": "text_link", "text": "here", "href": "https://a.example"},
    {"type": "link", "text": "https://a.example"},
    {"type": "link", "text": ""},
    {"type": "mention", "text": "@a\u00e9"},
    {"type": "bold", "text": "b"},
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["", "x ", *ENTITIES]), max_size=6))
def test_words_links_and_mentions_are_those_of_a_plain_reading(parts: list[str | dict[str, str]]) -> None:
    written = json.dumps(parts)
    span = np.array([[0, len(written)]], np.int32)
    kind, none, slow = np.array([LIST], np.uint8), np.zeros(1, np.uint8), np.zeros(1, np.uint8)
    content = as_array(written)
    found, kinds = pieces(content, marks_of(content), span, kind, span, none, slow)
    assert not slow.any()
    text = "".join(each if isinstance(each, str) else each["text"] for each in parts)
    assert words(content, span, kind, found, kinds)[1].tobytes().decode() == text
    of = [each for each in parts if isinstance(each, dict)]
    links = [each.get("href") or (each["text"] if each["type"] == "link" else "") for each in of]
    mentions = [each["text"] for each in of if each["type"] == "mention"]
    for only_mentions, expected in ((False, links), (True, mentions)):
        _, items, said = listed(content, found, kinds, span, none, only_mentions)
        got = [said[start:stop].tobytes().decode() for start, stop in pairwise(items)]
        assert got == list(dict.fromkeys(each for each in expected if each))


def test_reactions_and_origins_of_a_known_shape_are_read_and_others_left() -> None:
    given_ = [
        '[{"type":"emoji","count":2,"emoji":"x"},{"type":"custom_emoji","count":"3","document_id":"7"}]',
        '[{"type":"paid","count":1}]',
        "[17]",
    ]
    bounds = np.cumsum([0, *map(len, given_)])
    spans = np.stack([bounds[:-1], bounds[1:]], axis=1).astype(np.int32)
    content, slow = as_array("".join(given_)), np.zeros(3, np.uint8)
    rows, labels, said, counts = reactions(content, marks_of(content), spans, np.full(3, LIST, np.uint8), slow)
    got = [said[start:stop].tobytes().decode() for start, stop in pairwise(labels)]
    assert (rows.tolist(), got, counts.tolist(), slow.tolist()) == (
        [0, 2, 3, 3],
        ["x", "custom:7", "paid"],
        [2, 3, 1],
        [0, 0, 1],
    )
    peers = ['"user1"', '"channel-22"', '"x"']
    bounds = np.cumsum([0, *map(len, peers)])
    spans, slow = np.stack([bounds[:-1], bounds[1:]], axis=1).astype(np.int32), np.zeros(3, np.uint8)
    offsets, said, valid = origins(as_array("".join(peers)), spans, np.full(3, PLAIN, np.uint8), as_array("t:"), slow)
    assert said.tobytes() == b"t:1t:-22"
    assert (offsets.tolist(), valid.tolist(), slow.tolist()) == ([0, 3, 8, 8], [1, 1, 0], [0, 0, 1])
