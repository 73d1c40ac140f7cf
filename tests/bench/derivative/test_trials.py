from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.bench.derivative.bank import Bank, Enrolled, Forms
from takeback.bench.derivative.bank import _feature_file as feature_file
from takeback.bench.derivative.trials import Kind, Trial, Trials
from takeback.jobs.find import HASH_DISTANCE
from takeback.model.signal import DIHEDRAL_FORMS, LOW_QUALITY, Features, Signal
from takeback.signals.features import extract, pack


def hashed(number: int, quality: int = 100) -> Signal:
    return Signal.from_hex(f"{number:064x}", quality=quality)


def photograph(name: str, *numbers: int, quality: int = 100, refused: str = "") -> Enrolled:
    hashes = tuple(hashed(number).hex for number in numbers)
    return Enrolled(name=name, path=name, hashes=hashes, quality=quality, refused=refused)


def ones(count: int) -> int:
    return (1 << count) - 1


def test_a_hash_is_close_to_a_photograph_where_one_of_its_forms_is_within_the_distance_of_a_job() -> None:
    forms = Forms.of(
        [
            photograph("a", ones(256), ones(HASH_DISTANCE)),
            photograph("b", ones(256), ones(HASH_DISTANCE + 1)),
            photograph("c", ones(3), quality=LOW_QUALITY - 1),
            photograph("d", ones(3), refused="blank"),
        ]
    )
    assert forms.close(hashed(0)) == ("a",)
    assert forms.close(hashed(0, quality=LOW_QUALITY)) == ("a",)
    assert forms.close(hashed(0, quality=LOW_QUALITY - 1)) == ()
    assert Forms.of([]).close(hashed(0)) == ()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_close_hashes_are_those_of_the_plain_definition(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    near = [ones(256) & ~(ones(256) << int(bits)) for bits in rng.integers(0, 60, count * DIHEDRAL_FORMS)]
    album = [photograph(str(each), *near[each * DIHEDRAL_FORMS : (each + 1) * DIHEDRAL_FORMS]) for each in range(count)]
    asked = hashed(ones(int(rng.integers(0, 60))))
    wanted = [each.name for each in album if min(asked.distance(form) for form in each.signals) <= HASH_DISTANCE]
    assert Forms.of(album).close(asked) == tuple(wanted)


class NothingListed:
    """An index in which no features are found again."""

    def search(self, features: Features) -> list[object]:
        assert len(features)
        return []

    def __len__(self) -> int:
        return 2


class Grain:
    """An opener for which every photograph is grain of its own."""

    def open(self, path: str) -> np.ndarray:
        seed = sum(path.encode())
        return np.random.default_rng(seed).integers(0, 255, (180, 240, 3), dtype=np.uint8)


def test_a_photograph_as_it_is_is_compared_with_what_its_hash_alone_is_close_to(tmp_path: Path) -> None:
    album = [photograph("a", ones(0)), photograph("b", ones(7)), photograph("c", ones(90))]
    (tmp_path / "features").mkdir()
    for each in album:
        pixels = Grain().open(each.path)
        features = extract(pixels, full_width=pixels.shape[1], full_height=pixels.shape[0])
        feature_file(tmp_path, each.name).write_bytes(pack(features))
    bank = Bank(
        work=tmp_path,
        photographs={each.name: each for each in album},
        index=NothingListed(),  # type: ignore[arg-type]
        forms=Forms.of(album),
    )
    trial = Trial(number=0, kind=Kind.ITSELF, photograph="a", donor="c")
    tried = Trials._itself(trial, bank, Grain())  # type: ignore[arg-type]
    assert {each.original for each in tried.seen} == {"b"}
    assert not any(each.is_finding for each in tried.seen)
