"""Geography: language, hour, telephone, currency and polls as evidence side by side, never one number (M8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np

from takeback.model.measure import Measure
from takeback.network.intervals import BLOCK, Estimate, Series, ratio, wilson
from takeback.network.pace import CHANCE, RATIO, weekly_ratio
from takeback.network.part import UNDATED, Ints, Part, bools_of
from takeback.network.places import place_of
from takeback.network.polls import SELVES, numbered
from takeback.network.prices import CAVEAT as PRICE_CAVEAT
from takeback.network.series import Daily, daily_of, in_blocks
from takeback.network.sheet import Sheet, estimated, one, size, together
from takeback.network.tally import RowSet, Tally
from takeback.network.texts import candidates
from takeback.network.timeline import DAY

LETTERS = 20
"""Texts with fewer characters are not guessed at."""
SAMPLE = 10_000
_SEED = 0x5EED_2020
_HOURS = 24
_LANGUAGES = 8
_CODES = 10
_ONE_COLUMN = "One kind of evidence of several, each with its own bias; they are never added up."
_PHONE = r"\+\d[\d ().\-]{6,}\d"
GUESSED = (
    "ar",
    "az",
    "bg",
    "cs",
    "de",
    "el",
    "en",
    "es",
    "fa",
    "fr",
    "he",
    "hi",
    "hu",
    "id",
    "it",
    "ja",
    "ka",
    "kk",
    "ko",
    "nl",
    "pl",
    "pt",
    "ro",
    "ru",
    "sr",
    "sv",
    "tr",
    "uk",
    "vi",
    "zh",
)
"""The thirty languages between which is guessed: fewer are mixed up than among all that the guesser knows."""
LANGUAGE = (
    f"py3langid's guess among {len(GUESSED)} languages on a simple random sample of at most {SAMPLE:,} texts of "
    f"{LETTERS} characters or more of posts with a time, fixed seed; {RATIO}; n is the texts guessed at"
)


def gather_geography(part: Part, tally: Tally) -> None:
    """A sample of the texts of a part, and the calling codes that its texts name."""
    import pyarrow as pa
    import pyarrow.compute as pc

    long = bools_of(pc.greater_equal(pc.utf8_length(part.texts("text")), LETTERS))
    offered = long & part.posted & (part.seconds != UNDATED)
    sample = tally.sample(("geography", "language"), SAMPLE)
    sample.population += int(offered.sum())
    draws = _draws(part)
    where = np.flatnonzero(offered & (draws < np.uint64(min(sample.bar(), 2**64 - 1))))
    texts = part.texts("text").take(pa.array(where)).to_pylist()
    sample.add(part.channel, part.ids[where], texts, draws[where].tolist())
    for id, text in candidates(part, _PHONE):
        for code in sorted(set(codes_in(text))):
            tally.add_row(("geography", "phone", str(code)), part.channel, id)


def _draws(part: Part) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """A number for each post that depends on its channel, its id and the seed alone (splitmix64)."""
    import hashlib

    start = int.from_bytes(
        hashlib.blake2b(part.channel.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big"
    )
    with np.errstate(over="ignore"):  # arithmetic modulo 2 ** 64 is the point
        mixed = part.ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(start ^ _SEED)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def codes_in(text: str) -> list[int]:
    """The calling codes of the telephone numbers that a text gives with a plus sign; the numbers are dropped.

    Examples:
        >>> codes_in("call +44 20 7946 0958 or 555 0143")
        [44]
    """
    import phonenumbers

    return [int(match.number.country_code or 0) for match in phonenumbers.PhoneNumberMatcher(text, None)]


def guess_language(text: str) -> str:
    """Which of `GUESSED` py3langid takes a text to be in, as two letters."""
    return str(_guesser()(text)[0])


@cache
def _guesser() -> Callable[[str], tuple[str, float]]:
    """The guesser, which takes most of a second to load."""
    import py3langid

    py3langid.set_languages(list(GUESSED))
    guess: Callable[[str], tuple[str, float]] = py3langid.classify
    return guess


def measure_geography(sheet: Sheet) -> Iterator[Measure]:
    """Languages, hours, calling codes, currencies, and places that polls ask for."""
    daily = daily_of(sheet)
    yield from _languages(sheet, daily)
    yield from _hours(sheet, daily)
    yield from _phones(sheet)
    yield from _currencies(sheet)
    yield from _polls(sheet)


def _languages(sheet: Sheet, daily: Daily) -> Iterator[Measure]:
    sample = sheet.tally.samples.get(("geography", "language"))
    drawn = list(sample) if sample else []
    known = {text: guess_language(text) for text in sorted({text for _, _, text in drawn})}
    guesses = [known[text] for _, _, text in drawn]
    days, rows = _placed(sheet, drawn)
    yield sheet.count(
        "geography.texts",
        "Texts long enough to guess their language",
        sample.population if sample else 0,
        of=sheet.posts,
        unit="texts",
        rows=rows,
        method=f"texts of {LETTERS} characters or more of posts with a time; the rows are those guessed at",
        caveat="Texts of posts whose time is not known are left out.",
    )
    counted = Counter(guesses)
    listed = sorted(counted, key=lambda each: (-counted[each], each))[:_LANGUAGES]
    whole = _per_day(daily, days)
    for language in listed:
        part = _per_day(daily, days[np.array([each == language for each in guesses], np.bool_)])
        found = weekly_ratio(part, whole, daily.collected, share=True)
        measure = sheet.count(
            f"geography.language.{language}",
            f"Share of texts taken to be in {language}",
            None,
            of=len(drawn),
            unit="share of texts",
            rows=rows,
            method=LANGUAGE,
            caveat=f"{_ONE_COLUMN} A language is no country, and near languages are mixed up in short texts. {CHANCE}",
        )
        yield estimated(measure, counted[language] / len(drawn), found.interval if found else None, model=True)


def _placed(sheet: Sheet, drawn: list[tuple[str, int, str]]) -> tuple[Ints, RowSet]:
    """The day of each text that was drawn, and the rows that they are."""
    channels = np.array([channel for channel, _, _ in drawn], np.str_)
    ids = np.array([id for _, id, _ in drawn], np.int64)
    days = np.zeros(len(drawn), np.int64)
    rows: RowSet = {}
    for channel in sorted(set(channels.tolist())):
        here = channels == channel
        timeline = sheet.timelines[channel]
        days[here] = timeline.days[np.searchsorted(timeline.ids, ids[here])]
        rows[channel] = [ids[here]]
    return days, rows


def _per_day(daily: Daily, days: Ints) -> Series:
    place = days - daily.start
    counts: Series = np.bincount(place[(place >= 0) & (place < len(daily))], minlength=len(daily)).astype(np.float64)
    return counts


def _hours(sheet: Sheet, daily: Daily) -> Iterator[Measure]:
    rows = sheet.chosen(lambda timeline: timeline.dated & timeline.rows.zone_known)
    total = size(rows)
    weeks = in_blocks(daily.collected) if len(daily) else np.zeros(0)
    counts = np.zeros((_HOURS, len(weeks)))
    seen = np.zeros(_HOURS)
    offset = daily.start + len(daily) % BLOCK
    for timeline in sheet.timelines.values() if total else ():
        seconds = timeline.rows.seconds[timeline.dated & timeline.rows.zone_known]
        hours, week = seconds % DAY // 3600, (seconds // DAY - offset) // BLOCK
        seen += np.bincount(hours, minlength=_HOURS)
        there = (week >= 0) & (week < len(weeks))
        place = hours[there] * len(weeks) + week[there]
        counts += np.bincount(place, minlength=counts.size).reshape(counts.shape)
    kept = weeks >= BLOCK / 2
    for hour in range(_HOURS) if total else ():
        found: Estimate | None = None
        if kept.any():
            rng = np.random.Generator(np.random.PCG64(_SEED))
            found = ratio(counts[hour, kept], counts[:, kept].sum(axis=0), rng=rng, share=True)
        measure = sheet.count(
            f"geography.hour.{hour:02}",
            f"Share of posts between {hour:02}:00 and {hour + 1:02}:00 UTC",
            None,
            of=total,
            unit="share of posts",
            rows=rows,
            method=f"posts whose time has a zone, by hour in UTC; {RATIO}; n is those posts",
            caveat=f"{_ONE_COLUMN} Posts can be timed, and a few accounts make most of them. {CHANCE}",
        )
        yield estimated(measure, float(seen[hour] / total), found.interval if found else None, model=True)


def _phones(sheet: Sheet) -> Iterator[Measure]:
    by_code = {key[0]: rows for key, rows in sheet.tally.rows_under("geography", "phone").items()}
    every = together(by_code.values())
    ranked = sorted(by_code, key=lambda code: (-size(by_code[code]), code))[:_CODES]
    for code, rows in [("any", every), *((code, by_code[code]) for code in ranked)]:
        yield sheet.count(
            f"geography.phone.{code}",
            "Posts with a telephone number" if code == "any" else f"Posts with a telephone number of +{code}",
            size(rows),
            of=sheet.posts if code == "any" else size(every),
            unit="posts",
            rows=rows,
            method="valid numbers with a plus sign in texts, by calling code; the ten most frequent are named",
            caveat=f"{_ONE_COLUMN} Numbers can be rented in any country; without a plus sign they are not read.",
        )


def _currencies(sheet: Sheet) -> Iterator[Measure]:
    by_currency = {key[0]: rows for key, rows in sheet.tally.rows_under("prices", "posts").items()}
    total = size(together(by_currency.values()))
    for currency, rows in by_currency.items():
        yield sheet.share(
            f"geography.currency.{currency.lower()}",
            f"Share of posts with a price that state one in {currency}",
            size(rows),
            of=total,
            unit="posts that state a price",
            rows=rows,
            method="posts with an amount in the currency over posts with any; a post may state several",
            caveat=f"{_ONE_COLUMN} {PRICE_CAVEAT}",
        )


def _polls(sheet: Sheet) -> Iterator[Measure]:
    """Polls of which at least two answers name different places."""
    for each in numbered(sheet.tally):
        voters: Counter[str] = Counter()
        for answer in each.poll.answers:
            if place := place_of(answer.text):
                voters[place] += answer.voters
        total = each.poll.total_voters
        if len(voters) < 2 or total < 1:  # noqa: PLR2004  # one place alone is no question of where
            continue
        for place, count in sorted(voters.items()):
            measure = sheet.count(
                f"geography.poll.{each.number}.{place}",
                f"Poll {each.number} in {sheet.network.label(each.channel)}: share of voters for {place}",
                None,
                of=total,
                unit="share of voters",
                rows=one(each.channel, each.post),
                method="voters of answers that name the place, over all voters; Wilson score interval",
                caveat=f"{_ONE_COLUMN} {SELVES}",
            )
            sound = count <= total
            yield estimated(
                measure, count / total if sound else None, wilson(count, total) if sound else None, model=True
            )
