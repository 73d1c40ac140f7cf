"""One picture of every attack at three strengths, so that a person can look at what the generator makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from takeback.bench.attacks.geometry import scaled
from takeback.bench.attacks.lettering import write
from takeback.bench.attacks.scenes import burst, scene
from takeback.bench.attacks.state import Attacked, Pixels, ground
from takeback.bench.attacks.table import ATTACKS, attack, chain

STRENGTHS = (0.25, 0.6, 1.0)
_WIDTH, _HEIGHT, _LABEL = 230, 200, 22
_ACROSS = 9
_PAPER, _INK = (255, 255, 255), (20, 20, 20)


def contact_sheet(photograph: Pixels, donor: Pixels, *, seed: int, strengths: Sequence[float] = STRENGTHS) -> Pixels:
    """Every attack at each strength, then chains, scenes and a burst, with labels; (H, W, 3) uint8 RGB.

    A label tells the attack, its strength, and how much of the photograph's area survives, in percent.
    """
    cells = [_cell(label, pixels) for label, pixels in _made(photograph, donor, seed, strengths)]
    rows = -(-len(cells) // _ACROSS)
    sheet = ground(rows * (_HEIGHT + _LABEL), _ACROSS * _WIDTH, _PAPER)
    for number, cell in enumerate(cells):
        top, left = number // _ACROSS * (_HEIGHT + _LABEL), number % _ACROSS * _WIDTH
        sheet[top : top + _HEIGHT + _LABEL, left : left + _WIDTH] = cell
    return sheet


def _made(photograph: Pixels, donor: Pixels, seed: int, strengths: Sequence[float]) -> Iterator[tuple[str, Pixels]]:
    number = 0
    for name in ATTACKS:
        for strength in strengths:
            number += 1
            rng = np.random.default_rng([seed, number])
            yield _told(name, strength, attack(name, photograph, donor, strength=strength, rng=rng))
    for steps in (2, 3, 4):
        state = chain(photograph, donor, np.random.default_rng([seed, number + steps]), steps=steps)
        yield "+".join(each.attack for each in state.steps), state.pixels
    for strength in strengths:
        pixels = scene(photograph, np.random.default_rng([seed, 1000]), strength=strength)
        yield f"scene {strength:g}", pixels
    yield "burst", burst(photograph, np.random.default_rng([seed, 1001]))


def _told(name: str, strength: float, state: Attacked) -> tuple[str, Pixels]:
    return f"{name} {strength:g} · {100 * state.surviving_share:.0f} %", state.pixels


def _cell(label: str, pixels: Pixels) -> Pixels:
    small = scaled(pixels, min((_WIDTH - 6) / pixels.shape[1], (_HEIGHT - 4) / pixels.shape[0]))
    cell = ground(_HEIGHT + _LABEL, _WIDTH, _PAPER)
    height, width = small.shape[:2]
    top, left = (_HEIGHT - height) // 2, (_WIDTH - width) // 2
    cell[top : top + height, left : left + width] = small
    write(cell, label, (4, _HEIGHT + 2), 13, _INK)
    return cell
