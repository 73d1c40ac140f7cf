from __future__ import annotations

import numpy as np

from takeback.simulate.collection import load_photographs
from takeback.simulate.pictures import Part, make_pictures


def test_the_parts_are_as_planned_and_no_two_files_share_their_bytes() -> None:
    pictures = make_pictures(load_photographs(), np.random.default_rng(1))
    parts = [each.part for each in pictures.values()]
    assert {part: parts.count(part) for part in Part} == {
        Part.PLANTED: 18, Part.UNRELATED: 40, Part.SEALED: 1, Part.POISON: 1, Part.DAMAGED: 1,
    }  # fmt: skip
    assert len({each.sha256 for each in pictures.values()}) == len(pictures)


def test_planted_pictures_come_from_enrolled_photographs_and_no_other_does() -> None:
    enrolled = {each.name for each in load_photographs() if each.enrolled}
    for each in make_pictures(load_photographs(), np.random.default_rng(2)).values():
        assert (each.part is Part.PLANTED) == (each.photograph in enrolled)
        assert (each.conclusion is not None) == (each.part is Part.PLANTED)
