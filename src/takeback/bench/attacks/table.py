"""Every attack by its name, and how one or several in a row are carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from takeback.bench.attacks import (
    codecs,
    collages,
    composites,
    frames,
    geometry,
    grain,
    marks,
    regions,
    screens,
    tone,
)
from takeback.bench.attacks.state import Attacked, Pixels, Step, untouched
from takeback.errors import UsageError

Apply = Callable[[Attacked, Pixels, float, np.random.Generator], Attacked]

COMBINED = "combined"
"""The family of attacks that are several at once; chains draw from the others."""
_COMPRESSED = frozenset({"codec"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One kind of edit.

    ``says`` is what it does and its range, from strength 0 to 1; ``alters`` tells whether it replaces a part of the
    photograph; ``apply`` takes the state, another photograph, the strength and a generator.
    """

    name: str
    family: str
    alters: bool
    says: str
    apply: Apply


def _plain(function: Callable[[Attacked], Attacked]) -> tuple[Apply, str]:
    return lambda state, _donor, _strength, _rng: function(state), _words(function)


def _graded(function: Callable[[Attacked, float], Attacked]) -> tuple[Apply, str]:
    return lambda state, _donor, strength, _rng: function(state, strength), _words(function)


def _seeded(function: Callable[[Attacked, float, np.random.Generator], Attacked]) -> tuple[Apply, str]:
    return lambda state, _donor, strength, rng: function(state, strength, rng), _words(function)


def _drawn(function: Callable[[Attacked, np.random.Generator], Attacked]) -> tuple[Apply, str]:
    return lambda state, _donor, _strength, rng: function(state, rng), _words(function)


def _whole(function: Apply) -> tuple[Apply, str]:
    return function, _words(function)


def _words(function: Callable[..., Attacked]) -> str:
    return " ".join((function.__doc__ or "").split())


_FAMILIES: Mapping[str, Mapping[str, tuple[Apply, str]]] = {
    "geometry": {
        "rotate": _seeded(geometry.rotate),
        "mirror": _plain(geometry.mirror),
        "flip": _plain(geometry.flip),
        "turn": _drawn(geometry.turn),
        "crop": _seeded(geometry.crop),
        "stretch": _seeded(geometry.stretch),
        "perspective": _seeded(geometry.perspective),
        "scale_down": _graded(geometry.scale_down),
        "scale_up": _graded(geometry.scale_up),
        "warp": _seeded(geometry.warp),
    },
    "region": {"region": _whole(regions.region), "patch": _whole(regions.patch)},
    "tone": {
        "curve": _seeded(tone.curve),
        "colour_filter": _seeded(tone.colour_filter),
        "black_and_white": _graded(tone.black_and_white),
        "saturation": _seeded(tone.saturation),
        "contrast": _seeded(tone.contrast),
        "brightness": _seeded(tone.brightness),
        "sepia": _graded(tone.sepia),
        "vignette": _graded(tone.vignette),
    },
    "grain": {
        "blur": _graded(grain.blur),
        "motion_blur": _seeded(grain.motion_blur),
        "noise": _seeded(grain.noise),
        "salt": _seeded(grain.salt),
        "sharpen": _graded(grain.sharpen),
    },
    "codec": {
        "jpeg": _graded(codecs.jpeg),
        "webp": _graded(codecs.webp),
        "avif": _graded(codecs.avif),
        "double_jpeg": _seeded(codecs.double_jpeg),
    },
    "mark": {
        "text": _seeded(marks.text),
        "stickers": _seeded(marks.stickers),
        "tiled_watermark": _seeded(marks.tiled_watermark),
        "logo": _seeded(marks.logo),
        "caption": _seeded(marks.caption),
        "scribble": _seeded(marks.scribble),
    },
    "frame": {
        "border": _seeded(frames.border),
        "rounded_corners": _seeded(frames.rounded_corners),
        "letterbox": _seeded(frames.letterbox),
        "caption_bar": _seeded(frames.caption_bar),
    },
    "screen": {"screenshot": _whole(screens.screenshot), "screen_photo": _whole(screens.screen_photo)},
    "collage": {
        "collage_two": _whole(collages.collage_two),
        "collage_four": _whole(collages.collage_four),
        "collage_free": _whole(collages.collage_free),
        "inset": _whole(collages.inset),
        "behind_inset": _whole(collages.behind_inset),
    },
    COMBINED: {"composite": _whole(composites.composite), "reshot": _whole(composites.reshot)},
}
_ALTERS = frozenset({"region", "patch", "composite", "reshot"})

ATTACKS: Mapping[str, Attack] = MappingProxyType(
    {
        name: Attack(name=name, family=family, alters=name in _ALTERS, says=says, apply=apply)
        for family, attacks in _FAMILIES.items()
        for name, (apply, says) in attacks.items()
    }
)
"""Every attack by its name, family by family."""
CHAINED = tuple(name for name, each in ATTACKS.items() if each.family != COMBINED)
"""What chains are made of."""


def attack(name: str, photograph: Pixels, donor: Pixels, *, strength: float, rng: np.random.Generator) -> Attacked:
    """The photograph, (H, W, 3) uint8 RGB, after one attack at a strength in [0, 1], posted as JPEG.

    ``donor`` is another ordinary photograph, which lends texture. The outcome follows from the arguments alone.

    Raises:
        UsageError: There is no such attack, or no such strength.
    """
    return _posted(_carried_out(untouched(photograph), donor, name, strength, rng))


def chain(photograph: Pixels, donor: Pixels, rng: np.random.Generator, *, steps: int) -> Attacked:
    """The photograph after so many distinct attacks in a random order at uniform strengths, posted as JPEG.

    Raises:
        UsageError: There are not so many attacks.
    """
    if not 1 <= steps <= len(CHAINED):
        raise UsageError(f"a chain has 1 to {len(CHAINED)} attacks, not {steps}")
    state = untouched(photograph)
    for each in rng.choice(len(CHAINED), steps, replace=False):
        state = _carried_out(state, donor, CHAINED[int(each)], float(rng.random()), rng)
    return _posted(state)


def _carried_out(state: Attacked, donor: Pixels, name: str, strength: float, rng: np.random.Generator) -> Attacked:
    if name not in ATTACKS:
        raise UsageError(f"no attack of this name: {name} (there are {', '.join(ATTACKS)})")
    if not 0 <= strength <= 1:
        raise UsageError(f"an attack's strength is between 0 and 1, not {strength}")
    done = _within(ATTACKS[name].apply(state, donor, strength, rng))
    return replace(done, steps=(*state.steps, Step(attack=name, strength=strength)))


def _within(state: Attacked) -> Attacked:
    """The picture scaled down to the largest side, if a frame or a turn made it larger."""
    longest = max(state.pixels.shape)
    return geometry.resized(state, geometry.LARGEST / longest) if longest > geometry.LARGEST else state


def _posted(state: Attacked) -> Attacked:
    """The picture as it is posted: compressed, if its last attack was not compression."""
    last = ATTACKS[state.steps[-1].attack].family
    return state if last in _COMPRESSED else codecs.posted(state)
