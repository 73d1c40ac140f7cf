"""The lines of a census: a network of hundreds of channels stays readable."""

from __future__ import annotations

from dataclasses import replace

from report.made_up import MEASURES
from takeback.cli.investigations import MOST_LINES, lines_of


def test_of_what_is_measured_of_every_channel_the_first_lines_are_printed_and_the_rest_counted() -> None:
    whole = replace(MEASURES[0], id="posts.total", name="Posts")
    of_channels = [
        replace(whole, id=f"posts.channel.channel-{number}", name=f"Posts in channel-{number}")
        for number in range(MOST_LINES + 3)
    ]
    lines = list(lines_of([whole, *of_channels, whole]))
    assert len(lines) == 1 + MOST_LINES + 1 + 1
    assert [line.partition(":")[0] for line in lines[:2]] == ["Posts", "Posts in channel-0"]
    assert lines[-1] == "posts of more channels: 3 measures (--json lists them, --out reports them)"


def test_a_few_channels_are_all_printed() -> None:
    few = [replace(MEASURES[0], id=f"posts.channel.channel-{number}") for number in range(MOST_LINES)]
    assert len(list(lines_of(few))) == MOST_LINES
