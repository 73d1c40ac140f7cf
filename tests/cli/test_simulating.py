from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Takeback
from made_up_case import MadeUp
from takeback.simulate.shape_truth import read_shape_truth

NETWORK = """
start = 2020-01-01
end = 2020-03-31
accounts = 25
promotion = { "vk.com" = 3 }
[[channel]]
name = "Photo bot news"
username = "takeback_sim_news"
kind = "public_channel"
members = 20
posts = 60
pictures = 20
[[channel]]
name = "Photo bot chat"
kind = "private_supergroup"
members = 10
posts = 90
pictures = 9
"""


def test_a_network_is_written_and_the_census_finds_what_its_truth_says(
    takeback: Takeback, made_up: MadeUp, tmp_path: Path
) -> None:
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    ended = takeback("simulate", "network.toml", "--out", "made", "--media", "2")
    assert ended.code == 0, ended
    assert "25 accounts" in ended.out
    truth = read_shape_truth(tmp_path / "made" / "truth.json")
    case = made_up.copy(tmp_path / "copied")
    told = takeback("census", "made/export", "made/previews.warc.gz", "--case", case, "--json", "--quiet")
    assert told.code in {0, 1}, told
    assert truth.rows == 152
    assert isinstance(told.json, list)
    values = {each["id"]: each["value"] for each in told.json}
    assert values["promotion.host.vk.com"] == truth.promotion["vk.com"] == 3
    assert json.loads((tmp_path / "made" / "truth.json").read_bytes())["media_files"] == 2


def test_the_same_is_printed_as_json(takeback: Takeback, tmp_path: Path) -> None:
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    ended = takeback("simulate", "network.toml", "--out", "made", "--seed", "5", "--json")
    assert isinstance(ended.json, dict)
    assert (ended.json["seed"], ended.json["pictures"]) == (5, 29)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--out", "x"), "name either a file"),
        (("network.toml", "--preset", "2020", "--out", "x"), "name either a file"),
        (("--preset", "1999", "--out", "x"), "no shape is called '1999'"),
        (("nothing.toml", "--out", "x"), "no shape of a network"),
        (("network.toml", "--out", "."), "needs an empty folder"),
    ],
)
def test_what_is_wrong_on_the_command_line_is_said(
    takeback: Takeback, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    ended = takeback("simulate", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
