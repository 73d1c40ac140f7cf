"""The law as data: what ships, what is refused, what is in force when."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeback.errors import RegimeError
from takeback.model.notice import Confidence, Given, Regime, RegimeKind
from takeback.notices.regimes import in_force, load_elements, load_regimes

REGIMES = load_regimes()
LETTERS = [each for each in REGIMES if each.kind is not RegimeKind.MINOR_ROUTE]


def shipped(name: str) -> str:
    return (files("takeback.notices") / "regimes" / name).read_text(encoding="utf-8")


def variant(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = shipped("us-tida-48h.2026-05-19.toml").replace('id = "us-tida-48h"', 'id = "made-up"')
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "made-up.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_three_regimes_for_letters_and_three_routes_for_minors_ship() -> None:
    assert [each.id for each in LETTERS] == ["eu-dsa-16", "uk-osa-20a", "us-tida-48h"]
    assert len(REGIMES) == 6


@pytest.mark.parametrize("regime", REGIMES, ids=lambda each: each.id)
def test_the_shipped_data_say_what_the_reference_data_say(regime: Regime, shared_data: Path) -> None:
    yaml = pytest.importorskip("yaml")
    document = yaml.safe_load((shared_data / "regimes.yaml").read_text(encoding="utf-8"))
    entry = next(each for each in document["regimes"] if each["id"] == regime.id)
    assert [each.name for each in regime.required] == entry["required_elements"]
    extra = {"national_provisions"}
    assert [each.name for each in regime.recommended if each.name not in extra] == entry.get("recommended_elements", [])
    assert regime.hours == entry["deadline"]["hours"]
    assert regime.clock.value == entry["deadline"]["clock"]
    assert (regime.effective_from, regime.effective_to) == (entry["effective_from"], entry["effective_to"])
    assert regime.confidence is Confidence(entry["confidence"])
    assert {each["url"] for each in entry["sources"]} <= {each.url for each in regime.sources}


@pytest.mark.parametrize("regime", REGIMES, ids=lambda each: each.id)
def test_each_worked_example_adds_up(regime: Regime) -> None:
    hours = regime.hours
    expected = None if hours is None else regime.example.event + timedelta(hours=hours)
    assert regime.example.due == expected


def test_intimate_image_laws_are_marked_as_such() -> None:
    assert {each.id for each in REGIMES if each.intimate_image_law} == {"us-tida-48h", "uk-osa-20a"}


def test_a_statement_has_its_exact_words_and_no_other_element_has_any() -> None:
    for element in load_elements():
        assert bool(element.statement) == (element.given is Given.CONFIRMED)


def test_every_element_is_used_by_a_regime() -> None:
    used = {each.name for regime in REGIMES for each in (*regime.required, *regime.recommended)}
    assert used == {each.name for each in load_elements()}


def test_the_wording_never_says_more_than_the_figures() -> None:
    for regime in REGIMES:
        words = " ".join(text for _, text in regime.wording).lower()
        assert not [banned for banned in ("proof", "proven", "prove", "certain") if banned in words]


def test_a_regime_is_not_in_force_the_day_before_it_begins() -> None:
    assert "uk-osa-20a" not in {each.id for each in in_force(REGIMES, date(2026, 6, 28))}
    assert "uk-osa-20a" in {each.id for each in in_force(REGIMES, date(2026, 6, 29))}


def test_the_last_day_in_force_is_still_in_force(tmp_path: Path) -> None:
    folder = variant(tmp_path, ("recipients =", "effective_to = 2026-07-01\nrecipients ="))
    regimes = load_regimes(extra=folder)
    assert "made-up" in {each.id for each in in_force(regimes, date(2026, 7, 1))}
    assert "made-up" not in {each.id for each in in_force(regimes, date(2026, 7, 2))}


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2040, 1, 1)))
def test_no_day_has_two_versions_of_one_law(day: date) -> None:
    ids = [each.id for each in in_force(REGIMES, day)]
    assert len(ids) == len(set(ids))


def test_overlapping_versions_of_one_law_are_refused(tmp_path: Path) -> None:
    text = shipped("us-tida-48h.2026-05-19.toml").replace("2026-05-19", "2026-10-01")
    (tmp_path / "later.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RegimeError, match=r"two versions of us-tida-48h are in force on 2026-10-01.*effective_to"):
        load_regimes(extra=tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("hours = 48", 'hours = "48"', r"deadline\.hours"),
        ("hours = 48", "hours = 47", r"example\.due"),
        ("hours = 48", "hours = -48", r"deadline\.hours"),
        ('clock = "receipt_valid_request"', 'clock = "soon"', r"deadline\.clock"),
        ('"written"', '"sworn"', "required: no such element: 'sworn'"),
        ('confidence = "high"', 'confidence = "high"\nsurprise = 1', "surprise"),
        ('confidence = "high"', "", "confidence"),
        ("2026-10-31T23:30:00-04:00", "2026-10-31T23:30:00", r"example\.event"),
        ("takeback.regime/1", "takeback.regime/2", "schema"),
        ("recipients =", "effective_to = 2020-01-01\nrecipients =", "effective_to"),
        ("subject =", "subjekt =", "wording"),
        ('id = "made-up"', 'id = "Made up"', "id"),
        ("[deadline]", "[deadline", r"made-up\.toml"),
    ],
)
def test_a_fault_is_named_by_file_and_field(tmp_path: Path, old: str, new: str, field: str) -> None:
    with pytest.raises(RegimeError, match=rf"made-up\.toml.*{field}|{field}") as caught:
        load_regimes(extra=variant(tmp_path, (old, new)))
    assert "made-up.toml" in str(caught.value)


def test_a_missing_folder_of_regimes_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegimeError, match="no folder of regimes"):
        load_regimes(extra=tmp_path / "absent")


def test_a_regime_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RegimeError, match="UTF-8"):
        load_regimes(extra=tmp_path)
