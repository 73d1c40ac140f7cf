from __future__ import annotations

import pytest
from msgspec import Raw

from takeback.sources.telegram_rest import rest_of


def test_every_text_and_each_list_as_one_is_left_of_a_message() -> None:
    rest = rest_of(Raw(b'{"id": "x", "text": ["a ", {"type": "bold", "text": "b"}, 3], "poll": {"question": "c"}}'))
    assert rest is not None
    assert {"x", "a ", "bold", "b", "3", "a b3", "c"} <= set(rest.texts)


@pytest.mark.parametrize(
    ("written", "expected"), [("7", 7), ("-7", -7), ('"7"', None), ("true", None), ("9" * 30, None), ("null", None)]
)
def test_an_answer_is_a_number_that_a_post_can_have(written: str, expected: int | None) -> None:
    rest = rest_of(Raw(b'{"reply_to_message_id": ' + written.encode() + b"}"))
    assert rest is not None
    assert rest.reply_to == expected


@pytest.mark.parametrize("raw", [b"\x80", b'"\\ud800"', b'{"a": ', b"[" * 100_000])
def test_what_is_no_json_may_have_said_anything(raw: bytes) -> None:
    assert rest_of(Raw(raw)) is None
