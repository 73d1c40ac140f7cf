# ruff: noqa: RUF001  # Russian words are the point
"""Prices that posts state: amount, currency, and where said, the period and the number of pieces (M10)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from statistics import median

from takeback.model.measure import Measure
from takeback.network.network import is_posted, row_of
from takeback.network.sheet import Sheet, estimated

_CURRENCIES = {
    "RUB": r"₽|руб(?:\.|л(?:ей|я|ь|ях|ям)?)?|rub(?:\.|les?)?|р\.",
    "USD": r"US\$|\$|usd|dollars?|долл(?:\.|ар(?:ов|а|ы)?)",
    "EUR": r"€|eur(?:os?)?|евро",
    "GBP": r"£|gbp|pounds?",
    "UAH": r"₴|uah|грн|грив(?:ен|ны|на)",
    "KZT": r"₸|kzt|тенге",
    "USDT": r"usdt",
    "TON": r"ton(?:coins?)?",
    "BTC": r"₿|btc",
    "STARS": r"⭐️?|stars?|зв[её]зд(?:а|ы)?",
}
_ANY = "|".join(f"(?P<{currency}>{names})" for currency, names in _CURRENCIES.items())
_SIGNS = r"US\$|[₽$€£₴₿]"
_NUMBER = r"\d{1,3}(?:[ \u00a0\u202f,]\d{3})+(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,8})?"
_AFTER = re.compile(rf"(?<![\w.,/+])(?P<amount>{_NUMBER})[ \u00a0]?(?:{_ANY})(?!\w)", re.IGNORECASE)
_SIGNED = re.compile(rf"(?<!\w)(?P<sign>{_SIGNS})[ \u00a0]?(?P<amount>{_NUMBER})(?!\w)")
_SIGN = {"₽": "RUB", "$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "₴": "UAH", "₿": "BTC"}
_REACH = 48
"""Characters after an amount in which its period and pieces are looked for, never past a line or another amount."""

_UNITS = {
    "day": r"days?|daily|сут(?:ки|ок)|д(?:ень|ня|ней)",
    "week": r"weeks?|weekly|недел(?:я|ю|и|ь)",
    "month": r"months?|monthly|mo|мес(?:\.|яц(?:а|ев)?)?",
    "year": r"years?|yearly|год(?:а)?|лет",
}
_FOREVER = re.compile(r"\b(?:lifetime|forever|навсегда|бессрочно)\b", re.IGNORECASE)
_PERIOD = re.compile(
    r"(?:\b(?:per|a|an|every|each|for|over|in|за|в|на|каждый|каждую)\s+|/\s*|,\s*(?=\d))(?P<number>\d{1,3}\s+)?(?:"
    + "|".join(f"(?P<{unit}>{names})" for unit, names in _UNITS.items())
    + r")\b",
    re.IGNORECASE,
)
_PIECES = re.compile(
    r"(?:\b(?:per|for|each|за)\s+|/\s*)?(?P<number>\d{1,6}\s+)?"
    r"(?P<noun>photos?|pictures?|images?|pics?|фото(?:графи[йяю])?|картин(?:ок|ки|ка|ку)|изображени[йяе]|штук[ау]?|шт\.?)(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """An amount with its currency; ``period`` like ``7 day``, ``pieces`` the pictures it buys, None where unsaid."""

    amount: Decimal
    currency: str
    period: str | None = None
    pieces: int | None = None

    @property
    def per_piece(self) -> Decimal | None:
        """The amount for one picture, where the post says how many it buys."""
        return self.amount / self.pieces if self.pieces else None


def prices_in(text: str) -> tuple[Price, ...]:
    """The prices that a text states, in its order, in English and Russian words.

    Examples:
        >>> [(str(each.amount), each.currency, each.pieces) for each in prices_in("100 RUB for 100 images")]
        [('100', 'RUB', 100)]
    """
    found = sorted(_amounts(text))
    starts = [start for start, *_ in found]
    prices = []
    for position, (_, end, amount, currency) in enumerate(found):
        stop = starts[position + 1] if position + 1 < len(starts) else len(text)
        tail = text[end : min(stop, end + _REACH)].split("\n", 1)[0]
        prices.append(Price(amount=amount, currency=currency, period=_period(tail), pieces=_pieces(tail)))
    return tuple(prices)


def measure_prices(sheet: Sheet) -> Iterator[Measure]:
    """Posts that state a price, and the median of the amounts in each currency."""
    stated = [(row_of(post), prices_in(post.text)) for post in sheet.network.posts if is_posted(post)]
    stated = [(row, prices) for row, prices in stated if prices]
    caveat = (
        "Read from words by fixed patterns in English and Russian; other wordings are missed, and an amount may be no "
        "price. A stated price is not a payment."
    )
    yield sheet.count(
        "prices.posts",
        "Posts that state a price",
        len(stated),
        of=len(sheet.network.posts),
        unit="posts",
        rows=sheet.rows("posts", (row for row, _ in stated)),
        method="posts whose text holds an amount with a currency",
        caveat=caveat,
    )
    for currency in _CURRENCIES:
        for kind, name in (("stated", "stated price"), ("per-piece", "price for one picture")):
            amounts = [
                (row, amount)
                for row, prices in stated
                for price in prices
                if price.currency == currency
                and (amount := price.amount if kind == "stated" else price.per_piece) is not None
            ]
            if amounts:
                measure = sheet.count(
                    f"prices.{kind}.{currency.lower()}",
                    f"Median {name} in {currency}",
                    None,
                    of=len(amounts),
                    unit=currency,
                    rows=sheet.rows("posts", {row for row, _ in amounts}),
                    method="median of the amounts that posts state; no interval, as these are all amounts read",
                    caveat=f"{caveat} Repeated offers count each time.",
                )
                yield estimated(measure, float(median(amount for _, amount in amounts)), None)


def _amounts(text: str) -> Iterator[tuple[int, int, Decimal, str]]:
    taken: list[tuple[int, int]] = []
    for match in _SIGNED.finditer(text):
        amount = _number(match["amount"])
        if amount:
            taken.append(match.span())
            yield match.start(), match.end(), amount, _SIGN[match["sign"]]
    for match in _AFTER.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in taken):
            continue
        amount = _number(match["amount"])
        if amount and match.lastgroup:
            yield match.start(), match.end(), amount, match.lastgroup


def _number(written: str) -> Decimal | None:
    plain = re.sub(r"[ \u00a0\u202f]", "", written)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", plain):
        plain = plain.replace(",", "")
    try:
        return Decimal(plain.replace(",", "."))
    except InvalidOperation:
        return None


def _period(tail: str) -> str | None:
    if _FOREVER.search(tail):
        return "forever"
    match = _PERIOD.search(tail)
    if not match:
        return None
    unit = next(unit for unit in _UNITS if match[unit])
    return f"{int(match['number'] or 1)} {unit}"


def _pieces(tail: str) -> int | None:
    match = _PIECES.search(tail)
    if not match:
        return None
    if match["number"]:
        return int(match["number"]) or None
    return 1 if match[0].lower().lstrip().startswith(("per", "each", "/", "за")) else None
