# ruff: noqa: RUF001  # Russian words are the point
# Russian words are the point
"""What the extractors find in labelled texts of four languages, in neutral words."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.labelled_texts import EXTRACTORS, LANGUAGES, labelled, scores
from network.made import CHAT, measured, network, post
from takeback.network import payments, prices, referrals, tiers
from takeback.network.geography import _PHONE, codes_in
from takeback.network.payments import payments_in
from takeback.network.prices import Price, median_of, prices_in
from takeback.network.referrals import has_referral_wording
from takeback.network.tiers import bots_in

PRICED = {
    "100 RUB for 100 images": [("100", "RUB", None, 100)],
    "100 rubles for 7 days, no watermark": [("100", "RUB", "7 day", None)],
    "100 RUB for 100 pictures, 7 days": [("100", "RUB", "7 day", 100)],
    "only $5 per month": [("5", "USD", "1 month", None)],
    "US$1,200.50 a year": [("1200.50", "USD", "1 year", None)],
    "€3 each photo": [("3", "EUR", None, 1)],
    "2.99 eur / photo": [("2.99", "EUR", None, 1)],
    "10 USDT lifetime": [("10", "USDT", "forever", None)],
    "50 stars for 10 pictures": [("50", "STARS", None, 10)],
    "Postcards: £12 for 3 pictures, £20 for 6 pictures": [("12", "GBP", None, 3), ("20", "GBP", None, 6)],
    "100 руб за 100 фото": [("100", "RUB", None, 100)],
    "150₽ в месяц": [("150", "RUB", "1 month", None)],
    "1 500 рублей навсегда": [("1500", "RUB", "forever", None)],
    "Скидка! 49 руб/месяц": [("49", "RUB", "1 month", None)],
    "1.200,50 €": [("1200.50", "EUR", None, None)],
    "0.002 BTC": [("0.002", "BTC", None, None)],
    "1.500 TON": [("1.500", "TON", None, None)],
    "5 stars, would read again": [],
}


def found(text: str) -> list[tuple[str, str, str | None, int | None]]:
    return [(str(each.amount), each.currency, each.period, each.pieces) for each in prices_in(text)]


@pytest.mark.parametrize("text", PRICED)
def test_a_stated_price_is_read_with_its_period_and_pieces(text: str) -> None:
    assert found(text) == PRICED[text]


def test_a_price_for_one_picture_is_the_amount_over_the_pieces() -> None:
    assert Price(amount=Decimal(100), currency="RUB", pieces=50).per_piece == 2
    assert Price(amount=Decimal(100), currency="RUB").per_piece is None


def test_at_least_sixty_texts_a_language_are_labelled_half_of_them_held_out() -> None:
    for language in LANGUAGES:
        texts = [each for each in labelled() if each.language == language]
        assert len(texts) >= 60
        assert abs(2 * sum(each.held_out for each in texts) - len(texts)) <= 1
        assert sum(not each.labels for each in texts) >= 20, "hard negatives"


def rows() -> list[str]:
    """The rows of the table in docs/reference/extractors.md."""
    table = scores()
    written = []
    for name in EXTRACTORS:
        for language in LANGUAGES:
            halves = []
            for held_out in (False, True):
                score = table[name, language, held_out]
                halves += [f"{score.right} of {score.said}", f"{score.right} of {score.labelled}"]
            written.append(f"| {name} | {language} | {' | '.join(halves)} |")
    return written


def test_the_page_of_extractors_repeats_what_is_measured(repository: Path) -> None:
    page = (repository / "docs/reference/extractors.md").read_text("utf-8")
    shown = [line for line in page.splitlines() if re.match(r"\| [\w ]+ \| (?:en|ru|es|it) \|", line)]
    assert shown == rows(), "\n".join(rows())


PREFILTERS = {
    "prices": (prices._PREFILTER, lambda text: bool(prices_in(text))),
    "referrals": (referrals._STEMS, has_referral_wording),
    "payments": (payments._PREFILTER, lambda text: bool(payments_in(text))),
    "bots": (tiers._BOT_STEM, lambda text: bool(bots_in(text))),
    "tiers": (tiers._STEMS, lambda text: tiers.offers_free(text) or tiers.names_watermark(text)),
    "phones": (_PHONE, lambda text: bool(codes_in(text))),
}


@pytest.mark.parametrize("name", PREFILTERS)
def test_no_text_is_lost_by_the_quick_pattern_in_columns(name: str) -> None:
    pattern, finds = PREFILTERS[name]
    texts = [*(each.text for each in labelled()), *PRICED]
    likely = pc.match_substring_regex(pa.array(texts), pattern, ignore_case=True).to_pylist()
    lost = [text for text, there in zip(texts, likely, strict=True) if finds(text) and not there]
    assert lost == []
    assert not all(likely)


WORDS = st.sampled_from(
    [
        "100",
        "5",
        "1.5",
        "0,5",
        "2k",
        "RUB",
        "руб",
        "р.",
        "$",
        "€",
        "usdt",
        "stars",
        "⭐",
        "за",
        "for",
        "per",
        "a",
        "10",
        "фото",
        "photos",
        "foto",
        "mes",
        "month",
        "навсегда",
        "free",
        "gratis",
        "invite",
        "friends",
        "приведи",
        "друга",
        "@x_bot",
        "t.me/harbour_bot",
        "+44",
        "20",
        "7946",
        "0958",
        ",",
        ".",
        "/",
        "\n",
    ]
)


@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_whatever_a_text_says_the_quick_patterns_let_through_what_is_found(text: str) -> None:
    for pattern, finds in PREFILTERS.values():
        if finds(text):
            assert pc.match_substring_regex(pa.array([text]), pattern, ignore_case=True)[0].as_py()


@given(st.text(alphabet="0123456789 .,/$€₽рубRUBforphotosза\n", max_size=200))
def test_no_text_breaks_the_extractors(text: str) -> None:
    for price in prices_in(text):
        assert price.amount > 0
        assert price.per_piece is None or price.per_piece > 0
    for _, extract in EXTRACTORS.values():
        extract(text)


def test_the_median_counts_repeated_offers() -> None:
    posts = [post(CHAT, id, text=text) for id, text in enumerate(["5 USD", "5 USD", "9 USD", "100 USD"], start=1)]
    measure = measured(network(*posts))["prices.stated.usd"]
    assert (measure.value, measure.n) == (7.0, 4)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30))
def test_the_median_of_counts_is_the_median(amounts: list[int]) -> None:
    from collections import Counter
    from statistics import median

    assert median_of(Counter(map(Decimal, amounts))) == median(amounts)
