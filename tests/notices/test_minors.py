"""Of a sealed item only its address and time leave, and only by the minor routes."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import fields
from typing import get_type_hints

import pytest

import takeback.notices
from notices import made_up
from takeback.errors import HarmRule
from takeback.model.clearing import SealedItem, SealReason
from takeback.model.digest import sha256_of
from takeback.model.media import Place
from takeback.model.notice import MinorRoute
from takeback.notices.minors import minor_route
from takeback.notices.regimes import load_regimes

SEALED = SealedItem(
    sha256=sha256_of(b"never opened"), place=Place(source="export", path="photos/a.jpg"), reason=SealReason.FLAG
)
LOCATOR = "https://t.me/made_up_channel/13"


def routes() -> tuple[MinorRoute, ...]:
    return minor_route(
        SEALED, load_regimes(), locator=LOCATOR, observed=made_up.MADE, how_found="in an export read for a case"
    )


def test_only_the_minor_routes_are_offered_and_each_can_be_reached() -> None:
    assert {each.regime for each in routes()} == {"minor-us-cybertip", "minor-iwf-inhope", "minor-takeitdown-ncmec"}
    assert all(each.recipients for each in routes())


def test_neither_digest_nor_place_of_the_item_is_passed_on() -> None:
    said = repr(routes())
    assert SEALED.sha256 not in said
    assert SEALED.place.path not in said
    assert LOCATOR in said


def test_the_young_persons_own_route_is_handed_nothing() -> None:
    own = next(each for each in routes() if each.regime == "minor-takeitdown-ncmec")
    assert (own.locator, own.observed, own.how_found) == (None, None, "")


def test_an_attachment_is_impossible_by_type() -> None:
    kinds = " ".join(str(hint) for hint in get_type_hints(MinorRoute).values())
    assert not [each for each in ("bytes", "Path", "Sha256", "Media", "Place", "object", "Any") if each in kinds]
    assert {each.name for each in fields(MinorRoute)} == {
        "regime", "title", "recipients", "locator", "observed", "how_found", "warnings",
    }  # fmt: skip


def test_what_is_not_sealed_does_not_go_by_the_minor_routes() -> None:
    with pytest.raises(HarmRule):
        minor_route(made_up.ITEM, load_regimes(), locator=LOCATOR, observed=None, how_found="")  # type: ignore[arg-type]  # what the types forbid


def test_no_other_function_of_notices_takes_a_sealed_item() -> None:
    takers = set()
    for module in pkgutil.iter_modules(takeback.notices.__path__, "takeback.notices."):
        for name, function in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
            if function.__module__ == module.name and "SealedItem" in str(function.__annotations__):
                takers.add(name)
    assert takers == {"minor_route"}
