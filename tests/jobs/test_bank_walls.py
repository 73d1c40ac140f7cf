"""Harm banks and protected banks are two kinds: no path leads from what serves the one to the other."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from takeback.errors import HarmRule
from takeback.exchanges import export_guard, hash_formats, hash_records
from takeback.jobs.bank_store import BankStore
from takeback.model import bank as nouns
from takeback.model.bank import BankHash, HarmHash, NegativeHash
from takeback.model.original import Original
from takeback.model.signal import Signal

SOURCE = Path(__file__).resolve().parents[2] / "src" / "takeback"
FILES = {
    "takeback." + ".".join(path.relative_to(SOURCE).with_suffix("").parts): path
    for path in sorted(SOURCE.rglob("*.py"))
}
PROTECTED = {
    "takeback.exchanges.pack",
    "takeback.jobs.bank",
    "takeback.jobs.bank_guard",
    "takeback.jobs.case",
    "takeback.jobs.persons",
    "takeback.matching.photograph_index",
    "takeback.model.original",
    "takeback.store.case_store",
    "takeback.store.people",
}
"""Where enrolled photographs are, or what leads there by itself."""
JOINS = {
    name: {"takeback.jobs.bank_guard", "takeback.jobs.case"}
    for name in ("takeback.cli.bank_lists", "takeback.cli.exchanging")
}
"""The commands in whose sight both are: they hold what leaves against the photographs of the cases they were given."""
HARM = sorted(
    name
    for name in FILES
    if name in {"takeback.cli.exchanging", "takeback.jobs.exchanging"}
    or (
        name.startswith(
            ("takeback.web.", "takeback.jobs.bank_", "takeback.store.bank", "takeback.cli.bank", "takeback.model.bank")
        )
        and name != "takeback.jobs.bank_guard"
    )
    or (
        name.startswith("takeback.exchanges.")
        and name not in {"takeback.exchanges.pack", "takeback.exchanges.pack_container"}
    )
)


def imports(name: str) -> Iterator[str]:
    """The modules of ours that a module imports when it runs, at its top or inside its functions."""
    for node in running(ast.parse(FILES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in FILES)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for full in (node.module, *(f"{node.module}.{each.name}" for each in node.names)):
                if full in FILES:
                    yield full


def running(node: ast.AST) -> Iterator[ast.AST]:
    """Every node but those for the type checker alone."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from running(child)


def reached(start: str, *, past: frozenset[str] = frozenset()) -> set[str]:
    """Everything that is imported in the end, not looking past some modules."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [each for each in imports(name) if name not in past]
    return found


@pytest.mark.parametrize("name", HARM)
def test_no_import_leads_from_harm_banks_to_protected_banks(name: str) -> None:
    joins = JOINS.get(name, set())
    through = reached(name, past=frozenset(joins | JOINS.keys())) if name not in JOINS else set(imports(name))
    assert through & PROTECTED <= joins


def test_such_a_path_would_be_found() -> None:
    assert "takeback.model.original" in reached("takeback.cli.bank_lists")
    assert "takeback.model.original" in reached("takeback.jobs.bank_guard")


def test_nothing_but_the_guard_and_the_nouns_ever_names_both_kinds() -> None:
    both = set()
    for name, path in FILES.items():
        names = {
            node.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)
        }
        if names & {"HarmHash", "HarmSignal", "BankHash", "BankStore"} and names & {
            "Original",
            "ProtectionPack",
            "Case",
        }:
            both.add(name)
    assert both <= {"takeback.jobs.bank_guard", *JOINS}
    assert "takeback.jobs.bank_guard" in both


@pytest.mark.parametrize("kind", [HarmHash, NegativeHash, BankHash])
def test_no_door_of_a_hash_takes_the_signal_of_a_photograph(kind: type[BankHash]) -> None:
    enrolled = Signal.from_hex("0" * 64, quality=80)
    with pytest.raises(HarmRule):
        kind(signal=enrolled)  # type: ignore[arg-type]  # mypy refuses it, and so does the type
    with pytest.raises((HarmRule, AttributeError)):
        kind.of(pdq=enrolled)  # type: ignore[arg-type]  # as above
    with pytest.raises((HarmRule, ValueError)):
        kind(signal=nouns.HarmSignal.from_hex("0" * 64), forms=(enrolled,) * 8)  # type: ignore[arg-type]  # as above


def public(owner: object) -> Iterator[tuple[str, Callable[..., object]]]:
    for name, each in vars(owner).items():
        plain = each.__func__ if isinstance(each, (classmethod, staticmethod)) else each
        if not name.startswith("_") and inspect.isfunction(plain):
            yield name, plain


def test_no_function_of_banks_lists_or_guards_takes_or_gives_a_signal_or_an_original() -> None:
    owners = [nouns, BankStore, HarmHash, hash_records, hash_formats, export_guard, *BankStore.__mro__[1:-1]]
    seen = 0
    for owner in owners:
        for name, function in public(owner):
            seen += 1
            said = " ".join(str(each) for each in function.__annotations__.values())
            assert not {"Signal", "SignalBatch", Original.__name__, "ProtectionPack"} & set(_words(said)), name
    assert seen > 40


def test_what_leaves_for_an_exchange_is_a_harm_hash_by_its_type() -> None:
    assert inspect.get_annotations(hash_records.HarmRecord)["hash"] == "HarmHash | None"


def test_a_look_up_is_given_words_and_never_an_image_or_a_photograph() -> None:
    taken = inspect.get_annotations(BankStore.lookup)
    assert taken["words"] == "npt.NDArray[np.uint64]"
    assert np.uint64


def _words(text: str) -> list[str]:
    return "".join(each if each.isalnum() else " " for each in text).split()
