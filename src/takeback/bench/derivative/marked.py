"""False findings among unrelated photographs that carry one mark, with the overlay guard and without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from takeback.bench.derivative.bank import Enrolled
from takeback.bench.derivative.resumed import kept_in, whole_lines
from takeback.bench.overlays import EACH, MARKS, MarkedFindings, findings_among, overlay_material
from takeback.bench.result import Figure
from takeback.matching.calibration import clopper_pearson
from takeback.protocols import Secrets
from takeback.signals.decode import Decoder


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedTrials:
    """The stage that lays one kind of mark on photographs of the album and looks for them among each other."""

    files: tuple[str, ...]
    seed: int
    each: int
    name: str = "marked"
    version: str = "1"
    parameters: str = ""

    def __call__(self, part: int, secrets: Secrets) -> tuple[MarkedFindings]:
        """What came of the kind of that number, alone."""
        del secrets
        with Decoder() as decoder:
            material = overlay_material(
                [Path(each) for each in self.files], decoder, np.random.default_rng(self.seed), each=self.each
            )
            return (findings_among(next(islice(material, part, None))),)


def marked_figures(usable: Sequence[Enrolled], seed: int, folder: Path, *, each: int = EACH) -> dict[str, Figure]:
    """Findings among unrelated marked pairs over all kinds of marks, and by kind; nothing where ``each`` is 0.

    The folder keeps what came of a kind: an interrupted run resumes.
    """
    if not each:
        return {}
    kept = folder / f"marked-{seed}-{each}.ndjson"
    done = {one.kind: one for one in whole_lines(kept, MarkedFindings)}
    left = [number for number, kind in enumerate(MARKS) if kind not in done]
    stage = MarkedTrials(files=tuple(photograph.path for photograph in usable), seed=seed, each=each)
    for lines in kept_in(kept, stage, left, lambda part: f"marks of kind {part}"):
        done.update((one.kind, one) for one in lines)
    found = [done[kind] for kind in MARKS]
    pairs = sum(one.pairs for one in found)
    figures = {
        "false_overlay_pairs": _count(sum(one.findings for one in found), pairs, "with the guard"),
        "false_overlay_pairs_unguarded": _count(sum(one.findings_unguarded for one in found), pairs, "without it"),
    }
    for one in found:
        words = f"under one mark ({one.kind.replace('_', ' ')}), with the guard"
        figures[f"false_overlay_pairs_{one.kind}"] = _count(one.findings, one.pairs, words)
    return figures


def _count(errors: int, pairs: int, words: str) -> Figure:
    low, high = clopper_pearson(errors, pairs) if pairs else (0.0, 1.0)
    unit = f"findings among unrelated marked pairs {words}"
    return Figure(value=errors, unit=unit, n=pairs, low=low * pairs, high=high * pairs)
