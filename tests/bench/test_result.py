"""What a bench prints says of each figure how many it rests on."""

from __future__ import annotations

import msgspec

from takeback.bench.result import BenchResult, Figure


def made(**changes: object) -> BenchResult:
    figure = Figure(value=0.25, unit="s", n=15, low=0.2, high=0.3)
    return msgspec.structs.replace(BenchResult(bench="made", seed=7, n=3, figures={"help_s": figure}), **changes)


def test_every_line_for_people_carries_unit_and_n() -> None:
    lines = list(made().lines())
    assert lines[0].startswith("bench made, takeback ")
    assert "seed 7, n 3" in lines[0]
    assert lines[1] == "help_s: 0.25 s [0.2, 0.3] (n 15)"


def test_what_was_not_measured_is_said() -> None:
    lines = list(made(figures={"peak_rss_mb": Figure(value=None, unit="MiB", n=1)}).lines())
    assert lines[1] == "peak_rss_mb: not measured MiB (n 1)"


def test_peers_ratios_absent_peers_and_the_note_follow() -> None:
    result = made(
        peers={"python": {"help_s": Figure(value=0.01, unit="s", n=15)}},
        ratios={"help_s_vs_python": 25.0},
        absent={"pdqhash": "pip install pdqhash"},
        note="on a quiet machine",
    )
    assert list(result.lines())[2:] == [
        "python help_s: 0.01 s (n 15)",
        "help_s_vs_python: 25",
        "pdqhash is absent: pip install pdqhash",
        "on a quiet machine",
    ]


def test_json_holds_what_scripts_rely_on() -> None:
    members = msgspec.json.decode(msgspec.json.encode(made()))
    assert {"bench", "version", "seed", "n", "cores", "figures", "peers", "ratios", "absent"} <= members.keys()
    assert members["figures"]["help_s"] == {"value": 0.25, "unit": "s", "n": 15, "low": 0.2, "high": 0.3}


def test_json_comes_back_as_the_same_result() -> None:
    assert msgspec.json.decode(msgspec.json.encode(made()), type=BenchResult) == made()
