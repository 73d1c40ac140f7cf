"""Acts of two keys: no one person raises a cap, looks, or releases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeback.crypto.keyfile import HumanKey
from takeback.crypto.signing import SigningKey
from takeback.errors import ConsentError
from takeback.evidence.acts import (
    ActKind,
    TwoKeyAct,
    act_bytes,
    confirm_act,
    make_act,
    propose_act,
    read_act,
    verify_act,
)
from takeback.model.consent import Role

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
FIRST = HumanKey(name="operator", signing=SigningKey.from_bytes(bytes(range(32))))
SECOND = HumanKey(name="supervisor", signing=SigningKey.from_bytes(bytes(range(1, 33))))


def an_act(kind: ActKind = ActKind.RELEASE_LOCATORS) -> TwoKeyAct:
    return make_act(
        kind, case="case-1", subject="finding f1", reason="a notice is due", time=NOW, first=FIRST, second=SECOND
    )


@pytest.mark.parametrize("kind", ActKind)
def test_two_keys_make_an_act(kind: ActKind) -> None:
    act = an_act(kind)
    verify_act(act)
    assert (act.first.role, act.second.role) == (Role.OPERATOR, Role.CONFIRMER)
    assert act.first.key != act.second.key


def test_one_key_is_not_two() -> None:
    with pytest.raises(ConsentError, match="two different keys"):
        make_act(ActKind.RAISE_CAP, case="c", subject="60", reason="r", time=NOW, first=FIRST, second=FIRST)
    with pytest.raises(ConsentError, match="one key"):
        verify_act(replace(an_act(), second=an_act().first))


def test_the_second_person_may_come_later() -> None:
    proposed = propose_act(ActKind.LOOK_AT_SEALED, case="c", subject="s", reason="r", time=NOW, key=FIRST)
    act = confirm_act(proposed, SECOND, time=NOW + timedelta(days=1))
    assert (act.time, act.second.time) == (NOW, NOW + timedelta(days=1))
    with pytest.raises(ConsentError, match="times that cannot be"):
        confirm_act(proposed, SECOND, time=NOW - timedelta(days=1))


@pytest.mark.parametrize(("subject", "reason"), [("s", " "), ("", "r")])
def test_an_act_says_why_and_about_what(subject: str, reason: str) -> None:
    with pytest.raises(ConsentError):
        propose_act(ActKind.RAISE_CAP, case="c", subject=subject, reason=reason, time=NOW, key=FIRST)


@pytest.mark.parametrize(
    "changed",
    [
        replace(an_act(), kind=ActKind.LOOK_AT_SEALED),
        replace(an_act(), case="case-2"),
        replace(an_act(), subject="finding f2"),
        replace(an_act(), reason="curiosity"),
        replace(an_act(), time=NOW + timedelta(seconds=1)),
        replace(an_act(), first=replace(an_act().first, role=Role.ENROLLER)),
        replace(an_act(), second=replace(an_act().second, time=NOW + timedelta(seconds=1))),
        replace(an_act(), second=replace(an_act().second, value="00" * 64)),
        replace(an_act(), first=an_act(ActKind.RAISE_CAP).first),
    ],
)
def test_a_changed_act_does_not_hold(changed: TwoKeyAct) -> None:
    with pytest.raises(ConsentError):
        verify_act(changed)


def test_an_act_is_kept_and_read_back() -> None:
    assert read_act(act_bytes(an_act())) == an_act()


@given(st.data())
def test_any_changed_byte_of_the_record_is_found(data: st.DataObject) -> None:
    content = bytearray(act_bytes(an_act()))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ConsentError):
        read_act(bytes(content))


def test_an_act_without_zone_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="aware"):
        propose_act(ActKind.RAISE_CAP, case="c", subject="s", reason="r", time=NOW.replace(tzinfo=None), key=FIRST)
