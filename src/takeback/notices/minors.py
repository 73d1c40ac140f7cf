"""The minor routes: where a sealed item is reported, with its address and time and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from takeback.errors import HarmRule
from takeback.model.clearing import SealedItem
from takeback.model.notice import MinorRoute, Regime, RegimeKind
from takeback.notices.contacts import on_route


def minor_route(
    sealed: SealedItem,
    regimes: Iterable[Regime],
    *,
    locator: str,
    observed: datetime | None,
    how_found: str,
) -> tuple[MinorRoute, ...]:
    """The routes by which a sealed item is reported.

    Of the item itself nothing is passed on: neither its bytes, nor its digest, nor where it lies. A route that a young
    person takes on their own device carries no locator either.

    Raises:
        HarmRule: the item is not sealed; the minor routes are for sealed items only.
    """
    if not isinstance(sealed, SealedItem):
        raise HarmRule("only a sealed item goes by the minor routes")
    return tuple(
        MinorRoute(
            regime=each.id,
            title=each.title,
            recipients=on_route(each.id),
            locator=locator if each.required else None,
            observed=observed if each.required else None,
            how_found=how_found if each.required else "",
            warnings=each.warnings,
        )
        for each in regimes
        if each.kind is RegimeKind.MINOR_ROUTE
    )
