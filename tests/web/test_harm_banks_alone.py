"""Whoever has a token reaches harm banks and nothing else: no case, no pack, no enrolled photograph."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import takeback
from takeback.web.route import Nothing, Raw
from takeback.web.service import ROUTES

SOURCE = Path(takeback.__file__).parent
PROTECTED = (
    "takeback.jobs.bank",
    "takeback.jobs.case",
    "takeback.jobs.enrol",
    "takeback.jobs.investigate",
    "takeback.jobs.people",
    "takeback.model.original",
    "takeback.exchanges.pack",
    "takeback.store.case_store",
    "takeback.matching.photograph_index",
    "takeback.evidence",
    "takeback.engines",
)
"""What holds enrolled photographs, or opens what does."""
HOLDS = {"takeback.jobs.case": {"utc_now"}}
"""What may be taken from there all the same: the clock."""
NAMES_ONLY = {"takeback.protocols"}
"""The page of extension points names every noun, and holds none."""


def imports_of(module: str) -> set[str]:
    """Each name of takeback that a module imports, as module or module.name."""
    path = SOURCE.joinpath(*module.split(".")[1:]).with_suffix(".py")
    if not path.is_file():
        path = SOURCE.joinpath(*module.split(".")[1:]) / "__init__.py"
    if not path.is_file():
        return set()
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {each for each in found if each.startswith("takeback.")}


def reached(start: str) -> dict[str, tuple[str, ...]]:
    """Everything that a module imports over any number of steps, with the way there."""
    ways: dict[str, tuple[str, ...]] = {}
    waiting = [(start, (start,))]
    while waiting:
        module, way = waiting.pop()
        if module in NAMES_ONLY:
            continue
        for name in imports_of(module):
            parent, _, leaf = name.rpartition(".")
            if leaf in HOLDS.get(parent, set()):
                continue
            for each in (name, parent):
                if each not in ways and each != "takeback":
                    ways[each] = (*way, each)
                    waiting.append((each, (*way, each)))
    return ways


@pytest.mark.parametrize("room", sorted(path.stem for path in (SOURCE / "web").glob("*.py") if path.stem != "__init__"))
def test_no_module_of_the_service_imports_what_holds_enrolled_photographs(room: str) -> None:
    ways = reached(f"takeback.web.{room}")
    bad = {
        name: " > ".join(way)
        for name, way in ways.items()
        if any(name == each or name.startswith(f"{each}.") for each in PROTECTED)
    }
    assert bad == {}


def test_this_test_would_see_a_way() -> None:
    assert "takeback.jobs.bank" in reached("takeback.jobs.investigate")


def test_no_route_and_no_type_of_one_speaks_of_cases_or_photographs() -> None:
    words = re.compile(r"case|pack|original|enrol|photograph|consent|person", re.IGNORECASE)
    for row in ROUTES:
        assert not words.search(row.path)
        for kind in (row.query, row.body):
            if kind not in (Nothing, Raw) and hasattr(kind, "__struct_fields__"):
                assert [name for name in kind.__struct_fields__ if words.search(name)] == []
