"""The start-up bench measures whole processes next to the bare interpreter."""

from __future__ import annotations

from takeback.bench.run import run


def test_startup_gives_the_figure_its_range_and_the_bare_interpreter() -> None:
    result = run("startup", size=2, photos=None, seed=1)
    figure = result.figures["help_s"]
    assert (result.bench, result.n, figure.n, figure.unit) == ("startup", 2, 2, "s")
    assert figure.low is not None
    assert figure.high is not None
    assert figure.value is not None
    assert 0 < figure.low <= figure.value <= figure.high
    assert result.ratios["help_s_vs_python"] > 1
    assert result.peers["python"]["help_s"].n == 2


def test_startup_says_how_loaded_the_machine_was() -> None:
    assert "load average" in run("startup", size=1, photos=None, seed=1).note
