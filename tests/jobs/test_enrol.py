from __future__ import annotations

import inspect
from dataclasses import fields
from pathlib import Path

import cv2
import numpy as np
import pytest

from made_up_case import TODAY, MadeUp, enrolled
from takeback.crypto import age
from takeback.errors import CapReached, ConsentError, PhotographRefused, TakebackError
from takeback.evidence.consent import read_signed
from takeback.exchanges.pack import read_pack
from takeback.jobs.enrol import Enrolment, enrol, photograph_digests
from takeback.model.original import PackLevel, ProtectionPack
from takeback.simulate.edits import encode_png

IDENTITY, RECIPIENT = age.new_identity()


def opened(made: Enrolment) -> ProtectionPack:
    return read_pack(made.pack, identities=[IDENTITY], read_consent=read_signed)


def test_enrolling_can_learn_nothing_of_any_case() -> None:
    takes = {name: str(each.annotation) for name, each in inspect.signature(enrol).parameters.items()}
    assert set(takes) == {"paths", "consent_text", "level", "recipients", "today", "progress"}
    assert not [kind for kind in takes.values() if "Case" in kind or "Source" in kind or "Index" in kind]
    assert {each.name for each in fields(Enrolment)} == {"pack", "person", "level", "enrolled", "refused", "smooth"}


@pytest.mark.parametrize("level", PackLevel)
def test_a_pack_holds_what_its_level_says_and_no_more(made_up: MadeUp, level: PackLevel) -> None:
    one = made_up.photographs[0]
    (original,) = opened(enrolled([one], made_up.signed(one), RECIPIENT, level=level)).originals
    assert len(original.signals) == 8
    assert (original.features is not None) == (level is not PackLevel.HASH)
    assert original.sealed == (one.read_bytes() if level is PackLevel.SEALED else None)
    assert original.person_region is not None


@pytest.mark.parametrize("level", PackLevel)
def test_a_pack_of_any_level_says_nothing_without_its_identity(made_up: MadeUp, level: PackLevel) -> None:
    one = made_up.photographs[0]
    made = enrolled([one], made_up.signed(one), RECIPIENT, level=level)
    assert b"person-heather" not in made.pack
    assert one.read_bytes()[5000:5032] not in made.pack


@pytest.mark.parametrize("answer", ["yes", "unknown"])
def test_a_photograph_of_somebody_who_may_have_been_a_minor_is_refused_undecoded_with_the_routes(
    made_up: MadeUp, tmp_path: Path, answer: str
) -> None:
    path = tmp_path / "photograph.jpg"
    path.write_bytes(b"this is no picture: whoever decodes it says so")
    text = made_up.signed(path, changes={'under_18 = "no"': f'under_18 = "{answer}"'})
    with pytest.raises(PhotographRefused, match=r"under 18 when taken\? .*takeitdown\.ncmec\.org") as raised:
        enrolled([path], text, RECIPIENT)
    assert "picture that the decoder" not in str(raised.value)


def blank() -> np.ndarray:
    return np.full((600, 800, 3), 180, dtype=np.uint8)


def tiny() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, (90, 120, 3), dtype=np.uint8)


@pytest.mark.parametrize("pixels", [blank(), tiny()], ids=["blank", "tiny"])
def test_a_photograph_that_cannot_serve_is_refused_with_a_reason_and_the_rest_enrolled(
    made_up: MadeUp, tmp_path: Path, pixels: np.ndarray
) -> None:
    path = tmp_path / "useless.png"
    path.write_bytes(encode_png(pixels))
    one = made_up.photographs[0]
    made = enrolled([path, one], made_up.signed(path, one), RECIPIENT, level=PackLevel.HASH)
    assert (made.enrolled, [each.path for each in made.refused]) == (1, [str(path)])
    assert "cannot be searched for" in made.refused[0].reason


def test_a_smooth_photograph_is_enrolled_and_named(made_up: MadeUp, tmp_path: Path) -> None:
    smooth, rng = np.full((480, 640, 3), 150, dtype=np.uint8), np.random.default_rng(3)
    for number in range(34):
        middle = (int(rng.integers(40, 600)), int(rng.integers(40, 440)))
        axes = (int(rng.integers(12, 40)), int(rng.integers(8, 20)))
        cv2.ellipse(smooth, middle, axes, 20.0 * number, 0, 360, rng.integers(60, 240, 3).tolist(), -1)
    path = tmp_path / "smooth.png"
    path.write_bytes(encode_png(cv2.GaussianBlur(smooth, (0, 0), 3)))
    one = made_up.photographs[0]
    made = enrolled([path, one], made_up.signed(path, one), RECIPIENT, level=PackLevel.FEATURES)
    assert (made.enrolled, made.refused) == (2, ())
    assert made.smooth == (str(path),)


def test_a_file_that_is_no_picture_is_refused_with_a_reason(made_up: MadeUp, tmp_path: Path) -> None:
    path = tmp_path / "note.jpg"
    path.write_text("words")
    with pytest.raises(PhotographRefused, match=r"no pack was made, every photograph was refused: .*no picture"):
        enrolled([path], made_up.signed(path), RECIPIENT)


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        ({'"never"': '"2026-08-02"'}, ConsentError, "expired on 2026-08-02"),
        ({'obtained_on = "2026-08-01"': 'obtained_on = "2026-08-04"'}, ConsentError, "which is still to come"),
    ],
)
def test_a_consent_that_is_not_in_force_enrols_nothing(
    made_up: MadeUp, change: dict[str, str], kind: type[TakebackError], said: str
) -> None:
    with pytest.raises(kind, match=said):
        enrolled(made_up.photographs, made_up.signed(changes=change), RECIPIENT)


def test_more_photographs_than_a_person_may_enrol_are_refused_before_any_is_read(
    made_up: MadeUp, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{number}.jpg" for number in range(51)]
    for number, path in enumerate(paths):
        path.write_bytes(b"picture %d" % number)
    text = made_up.signed(*paths)
    for path in paths:
        path.unlink()
    with pytest.raises(CapReached, match="51 photographs of 'person-heather' in a case that allows 50 a person"):
        enrol(paths, text, level=PackLevel.HASH, recipients=[RECIPIENT], today=TODAY)


def test_no_photograph_at_all_makes_no_pack(made_up: MadeUp) -> None:
    with pytest.raises(ConsentError, match=r"no photograph to enrol \(name at least one\)"):
        enrolled([], made_up.consent, RECIPIENT)


def test_a_form_is_bound_to_the_bytes_of_each_photograph(made_up: MadeUp) -> None:
    digests = photograph_digests(made_up.photographs)
    assert [name for _, name in digests] == ["barn.jpg", "timbered-houses.jpg"]
    assert all(digest in made_up.consent for digest, _ in digests)
