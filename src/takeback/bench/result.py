"""What a bench prints: figures with their n, peers measured in the same run, ratios, and which peers are absent."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import msgspec

from takeback import __version__


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure: value, unit, how many it rests on, and an interval where it has one."""

    value: float | int | None
    unit: str
    n: int
    low: float | None = None
    high: float | None = None


class BenchResult(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a bench."""

    bench: str
    seed: int
    n: int
    figures: Mapping[str, Figure]
    peers: Mapping[str, Mapping[str, Figure]] = {}
    ratios: Mapping[str, float] = {}
    absent: Mapping[str, str] = {}
    version: str = __version__
    cores: int = os.cpu_count() or 1
    note: str = ""

    def lines(self) -> Iterator[str]:
        """The figures for people."""
        yield f"bench {self.bench}, takeback {self.version}, seed {self.seed}, n {self.n}, {self.cores} cores"
        for name, figure in self.figures.items():
            yield f"{name}: {_words(figure)}"
        for peer, figures in self.peers.items():
            for name, figure in figures.items():
                yield f"{peer} {name}: {_words(figure)}"
        for name, ratio in self.ratios.items():
            yield f"{name}: {ratio:.3g}"
        for peer, how in self.absent.items():
            yield f"{peer} is absent: {how}"
        if self.note:
            yield self.note


def _words(figure: Figure) -> str:
    value = "not measured" if figure.value is None else f"{figure.value:.6g}"
    interval = "" if figure.low is None else f" [{figure.low:.6g}, {figure.high:.6g}]"
    return f"{value} {figure.unit}{interval} (n {figure.n})"
