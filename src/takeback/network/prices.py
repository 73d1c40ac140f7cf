# ruff: noqa: RUF001  # Russian words are the point
"""Prices that posts state: amount, currency, and where said, the period and the number of pieces (M10)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from takeback.model.measure import Measure
from takeback.network.part import Part
from takeback.network.sheet import Sheet, estimated, size, together
from takeback.network.tally import Tally
from takeback.network.texts import candidates

CURRENCIES = {
    "RUB": r"₽|руб(?:\.|л(?:ей|я|ь|ях|ям)?)?|rub(?:\.|les?|los?|li|lo)?|р\.|р(?![а-яё])",
    "USD": r"US\$|\$|usd|dollars?|d[oó]lar(?:es)?|dollar[oi]|bucks?|долл(?:\.|ар(?:ов|а|ы)?)",
    "EUR": r"€|eur(?:os?)?|евро(?![а-яё])",
    "GBP": r"£|gbp|pounds?|quid",
    "UAH": r"₴|uah|грн|грив(?:ен|ны|на)",
    "KZT": r"₸|kzt|тенге",
    "MXN": r"mxn|pesos mexicanos",
    "USDT": r"usdt",
    "TON": r"ton(?:coins?)?",
    "BTC": r"₿|btc",
    "STARS": r"⭐️?|(?:telegram )?stars?|зв[её]зд(?:а|ы)?|estrellas?|stell[ae]",
}
_ANY = "|".join(f"(?P<{currency}>{names})" for currency, names in CURRENCIES.items())
_SIGNS = r"US\$|[₽$€£₴₿]|(?:USD|EUR|GBP|RUB|UAH)\b"
_NUMBER = (
    r"\d{1,3}(?:[ \u00a0\u202f,]\d{3})+(?:[.,]\d{1,2})?|[1-9]\d{0,2}(?:\.\d{3})+(?:,\d{1,2})?(?!\d)"
    r"|\d{1,9}(?:[.,]\d{1,8})?"
)
_AFTER = re.compile(
    rf"(?<![\w.,/+])(?P<amount>{_NUMBER})(?P<thousands>[kк](?=[ \u00a0]))?[ \u00a0]?(?:{_ANY})(?!\w)", re.IGNORECASE
)
_SIGNED = re.compile(rf"(?<!\w)(?P<sign>{_SIGNS})[ \u00a0]?(?P<amount>{_NUMBER})(?!\w)", re.IGNORECASE)
_SIGN = {"₽": "RUB", "$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "₴": "UAH", "₿": "BTC"}
_FINE = frozenset({"BTC", "TON", "USDT"})
"""Currencies in which three digits after a point are parts, not thousands."""
_PREFILTER = (
    r"\d[kк]?[ \x{a0}]?(?:" + "|".join(names.replace("(?![а-яё])", "") for names in CURRENCIES.values()) + ")"
    r"|(?:US\$|[₽$€£₴₿]|USD|EUR|GBP|RUB|UAH)[ \x{a0}]?\d"
)
"""Every text with a price matches it, in the syntax of RE2."""
_REACH = 48
"""Characters after an amount in which its period and pieces are looked for, never past a line or another amount."""

_UNITS = {
    "day": r"days?|daily|сут(?:ки|ок)|д(?:ень|ня|ней)|d[ií]as?|giorn[oi]",
    "week": r"weeks?|weekly|недел(?:я|ю|и|ь)|semanas?|semanal(?:es)?|settiman[ae]|settimanal[ei]",
    "month": r"months?|monthly|mo|мес(?:\.|яц(?:а|ев)?)?|mes(?:es)?|mensual(?:es)?|mes[ei]|mensil[ei]",
    "year": r"years?|yearly|год(?:а)?|лет|años?|anual(?:es)?|ann[oi]|annual[ei]",
}
_FOREVER = re.compile(r"\b(?:lifetime|forever|навсегда|бессрочно|para siempre|per sempre)\b", re.IGNORECASE)
_PERIOD = re.compile(
    r"(?:\b(?:per|a|an|every|each|for|over|in|за|в|на|каждый|каждую|al|por|cada|ogni)\s+|all'|/\s*|,\s*(?=\d)|^\s*)"
    r"(?P<number>\d{1,3}\s+)?(?:" + "|".join(f"(?P<{unit}>{names})" for unit, names in _UNITS.items()) + r")\b",
    re.IGNORECASE,
)
_ONE = ("per", "each", "/", "за", "a ", "por", "la ", "cada", "ogni")
_PIECES = re.compile(
    r"(?:\b(?:per|for|each|за|a|por|la|cada|ogni)\s+|/\s*)?(?P<number>\d{1,6}\s+)?"
    r"(?P<noun>photos?|pictures?|images?|pics?|postcards?|cards?|фото(?:графи[йяю])?|картин(?:ок|ки|ка|ку)"
    r"|изображени[йяе]|открыт(?:ок|ки|ка|ку)|снимк(?:ов|а|и)|снимок|штук[ау]?|шт\.?|fotos?|im[aá]gene?s?|imagen"
    r"|postal(?:es)?|immagin[ei]|cartolin[ae])(?!\w)",
    re.IGNORECASE,
)
_EACH = re.compile(r"^\s*(?:each|apiece|cada una|l'una)\b", re.IGNORECASE)


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
    """The prices that a text states, in its order, in English, Russian, Spanish and Italian words.

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
        price = Price(amount=amount, currency=currency, period=_period(tail), pieces=_pieces(tail))
        if currency != "STARS" or price.period or price.pieces or "⭐" in text or "telegram" in text.lower():
            prices.append(price)  # of stars without any of these, most rate something
    return tuple(prices)


def gather_prices(part: Part, tally: Tally) -> None:
    """The prices that the texts of a part state."""
    for id, text in candidates(part, _PREFILTER):
        found = prices_in(text)
        for currency in sorted({price.currency for price in found}):
            tally.add_row(("prices", "posts", currency), part.channel, id)
        for price in found:
            tally.numbers["prices", "stated", price.currency, str(price.amount.normalize())] += 1
            if price.per_piece is not None:
                tally.add_row(("prices", "per-piece", price.currency), part.channel, id)
                tally.numbers["prices", "per-piece", price.currency, str(price.per_piece.normalize())] += 1
            if price.period:
                tally.add_row(("prices", "period", price.currency, price.period), part.channel, id)
                tally.numbers["prices", "period", price.currency, price.period, str(price.amount.normalize())] += 1


CAVEAT = (
    "Read from words by fixed patterns in English, Russian, Spanish and Italian; other wordings are missed, and an "
    "amount may be no price. A stated price is not a payment. Repeated offers count each time."
)
_PERIODS = 3


def measure_prices(sheet: Sheet) -> Iterator[Measure]:
    """Posts that state a price, and the medians of the amounts: in each currency, for a picture, for a period."""
    by_currency = {key[0]: rows for key, rows in sheet.tally.rows_under("prices", "posts").items()}
    stated = together(by_currency.values())
    yield sheet.count(
        "prices.posts",
        "Posts that state a price",
        size(stated),
        of=sheet.posts,
        unit="posts",
        rows=stated,
        method="posts whose text holds an amount with a currency",
        caveat=CAVEAT,
    )
    for currency in CURRENCIES:
        amounts = sheet.tally.under("prices", "stated", currency)
        if not amounts:
            continue
        yield _median(sheet, f"stated.{currency.lower()}", "stated price", currency, amounts, "posts")
        pieces = sheet.tally.under("prices", "per-piece", currency)
        if pieces:
            yield _median(
                sheet, f"per-piece.{currency.lower()}", "price for one picture", currency, pieces, "per-piece"
            )
        yield from _periods(sheet, currency)


def _periods(sheet: Sheet, currency: str) -> Iterator[Measure]:
    """The three periods for which most amounts are stated."""
    periods: dict[str, dict[tuple[str, ...], int]] = {}
    for (period, amount), count in sheet.tally.under("prices", "period", currency).items():
        periods.setdefault(period, {})[(amount,)] = count
    ranked = sorted(periods, key=lambda period: (-sum(periods[period].values()), period))
    for period in ranked[:_PERIODS]:
        id = f"for.{period.replace(' ', '-')}.{currency.lower()}"
        yield _median(sheet, id, f"price for {period}", currency, periods[period], "period", period)


def _median(
    sheet: Sheet, id: str, name: str, currency: str, amounts: dict[tuple[str, ...], int], kind: str, *key: str
) -> Measure:
    counted = Counter({Decimal(amount): count for (amount,), count in amounts.items()})
    measure = sheet.count(
        f"prices.{id}",
        f"Median {name} in {currency}",
        None,
        of=counted.total(),
        unit=currency,
        rows=together([sheet.noted("prices", kind, currency, *key)]),
        method="median of the amounts that posts state; no interval, as these are all amounts read",
        caveat=CAVEAT,
    )
    return estimated(measure, median_of(counted), None)


def median_of(counted: Counter[Decimal]) -> float:
    """The median of amounts, each as often as it was counted."""
    total, seen = counted.total(), 0
    middle: list[Decimal] = []
    for amount in sorted(counted):
        first, seen = seen, seen + counted[amount]
        middle += [amount for place in ((total - 1) // 2, total // 2) if first <= place < seen]
    return float(sum(middle) / len(middle))


def _amounts(text: str) -> Iterator[tuple[int, int, Decimal, str]]:
    taken: list[tuple[int, int]] = []
    for match in _SIGNED.finditer(text):
        currency = _SIGN.get(match["sign"].upper(), match["sign"].upper())
        amount = _number(match["amount"], currency)
        if amount:
            taken.append(match.span())
            yield match.start(), match.end(), amount, currency
    for match in _AFTER.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in taken):
            continue
        amount = _number(match["amount"], match.lastgroup or "")
        if amount and match.lastgroup:
            yield match.start(), match.end(), amount * (1000 if match["thousands"] else 1), match.lastgroup


def _number(written: str, currency: str) -> Decimal | None:
    plain = re.sub(r"[ \u00a0\u202f]", "", written)
    if re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?", plain) and currency not in _FINE:
        plain = plain.replace(".", "")
    elif re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", plain):
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
    if _EACH.search(tail):
        return 1
    match = _PIECES.search(tail)
    if not match:
        return None
    if match["number"]:
        return int(match["number"]) or None
    return 1 if match[0].lower().lstrip().startswith(_ONE) else None
