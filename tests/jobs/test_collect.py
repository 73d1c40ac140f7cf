"""Collecting a channel: waits, resuming, and what is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from takeback.errors import Refused, SourceError, UsageError
from takeback.jobs.collect import LONGEST_WAIT, PAUSE, Collected, collect
from takeback.model.channel import Channel, ChannelKind, Damage, Post, PostKind
from takeback.plugins import open_source
from takeback.protocols import CountsAudiences
from takeback.sources.live_telegram import FloodWait, SeenChannel

GARDEN = Channel(id="telegram:1234567890", name="Garden", kind=ChannelKind.PUBLIC_CHANNEL, username="garden")
REASON = "public channel, research on spread, approved by our board"


class Clock:
    """A clock that waiting moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 8, 3, 8, tzinfo=UTC)
        self.waits: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += timedelta(seconds=seconds)


class Telegram:
    """A channel whose posts are numbered; ``stops`` maps how many questions were asked to what happens then."""

    def __init__(self, numbers: range, stops: dict[int, BaseException] | None = None, id: str = GARDEN.id) -> None:
        self.numbers = numbers
        self.stops = stops or {}
        self.channel = Channel(id=id, name="Garden", kind=ChannelKind.PUBLIC_CHANNEL, username="garden")
        self.asked = 0

    def look(self, username: str) -> SeenChannel:
        self._count()
        assert username == "garden"
        return SeenChannel(channel=self.channel, members=45_615 + len(self.numbers), access_hash=1)

    def page(self, seen: SeenChannel, *, after: int) -> tuple[Post, ...]:
        self._count()
        newer = [number for number in self.numbers if number > after][:10]
        return tuple(
            Post(channel=seen.channel.id, id=each, kind=PostKind.MESSAGE, time=None, views=each) for each in newer
        )

    def _count(self) -> None:
        self.asked += 1
        if (stop := self.stops.get(self.asked)) is not None:
            raise stop


def run(
    out: Path, telegram: Telegram, clock: Clock | None = None, named: str = "@garden", why: str = REASON
) -> Collected:
    clock = clock or Clock()
    return collect(named, out, reader=telegram, may_lawfully_read=why, clock=clock, wait=clock.wait)


def ids(path: Path) -> list[int]:
    found = list(open_source(path).posts())
    assert not [each for each in found if isinstance(each, Damage)]
    return [each.id for each in found if isinstance(each, Post)]


def test_what_is_collected_is_a_source_with_posts_views_and_members(tmp_path: Path) -> None:
    made = run(tmp_path, Telegram(range(1, 26)))
    assert made.posts == 25
    assert ids(made.path) == list(range(1, 26))
    reader = open_source(made.path)
    assert reader.channels() == (GARDEN,)
    assert isinstance(reader, CountsAudiences)
    (audience,) = reader.audiences()
    assert (audience.members, audience.time) == (45_640, datetime(2026, 8, 3, 8, tzinfo=UTC))
    assert REASON.encode() in made.path.read_bytes()
    assert made.path.stat().st_mode & 0o077 == 0


def test_a_second_run_goes_on_after_the_last_post_and_counts_members_again(tmp_path: Path) -> None:
    run(tmp_path, Telegram(range(1, 26)))
    made = run(tmp_path, Telegram(range(1, 41)))
    assert made.posts == 15
    assert ids(made.path) == list(range(1, 41))
    reader = open_source(made.path)
    assert isinstance(reader, CountsAudiences)
    assert [each.members for each in reader.audiences()] == [45_640, 45_655]


def test_waits_that_telegram_asks_for_are_kept_and_requests_are_apart(tmp_path: Path) -> None:
    clock = Clock()
    made = run(tmp_path, Telegram(range(1, 26), {1: FloodWait(7), 3: FloodWait(30)}), clock)
    assert ids(made.path) == list(range(1, 26))
    assert made.waited == 37
    assert clock.waits == [7, 30, PAUSE, PAUSE, PAUSE]


def test_a_long_wait_is_told_and_what_was_read_is_kept_for_the_next_run(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"wait of 54,000 s \(run the same command"):
        run(tmp_path, Telegram(range(1, 26), {3: FloodWait(54_000)}))
    assert ids(tmp_path / "garden.ndjson") == list(range(1, 11))
    assert LONGEST_WAIT < 54_000
    assert ids(run(tmp_path, Telegram(range(1, 26))).path) == list(range(1, 26))


@pytest.mark.parametrize("cut", [1, 20, 150])
def test_a_line_that_a_crash_cut_is_written_again_whole(tmp_path: Path, cut: int) -> None:
    path = run(tmp_path, Telegram(range(1, 26))).path
    path.write_bytes(path.read_bytes()[:-cut])
    assert ids(run(tmp_path, Telegram(range(1, 26))).path) == list(range(1, 26))


def test_an_interruption_amid_pages_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Telegram(range(1, 26), {3: KeyboardInterrupt()}))
    assert ids(run(tmp_path, Telegram(range(1, 26))).path) == list(range(1, 26))


@pytest.mark.parametrize(
    ("named", "why", "said"),
    [
        ("../x", REASON, "not the name of a public channel"),
        ("https://t.me/+abc", REASON, "not the name of a public channel"),
        ("@garden", "yes", "in your own words"),
    ],
)
def test_without_a_channel_or_a_reason_nobody_is_asked(tmp_path: Path, named: str, why: str, said: str) -> None:
    telegram = Telegram(range(1, 3))
    with pytest.raises(UsageError, match=said):
        run(tmp_path, telegram, named=named, why=why)
    assert telegram.asked == 0


@pytest.mark.parametrize("named", ["garden", "@garden", "t.me/garden", "https://t.me/s/garden/"])
def test_a_channel_may_be_named_in_each_of_its_ways(tmp_path: Path, named: str) -> None:
    assert run(tmp_path, Telegram(range(1, 3)), named=named).posts == 2


def spoilt(path: Path) -> None:
    path.write_bytes(b'{"something": "else"}\n')


def of_another(path: Path) -> None:
    run(path.parent, Telegram(range(1, 3), id="telegram:99"))


@pytest.mark.parametrize(("make", "said"), [(spoilt, "not what this command wrote"), (of_another, "another channel")])
def test_a_file_of_something_else_is_never_written_to(tmp_path: Path, make: Callable[[Path], None], said: str) -> None:
    path = tmp_path / "garden.ndjson"
    make(path)
    before = path.read_bytes()
    with pytest.raises(SourceError, match=said):
        run(tmp_path, Telegram(range(1, 9)))
    assert path.read_bytes() == before
