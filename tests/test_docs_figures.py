"""The page of limits shows whatever figures a run left, and says beside every recall what it is not."""

from __future__ import annotations

import importlib.util
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import pytest

from takeback.matching.calibration import shipped

CONF = Path(__file__).resolve().parents[1] / "docs" / "conf.py"
FAKES = "on benign edits, not on real fakes"


@pytest.fixture(scope="module")
def conf() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_conf", CONF)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def share(value: float, n: int = 40) -> dict[str, object]:
    return {"value": value, "unit": "share of benign edits found", "n": n, "low": value - 0.1, "high": 1.0}


KEPT = {
    "figures": {
        "recall_all": share(0.998),
        "recall_all_with_refused": share(0.98),
        "recall_little_survives": share(0.4),
        "recall_scale_down": share(0.95),
        "recall_scale_down_low": share(1.0),
        "recall_scale_down_mid": share(0.97),
        "recall_scale_down_high": share(0.88),
        "recall_chain": share(0.93),
        "missed_undecided": {**share(0.0015), "unit": "share of benign edits listed as undecided"},
        "false_findings": {"value": 0, "unit": "pairs", "n": 9},
    },
    "peers": {"pdq": {"recall_all": share(0.4), "recall_scale_down": share(0.9)}},
}


def test_what_sums_attacks_up_is_no_attack(conf: ModuleType) -> None:
    assert conf.attacks(KEPT["figures"]) == ["scale_down", "chain"]


def test_every_attack_has_a_row_with_its_bands_and_its_peers(conf: ModuleType) -> None:
    page = "\n".join(conf.recall(KEPT))
    assert "| `scale_down` | 0.950 | 40 | 0.850 | 1.000 | 0.970 | 0.880 | 0.900 |" in page
    assert "| `chain` | 0.930 | 40 | 0.830 |  |  |  |  |" in page
    assert f"recall {FAKES}" in page


def test_recall_over_all_attacks_stands_above_with_what_became_of_the_rest(conf: ModuleType) -> None:
    above = "\n".join(conf.recall(KEPT)).split("<div>")[0]
    assert f"recall is **0.998** {FAKES} (at least 0.898, n 40)." in above
    assert "0.002 is the share of benign edits listed as undecided" in above


def test_the_plot_is_well_formed_and_says_what_recall_it_is(conf: ModuleType) -> None:
    drawn = "\n".join(conf.plot(KEPT["figures"], ["scale_down", "chain"]))
    root = ET.fromstring(drawn)  # we wrote it a line above
    assert len(list(root.iter("circle"))) == 3
    assert FAKES in str(root.findtext("svg/title"))


def test_a_checkout_without_figures_claims_none(conf: ModuleType) -> None:
    assert list(conf.recall({})) == ["*Not measured in this checkout yet.*"]


def test_the_rates_that_ship_are_on_the_page_with_what_is_a_model(conf: ModuleType) -> None:
    page = "\n".join(conf.rates())
    table = shipped()
    assert f"{table.pairs:,}" in page
    assert table.population in page
    assert "**model**" in page
    assert "taken in a row" in page
