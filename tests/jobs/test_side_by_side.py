from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from made_up_case import PASSPHRASE, RAW_NAMES, MadeUp
from said import everything_in, words_of
from takeback.crypto.passphrase import CHEAP
from takeback.errors import UsageError
from takeback.jobs.case import Case, case_facts
from takeback.jobs.intake import take_in
from takeback.jobs.letters import last_act
from takeback.jobs.side_by_side import Stretch, compare_cases, compare_windows, side_of

EARLY = Stretch(first=date(2026, 1, 1), last=date(2026, 3, 31))
LATE = Stretch(first=date(2026, 4, 1), last=date(2026, 6, 30))


@pytest.fixture
def other(made_up: MadeUp, tmp_path: Path) -> Iterator[Case]:
    """Another case that holds the same material."""
    facts = case_facts("Another case", role="researcher", legal_basis="consent", jurisdiction="EU")
    with Case.create(tmp_path / "other", facts, passphrase=PASSPHRASE, cost=CHEAP) as case:
        take_in(case, [made_up.export])
        yield case


@pytest.mark.parametrize(
    ("at", "held"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), True),
        (datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 4, 1, tzinfo=UTC), False),
        (datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC), False),
        (None, False),
    ],
)
def test_a_window_holds_both_of_its_days_and_nothing_without_a_time(at: datetime | None, *, held: bool) -> None:
    assert EARLY.holds(at) is held
    assert EARLY.days == 90


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(UsageError, match="ends before it begins"):
        Stretch(first=date(2026, 2, 1), last=date(2026, 1, 1))


def test_two_windows_hold_the_posts_of_their_days_and_no_other(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        sides = [side_of(case, name="x", stretch=each) for each in (EARLY, LATE)]
        dated = [post.time for post in case.store.posts() if post.time]
    assert sum(each.posts for each in sides) == len(dated)
    for side, stretch in zip(sides, (EARLY, LATE), strict=True):
        total = next(each for each in side.measures if each.id == "posts.total")
        assert total.value == side.posts == sum(stretch.holds(each) for each in dated)
        assert sum(each.posts for each in side.months) == side.posts
        assert not [each.id for each in side.measures if each.id in {"completeness.damage", "pictures.enrolled"}]


def test_comparing_twice_gives_the_same_bytes_and_names_nobody(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        made = last_act(case)
        compare_windows(case, EARLY, LATE, tmp_path / "one")
        compare_windows(case, EARLY, LATE, tmp_path / "two")
        assert last_act(case) == made
    assert everything_in(tmp_path / "one") == everything_in(tmp_path / "two")
    said = "".join(words_of(each) for each in sorted((tmp_path / "one").iterdir()))
    assert [raw for raw in RAW_NAMES[:2] if raw in said] == []
    assert "cannot be told apart" in said


def test_windows_that_share_a_day_are_refused(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case, pytest.raises(UsageError, match="share days"):
        compare_windows(case, EARLY, Stretch(first=EARLY.last, last=LATE.last), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_pseudonyms_of_two_cases_are_never_linked(made_up: MadeUp, other: Case, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        compare_cases(case, other, tmp_path / "out")
        with pytest.raises(UsageError, match="the same case"):
            compare_cases(case, case, tmp_path / "again")
        names = {name for each in (case, other) for name in _channels(each)}
    said = "".join(words_of(each) for each in sorted((tmp_path / "out").iterdir()))
    assert len(names) == 4
    assert [name for name in names if name in said] == []
    rows = json.loads((tmp_path / "out" / "comparison.json").read_bytes())["measures"]
    assert {each["id"]: each["difference"] for each in rows}["posts.total"] == 0


def _channels(case: Case) -> set[str]:
    sides = side_of(case, name="x")
    return {each.id.rpartition(".")[2] for each in sides.measures if each.id.startswith("posts.channel.")}
