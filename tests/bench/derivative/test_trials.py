from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.bench.derivative.bank import Enrolled, Forms
from takeback.jobs.find import HASH_DISTANCE
from takeback.model.signal import DIHEDRAL_FORMS, LOW_QUALITY, Signal


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
