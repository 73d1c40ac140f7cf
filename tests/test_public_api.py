from __future__ import annotations

import doctest
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import takeback
from takeback import errors
from takeback.errors import TakebackError

PROMISED = {"PdqHasher", "HammingIndex", "PhotographIndex", "examine", "read_source", "Case"}


def test_every_promised_name_is_public_and_has_one_sentence_that_says_what_it_is() -> None:
    assert set(takeback.__all__) >= PROMISED
    for name in PROMISED:
        found = getattr(takeback, name)
        assert found.__name__ == name
        assert (found.__doc__ or "").strip().split("\n")[0].endswith(".")


def test_every_public_name_has_an_example_that_runs(repository: Path) -> None:
    shown = set()
    for name in PROMISED:
        found = getattr(takeback, name)
        module = importlib.import_module(found.__module__)
        for each in doctest.DocTestFinder().find(found, name, module=module):
            outcome = doctest.DocTestRunner().run(each)
            assert outcome.failed == 0, name
            shown |= {name} if outcome.attempted else set()
    page = repository / "docs" / "reference" / "library.md"
    assert doctest.testfile(str(page), module_relative=False).failed == 0
    examples = [each.source for each in doctest.DocTestParser().get_examples(page.read_text(encoding="utf-8"))]
    shown |= {name for name in PROMISED if any(f"{name}(" in each for each in examples)}
    assert shown == PROMISED


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_every_public_name_is_typed_throughout(name: str) -> None:
    found = getattr(takeback, name)
    members = [found] if inspect.isfunction(found) else [each for _, each in inspect.getmembers(found, callable)]
    for each in members:
        if inspect.isfunction(each) and not each.__name__.startswith("_"):
            signature = inspect.signature(each)
            assert signature.return_annotation is not inspect.Signature.empty, each
            kinds = [param for param in signature.parameters.values() if param.name not in {"self", "cls"}]
            assert [param.name for param in kinds if param.annotation is inspect.Parameter.empty] == [], each


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'takeback' has no attribute 'find_faces'"):
        takeback.find_faces  # noqa: B018  # asking for it is the test


def test_importing_takeback_loads_no_numeric_library() -> None:
    code = "import sys, takeback; print(sorted({'numpy', 'cv2', 'numba', 'PIL', 'click'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_error_is_in_the_one_tree_and_drawn_in_its_docstring() -> None:
    kinds = {
        name: each
        for name, each in vars(errors).items()
        if inspect.isclass(each) and issubclass(each, Exception) and each.__module__ == errors.__name__
    }
    assert all(issubclass(each, TakebackError) for each in kinds.values())
    assert [name for name in kinds if name not in (errors.__doc__ or "")] == []
