from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report.made_up import MEASURES, RATE, RAW_NAMES, case_report, examination, finding
from takeback.model.finding import Conclusion
from takeback.report.documents import findings_json, measures_json, public_measures_json, rounded, undecided_json
from takeback.report.pseudonym import Pseudonyms
from takeback.report.public import public

KEY = bytes(range(32))
FINDING_FIELDS = [
    "id",
    "original",
    "media_sha256",
    "posts",
    "reflected",
    "alignment",
    "hash_match",
    "alteration",
    "conclusion",
    "confirmed_by",
    "direction",
    "person_region",
    "comparisons",
    "error_rate",
    "error_model",
    "overlays",
    "pack_level",
    "versions",
]
MEASURE_FIELDS = [
    "id",
    "name",
    "value",
    "unit",
    "n",
    "low",
    "high",
    "kind",
    "level",
    "method",
    "window",
    "rows",
    "caveat",
    "model",
]


def written(**released: tuple[str, ...]) -> bytes:
    return findings_json([finding(), finding(Conclusion.COPY, id="f2")], released=released, pseudonyms=Pseudonyms(KEY))


def test_findings_have_the_fields_that_others_rely_on_in_their_order() -> None:
    first, second = json.loads(written())
    assert list(first) == list(second) == FINDING_FIELDS
    assert list(first["alignment"]) == ["matrix", "inliers", "score"]
    assert {"share_altered", "share_surviving", "regions", "evidence"} <= set(first["alteration"])
    assert first["hash_match"] is None
    assert list(second["hash_match"]) == ["distance", "threshold", "false_match_rate"]
    assert list(first["error_rate"]) == ["value", "n", "low", "high", "population"]
    assert first["error_rate"]["population"]


def test_what_the_rate_comes_to_among_many_pairs_is_said_to_be_a_model() -> None:
    model = json.loads(written())[0]["error_model"]
    assert model["model"] is True
    assert model["pairs_measured"] == RATE.pairs
    assert model["in_the_case_of_2020_at_most"] == pytest.approx(RATE.pairs_high * 104_852_000, rel=1e-4)


def test_posts_are_pseudonyms_until_they_are_released() -> None:
    text = written().decode()
    assert not any(raw in text for raw in RAW_NAMES)
    locators = ("https://t.me/somebodys_gallery/4711", "https://t.me/other/12")
    released = json.loads(written(f1=locators))
    assert released[0]["posts"] == list(locators)
    assert released[1]["posts"][0].startswith("channel-")


def test_a_released_post_without_a_locator_keeps_its_pseudonym() -> None:
    posts = json.loads(written(f1=("https://t.me/somebodys_gallery/4711",)))[0]["posts"]
    assert len([each for each in posts if each.startswith("channel-")]) == 2
    assert "https://t.me/somebodys_gallery/4711" in posts


def test_the_same_findings_are_written_as_the_same_bytes() -> None:
    assert written() == written()


def test_the_exact_mask_and_the_points_stay_out() -> None:
    row = json.loads(written())[0]
    assert "mask" not in row["alteration"]
    assert "points" not in row["alignment"]


def test_measures_have_the_fields_that_others_rely_on_in_their_order() -> None:
    rows = json.loads(measures_json(MEASURES))
    assert [list(row) for row in rows] == [MEASURE_FIELDS] * len(rows)
    assert rows[0]["rows"] == {"table": "posts", "count": 476, "digest": "ab" * 32}
    assert rows[0]["window"] == {"from": "2025-11-01T00:00:00+00:00", "to": "2026-05-30T00:00:00+00:00"}
    assert [row["kind"] for row in rows] == ["exact", "interval", "bounds"]


def test_measures_of_a_public_report_are_bounds_only() -> None:
    rows = json.loads(public_measures_json(public(case_report())))
    assert rows
    assert all(row["value"] is None and row["n"] is None and row["kind"] == "bounds" for row in rows)
    assert rows[0]["low"] == 200
    assert rows[0]["high"] == 499


def test_undecided_pairs_keep_their_reasons_and_are_no_findings() -> None:
    pair = replace(
        examination(),
        conclusion=Conclusion.UNDECIDED,
        alignment=None,
        alteration=None,
        reasons=("too few points agree",),
    )
    (row,) = json.loads(undecided_json([pair], comparisons=12))
    assert row["conclusion"] == "undecided"
    assert row["reasons"] == ["too few points agree"]
    assert row["alignment"] is None
    assert row["reflected"] is None
    assert row["comparisons"] == 12


@settings(deadline=None)
@given(st.floats())
def test_a_number_is_written_so_that_reading_it_back_changes_nothing(number: float) -> None:
    kept = rounded(number)
    assert kept is None if not math.isfinite(number) else kept == pytest.approx(number, rel=1e-8)
    if kept is not None:
        assert json.loads(json.dumps(kept)) == rounded(kept)


def test_sums_in_another_order_are_written_alike() -> None:
    assert rounded(0.1 + 0.2) == rounded(0.3)
    assert json.dumps(rounded(-0.0)) == "0.0"
