from __future__ import annotations

import re
from importlib.resources import files

from takeback.simulate.collection import load_photographs


def test_six_photographs_are_enrolled_and_eight_are_unrelated() -> None:
    photographs = load_photographs()
    assert [each.enrolled for each in photographs] == [True] * 6 + [False] * 8


def test_every_file_stands_in_the_licences_with_its_digest() -> None:
    written = (files("takeback.simulate") / "photographs" / "LICENCES.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| (\w+) \|.*`([0-9a-f]{64})` \|$", written, flags=re.MULTILINE)
    roles = {True: "enrolled", False: "unrelated"}
    assert set(rows) == {(each.name, roles[each.enrolled], each.sha256) for each in load_photographs()}


def test_every_shipped_picture_is_named_and_together_they_stay_small() -> None:
    folder = files("takeback.simulate") / "photographs"
    shipped = {each.name for each in folder.iterdir() if each.name.endswith(".jpg")}
    photographs = load_photographs()
    assert shipped == {each.name for each in photographs}
    assert sum(len(each.content) for each in photographs) < 2_500_000


def test_the_replaced_region_touches_the_region_marked_by_hand() -> None:
    for each in load_photographs():
        if not each.enrolled:
            assert each.person_region is None
            continue
        marked, replaced = each.person_region, each.replaced_region
        assert marked is not None
        assert replaced is not None
        assert min(marked.right, replaced.right) - max(marked.left, replaced.left) > 0.1
        assert min(marked.bottom, replaced.bottom) - max(marked.top, replaced.top) > 0.1


def test_pictures_open_as_colour_arrays() -> None:
    for each in load_photographs():
        pixels = each.pixels()
        assert pixels.shape[2] == 3
        assert pixels.dtype.name == "uint8"
