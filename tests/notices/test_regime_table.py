"""The page of regimes says what the data say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from takeback.model.notice import Confidence
from takeback.notices.regime_table import element_table, regime_table, sources
from takeback.notices.regimes import load_elements, load_regimes

TABLES = {
    "regimes": regime_table(load_regimes()),
    "elements": element_table(load_elements()),
    "sources": sources(load_regimes()),
}


@pytest.mark.parametrize("name", TABLES)
def test_the_page_holds_the_table_that_the_data_give(name: str, repository: Path) -> None:
    page = (repository / "docs" / "reference" / "regimes.md").read_text(encoding="utf-8")
    between = page.split(f"<!-- {name} -->\n")[1].split(f"<!-- /{name} -->")[0]
    assert between == TABLES[name]


def test_a_law_of_low_confidence_is_called_unverified() -> None:
    regime = load_regimes()[0]
    assert "unverified" in regime_table([replace(regime, confidence=Confidence.LOW)])
    assert "unverified" not in regime_table([regime])
