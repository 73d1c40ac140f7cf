# ruff: noqa: RUF001  # Russian words are the point
"""Bots that posts name, and tiers: what is offered for nothing, and what a watermark is taken off for (M10, M11)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from takeback.model.measure import Measure
from takeback.network.part import Ints, Listed, Part
from takeback.network.sheet import Sheet, size, together
from takeback.network.tally import Tally
from takeback.network.texts import candidates

_BOT = re.compile(
    r"(?:(?<![\w@])@|(?:t\.me|telegram\.me|telegram\.dog)/|tg://resolve\?domain=)(\w{2,29}bot)\b",
    re.IGNORECASE | re.ASCII,
)
_FREE = re.compile(
    r"\b(?:for free|free (?:version|plan|tier|trial|tr(?:y|ies)|credits?|pictures?|photos?|images?|of charge|card)"
    r"|free with|(?:is|are|it's) free(?! (?:of|to)\b(?! charge))|costs nothing"
    r"|бесплатн\w+|в подарок|халяв\w+"
    r"|gratis|gratuit[oaie]s?|te l[oa] regalamos|(?:l[oa]|te) regaliamo)\b",
    re.IGNORECASE,
)
_MARK = re.compile(
    r"\b(?:water ?marks?|logo (?:from|in|on|off|de la|nell'|dell')|marcas? de agua|filigran[ae]"
    r"|вод(?:яной|яного|яным|яных|яные|яными) знак\w*|(?:вотермарк|ватермарк)\w*|логотип\w* с\b)",
    re.IGNORECASE,
)
_BOT_STEM = r"bot\b|bot[^a-z]"
_STEMS = (
    r"free|nothing|бесплатн|подарок|халяв|gratis|gratuit|regal|water ?mark|logo|marca|filigran|водян|термарк|логотип"
)
CAVEAT = (
    "Read by fixed patterns in English, Russian, Spanish and Italian; other wordings are missed, and the words may "
    "speak of something else."
)
BOT_CAVEAT = "Named is not run: who names a bot need not own it. One operator may have many bots."


def bots_in(text: str) -> tuple[str, ...]:
    """The bots that a text names or links to, in lower case: usernames that end in ``bot``, as Telegram asks of bots.

    Examples:
        >>> bots_in("Open @Postcard_bot, not @robotics_club")
        ('postcard_bot',)
    """
    return tuple(dict.fromkeys(match.lower() for match in _BOT.findall(text)))


def offers_free(text: str) -> bool:
    """Whether a text offers something for nothing."""
    return bool(_FREE.search(text))


def names_watermark(text: str) -> bool:
    """Whether a text speaks of a watermark, or of a logo that is put on or taken off."""
    return bool(_MARK.search(text))


def gather_tiers(part: Part, tally: Tally) -> None:
    """The bots that a part names, and its posts that offer something free or speak of a watermark."""
    import pyarrow as pa
    import pyarrow.compute as pc

    named = list(candidates(part, _BOT_STEM))
    for column in ("links", "mentions"):
        listed = Listed(part.rows.column(column))
        if len(listed):
            likely = pc.match_substring_regex(listed.items, "bot", ignore_case=True)
            ids = part.ids[listed.parents[likely.to_numpy(zero_copy_only=False)]].tolist()
            named += zip(ids, listed.items.filter(likely).to_pylist(), strict=True)
    found = [(id, bot) for id, text in named for bot in bots_in(text)]
    for id in sorted({id for id, _ in found}):
        tally.add_row(("tiers", "bots"), part.channel, id)
    distinct = [bot for _, bot in sorted(set(found))]
    tally.counts["tiers", "bots"].add(pa.array(distinct, pa.string()))
    for id, text in candidates(part, _STEMS):
        for name, there in (("free", offers_free(text)), ("watermark", names_watermark(text))):
            if there:
                tally.add_row(("tiers", name), part.channel, id)


def measure_tiers(sheet: Sheet) -> Iterator[Measure]:
    """Posts that name a bot and the bots; posts that offer something free, speak of a watermark, or both."""
    bots, free, marks = (sheet.noted("tiers", each) for each in ("bots", "free", "watermark"))
    both = {
        channel: [ids]
        for channel in free.keys() & marks.keys()
        if len(ids := _in_both(together([free])[channel][0], together([marks])[channel][0]))
    }
    for id, name, rows, method, caveat in (
        (
            "bots.posts",
            "Posts that name a bot",
            bots,
            "a username that ends in bot, in text, mentions or links",
            BOT_CAVEAT,
        ),
        ("tiers.free", "Posts that offer something free", free, "words that offer something for nothing", CAVEAT),
        ("tiers.watermark", "Posts that speak of a watermark", marks, "words for a watermark or a logo put on", CAVEAT),
        ("tiers.free-watermark", "Posts that do both", both, "posts with both wordings", CAVEAT),
    ):
        yield sheet.count(id, name, size(rows), of=sheet.posts, unit="posts", rows=rows, method=method, caveat=caveat)
    counts = sheet.tally.counts.get(("tiers", "bots"))
    yield sheet.count(
        "bots.distinct",
        "Distinct bots that are named",
        len(counts.table()) if counts else 0,
        of=size(bots),
        unit="bots",
        rows=bots,
        method="distinct usernames that end in bot, whatever their case; n is the posts that name one",
        caveat=BOT_CAVEAT,
    )


def _in_both(one: Ints, other: Ints) -> Ints:
    return np.intersect1d(one, other)
