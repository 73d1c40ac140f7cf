from __future__ import annotations

import json

import numpy as np
import pytest

from takeback.simulate.damage import REPAIRABLE, DamageKind, damage_message

MESSAGE = {
    "id": 77,
    "type": "message",
    "date_unixtime": "1596196800",
    "text": ["see ", {"type": "link", "text": "https://example.org"}, ""],
    "text_entities": [{"type": "plain", "text": "see "}, {"type": "link", "text": "https://example.org"}],
}
PLAIN = {"id": 78, "type": "message", "text": "a word", "text_entities": []}


@pytest.mark.parametrize("indent", [None, 0, 1, 4])
@pytest.mark.parametrize("message", [MESSAGE, PLAIN], ids=["mixed", "plain"])
@pytest.mark.parametrize("kind", REPAIRABLE)
def test_what_can_be_repaired_is_no_json_and_its_repair_differs_by_what_was_planted(
    kind: DamageKind, message: dict[str, object], indent: int | None
) -> None:
    content = json.dumps(message, indent=indent).encode()
    for seed in range(8):
        made = damage_message(content, kind, np.random.default_rng(seed))
        with pytest.raises(ValueError, match=r"."):
            json.loads(made.content)
        assert made.repaired is not None
        repaired = json.loads(made.repaired)
        assert repaired["id"] == message["id"]
        assert repaired != message
        assert len(json.dumps(repaired)) - len(json.dumps(message)) < 120


def test_the_number_of_a_message_can_be_beyond_repair() -> None:
    made = damage_message(json.dumps(PLAIN).encode(), DamageKind.BEYOND, np.random.default_rng(0))
    assert made.repaired is None
    assert b"78" not in made.content
    assert made.content.count(b"{") == made.content.count(b"}")


def test_a_cut_message_is_a_part_of_it() -> None:
    content = json.dumps(PLAIN).encode()
    for seed in range(8):
        made = damage_message(content, DamageKind.CUT, np.random.default_rng(seed))
        assert content.startswith(made.content)
        assert 0 < len(made.content) < len(content)


def test_stray_bytes_are_not_utf_8() -> None:
    made = damage_message(json.dumps(PLAIN).encode(), DamageKind.SEPARATOR, np.random.default_rng(0))
    with pytest.raises(UnicodeDecodeError):
        made.content.decode()


@pytest.mark.parametrize(
    ("kind", "said"),
    [(DamageKind.ESCAPE, "no text"), (DamageKind.UNQUOTED, "no list of entities"), (DamageKind.BEYOND, "no id")],
)
def test_a_message_without_a_place_for_the_damage_is_said(kind: DamageKind, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        damage_message(b'{"type": "unsupported"}', kind, np.random.default_rng(0))
