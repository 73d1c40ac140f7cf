"""One made-up network for all tests of this folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from takeback.simulate.network import write_network
from takeback.simulate.truth import Truth


@dataclass(frozen=True)
class Network:
    folder: Path
    truth: Truth

    @property
    def chats(self) -> list[dict[str, object]]:
        return json.loads((self.folder / "result.json").read_text(encoding="utf-8"))["chats"]["list"]

    @property
    def rows(self) -> dict[tuple[str, int], dict[str, object]]:
        return {(f"telegram:{chat['id']}", row["id"]): row for chat in self.chats for row in chat["messages"]}


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    folder = tmp_path_factory.mktemp("made-up") / "export"
    return Network(folder=folder, truth=write_network(folder))
