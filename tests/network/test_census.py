"""A census of networks made by hand, with known truth."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from network.made import CHAT, FRIENDS, GALLERY, NAMES, START, audience, full, measured, network, post
from takeback.model.channel import PostKind
from takeback.model.measure import Interval, Measure
from takeback.network.census import census

TRUTH: Mapping[str, float | None] = {
    "channels.total": 3,
    "channels.kind.public_channel": 1,
    "posts.total": 10,
    "posts.kind.message": 8,
    "posts.kind.service": 1,
    "posts.kind.unsupported": 1,
    "posts.channel.channel-aaaa": 5,
    "posts.channel.channel-bbbb": 3,
    "posts.channel.channel-cccc": 2,
    "posters.total": 3,
    "posters.top-ten": 1.0,
    "reactions.total": 7,
    "views.total": None,
    "pictures.posted": 4,
    "pictures.files": 2,
    "pictures.clusters": 1,
    "pictures.enrolled": 2,
    "pictures.persons": 1,
    "pictures.kind.thumbnail": 1,
    "growth.posts.2020-01": 2,
    "growth.pictures.2020-01": 4,
    "growth.posts.2020-02": 1,
    "growth.posts.2020-03": None,
    "growth.posts.2020-04": 5,
    "growth.quarter.posts": None,
    "members.channel.channel-aaaa": 600,
    "members.sum": 850,
    "members.largest": 600,
    "members.bounds": None,
    "forwards.posts": 3,
    "forwards.edges": 2,
    "forwards.by-name": 1 / 3,
    "forwards.nameless": 1 / 3,
    "forwards.source.1": 1,
    "forwards.source.2": 1,
    "polls.total": 2,
    "polls.1.voters": 100,
    "polls.1.answer.1": 0.63,
    "polls.1.residual": 0.14,
    "polls.2.answer.1": 0.8,
    "polls.2.residual": None,
    "prices.posts": 2,
    "prices.stated.rub": 100.0,
    "prices.per-piece.rub": 1.0,
    "prices.stated.usd": 5.0,
    "referrals.invite-links": 1,
    "referrals.wording": 1,
    "referrals.either": 1,
    "links.posts": 2,
    "links.total": 5,
    "links.telegram": 2,
    "links.without-host": 1,
    "links.host.vk.com": 2,
    "links.host-rest": 0,
    "links.hosts": 1,
    "completeness.damage": 2,
    "completeness.lost": 1 / 11,
    "completeness.absent.not_included": 1,
    "completeness.absent.too_large": 1,
    "completeness.absent.file_missing": 0,
    "completeness.undated": 1,
    "completeness.zone-assumed": 1,
    "completeness.not-searched.video": 1,
    "completeness.not-searched.audio": 0,
    "completeness.numbers.channel-aaaa": 2 / 7,
    "completeness.numbers.channel-bbbb": 0.0,
    "completeness.numbers": 2 / 10,
    "completeness.sealed": 2,
}


@pytest.mark.parametrize(("id", "value"), TRUTH.items())
def test_the_census_recovers_what_was_planted(id: str, value: float | None) -> None:
    assert measured(full())[id].value == (value if value is None else pytest.approx(value))


def test_pictures_are_counted_in_four_units_that_are_never_merged() -> None:
    units = [measured(full())[f"pictures.{id}"].unit for id in ("posted", "files", "clusters", "enrolled")]
    assert len(set(units)) == 4


def test_an_empty_network_has_measures_and_no_numbers_out_of_nothing() -> None:
    measures = measured(replace(network(), channels=()))
    assert measures["posts.total"].value == 0
    assert [measures[id].value for id in ("posters.top-ten", "members.sum", "growth.quarter.posts")] == [None] * 3
    assert all(measure.window.start is None for measure in measures.values())


def test_no_measure_holds_a_name_a_handle_a_path_or_a_platform_number() -> None:
    text = "\n".join(repr(measure) for measure in census(full())).lower()
    raw = [*NAMES, *NAMES.values(), "gallery_handle", "secret", "joinchat", "handle", "some display name", "a friend"]
    assert [word for word in raw if word.lower() in text] == []
    assert "vk.com" in text


def test_every_measure_carries_unit_n_method_caveat_and_rows() -> None:
    for measure in census(full()):
        assert measure.unit, measure.id
        assert measure.method, measure.id
        assert measure.caveat, measure.id
        assert measure.caveat.endswith("."), measure.id
        assert measure.n >= 0, measure.id
        assert measure.rows is not None, measure.id
        if measure.kind is Interval.INTERVAL:
            assert measure.level == 0.95
            assert measure.low is not None
            assert measure.high is not None


def test_words_claim_no_more_than_figures_do() -> None:
    words = re.compile(r"\b(?:proof|proofs|proves?|proven|certain|certainly|identity of)\b", re.IGNORECASE)
    for measure in census(full()):
        assert not words.search(f"{measure.name} {measure.method} {measure.caveat}"), measure.id


def test_the_order_in_which_a_network_was_read_changes_nothing() -> None:
    plain = full()
    turned = replace(
        plain,
        posts=plain.posts[::-1],
        channels=plain.channels[::-1],
        audiences=plain.audiences[::-1],
        clusters=dict(reversed(plain.clusters.items())),
        enrolled=dict(reversed(plain.enrolled.items())),
    )
    assert repr(census(turned)) == repr(census(plain))


def test_overlapping_exports_never_count_twice() -> None:
    plain = full()
    doubled = replace(plain, posts=plain.posts * 2, channels=plain.channels * 2, audiences=plain.audiences * 2)
    assert census(doubled) == census(plain)


def test_of_two_versions_of_a_post_the_one_edited_last_counts() -> None:
    old = post(CHAT, 1, links=("https://a.example", "https://b.example"))
    new = post(CHAT, 1, edited=START, links=("https://a.example",))
    for posts in ((old, new), (new, old)):
        assert measured(network(*posts))["links.total"].value == 1


def test_rows_are_a_keyed_digest_of_their_sorted_ids_channel_by_channel() -> None:
    rows = measured(network(post(CHAT, 2), post(GALLERY, -7), post(CHAT, 1)))["posts.total"].rows
    content = b"posts\0"
    for channel, ids in ((GALLERY, (-7,)), (CHAT, (1, 2))):
        inner = hashlib.sha256(b"".join(id.to_bytes(8, "big", signed=True) for id in ids)).digest()
        content += len(channel).to_bytes(8, "big") + channel.encode() + inner
    assert rows is not None
    assert rows.digest == hmac.new(b"key of the rows", content, hashlib.sha256).hexdigest()
    assert (rows.table, rows.count) == ("posts", 3)
    other = measured(network(post(CHAT, 2), post(GALLERY, -7), post(CHAT, 1), row_key=b"another"))["posts.total"].rows
    assert other is not None
    assert other.digest != rows.digest


def test_a_post_of_an_unlisted_channel_is_counted() -> None:
    measures = measured(network(post("telegram:9", 1)))
    assert measures["channels.total"].value == 4
    assert measures["posts.channel.channel-zzzz"].value == 1


# --- members --------------------------------------------------------------------------------------------------------


def bounds(*audiences: object) -> Measure:
    return measured(network(audiences=audiences))["members.bounds"]


def test_unique_members_lie_between_the_largest_and_the_sum() -> None:
    measure = bounds(audience(GALLERY, 45_615), audience(CHAT, 30_000), audience(FRIENDS, 27_970))
    assert (measure.value, measure.low, measure.high, measure.n) == (None, 45_615, 103_585, 3)
    assert measure.kind is Interval.BOUNDS
    assert "within one day" in measure.caveat
    assert "3 of 3 channels" in measure.caveat


def test_bounds_from_counts_at_different_times_are_widened_and_flagged() -> None:
    measure = bounds(audience(GALLERY, 100), audience(CHAT, 80, day=5), audience(CHAT, 70, day=9))
    assert (measure.low, measure.high) == (100, 180)
    assert "9 days apart" in measure.caveat
    assert "may have lain outside" in measure.caveat


def test_a_channel_without_a_count_is_said() -> None:
    assert "1 of 3 channels have a count" in bounds(audience(GALLERY, 100)).caveat


# --- completeness ---------------------------------------------------------------------------------------------------


def test_numbers_speak_only_in_channels_and_supergroups() -> None:
    measures = measured(network(post(FRIENDS, 1), post(FRIENDS, 900), post(CHAT, -4), post(CHAT, 1), post(CHAT, 4)))
    assert "completeness.numbers.channel-cccc" not in measures
    assert measures["completeness.numbers.channel-bbbb"].value == 0.5
    assert measures["completeness.numbers"].n == 4


def test_a_service_row_is_no_posting() -> None:
    measures = measured(network(post(CHAT, 1, kind=PostKind.SERVICE), post(CHAT, 2)))
    assert measures["growth.posts.2020-01"].value == 1
