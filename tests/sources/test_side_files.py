"""The small files beside an export."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from takeback.errors import SourceError
from takeback.model.channel import Channel, ChannelKind
from takeback.sources.side_files import applied, read_acquisition, read_audience_csv, read_channels_csv


def written(folder: Path, text: str, name: str = "file") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["gallery_one", "@gallery_one", "https://t.me/gallery_one", "t.me/gallery_one/"])
def test_a_username_is_taken_as_people_write_it(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, f"\ufeffChannel, Username, note\n\n# a remark\n123,{name},x\ntelegram:4,,\n")
    assert read_channels_csv(path) == {"telegram:123": "gallery_one"}


def test_usernames_reach_their_channels_and_no_others() -> None:
    channels = [Channel(id=f"telegram:{number}", name="n", kind=ChannelKind.PUBLIC_CHANNEL) for number in (1, 2)]
    assert [each.username for each in applied(channels, {"telegram:2": "two", "telegram:3": "no"})] == [None, "two"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: is empty"),
        ("channel,name\n1,x\n", "line 1: no column 'username'"),
        ("channel,username\n1,a b\n", "line 2: not a username: 'a b'"),
        ("channel,username\nsome where,abc\n", "line 2: not a channel id"),
        ("channel,username\n1,abc\n\n1,xyz\n", "line 4: a second username for telegram:1"),
        ("channel,username\n1,abc,d\n", "line 2: 3 cells where the first line names 2"),
        ('channel,username\n1,"abc\n', "line 2: not valid CSV"),
    ],
)
def test_a_wrong_channels_file_says_which_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        read_channels_csv(written(tmp_path, text))


def test_audiences_come_in_the_order_of_time(tmp_path: Path) -> None:
    text = "channel,members,time,source\n2,45615,2020-07-31T12:00:00+02:00,own count\n1,7,2020-07-01,page\n"
    first, second = read_audience_csv(written(tmp_path, text))
    assert (first.channel, first.members, first.time) == ("telegram:1", 7, datetime(2020, 7, 1, tzinfo=UTC))
    assert (second.members, second.time) == (45615, datetime(2020, 7, 31, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1,45 615,2020-07-31,x", "line 2: not a member count: '45 615'"),
        ("1,-4,2020-07-31,x", "not a member count"),
        ("1,٤,2020-07-31,x", "not a member count"),
        ("1,4,last July,x", "not a time: 'last July'"),
        ("1,4,2020-07-31,", "no source for the count"),
    ],
)
def test_a_wrong_audience_says_which_line(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        read_audience_csv(written(tmp_path, f"channel,members,time,source\n{row}\n"))


def test_an_acquisition_says_only_what_the_file_says(tmp_path: Path) -> None:
    text = 'collected_by = "A. Analyst"\ncollected_from = 2024-03-01\ncollected_to = 2024-03-02T10:00:00Z\nnote = ""\n'
    acquisition = read_acquisition(written(tmp_path, text))
    assert acquisition.collected_by == "A. Analyst"
    assert acquisition.collected_from == datetime(2024, 3, 1, tzinfo=UTC)
    assert acquisition.collected_to == datetime(2024, 3, 2, 10, tzinfo=UTC)
    assert (acquisition.application, acquisition.settings, acquisition.note) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("collected_by = A", "not valid TOML"),
        ("collector = 'A'", "unknown keys: .*collector"),
        ("collected_by = 4", "not words: .*collected_by"),
        ("collected_to = 'soon'", "not a time: .*collected_to"),
    ],
)
def test_a_wrong_acquisition_says_what(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        read_acquisition(written(tmp_path, text))


def test_a_side_file_that_is_not_there_or_not_utf8_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        read_channels_csv(tmp_path / "nowhere.csv")
    (tmp_path / "latin").write_bytes(b"channel,username\n1,\xe9\n")
    with pytest.raises(SourceError, match="not UTF-8"):
        read_channels_csv(tmp_path / "latin")
