from __future__ import annotations

import csv
import hashlib
import tomllib
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from takeback.errors import UsageError
from takeback.model.finding import Conclusion
from takeback.simulate.collection import load_photographs
from takeback.simulate.network import write_network

PICTURES = (".jpg", ".png")


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes(network: Any, tmp_path: Path) -> None:
    again = write_network(tmp_path / "again")
    assert digests(tmp_path / "again") == digests(network.folder)
    assert again == network.truth


def test_another_seed_gives_another_network_of_the_same_size(network: Any, tmp_path: Path) -> None:
    other = write_network(tmp_path / "other", seed=7)
    assert (other.posts, other.image_files) == (network.truth.posts, network.truth.image_files)
    assert {each.sha256 for each in other.planted}.isdisjoint(each.sha256 for each in network.truth.planted)


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="empty folder"):
        write_network(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_every_enrolled_photograph_has_a_derivative_and_all_edits_are_there(network: Any) -> None:
    planted = network.truth.planted
    altered = {each.original for each in planted if each.conclusion is Conclusion.DERIVATIVE}
    assert altered == set(network.truth.enrolled)
    assert len(planted) == 18
    steps = {step.split()[0] for each in planted for step in each.steps}
    assert {"region", "cropped", "mirrored", "watermarked", "recompressed", "screenshot", "scaled"} <= steps


def test_planted_pictures_keep_enough_to_be_found_honestly(network: Any) -> None:
    for each in network.truth.planted:
        assert each.share_surviving >= 0.4
        if each.conclusion is Conclusion.DERIVATIVE:
            assert 0.1 <= each.share_altered <= 0.35
        else:
            assert (each.share_altered, each.altered_region) == (0.0, None)


def test_planted_files_lie_where_the_truth_says(network: Any) -> None:
    shipped = {each.name: each.sha256 for each in load_photographs()}
    for each in network.truth.planted:
        assert shipped[each.original] == each.original_sha256
        assert each.paths
        for path, post in zip(each.paths, each.posts, strict=True):
            assert hashlib.sha256((network.folder / path).read_bytes()).hexdigest() == each.sha256
            row = network.rows[post.channel, post.id]
            assert path in {row.get("photo"), row.get("file")}


def test_no_enrolled_photograph_is_posted_as_it_is(network: Any) -> None:
    assert {each.sha256 for each in load_photographs()}.isdisjoint(digests(network.folder).values())


def test_every_picture_file_is_accounted_for(network: Any) -> None:
    truth = network.truth
    held = {path: sha for path, sha in digests(network.folder).items() if path.endswith(PICTURES)}
    known = [{each.sha256 for each in truth.planted}, set(truth.unrelated), truth.sealed_sha256, set(truth.damaged)]
    assert len(held) == truth.image_files
    assert set(held.values()) == set().union(*known)
    assert sum(map(len, known)) == truth.distinct_images


def test_counts_are_those_of_the_export(network: Any) -> None:
    for chat, channel in zip(network.chats, network.truth.channels, strict=True):
        kinds = Counter(row["type"] for row in chat["messages"])
        assert (kinds["message"], kinds["service"], kinds["unsupported"]) == (
            channel.messages, channel.service, channel.unsupported,
        )  # fmt: skip
        assert sum("date" not in row for row in chat["messages"]) == channel.undated
    assert network.truth.posts == len(network.rows)


def test_one_month_in_the_middle_has_no_post(network: Any) -> None:
    months = {each.month for each in network.truth.monthly}
    assert months == {"2026-03", "2026-04", "2026-06", "2026-07"}
    local = {row["date"][:7] for row in network.rows.values() if "date" in row}
    assert local == {*months, "2026-05"}, "one post of April in UTC is a post of May by the clock of the computer"


def test_numbers_and_times_rise_within_a_channel(network: Any) -> None:
    for chat in network.chats:
        assert all(one["id"] < other["id"] for one, other in pairwise(chat["messages"]))
        times = [int(row["date_unixtime"]) for row in chat["messages"] if "date_unixtime" in row]
        assert times == sorted(times)


def test_sealed_pictures_stand_far_from_any_other_picture(network: Any) -> None:
    sealed = {(item.post.channel, item.post.id) for item in network.truth.sealed}
    assert len(sealed) == 3
    for chat in network.chats:
        rows = chat["messages"]
        marked = [("photo" in row or "file" in row) for row in rows]
        for index, row in enumerate(rows):
            if (f"telegram:{chat['id']}", row["id"]) in sealed:
                assert not any(marked[max(0, index - 6) : index] + marked[index + 1 : index + 7])


def test_age_words_stand_only_on_the_two_flagged_posts(network: Any) -> None:
    found = [
        key for key, row in network.rows.items() if any(word in str(row.get("text")) for word in ("y.o.", "age 15"))
    ]
    sealed = [(item.post.channel, item.post.id) for item in network.truth.sealed]
    assert found == sealed[:2]


def test_the_sealed_bytes_are_posted_again_where_no_word_flags_them(network: Any) -> None:
    first, poison, again = network.truth.sealed
    assert first.sha256 == again.sha256 != poison.sha256
    assert (first.poison, poison.poison, again.poison) == (False, True, False)
    assert first.post.channel != again.post.channel


def test_forwards_come_after_what_they_forward_and_keep_its_bytes(network: Any) -> None:
    first_seen: dict[str, int] = {}
    copies = 0
    for row in sorted(network.rows.values(), key=lambda row: int(row.get("date_unixtime", 0))):
        if "photo" not in row or not (network.folder / row["photo"]).is_file():
            continue
        sha = hashlib.sha256((network.folder / row["photo"]).read_bytes()).hexdigest()
        if "forwarded_from" in row:
            copies += 1
            assert sha in first_seen
        first_seen.setdefault(sha, row["id"])
    assert copies == 9


def test_a_display_name_may_lack_an_id_and_one_is_nobodys(network: Any) -> None:
    forwards = network.truth.forwards
    names = {channel.name for channel in network.truth.channels}
    assert {each.origin is None for each in forwards if each.name in names} == {True, False}
    assert [each.name for each in forwards if each.name not in names] == ["Distant Meadow Pictures"]


def test_every_kind_of_missing_file_is_there_and_none_exists(network: Any) -> None:
    missing = network.truth.missing
    assert sorted(each.absence.value for each in missing) == [
        "file_missing", "not_included", "outside_source", "too_large", "unavailable",
    ]  # fmt: skip
    for each in missing:
        row = network.rows[each.post.channel, each.post.id]
        assert not (network.folder / str(row.get("photo") or row.get("file"))).exists()


def test_usernames_are_known_for_two_of_three_channels(network: Any) -> None:
    with (network.folder / "channels.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["channel"]: row["username"] for row in csv.DictReader(file)}
    assert rows == {each.id: each.username for each in network.truth.channels if each.username}
    assert len(rows) == 2


def test_members_are_counted_at_two_times(network: Any) -> None:
    with (network.folder / "audience.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["channel"], int(row["members"])) for row in rows] == [
        (each.channel, each.members) for each in network.truth.audiences
    ]
    assert len({row["time"] for row in rows}) == 2


def test_who_collected_it_is_recorded(network: Any) -> None:
    written = tomllib.loads((network.folder / "acquisition.toml").read_text(encoding="utf-8"))
    assert set(written) == {"collected_by", "collected_from", "collected_to", "application", "settings", "note"}
