from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from made_up_case import START, TODAY, Clock, MadeUp, enrolled, shipped
from takeback.crypto.keyfile import HumanKey
from takeback.crypto.signing import SigningKey
from takeback.engines.serial import Serial
from takeback.errors import ConsentError, HarmRule
from takeback.evidence.consent import countersign, read_signed, sign
from takeback.jobs.case import Case
from takeback.jobs.consents import consent_for
from takeback.jobs.investigate import investigate
from takeback.jobs.letters import lines
from takeback.jobs.people import confirm, look, raise_caps, release
from takeback.jobs.persons import take_packs
from takeback.jobs.publish import publish_public
from takeback.model.consent import Purpose, Region
from takeback.model.original import PackLevel
from takeback.simulate.edits import encode_jpeg

LATER = START + timedelta(days=3)
PROCEDURE = {'"made up for the demonstration"': '"made up, again"'}


def unsigned(made_up: MadeUp, *paths: Path, changes: dict[str, str]) -> str:
    """The form of the made-up person before anybody signed it."""
    return read_signed(made_up.signed(*paths, changes=changes, second=False)).text


def pack_of(
    made_up: MadeUp,
    case: Case,
    target: Path,
    keys: tuple[HumanKey, HumanKey],
    *paths: Path,
    changes: dict[str, str] | None = None,
    level: PackLevel = PackLevel.FEATURES,
    at: datetime = LATER,
) -> Path:
    """A pack under a consent that two given keys signed, later than the first."""
    text = unsigned(made_up, *paths, changes=changes or PROCEDURE)
    signed = countersign(sign(text, keys[0], time=at), keys[1], time=at)
    target.write_bytes(enrolled(paths or made_up.photographs, signed, case.store.recipient, level=level).pack)
    return target


def another_photograph(tmp_path: Path) -> Path:
    path = tmp_path / "other.jpg"

    path.write_bytes(encode_jpeg(shipped("barn").pixels, 88))
    return path


def test_the_enroller_cannot_become_the_second_key_by_another_consent(made_up: MadeUp, tmp_path: Path) -> None:
    throwaway = HumanKey(name="Throwaway", signing=SigningKey.new())
    with made_up.case(tmp_path) as case:
        found = case.findings[0].id
        for paths in ((another_photograph(tmp_path),), made_up.photographs):
            pack = pack_of(made_up, case, tmp_path / f"{len(paths)}.pack", (throwaway, made_up.people.enroller), *paths)
            take_packs(case, [pack], today=TODAY)
            with pytest.raises(HarmRule, match="second key"):
                release(case, [found], made_up.people.enroller)
        assert case.store.released() == frozenset()


def test_a_name_is_not_shared_by_keys_that_never_signed_for_it(made_up: MadeUp, tmp_path: Path) -> None:
    strangers = (made_up.people.stranger, HumanKey(name="Throwaway", signing=SigningKey.new()))
    with made_up.case(tmp_path) as case:
        pack = pack_of(made_up, case, tmp_path / "theirs.pack", strangers, another_photograph(tmp_path))
        with pytest.raises(ConsentError, match="other keys"):
            take_packs(case, [pack], today=TODAY)


def test_nothing_is_searched_for_a_person_whose_consent_has_ended(made_up: MadeUp, tmp_path: Path) -> None:
    keys = (made_up.people.enroller, made_up.people.countersigner)
    with made_up.case(tmp_path) as case:
        pack = pack_of(made_up, case, tmp_path / "short.pack", keys, changes={'"never"': '"2026-11-30"'})
        take_packs(case, [pack], today=TODAY)
        with pytest.raises(ConsentError, match="expired on 2026-11-30"):
            investigate(case, [made_up.export], [], engine=Serial(), today=date(2030, 1, 1))


def test_a_newer_consent_replaces_an_ended_one(made_up: MadeUp, tmp_path: Path) -> None:
    keys = (made_up.people.enroller, made_up.people.countersigner)
    with made_up.case(tmp_path) as case:
        short = pack_of(made_up, case, tmp_path / "short.pack", keys, changes={'"never"': '"2026-11-30"'})
        longer = pack_of(made_up, case, tmp_path / "long.pack", keys, at=LATER + timedelta(days=1))
        take_packs(case, [short, longer], today=TODAY)
        assert {consent_for(case, each).consent.expires_on for each in case.store.originals()} == {None}
        assert investigate(case, [made_up.export], [], engine=Serial(), today=date(2030, 1, 1)).findings


def test_a_higher_level_replaces_a_lower_one_and_a_lower_never_a_higher(made_up: MadeUp, tmp_path: Path) -> None:
    keys = (made_up.people.enroller, made_up.people.countersigner)
    with made_up.case(tmp_path, worked=False) as case:
        for level in (PackLevel.HASH, PackLevel.SEALED, PackLevel.FEATURES):
            pack = pack_of(made_up, case, tmp_path / f"{level.value}.pack", keys, level=level)
            take_packs(case, [pack], today=TODAY)
        assert {each.level for each in case.store.originals()} == {PackLevel.SEALED}
        assert all(each.sealed for each in case.store.originals())


def test_a_region_that_is_marked_later_counts(made_up: MadeUp, tmp_path: Path) -> None:
    keys = (made_up.people.enroller, made_up.people.countersigner)
    changes = {"[0.25, 0.25, 0.75, 0.75]": "[0.1, 0.1, 0.9, 0.9]"}
    with made_up.case(tmp_path) as case:
        pack = pack_of(made_up, case, tmp_path / "marked.pack", keys, changes=changes, level=PackLevel.HASH)
        take_packs(case, [pack], today=TODAY)
        regions = {each.person_region for each in case.store.originals()}
    assert regions == {Region(left=0.1, top=0.1, right=0.9, bottom=0.9)}


@pytest.mark.parametrize("changes", [{"notify = true": "notify = false"}, {'"never"': '"2026-08-10"'}])
def test_no_letter_rests_on_a_consent_that_does_not_allow_it_today(
    made_up: MadeUp, tmp_path: Path, changes: dict[str, str]
) -> None:
    keys = (made_up.people.enroller, made_up.people.countersigner)
    with made_up.case(tmp_path, clock=Clock(datetime(2026, 12, 1, tzinfo=UTC))) as case:
        for each in case.findings:
            confirm(case, each.id, made_up.people.enroller, shows="made up", how_known="made up")
        take_packs(case, [pack_of(made_up, case, tmp_path / "new.pack", keys, changes=changes)], today=TODAY)
        reasons = {each.reason for each in lines(case)}
    assert reasons
    assert all("notify" in each or "expired" in each for each in reasons)


def test_nobody_is_counted_in_public_figures_without_agreeing_to_it(made_up: MadeUp, tmp_path: Path) -> None:
    keys = (made_up.people.enroller, made_up.people.countersigner)
    changes = {"statistics = true": "statistics = false"}
    with made_up.case(tmp_path) as case:
        take_packs(case, [pack_of(made_up, case, tmp_path / "new.pack", keys, changes=changes)], today=TODAY)
        with pytest.raises(ConsentError, match=Purpose.STATISTICS.value):
            publish_public(case, tmp_path / "public")
    assert not (tmp_path / "public").exists()


def test_two_keys_that_nobody_knows_open_nothing_and_raise_nothing(made_up: MadeUp, tmp_path: Path) -> None:
    fresh = (HumanKey(name="One", signing=SigningKey.new()), HumanKey(name="Two", signing=SigningKey.new()))
    keys = (made_up.people.enroller, made_up.people.countersigner)
    with made_up.case(tmp_path, worked=False) as case:
        pack = pack_of(made_up, case, tmp_path / "sealed.pack", keys, level=PackLevel.SEALED)
        take_packs(case, [pack], today=TODAY)
        original = case.store.originals()[0].id
        with pytest.raises(ConsentError, match="case knows"):
            look(case, original, *fresh, reason="curious")
        with pytest.raises(ConsentError, match="case knows"):
            raise_caps(case, *fresh, photographs=99, persons=None, reason="more")
        assert look(case, original, *keys, reason="the drawing could not settle it")
