"""Made material keeps its promises: shares, held-out photographs, reposts of the same bytes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from takeback.bench.material import Material, composite, make_material, signed_consent
from takeback.bench.photographs import Album, album, shuffled
from takeback.errors import UnusableInput
from takeback.evidence.consent import read_signed, require_two
from takeback.model.consent import Under18
from takeback.model.digest import sha256_of
from takeback.simulate.collection import decode, load_photographs


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Album:
    folder = tmp_path_factory.mktemp("photographs")
    for each in load_photographs():
        (folder / each.name).write_bytes(each.content)
    return album(folder, folder / "spare")


@pytest.fixture(scope="module")
def material(shipped: Album, tmp_path_factory: pytest.TempPathFactory) -> Material:
    return make_material(tmp_path_factory.mktemp("made") / "export", shipped, 20, np.random.default_rng(5))


def test_a_fifth_of_the_media_are_reposts_of_the_same_bytes(material: Material) -> None:
    files = sorted((material.export / "photos").iterdir())
    assert len(files) == material.posts == 20
    assert len({sha256_of(path.read_bytes()) for path in files}) == len(material.sources) == 16


def test_every_post_names_a_file_that_is_there(material: Material) -> None:
    rows = json.loads((material.export / "result.json").read_text(encoding="utf-8"))["messages"]
    assert len(rows) == 20
    assert all((material.export / row["photo"]).is_file() for row in rows)


def test_enrolled_photographs_are_held_out_from_the_unrelated_ones(material: Material) -> None:
    enrolled = {path.name for path in material.enrolled}
    planted = {media for media, _ in material.planted}
    assert len(material.planted) == 1
    assert {material.sources[media] for media in planted} <= enrolled
    assert not enrolled & {source for media, source in material.sources.items() if media not in planted}


def test_the_same_seed_makes_the_same_media(shipped: Album, material: Material, tmp_path: Path) -> None:
    again = make_material(tmp_path / "export", shipped, 20, np.random.default_rng(5))
    assert (again.planted, again.sources) == (material.planted, material.sources)


def test_a_composite_was_altered_and_keeps_most_of_the_picture() -> None:
    photographs = load_photographs()
    edited = composite(photographs[0].pixels(), photographs[-1].pixels(), np.random.default_rng(1))
    assert edited.steps[:2] == ("region replaced", "cropped")
    assert 0.05 < edited.share_altered < 0.35
    assert edited.share_surviving > 0.25


def test_the_consent_is_signed_by_two_and_covers_each_photograph(material: Material) -> None:
    signed = require_two(read_signed(signed_consent(material.enrolled)))
    for path in material.enrolled:
        said = signed.consent.photograph(sha256_of(path.read_bytes()))
        assert said is not None
        assert said.under_18 is Under18.NO


def test_a_folder_with_too_few_photographs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.jpg").write_bytes(load_photographs()[0].content)
    with pytest.raises(UnusableInput, match="too few photographs: 1"):
        make_material(tmp_path / "export", album(tmp_path, tmp_path / "spare"), 20, np.random.default_rng(1))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="not a folder of photographs"):
        album(tmp_path / "nowhere", tmp_path / "spare")


def test_the_shipped_photographs_stand_in_where_there_are_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAKEBACK_DATA", str(tmp_path / "nowhere"))
    found = album(None, tmp_path / "spare")
    assert found.origin == "the shipped photographs"
    assert len(found.files) == len(load_photographs())


def test_shuffling_follows_the_generator(shipped: Album) -> None:
    assert shuffled(shipped.files, np.random.default_rng(2)) == shuffled(shipped.files, np.random.default_rng(2))
    assert sorted(shuffled(shipped.files, np.random.default_rng(2))) == sorted(shipped.files)


def test_what_is_decoded_again_is_a_picture(material: Material) -> None:
    first = min((material.export / "photos").iterdir())
    assert max(decode(first.read_bytes()).shape[:2]) <= 1280
