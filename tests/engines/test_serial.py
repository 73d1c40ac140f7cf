"""The serial engine keeps the contract."""

import pytest

from takeback.engines.contract import EngineContract
from takeback.engines.error_text import error_text
from takeback.engines.serial import Serial
from takeback.protocols import Engine, Secrets


class TestSerial(EngineContract):
    READ_AHEAD = 0

    def engine(self) -> Engine:
        return Serial()


def test_ctrl_c_is_not_an_outcome() -> None:
    def interrupted(part: int, secrets: Secrets) -> None:
        raise KeyboardInterrupt

    outcomes = Serial().map(interrupted, [1], secrets=Secrets())
    with pytest.raises(KeyboardInterrupt):
        next(outcomes)


def test_error_text_is_one_bounded_line() -> None:
    text = error_text(ValueError("a\nb\t" + "x" * 1000))
    assert text.startswith("ValueError: a b x")
    assert len(text) == 500


def test_error_text_survives_an_error_whose_words_fail() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert error_text(Mute()) == "Mute"
